"""extension/src/background: the service worker and the content script in a real Chromium."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.extension.browser import EXTENSION_ID, ExtensionBrowser
from tests.extension.conftest import BrowserWithExtension

pytestmark = [pytest.mark.browser, pytest.mark.node]

CUTS = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
TREE = "https://vimeo.com/76979871"
LISTEN = """() => {
  globalThis.heard = [];
  globalThis.said = [];
  chrome.runtime.onMessage.addListener((message) => {
    if (message.to === "offscreen") heard.push(message);
  });
  chrome.runtime.onConnect.addListener(({ name, onMessage }) => {
    if (name === "page") onMessage.addListener((message) => said.push(message));
  });
}"""
TABS = "async () => (await chrome.storage.session.get('tabs')).tabs ?? {}"
OFFSCREEN = "OFFSCREEN_DOCUMENT"


async def heard(browser: ExtensionBrowser, kind: str, session_id: str | None) -> dict[str, Any]:
    """What the offscreen document was told: of this kind, about this review (None: about none)."""
    found = await browser.until(
        """([kind, session]) => heard.find((told) =>
          told.type === kind && session === (told.sessionId ?? (told.about ?? told.subject)?.sessionId ?? null))""",
        [kind, session_id],
    )
    assert isinstance(found, dict)
    return found


async def test_the_worker_starts_under_the_id_of_the_manifest_and_shows_the_set_up(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        assert await browser.ask("() => chrome.runtime.id") == EXTENSION_ID
        await browser.until(
            "async () => (await chrome.tabs.query({})).some(({ url }) => url?.endsWith('/microphone.html'))"
        )


async def test_a_video_is_known_here_and_told_to_nobody_until_a_person_uses_sidenote(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        await browser.ask(LISTEN)
        page = await browser.watch(CUTS)
        row = await browser.shown("dQw4w9WgXcQ")
        assert row["last"]["video"]["url"] == CUTS
        assert row["engaged"] is False
        await page.evaluate("document.querySelector('video').play()")
        await browser.until(
            "async () => Object.values((await chrome.storage.session.get('tabs')).tabs)[0].last.video.duration > 0"
        )
        assert await browser.ask("() => [...heard, ...said]") == []
        assert await browser.contexts(OFFSCREEN) == 0

        assert await browser.tell(type="engage", tabId=row["tabId"]) == {"ok": True}
        about, sample = await browser.until("() => said.length >= 2 && said.slice(0, 2)")
        assert about["subject"]["sessionId"] == row["last"]["sessionId"]
        assert sample["type"] == "clock"
        assert browser.wrong == []


async def test_two_who_ask_at_once_get_one_offscreen_document(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        await browser.watch(CUTS)
        row = await browser.shown("dQw4w9WgXcQ")
        twice = [browser.tell(type="engage", tabId=row["tabId"]) for _ in range(2)]
        assert await asyncio.gather(*twice) == [{"ok": True}, {"ok": True}]
        assert await browser.contexts(OFFSCREEN) == 1


async def test_a_worker_that_was_stopped_goes_on_where_it_was(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        await browser.ask(LISTEN)
        page = await browser.watch(CUTS)
        row = await browser.shown("dQw4w9WgXcQ")
        await browser.tell(type="engage", tabId=row["tabId"])
        await browser.stop_worker()
        await page.evaluate("history.pushState({}, '', '/watch?v=9bZkp7q19f0')")
        other = await browser.shown("9bZkp7q19f0")
        assert (other["tabId"], other["engaged"]) == (row["tabId"], True)
        assert other["last"]["sessionId"] != row["last"]["sessionId"]
        await heard(browser, "left", row["last"]["sessionId"])
        await browser.until("(id) => said.some(({ subject }) => subject?.sessionId === id)", other["last"]["sessionId"])
        assert await browser.contexts(OFFSCREEN) == 1


async def test_a_page_that_is_loaded_again_goes_on_with_its_review_and_a_closed_one_ends_it(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        await browser.ask(LISTEN)
        page = await browser.watch(CUTS)
        row = await browser.shown("dQw4w9WgXcQ")
        await browser.tell(type="engage", tabId=row["tabId"])
        await browser.until("() => said.length > 0")
        await page.reload()
        await browser.until(
            """async (was) => Object.values((await chrome.storage.session.get("tabs")).tabs)
              .some(({ documentId }) => documentId && documentId !== was)""",
            row["documentId"],
        )
        again = await browser.shown("dQw4w9WgXcQ")
        assert (again["last"]["sessionId"], again["engaged"]) == (row["last"]["sessionId"], True)
        assert await browser.ask("() => heard") == []
        await page.close()
        await heard(browser, "left", row["last"]["sessionId"])
        assert await browser.ask(TABS) == {}


async def test_hands_free_follows_the_active_tab_of_its_window_and_shows_that_it_listens(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        await browser.ask(LISTEN)
        first = await browser.watch(CUTS)
        row = await browser.shown("dQw4w9WgXcQ")
        await browser.watch(TREE)
        other = await browser.shown("76979871")
        await browser.tell(type="engage", tabId=row["tabId"])
        await browser.tell(type="recording", recording={"mode": "hands-free", "windowId": row["windowId"]})
        badge = "async () => [await chrome.action.getBadgeText({}), await chrome.action.getTitle({})]"
        assert await browser.ask(badge) == ["REC", "Sidenote is listening"]

        await first.bring_to_front()
        await heard(browser, "moved", row["last"]["sessionId"])
        await browser.ask("(id) => chrome.tabs.update(id, { active: true })", other["tabId"])
        await heard(browser, "moved", other["last"]["sessionId"])
        assert (await browser.shown("76979871"))["engaged"] is True
        blank = await browser.context.new_page()
        await heard(browser, "moved", None)
        await blank.close()

        await browser.tell(type="recording", recording=None)
        assert await browser.ask(badge) == ["", "Sidenote: hold to talk"]


async def test_hands_free_goes_with_its_tab_into_another_window_and_not_to_its_neighbour(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        await browser.ask(LISTEN)
        await browser.watch(TREE)
        await browser.shown("76979871")
        await browser.watch(CUTS)
        row = await browser.shown("dQw4w9WgXcQ")
        place = {"tabId": row["tabId"], "windowId": row["windowId"]}
        await browser.tell(type="engage", tabId=row["tabId"])
        await browser.tell(type="recording", recording={"mode": "hands-free", **place})
        window = await browser.ask("async (tabId) => (await chrome.windows.create({ tabId })).id", row["tabId"])
        moved = await heard(browser, "moved", row["last"]["sessionId"])
        assert (moved["windowId"], moved["subject"]["windowId"]) == (window, window)
        assert window != row["windowId"]
        kept = await browser.ask("async () => (await chrome.storage.session.get('recording')).recording")
        assert kept == {"mode": "hands-free", "tabId": row["tabId"], "windowId": window}
        carried = {"to": "offscreen", "type": "carried", "tabId": row["tabId"], "windowId": window}
        told = await browser.ask("() => heard")
        assert told[0] == carried
        assert {told["subject"]["sessionId"] for told in told[1:]} == {row["last"]["sessionId"]}


async def test_a_page_reads_neither_the_token_nor_anything_but_its_own(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        await browser.ask("() => chrome.storage.local.set({ settings: { token: 'secret' } })")
        page = await browser.watch(CUTS)
        await browser.shown("dQw4w9WgXcQ")
        script = await content_script(page)
        assert "secret" not in await script("chrome.storage.local.get().then(JSON.stringify, String)")
        for asked in (
            "{type: 'world'}",
            "{type: 'engage', tabId: 1}",
            "{type: 'subject', tabId: 1}",
            "{type: 'recording', recording: null}",
        ):
            answer = await script(
                f"chrome.runtime.sendMessage({{to: 'background', ...{asked}}}).then(JSON.stringify, String)"
            )
            assert answer is None or "closed before a response" in answer, answer
        video = "{ platform: 'vimeo', external_id: '76979871', url: 'https://vimeo.com/76979871' }"
        message = f"{{ type: 'video_found', video: {video} }}"
        answer = await script(
            f"chrome.runtime.sendMessage({{to: 'background', type: 'page', message: {message}}}).then(JSON.stringify)"
        )
        assert answer == '{"subject":null,"engaged":false}'
        await browser.shown("dQw4w9WgXcQ")
        world = await browser.tell(type="world")
        assert world["settings"]["token"] == "secret"
        assert world == await browser.tell(type="world")


async def test_nothing_is_looked_for_on_a_site_that_is_switched_off(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        await browser.ask("() => chrome.storage.local.set({ settings: { offSites: ['youtube.com'] } })")
        await browser.watch(CUTS)
        await browser.watch(TREE)
        await browser.shown("76979871")
        assert len(await browser.ask(TABS)) == 1


async def test_a_page_that_may_not_be_seen_is_said_to_be_so(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        await browser.ask("() => undefined")  # its own tab comes first: the page is in front
        await browser.watch("https://films.example.com/cuts")
        tab_id = await browser.ask("async () => (await chrome.tabs.query({ active: true }))[0].id")
        refused = await browser.tell(type="engage", tabId=tab_id)
        assert refused["ok"] is False
        assert "allow every site" in refused["message"]
        gone = await browser.tell(type="engage", tabId=999_999)
        assert gone == {"ok": False, "message": "That tab is closed."}


async def test_the_pages_of_the_extension_load_without_a_complaint(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        for name in ("popup", "sidepanel", "options", "microphone"):
            page = await browser.open(f"{name}.html")
            await expect(page).to_have_title(re.compile("Sidenote"))
            await expect(page.locator("#app > *").first).to_be_visible()
        assert browser.wrong == []


async def content_script(page: Page) -> Any:
    """Evaluates in the world of the page's content script."""
    session = await page.context.new_cdp_session(page)
    worlds: list[int] = []
    session.on(
        "Runtime.executionContextCreated",
        lambda event: worlds.append(event["context"]["id"]) if event["context"]["name"] == "Sidenote" else None,
    )
    await session.send("Runtime.enable")
    assert len(worlds) == 1

    async def evaluate(expression: str) -> Any:
        wanted = {"expression": expression, "contextId": worlds[0], "awaitPromise": True, "returnByValue": True}
        return (await session.send("Runtime.evaluate", wanted))["result"].get("value")

    return evaluate
