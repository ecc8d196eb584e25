"""extension/src/background/commands.ts: the browser's keys, pressed."""

import pytest
from playwright.async_api import Page

from tests.extension.conftest import BrowserWithExtension

pytestmark = [pytest.mark.browser, pytest.mark.node]

CUTS = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
BADGE = "async (text) => await chrome.action.getBadgeText({}) === text"
OPEN = "async (kind) => (await chrome.runtime.getContexts({ contextTypes: [kind] })).length === 1"


async def press(page: Page, letter: str) -> None:
    """Alt+Shift and a letter, as the browser itself takes it."""
    await page.bring_to_front()
    session = await page.context.new_cdp_session(page)
    key = {"modifiers": 9, "key": letter, "code": f"Key{letter}"}
    code = {"windowsVirtualKeyCode": ord(letter), "nativeVirtualKeyCode": ord(letter)}
    for kind in ("rawKeyDown", "keyUp"):
        await session.send("Input.dispatchKeyEvent", {"type": kind, **key, **code})
    await session.detach()


async def test_the_browser_gives_every_key_that_is_suggested(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        keys = await browser.ask("async () => (await chrome.commands.getAll()).map(({ shortcut }) => shortcut)")
        assert sorted(keys) == ["Alt+Shift+L", "Alt+Shift+M", "Alt+Shift+S"]


async def test_a_key_turns_the_microphone_on_and_off_and_uses_the_tab(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        page = await browser.watch(CUTS)
        await browser.shown("dQw4w9WgXcQ")
        await press(page, "M")
        await browser.until(BADGE, "REC")
        assert (await browser.shown("dQw4w9WgXcQ"))["engaged"] is True
        await press(page, "M")
        await browser.until(BADGE, "")


async def test_where_there_is_no_video_the_key_opens_the_popup(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        page = await browser.context.new_page()
        await page.goto("https://www.youtube.com/")
        await press(page, "M")
        await browser.until(OPEN, "POPUP")
        assert await browser.ask("() => chrome.action.getBadgeText({})") == ""


async def test_a_key_opens_the_side_panel(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        page = await browser.watch(CUTS)
        await press(page, "L")
        await browser.until(OPEN, "SIDE_PANEL")


async def test_after_an_update_a_key_brings_a_new_script_into_an_open_page(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        page = await browser.watch(CUTS)
        row = await browser.shown("dQw4w9WgXcQ")
        await browser.reload()
        assert await browser.ask("() => chrome.storage.session.get()") == {}
        await page.evaluate("document.querySelector('video').play()")  # the old script has something to tell
        await press(page, "M")
        again = await browser.shown("dQw4w9WgXcQ")
        assert (again["tabId"], again["engaged"]) == (row["tabId"], True)
        assert again["last"]["sessionId"] != row["last"]["sessionId"]
        assert browser.wrong == []
