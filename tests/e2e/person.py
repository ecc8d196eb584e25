"""A person at a real Chromium with the extension: watches, speaks, reads, clicks. The server is a real one."""

import os
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Error, Locator, Page, expect

from inference.audio import SAMPLE_RATE
from tests.extension.browser import ExtensionBrowser
from tests.extension.conftest import BrowserWithExtension
from tests.speech.synthesis import write_wav

VISIBLE_MS = 15_000  # for what a model on a busy machine has to do first
LEAD_S = 0.1
GAP_S = 1.6  # between remarks
AFTER_S = 1.0  # of silence after what is said: the file repeats its last moment for ever
SETTINGS: dict[str, Any] = {
    # The film's sound never reaches the file that is the microphone, and what browsers do to a voice changes the words.
    "echoCancellation": False,
    "noiseSuppression": False,
    "autoGain": False,
}


@dataclass(frozen=True, slots=True)
class Voice:
    """What a microphone hears, from each time it is opened."""

    samples: NDArray[np.int16]
    onsets_s: tuple[float, ...]
    seconds: float  # until all of it is said

    def into(self, path: Path) -> None:
        part = path.with_suffix(".part")
        write_wav(part, self.samples)
        part.replace(path)


def voice(said: Sequence[NDArray[np.int16]] = (), gap_s: float = GAP_S, lead_s: float = LEAD_S) -> Voice:
    """One after another, with silence before, between and after them."""
    pieces, onsets, length = [], [], round(lead_s * SAMPLE_RATE)
    gap = round(gap_s * SAMPLE_RATE)
    pieces.append(np.zeros(length, np.int16))
    for one in said:
        onsets.append(length / SAMPLE_RATE)
        pieces += [one, np.zeros(gap, np.int16)]
        length += len(one) + gap
    pieces.append(np.zeros(round(AFTER_S * SAMPLE_RATE), np.int16))
    seconds = (length - gap) / SAMPLE_RATE if said else 0.0
    return Voice(np.concatenate(pieces), tuple(onsets), seconds)


@dataclass(slots=True)
class Person:
    browser: ExtensionBrowser
    microphone: Path
    voice: Voice

    def will_say(self, *said: NDArray[np.int16], gap_s: float = GAP_S, lead_s: float = LEAD_S) -> float:
        """From the next opening of the microphone on. Seconds that it takes."""
        self.voice = voice(said, gap_s, lead_s)
        self.voice.into(self.microphone)
        return self.voice.seconds

    async def sign_in(self, address: str, token: str, **settings: object) -> None:
        whole = {"server": address, "token": token, **SETTINGS, **settings}
        await self.browser.ask("(settings) => chrome.storage.local.set({ settings })", whole)

    async def watch(self, url: str) -> Page:
        """The page of a video, in a tab of its own, which is in front; its film plays."""
        tab = await self.browser.context.new_page()
        await tab.goto(url)
        await tab.wait_for_selector("video", state="attached")
        await tab.bring_to_front()
        await tab.evaluate("() => document.querySelector('video').play()")
        return tab

    async def in_new_window(self, url: str) -> Page:
        """The page of a video in a window of its own, which is in front; its film plays."""
        async with self.browser.context.expect_page() as opened:
            await self._in_worker("(url) => chrome.windows.create({ url, focused: true })", url)
        tab = await opened.value
        await tab.wait_for_selector("video", state="attached")
        await tab.evaluate("() => document.querySelector('video').play()")
        return tab

    async def popup(self) -> Page:
        """The real popup, over the tab that is in front."""
        return await self._appears("popup.html", lambda: self._in_worker("() => chrome.action.openPopup()"))

    async def panel(self, *, online: bool = True) -> Page:
        """The real side panel of the window, opened as people do: from the popup."""
        popup = await self.popup()
        button = popup.get_by_role("button", name="Open panel")

        async def click() -> None:
            try:
                await button.click()
            except Error:
                if not popup.is_closed():  # as it does by itself when the panel opens
                    raise

        panel = await self._appears("sidepanel.html", click)
        if online:
            await expect(panel.locator("body")).to_contain_text("Online", timeout=VISIBLE_MS)
        return panel

    async def notes(self, view: Page, count: int, having: str = "") -> list[Locator]:
        """The notes that a page shows, once they are so many."""
        notes = notes_in(view).filter(has_text=re.compile(having, re.IGNORECASE))
        await expect(notes).to_have_count(count, timeout=VISIBLE_MS)
        return await notes.all()

    async def _in_worker(self, expression: str, argument: object = None) -> None:
        worker = self.browser.context.service_workers[0]
        await worker.evaluate(expression, argument)

    async def _appears(self, name: str, act: Callable[[], Any]) -> Page:
        async with self.browser.context.expect_page(lambda page: page.url.endswith(f"/{name}")) as opened:
            await act()  # the offscreen document may appear meanwhile
        return await opened.value


async def passes(tab: Page, seconds: float) -> None:
    """So much of the film has played: people speak while they watch."""
    await tab.evaluate(
        """async (seconds) => {
          const video = document.querySelector("video");
          const endS = video.currentTime + seconds * video.playbackRate;
          while (video.currentTime < endS) {
            await new Promise((told) => video.addEventListener("timeupdate", told, { once: true }));
          }
        }""",
        seconds,
    )


async def hold(view: Page, tab: Page, seconds: float) -> None:
    """Hold to talk until so much was said; the key stays down."""
    button = view.get_by_role("button", name="Hold to talk")
    await button.hover()
    await view.mouse.down()
    await expect(button).to_have_class("record-button listening on", timeout=VISIBLE_MS)
    await passes(tab, seconds)


async def let_go(view: Page) -> float:
    """Unix time of it."""
    await view.mouse.up()
    return time.time()


def notes_in(view: Page) -> Locator:
    return view.locator("article.note")


@asynccontextmanager
async def person(
    browser_with_extension: BrowserWithExtension, folder: Path, *, microphone: bool = True
) -> AsyncIterator[Person]:
    """``folder``: for what the microphone hears."""
    speech = folder / "microphone.wav"
    silence = voice()
    silence.into(speech)
    with mock.patch.dict(os.environ, {"PW_CHROMIUM_ATTACH_TO_OTHER": "1"}):  # or it hides side panels
        async with browser_with_extension(speech=speech, microphone=microphone) as browser:
            yield Person(browser, speech, silence)
