"""The side panel with two thousand notes: frames while it scrolls, and from a key in the filter to the list it leaves.

Next to a bare page in which as many rows stand as they are, and an empty page; each is in front while it is measured.
"""

import asyncio
import html
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from playwright.async_api import Page, ViewportSize, expect

from server.embedded import EmbeddedServer
from server.identity import LOCAL_USER
from tests.bench.frames import FRAME, LONG_MS, Frames, traced
from tests.bench.stages import Stages
from tests.bench.table import Row, against, percentile
from tests.bench.windows import window
from tests.extension.browser import extension_browser
from tests.flows.talk import settings_in
from tests.speech.synthesis import note_texts

NOTES = 2_000
FILM_S = 110
VIEW = ViewportSize(width=360, height=800)
ROUNDS = 3
STEPS = 120  # frames of scrolling in a round
WHEEL_PX, DRAG_PX = 120, 800  # a frame: a quick wheel, and the bar dragged so that every row is another
TYPED = "interview"
KEY_EVERY_MS = 60
GOAL_MS = LONG_MS
SHOWN = {"p50": 50, "p95": 95, "longest": 100}
LOADED_MS = 30_000
GROUP = f"The panel with {NOTES} notes"

# Each frame shows other rows; the box is the first that scrolls, in an empty page none does.
SCROLL = """async ([mark, steps, stepPx]) => {
  const box = document.querySelector(".note-list, .bare-list");
  for (let step = 0; step < steps; step++) {
    await new Promise(requestAnimationFrame);
    performance.mark(mark);
    if (box) box.scrollTop += stepPx;
  }
}"""
TO_TOP = "() => { const box = document.querySelector('.note-list, .bare-list'); if (box) box.scrollTop = 0; }"
# From the key, as the browser had it, until the frame that shows what the box holds then is drawn.
WATCH_KEYS = """(mark) => {
  window.drawnMs = [];
  const { port1, port2 } = new MessageChannel();
  let pressed = 0;
  port1.onmessage = ({ data }) => drawnMs.push(performance.now() - data);
  addEventListener("keydown", ({ timeStamp }) => { pressed = timeStamp; }, true);
  addEventListener("input", () => {
    requestAnimationFrame(() => { performance.mark(mark); port2.postMessage(pressed); });
  }, true);
}"""
BARE = """<!doctype html><meta charset="utf-8"><title>{count} bare rows</title>
<style>body {{ margin: 0; font: 14px sans-serif; display: flex; flex-direction: column; height: 100vh }}
.bare-list {{ overflow-y: auto; flex: 1 }} .bare-list p {{ margin: 0; height: {height}px; overflow: hidden }}</style>
<label>Find <input></label><div class="bare-list">{rows}</div>"""


@dataclass(slots=True)
class Measured:
    page: Page
    wheel: Frames = field(default_factory=Frames)
    drag: Frames = field(default_factory=Frames)
    typing: Frames = field(default_factory=Frames)
    keys_ms: list[float] = field(default_factory=list)


