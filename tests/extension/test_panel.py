"""extension/src/panel and extension/src/popup: the side panel and the popup beside a real tab, on a real server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.extension.axe import violations
from tests.extension.browser import ExtensionBrowser
from tests.extension.conftest import BrowserWithExtension
from tests.flows.process import ServerProcess, serving

pytestmark = [pytest.mark.browser, pytest.mark.node]

SIGN_IN = "async ([server, token]) => chrome.storage.local.set({ settings: { server, token } })"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AT = "() => document.querySelector('video').currentTime"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One with scripted hearing: whatever is said is `The music is too loud.`"""
    with serving(tmp_path_factory.mktemp("data"), program=("tests/chaos/server.py",)) as running:
        yield running


@asynccontextmanager
async def beside_practice(
    launch: BrowserWithExtension, server: ServerProcess, part: str
) -> AsyncIterator[tuple[ExtensionBrowser, Page, Page]]:
    """The browser, its tab with the practice page, and a part of the extension that is about it."""
    address = f"http://127.0.0.1:{server.port}"
    async with launch() as browser:
        await browser.ask(SIGN_IN, [address, server.token])
        film = await browser.watch(f"{address}/practice")
        await browser.shown("practice")
        await film.bring_to_front()
        opened = await browser.open(part)
        await opened.set_viewport_size({"width": 360, "height": 800})
        await expect(opened.get_by_text("Online")).to_be_visible()
        yield browser, film, opened
        assert browser.wrong == []


async def test_the_panel_takes_notes_of_the_tab_and_moves_its_player(
    browser_with_extension: BrowserWithExtension, server: ServerProcess
) -> None:
    async with beside_practice(browser_with_extension, server, "sidepanel.html") as (_, film, panel):
        await film.evaluate("() => { document.querySelector('video').currentTime = 33 }")
        await panel.get_by_label("Write a note").click()
        await expect(panel.get_by_label("Time in the video")).to_have_value("0:33")
        await panel.keyboard.type("Skin tones turn green")
        await panel.keyboard.press("Enter")
        note = panel.get_by_role("article").filter(has_text="Skin tones turn green")
        await expect(note).to_be_visible()
        await film.evaluate("() => { document.querySelector('video').currentTime = 2 }")
        await note.get_by_role("button", name="Go to 0:33").click()
        await film.wait_for_function(f"() => ({AT})() === 33")


async def test_what_is_said_reaches_the_server_though_the_popup_closes_while_the_button_is_held(
    browser_with_extension: BrowserWithExtension, server: ServerProcess
) -> None:
    async with beside_practice(browser_with_extension, server, "popup.html") as (browser, film, popup):
        await popup.get_by_role("button", name="Hold to talk").hover()
        await popup.mouse.down()
        await expect(popup.get_by_text("You are speaking")).to_be_visible()
        await popup.close()
        await film.bring_to_front()
        panel = await browser.open("sidepanel.html")
        await expect(panel.get_by_role("article").filter(has_text="The music is too loud.")).to_be_visible()


@pytest.mark.parametrize("part", ["sidepanel.html", "popup.html"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(
    browser_with_extension: BrowserWithExtension, server: ServerProcess, part: str
) -> None:
    async with beside_practice(browser_with_extension, server, part) as (_, _film, opened):
        tabs = await opened.get_by_role("tab").all()
        if tabs:
            await opened.get_by_label("Write a note").fill("Too long before the title")
            await opened.keyboard.press("Enter")
            await expect(opened.get_by_role("article").filter(has_text="before the title")).to_be_visible()
        for scheme in SCHEMES:
            await opened.emulate_media(color_scheme=scheme)
            for tab in tabs or [opened.locator("body")]:
                await tab.click()
                assert await violations(opened) == [], (part, scheme)
                assert await opened.evaluate("() => document.documentElement.scrollWidth") <= 360
