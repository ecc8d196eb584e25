"""extension/src/background/recording.ts: what the toolbar shows is so, also after something broke off."""

import pytest

from tests.extension.conftest import BrowserWithExtension

pytestmark = [pytest.mark.browser, pytest.mark.node]


async def test_a_worker_that_starts_shows_no_microphone_that_is_gone(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        await browser.tell(type="recording", recording={"mode": "hands-free", "windowId": 1})
        assert await browser.ask("() => chrome.action.getBadgeText({})") == "REC"
        assert await browser.contexts("OFFSCREEN_DOCUMENT") == 0
        await browser.stop_worker()
        await browser.tell(type="world")
        await browser.until("async () => await chrome.action.getBadgeText({}) === ''")
        assert await browser.ask("() => chrome.storage.session.get('recording')") == {"recording": None}
