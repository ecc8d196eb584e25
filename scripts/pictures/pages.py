"""The pages beside the panel: set up, options, the server's own page, and what lies over a film."""

from playwright.async_api import expect

from scripts.pictures.stage import Stage
from tests.e2e.person import VISIBLE_MS, let_go
from tests.speech.synthesis import speak

FIRST = "The logo comes in too late."
REMARKS = (("The red bar in this chart needs a label.", 31), ("The colors of this sunset are too warm.", 61))
DRAFT = "The music is too loud under this interview."
SPOKEN = "The boat could be a little larger."
NOTES = 5  # the one of the set up among them
SETUP, OPTIONS = 760, (960, 640)
WIDE, NARROW = (1200, 760), (400, 680)
OVER = (700, 470)


async def draw_setup(stage: Stage) -> None:
    """From the empty form to the first note, as after the installation."""
    stage.person.will_say(speak(FIRST).samples)
    await stage.person.browser.ask("(theme) => chrome.storage.local.set({ settings: { theme } })", stage.theme)
    page = await stage.person.browser.open("microphone.html")
    await page.get_by_label("Address").fill(stage.address)
    await stage.shoot(page, "setup-server", SETUP)
    await page.get_by_label("Token").fill(stage.server.token)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Sidenote hears you.")).to_be_visible(timeout=VISIBLE_MS)
    await stage.shoot(page, "setup-microphone", SETUP)
    await page.get_by_role("button", name="Go on", exact=True).click()
    seconds = stage.person.will_say(speak(FIRST).samples)
    await page.get_by_role("button", name="Hold to talk").hover()
    await page.mouse.down()
    await page.wait_for_timeout(seconds * 1000)  # there is no film here whose time could be waited for
    await page.mouse.up()
    await expect(page.get_by_role("article")).to_be_visible(timeout=VISIBLE_MS)
    await stage.shoot(page, "setup-note", SETUP)
    await page.close()


async def draw_options(stage: Stage) -> None:
    await stage.sign_in()
    page = await stage.person.browser.open("options.html#talking")
    await stage.shoot(page, "options", *OPTIONS)
    await page.close()


async def draw_overlays(stage: Stage) -> None:
    """Over the practice film, with a draft, and somebody who speaks."""
    await stage.sign_in()
    film = await stage.person.watch(f"{stage.address}/practice")
    panel = await stage.person.panel()
    await stage.person.notes(panel, 1)  # of the set up
    for words, at_s in REMARKS:
        note = await stage.say(panel, film, words, at_s)
        await note.get_by_role("button", name="Post").click()
        await expect(note).to_contain_text("Posted", timeout=VISIBLE_MS)
    await stage.say(panel, film, DRAFT, 67)
    await stage.begin(panel, film, SPOKEN, 79, 0.9)
    await stage.shoot(film, "overlays", *OVER)
    await let_go(panel)
    await stage.person.notes(panel, NOTES)


async def draw_web(stage: Stage) -> None:
    """After the overlays: the page shows the same notes."""
    page = await stage.person.browser.context.new_page()
    await page.goto(f"{stage.address}/#token={stage.server.token}")
    await expect(page.locator("article.note")).to_have_count(NOTES, timeout=VISIBLE_MS)
    await page.evaluate("() => { document.querySelector('video').currentTime = 64 }")
    await expect(page.locator("article.note[aria-current=true]")).to_be_visible()
    await page.wait_for_timeout(1500)  # the player fades what it shows while it seeks
    await stage.shoot(page, "web", *WIDE, density=1)
    await stage.shoot(page, "web-narrow", *NARROW)
