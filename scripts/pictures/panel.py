"""The side panel and the popup in every state, as somebody sees them who reviews a film."""

from playwright.async_api import Page, expect

from scripts.pictures.stage import FILM, Stage, status
from tests.automation.sites.lookalike import Server
from tests.e2e.conftest import logged_in
from tests.e2e.person import VISIBLE_MS, hold, let_go, passes
from tests.speech.synthesis import speak

WIDTH = 400
HIGH, LOW = 760, 500
POSTED = "The music is far too loud in this shot."
STUCK = "This pause is too long, trim it by two seconds."
KEPT = "Love how the light falls on the water here."
DRAFT = "The picture of the evening is a bit too dark."


async def draw(stage: Stage, sites: Server) -> None:
    await logged_in(stage.server, "youtube")
    await stage.sign_in()
    tab = await stage.person.watch(FILM)
    panel = await stage.person.panel()
    await expect(panel.get_by_role("heading", name="No notes yet")).to_be_visible()
    await stage.shoot(panel, "empty", WIDTH, LOW)
    await _of_all_statuses(stage, panel, tab, sites)
    await _hands_free(stage, panel, tab)
    await panel.close()


async def _of_all_statuses(stage: Stage, panel: Page, tab: Page, sites: Server) -> None:
    posted = await stage.say(panel, tab, POSTED, 8)
    await posted.get_by_role("button", name="Post").click()
    await status(posted, "Posted")
    stuck = await stage.say(panel, tab, STUCK, 27)
    sites.wall.scenario.captcha = True
    await stuck.get_by_role("button", name="Post").click()
    await status(stuck, "Needs you")
    kept = await stage.say(panel, tab, KEPT, 58)
    await kept.get_by_role("button", name="Confirm").click()
    await status(kept, "Kept")
    await stage.begin(panel, tab, DRAFT, 74, 0.8)
    await expect(panel.locator(".partial-text")).to_contain_text("evening", timeout=VISIBLE_MS)
    await stage.shoot(panel, "listening", WIDTH, LOW)
    await passes(tab, 1)
    await let_go(panel)
    await stage.person.notes(panel, 4)
    await tab.evaluate("() => document.querySelector('video').pause()")
    await panel.mouse.move(WIDTH / 2, HIGH - 10)
    await stage.shoot(panel, "panel", WIDTH, HIGH)


async def _hands_free(stage: Stage, panel: Page, tab: Page) -> None:
    await panel.get_by_role("switch", name="Hands-free").check()
    stage.person.will_say(speak("The title in the lower third could stay a little longer.").samples)
    await tab.evaluate("() => document.querySelector('video').play()")
    await panel.get_by_role("button", name="Talk").click()
    await expect(panel.locator(".partial-text")).to_contain_text("third", timeout=VISIBLE_MS)
    await stage.shoot(panel, "hands-free", WIDTH, LOW)
    await panel.get_by_role("button", name="Talk").click()
    await stage.person.notes(panel, 5)
    await panel.get_by_role("switch", name="Hands-free").uncheck()


async def draw_popup(stage: Stage) -> None:
    tab = await stage.person.watch(FILM)
    await stage.person.browser.shown("harbour-cut")
    popup = await stage.person.browser.open("popup.html")  # a real one can't be made larger
    await expect(popup.get_by_text("Online")).to_be_visible()
    await stage.shoot(popup, "popup", 360)
    seconds = stage.person.will_say(speak(POSTED).samples)
    await hold(popup, tab, seconds * 0.9)
    await expect(popup.locator(".partial-text")).to_contain_text("loud", timeout=VISIBLE_MS)
    await stage.shoot(popup, "popup-listening", 360)
    await let_go(popup)


async def draw_troubles(stage: Stage) -> None:
    """In a browser that gives the microphone to nobody; then the server is gone as well."""
    await stage.sign_in()
    await stage.person.watch(FILM)
    panel = await stage.person.panel()
    await panel.get_by_role("button", name="Hold to talk").hover()
    await panel.mouse.down()
    await expect(panel.get_by_role("alert")).to_contain_text("may not use the microphone")
    await panel.mouse.up()
    await stage.shoot(panel, "refused", WIDTH, LOW)
    await panel.get_by_role("button", name="Dismiss").click()
    await stage.sign_in(address="http://127.0.0.1:9")  # nobody is there
    await expect(panel.get_by_role("heading", name="Offline")).to_be_visible()
    await stage.shoot(panel, "offline", WIDTH, LOW)
