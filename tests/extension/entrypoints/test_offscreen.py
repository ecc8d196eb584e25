"""extension/src/entrypoints/offscreen.ts and extension/src/talk: from the key to the note, in a real Chromium.

Its microphone plays a file of real speech, and a real server hears it.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page

from channels.client import Channel, Client
from inference.audio import SAMPLE_RATE
from tests.extension.browser import ExtensionBrowser
from tests.extension.conftest import BrowserWithExtension
from tests.flows.process import ServerProcess, serving
from tests.speech.synthesis import speak, write_wav

pytestmark = [pytest.mark.browser, pytest.mark.node]

SAID = "Please lower the background music under the interview."
CUTS, FILM = "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "dQw4w9WgXcQ"
AT_S = 3.0
BEFORE_S, AFTER_S = 0.5, 3.0  # of silence: that a key is pressed in, and that ends an utterance
GONE = "async () => (await chrome.runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT'] })).length === 0"
SETTINGS = """([server, token]) => chrome.storage.local.set({ settings: {
  server, token, echoCancellation: false, noiseSuppression: false, autoGain: false,
} })"""
STAND_AT = """async (atS) => {
  const video = document.querySelector("video");
  video.currentTime = atS;
  await new Promise((done) => video.addEventListener("seeked", done, { once: true }));
}"""
# What a view does. `frames`: how many the microphone has heard.
TALK = """() => {
  globalThis.port = chrome.runtime.connect({ name: "talk" });
  globalThis.state = null;
  globalThis.frames = 0;
  port.onMessage.addListener((message) => {
    if (message.type === "state") state = message.state;
    if (message.type === "level") frames += 1;
  });
  port.onDisconnect.addListener(() => { state = null; });
  port.postMessage({ type: "levels", wanted: true });
}"""
SAY = "(command) => port.postMessage({ type: 'talk', command })"
CAPTURE = "(name) => state?.capture === name"
WITHHELD = "SELECT count(*) FROM audio_chunks WHERE session_id = ? AND pcm IS NULL"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[ServerProcess]:
    with serving(data) as process:
        yield process


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A file for the microphone, and how many frames of 20 ms of it are not silence at its end."""
    before, after = (np.zeros(round(s * SAMPLE_RATE), np.int16) for s in (BEFORE_S, AFTER_S))
    spoken = speak(SAID).samples
    path = write_wav(tmp_path_factory.mktemp("speech") / "said.wav", np.concatenate([before, spoken, after]))
    return path, round((before.size + spoken.size) / SAMPLE_RATE * 50)


async def engaged(browser: ExtensionBrowser, server: ServerProcess) -> tuple[dict[str, Any], Page]:
    """A tab on which somebody uses Sidenote, with a view that talks: what about, and its page."""
    await browser.ask(SETTINGS, [server.url.replace("ws", "http", 1), server.token])
    page = await browser.watch(CUTS)
    row = await browser.shown(FILM)
    assert await browser.tell(type="engage", tabId=row["tabId"]) == {"ok": True}
    await browser.ask(TALK)
    place = {"tabId": row["tabId"], "windowId": row["windowId"]}
    return {"sessionId": row["last"]["sessionId"], "video": row["last"]["video"], **place}, page


async def note_of(session: Channel) -> dict[str, Any]:
    async with asyncio.timeout(20):
        async for event in session:
            if event.event == "note_created":
                return dict(event.payload["note"])
    raise AssertionError("the session ended without a note")


async def silence_withheld(data: Path, session_id: str) -> None:
    """Waits until the store has silence of this session that was not sent: the model judges in the document."""
    with closing(sqlite3.connect(f"file:{data / 'sidenote.sqlite3'}?mode=ro", uri=True)) as database:
        async with asyncio.timeout(20):
            while database.execute(WITHHELD, (session_id,)).fetchone() == (0,):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)


async def test_a_held_key_becomes_a_note_at_the_second_where_the_player_stands(
    browser_with_extension: BrowserWithExtension, server: ServerProcess, speech: tuple[Path, int]
) -> None:
    path, spoken = speech
    async with browser_with_extension(speech=path) as browser, Client(server.url, server.token) as client:
        about, page = await engaged(browser, server)
        session = await client.join(f"session:{about['sessionId']}")
        await page.evaluate(STAND_AT, AT_S)
        await browser.ask(SAY, {"type": "key_down", "about": about})
        await browser.until("(spoken) => frames > spoken", spoken)
        assert await browser.ask("() => chrome.action.getBadgeText({})") == "REC"
        await browser.ask(SAY, {"type": "key_up"})
        note = await note_of(session)
        assert "background music under the interview" in note["transcript"].lower()
        assert note["timestamp_s"] == pytest.approx(AT_S, abs=0.1)
        await browser.until(CAPTURE, "off")
        assert await browser.ask("() => [state.waitingS, state.failure, state.problem]") == [0, None, None]

        await browser.ask("() => port.disconnect()")
        await page.close()
        await browser.until(GONE)
        assert browser.wrong == []


async def test_hands_free_a_pause_ends_what_was_said_and_silence_is_not_sent(
    browser_with_extension: BrowserWithExtension, server: ServerProcess, speech: tuple[Path, int], data: Path
) -> None:
    path, _ = speech
    async with browser_with_extension(speech=path) as browser, Client(server.url, server.token) as client:
        about, _page = await engaged(browser, server)
        session = await client.join(f"session:{about['sessionId']}")
        await browser.ask(SAY, {"type": "mic_on", "about": about})
        note = await note_of(session)
        assert "background music under the interview" in note["transcript"].lower()
        assert await browser.ask(CAPTURE, "recording")
        await silence_withheld(data, about["sessionId"])
        await browser.ask(SAY, {"type": "mic_off"})
        await browser.until(CAPTURE, "off")
        assert browser.wrong == []


async def test_a_view_that_closes_in_mid_word_ends_the_press_and_loses_nothing(
    browser_with_extension: BrowserWithExtension, server: ServerProcess, speech: tuple[Path, int]
) -> None:
    path, spoken = speech
    async with browser_with_extension(speech=path) as browser, Client(server.url, server.token) as client:
        about, _page = await engaged(browser, server)
        session = await client.join(f"session:{about['sessionId']}")
        view = await browser.open("manifest.json")
        await view.evaluate(TALK)
        await view.evaluate(SAY, {"type": "key_down", "about": about})
        await browser.until("(spoken) => frames > spoken", spoken)
        await view.close()
        await browser.until(CAPTURE, "off")
        note = await note_of(session)
        assert "background music under the interview" in note["transcript"].lower()