@asynccontextmanager
async def _panel(extension: Path) -> AsyncIterator[Page]:
    """The panel of a film with its notes, in a tab of its own, once all are there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            EmbeddedServer(settings_in(folder / "data")) as server,
            extension_browser(extension, folder / "profile") as browser,
        ):
            await _write_notes(server)
            address = server.url.replace("ws", "http", 1)
            settings = {"server": address, "token": server.token}
            await browser.ask("(settings) => chrome.storage.local.set({ settings })", settings)
            film = await browser.watch(f"{address}/practice")
            await browser.shown("practice")
            await film.bring_to_front()
            panel = await browser.open("sidepanel.html")
            await panel.set_viewport_size(VIEW)
            count = panel.locator(".filters-count")
            await expect(count).to_contain_text(f"{NOTES} notes", timeout=LOADED_MS)
            yield panel


async def _write_notes(server: EmbeddedServer) -> None:
    kept = server.parts
    video = await kept.videos.upsert(
        user_id=LOCAL_USER, platform="practice", external_id="practice", url="sidenote:practice"
    )
    write = partial(kept.notes.write, user_id=LOCAL_USER, video_id=video.id, category="pacing")
    await asyncio.gather(
        *(
            write(text=f"{number}. {text}", timestamp_s=FILM_S * number / NOTES, client_ref=f"{number:016}")
            for number, text in enumerate(_texts())
        )
    )


def _texts() -> list[str]:
    texts = [text for _, text in note_texts()]
    return [texts[number % len(texts)] for number in range(NOTES)]


async def rows(extension: Path, stages: Stages) -> list[Row]:
    """``extension``: the folder that was built."""
    async with _panel(extension) as panel:
        bare, empty = [await window(panel, "about:blank") for _ in range(2)]
        for page in (bare, empty):
            await page.set_viewport_size(VIEW)
        height = await panel.evaluate("() => document.querySelector('.note-rows').offsetHeight")
        lines = "".join(f"<p>{html.escape(text)}</p>" for text in _texts())
        await bare.set_content(BARE.format(count=NOTES, height=height / NOTES, rows=lines))
        ours, theirs, none = Measured(panel), Measured(bare), Measured(empty)
        for page in (panel, bare):
            await page.evaluate(WATCH_KEYS, FRAME)
        done = stages.begin(f"{NOTES} notes", ROUNDS)
        for number in range(ROUNDS + 1):
            for measured in (ours, theirs, none) if number else (Measured(panel), Measured(bare)):  # first to warm up
                await _measure(measured)
            done(number)
    return [
        *_scrolled(f"{GROUP}: a wheel, {WHEEL_PX} px a frame", ours.wheel, theirs.wheel, none.wheel),
        *_scrolled(f"{GROUP}: the bar dragged, {DRAG_PX} px a frame", ours.drag, theirs.drag, none.drag),
        *_typed(f"{GROUP}: typing in the filter", ours, theirs),
    ]


async def _measure(measured: Measured) -> None:
    page = measured.page
    await page.bring_to_front()
    for frames, step_px in ((measured.wheel, WHEEL_PX), (measured.drag, DRAG_PX)):
        await page.evaluate(TO_TOP)
        await traced(page, frames, partial(page.evaluate, SCROLL, [FRAME, STEPS, step_px]))
    words = page.get_by_label("Find")
    if await words.count() == 0:
        return
    await page.evaluate("() => { drawnMs.length = 0; }")
    await words.focus()

    async def type_and_clear() -> None:
        await page.keyboard.type(TYPED, delay=KEY_EVERY_MS)
        for _ in TYPED:
            await page.keyboard.press("Backspace", delay=KEY_EVERY_MS)

    await traced(page, measured.typing, type_and_clear)
    measured.keys_ms += await page.evaluate("() => drawnMs")


def _scrolled(group: str, ours: Frames, theirs: Frames, none: Frames) -> list[Row]:
    return [
        *_percentiles("work of a frame", ours.work_ms, theirs.work_ms, group, GOAL_MS),
        against("CPU of a frame, p95", _at(ours.cpu_ms, 95), "ms", _at(theirs.cpu_ms, 95), group=group),
        *_percentiles("frame to frame", ours.apart_ms, none.apart_ms, group),
        Row("frames", len(ours.work_ms), "", group=group),
        Row(f"tasks of more than {LONG_MS:g} ms", ours.tasks, "", theirs.tasks, group=group),
    ]


def _typed(group: str, ours: Measured, theirs: Measured) -> list[Row]:
    return [
        *_percentiles("key → list drawn", ours.keys_ms, theirs.keys_ms, group),
        *_percentiles("work of a key", ours.typing.work_ms, theirs.typing.work_ms, group, GOAL_MS),
        against("CPU of a key, p95", _at(ours.typing.cpu_ms, 95), "ms", _at(theirs.typing.cpu_ms, 95), group=group),
        Row("keys", len(ours.keys_ms), "", group=group),
        Row(f"tasks of more than {LONG_MS:g} ms", ours.typing.tasks, "", theirs.typing.tasks, group=group),
    ]


def _percentiles(what: str, ours: list[float], theirs: list[float], group: str, goal: float | None = None) -> list[Row]:
    """The goal is that of the 95th."""
    return [
        against(f"{what}, {name}", _at(ours, p), "ms", _at(theirs, p), group=group, goal=goal if p == 95 else None)
        for name, p in SHOWN.items()
    ]


def _at(values: list[float], percent: int) -> float:
    return max(values) if percent == 100 else percentile(values, percent)
