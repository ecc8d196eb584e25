"""extension/gallery: every component in every state, built by Vite and drawn by a real Chromium."""

import itertools
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from tests.extension.axe import violations

pytestmark = [pytest.mark.browser, pytest.mark.node]

ROOT = Path(__file__).parents[2]
ORIGIN = "http://gallery.test"
FLAGS = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")
ROWS = "() => document.querySelectorAll('#many [data-note]').length"
FRAME = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"

Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    vite = ROOT / "node_modules/.bin/vite"
    subprocess.run(
        [vite, "build", "extension/gallery", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn"],
        cwd=ROOT,
        check=True,
        timeout=100,
    )
    return folder


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path is not None, "no Chromium here: install the Debian package chromium (`make test` does)"
    async with async_playwright() as playwright:
        arguments = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(chromium: Browser, built: Path, query: str = "", **context: Any) -> AsyncIterator[Page]:
    """The gallery, served from its folder without a server. Nothing may be said on its console."""
    said: list[str] = []

    async def serve(route: Route) -> None:
        asked = urlsplit(route.request.url)
        assert f"{asked.scheme}://{asked.netloc}" == ORIGIN, asked
        await route.fulfill(path=built / (asked.path.lstrip("/") or "index.html"))

    page = await chromium.new_page(**context)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.route("**/*", serve)
    try:
        await page.goto(f"{ORIGIN}/{query}")
        await expect(page.locator("#many [data-note]").first).to_be_visible()
        yield page
    finally:
        await page.context.close()
    assert said == []


@pytest.mark.parametrize("width", [320, 360, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_panel(
    chromium: Browser, built: Path, scheme: Scheme, width: int
) -> None:
    async with opened(chromium, built, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        assert await page.evaluate("() => document.documentElement.scrollWidth") <= width
        await page.locator("[data-note=firmed]").hover()
        await page.get_by_role("button", name="Export").click()
        await expect(page.get_by_role("menu")).to_be_visible()
        assert await violations(page) == []


@pytest.mark.parametrize("system", ["light", "dark"])
async def test_the_root_overrides_the_theme_of_the_system(chromium: Browser, built: Path, system: Scheme) -> None:
    ground = "() => getComputedStyle(document.documentElement).backgroundColor"
    seen = []
    for query in ("?theme=light", "?theme=dark", ""):
        async with opened(chromium, built, query, color_scheme=system) as page:
            seen.append(await page.evaluate(ground))
    light, dark, followed = seen
    assert light != dark
    assert followed == (light if system == "light" else dark)


async def test_two_thousand_notes_are_a_few_rows_however_one_scrolls_and_filters(
    chromium: Browser, built: Path
) -> None:
    async with opened(chromium, built, viewport={"width": 360, "height": 900}) as page:
        listed = page.locator("#many .note-list")
        most = await page.evaluate(ROWS)
        for share in (0.25, 0.5, 0.75, 1, 0):
            await listed.evaluate("(box, share) => { box.scrollTop = share * box.scrollHeight }", share)
            await page.evaluate(FRAME)
            most = max(most, await page.evaluate(ROWS))
            box = await listed.bounding_box()
            assert box is not None
            rows = await page.locator("#many [data-note]").all()
            places = [place for row in rows if (place := await row.bounding_box())]
            covered = [
                place
                for place in places
                if place["y"] < box["y"] + box["height"] and place["y"] + place["height"] > box["y"]
            ]
            covered.sort(key=lambda place: place["y"])
            assert covered[0]["y"] <= box["y"] + 1, "a hole at the top"
            for above, below in itertools.pairwise(covered):
                assert abs(above["y"] + above["height"] - below["y"]) < 1, "rows overlap or leave a hole"
        await page.get_by_label("Find in notes").fill("drone")
        await expect(page.get_by_text("of 2000 notes")).to_be_visible()
        await expect(page.locator("#many .note-text").first).to_contain_text("drone")
        most = max(most, await page.evaluate(ROWS))
        await page.get_by_label("Find in notes").fill("no such words")
        await page.get_by_role("button", name="Show all notes").click()
        await expect(page.get_by_text("2000 notes", exact=True)).to_be_visible()
        assert 0 < most < 100


async def test_the_list_is_used_by_key_alone(chromium: Browser, built: Path) -> None:
    async with opened(chromium, built, viewport={"width": 360, "height": 900}) as page:
        await page.locator("#many [data-note=n0] .note-time").focus()
        for _ in range(30):
            await page.keyboard.press("ArrowDown")
        await expect(page.locator("#many [data-note=n30] .note-time")).to_be_focused()
        await expect(page.locator("#many [data-note=n30]")).to_be_in_viewport()
        await page.keyboard.press("Tab")
        await expect(page.locator("#many [data-note=n30] [data-act]").first).to_be_focused()
        await page.keyboard.press("e")
        text = page.locator("#many textarea")
        await expect(text).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator("#many [data-note=n30] .note-time")).to_be_focused()
        await page.keyboard.press("End")
        await expect(page.locator("#many [data-note=n1999] .note-time")).to_be_focused()
        await expect(page.locator("#many [data-note=n1999]")).to_be_in_viewport()


async def test_holding_ends_when_the_pointer_leaves_the_page_pressed_or_not(chromium: Browser, built: Path) -> None:
    async with opened(chromium, built, viewport={"width": 360, "height": 900}) as page:
        button = page.get_by_role("button", name="Hold to talk").first
        await button.scroll_into_view_if_needed()
        box = await button.bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + 20, box["y"] + 20)
        await page.mouse.down()
        await expect(button).to_have_attribute("aria-pressed", "true")
        await page.mouse.move(350, 10)
        await expect(button).to_have_attribute("aria-pressed", "true")
        await page.mouse.up()
        await expect(button).to_have_attribute("aria-pressed", "false")

        await button.focus()
        await page.keyboard.down("Space")
        await expect(button).to_have_attribute("aria-pressed", "true")
        await page.evaluate("() => document.activeElement.blur()")
        await expect(button).to_have_attribute("aria-pressed", "false")
        await page.keyboard.up("Space")


async def test_the_waveform_stands_still_where_less_motion_is_asked_for(chromium: Browser, built: Path) -> None:
    picture = "() => document.querySelector('.waveform.active').toDataURL()"
    async with opened(chromium, built, reduced_motion="reduce") as page:
        first = await page.evaluate(picture)
        for _ in range(20):
            await page.evaluate(FRAME)
        assert await page.evaluate(picture) == first
    async with opened(chromium, built, reduced_motion="no-preference") as page:
        first = await page.evaluate(picture)
        await page.wait_for_function(
            "first => document.querySelector('.waveform.active').toDataURL() !== first", arg=first
        )
