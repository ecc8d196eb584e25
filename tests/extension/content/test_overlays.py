"""extension/src/content/overlays in real pages: where they stand, what they take, and what they leave."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.extension.content.tab import ON, VIDEO, Tab, note

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]


async def test_overlays_stand_over_the_film_and_on_its_bar(tab: Tab) -> None:
    await tab.open()
    await tab.settled()
    await tab.show_all()
    overlay = tab.page.locator("sidenote-overlay")
    await expect(overlay.locator(".chip")).to_have_text("📍 1:02")
    await expect(overlay.locator(".anchor .emoji")).to_have_text(["🎵", "🔊"])
    assert await overlay.locator(".frame").bounding_box() == pytest.approx(
        await tab.page.locator("video").bounding_box()
    )
    bar = await tab.page.locator("#bar").bounding_box()
    length_s = await tab.page.evaluate(f"() => {VIDEO}.duration")
    assert bar
    for mark, at_s in (("a", 62.4), ("b", 12), ("c", 90)):
        box = await overlay.locator(f".marker[data-note={mark}]").bounding_box()
        assert box
        assert box["x"] + box["width"] / 2 == pytest.approx(bar["x"] + bar["width"] * at_s / length_s, abs=1)

    await tab.page.locator("#player").evaluate("player => { player.style.cssText = 'width: 400px; margin-left: 90px' }")
    await expect(overlay.locator(".frame")).to_have_css("width", "400px")
    await tab.page.evaluate("() => { document.body.style.height = '3000px'; scrollTo(0, 30) }")
    await expect(overlay.locator(".frame")).to_have_css("top", "10px")
    assert await overlay.locator(".frame").bounding_box() == pytest.approx(
        await tab.page.locator("video").bounding_box()
    )
    await tab.receive(type="settings", settings=ON | {"emoji": False})
    await expect(overlay.locator(".emoji")).to_have_count(0)
    await tab.receive(type="settings", settings=ON | {"overlays": False})
    await expect(overlay).to_have_count(0)


async def test_a_film_of_unknown_length_has_no_markers(tab: Tab) -> None:
    await tab.page.add_init_script(
        "Object.defineProperty(HTMLMediaElement.prototype, 'duration', { get: () => Infinity })"
    )
    await tab.open()
    await tab.told(1)
    await tab.show_all()
    await expect(tab.page.locator("sidenote-overlay .ghost")).to_have_count(2)
    await expect(tab.page.locator("sidenote-overlay .marker")).to_have_count(0)


async def test_drafts_are_judged_by_click_and_by_key_and_the_page_notices_nothing(tab: Tab) -> None:
    await tab.open()
    await tab.settled()
    await tab.show_all()
    await tab.page.get_by_role("button", name="Confirm the note at 1:02").click()
    scratch = tab.page.get_by_role("button", name="Scratch that: the note at 0:12")
    await scratch.focus()
    await tab.page.keyboard.press("Enter")
    await tab.page.keyboard.press("Space")
    assert await tab.page.evaluate("() => sidenote.asked") == [
        {"type": "confirm_note", "note_id": "a", "revision": 1},
        {"type": "scratch_note", "note_id": "b", "revision": 1},
        {"type": "scratch_note", "note_id": "b", "revision": 1},
    ]
    assert await tab.page.evaluate("() => window.clicks") == 0
    heard = await tab.page.evaluate("() => window.keys")
    assert heard == []

    await tab.page.evaluate("() => { sidenote.answer = { ok: false, message: 'It is posted already.' } }")
    await scratch.press("Enter")
    await expect(tab.page.locator("sidenote-overlay").get_by_role("alert")).to_have_text("It is posted already.")
    await expect(scratch).to_be_focused()
    await tab.receive(type="notes", notes=[note("b", "Love that shot", 12, revision=2)])
    await expect(tab.page.get_by_role("button", name="Scratch that: the note at 0:12, Love that shot")).to_be_focused()
    # A script of the page can't decide for the person.
    await tab.page.evaluate(
        "() => document.querySelector('sidenote-overlay').shadowRoot.querySelector('button').click()"
    )
    assert len(await tab.page.evaluate("() => sidenote.asked")) == 4


async def test_what_lies_under_the_overlays_can_still_be_clicked(tab: Tab) -> None:
    await tab.open()
    await tab.settled()
    await tab.show_all()
    box = await tab.page.locator("sidenote-overlay .words").first.bounding_box()
    bar = await tab.page.locator("#bar").bounding_box()
    mark = await tab.page.locator("sidenote-overlay .marker").first.bounding_box()
    assert box is not None
    assert bar is not None
    assert mark is not None
    for x, y, meant in ((box["x"] + 4, box["y"] + 4, "VIDEO"), (mark["x"] + 2, bar["y"] + 3, "DIV")):
        assert await tab.page.evaluate("([x, y]) => document.elementFromPoint(x, y).tagName", [x, y]) == meant
        await tab.page.mouse.click(x, y)
    assert await tab.page.evaluate("() => window.clicks") == 2


@pytest.mark.parametrize(("button", "home"), [("#whole", "DIV"), ("#bare", "HTML")])
async def test_overlays_are_seen_in_fullscreen_and_come_back(button: str, home: str, tab: Tab) -> None:
    """A video alone holds nothing: then they stand above it, where nothing can be pressed, and say what to say."""
    await tab.open()
    await tab.settled()
    await tab.show_all()
    parent = "() => document.querySelector('sidenote-overlay').parentElement.tagName"
    await tab.page.locator(button).click()
    await tab.page.wait_for_function("() => document.fullscreenElement")
    await expect(tab.page.locator("sidenote-overlay .frame")).to_have_css("width", "900px")
    assert await tab.page.evaluate(parent) == home
    confirm = tab.page.get_by_role("button", name="Confirm the note at 1:02")
    if home == "DIV":
        await confirm.click()
    else:
        await expect(confirm).to_be_hidden()
        await expect(tab.page.locator("sidenote-overlay .spoken").first).to_be_visible()
        assert await tab.page.evaluate("() => document.querySelector('sidenote-overlay').matches(':popover-open')")
    await tab.page.evaluate("() => document.exitFullscreen()")
    await expect(tab.page.locator("sidenote-overlay .frame")).to_have_css("width", "800px")
    assert await tab.page.evaluate(parent) == "HTML"
    await confirm.click()


async def test_a_page_that_demands_trusted_types_has_nothing_to_refuse(tab: Tab) -> None:
    await tab.page.add_init_script(
        "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
    )
    await tab.open("sealed")
    await tab.settled()
    assert await tab.page.evaluate(
        "() => { try { document.body.innerHTML = '<b>'; return false } catch { return true } }"
    )
    assert await tab.page.evaluate("() => refused.splice(0).length") == 1
    assert len(tab.wrong) == 1
    tab.wrong.clear()
    await tab.show_all()
    await expect(tab.page.locator("sidenote-overlay .ghost")).to_have_count(2)
    await expect(tab.page.locator("sidenote-overlay .chip")).to_have_css("border-radius", "999px")
    assert await tab.page.evaluate("() => refused") == []


async def test_nothing_is_left_behind(tab: Tab) -> None:
    await tab.open()
    await tab.settled()
    await tab.show_all()
    before = await tab.page.evaluate("() => document.querySelectorAll('*:not(sidenote-overlay)').length")
    told = await tab.page.evaluate("() => { sidenote.companion.stop(); return sidenote.told.length }")
    assert await tab.page.evaluate("() => document.querySelectorAll('*').length") == before
    await tab.play_past(1.3)
    await tab.page.keyboard.press("k")
    assert await tab.page.evaluate("() => sidenote.told.length") == told
    assert await tab.page.evaluate("() => window.keys") == ["k"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_they_follow_the_colour_scheme_and_keep_still_where_that_is_wanted(
    scheme: Any, chromium: Browser, site: str, bundle: Path, tmp_path: Path
) -> None:
    page = await chromium.new_page(viewport={"width": 900, "height": 600}, color_scheme=scheme, reduced_motion="reduce")
    try:
        await page.add_init_script(path=bundle)
        tab = Tab(page, site)
        await tab.open()
        await tab.settled()
        await tab.command(action="seek", to_s=62.4)
        await tab.show_all()
        card = page.locator("sidenote-overlay .ghost").first
        ground = "rgb(255, 255, 255)" if scheme == "light" else "rgb(32, 30, 38)"
        await expect(card).to_have_css("background-color", ground)
        await expect(card).to_have_css("opacity", "0.94")
        await expect(card).to_have_css("animation-name", "none")
        await page.wait_for_function(f"() => !{VIDEO}.seeking && {VIDEO}.readyState >= 2")
        picture = await page.screenshot(path=os.environ.get("SCREENSHOTS", str(tmp_path)) + f"/overlays-{scheme}.png")
        assert picture
    finally:
        await page.context.close()
