"""From a key in the side panel to the server, and from the key let go to the note that is drawn.

A person at a real Chromium, beside the practice page that plays, and a server process with the real model. By turns
with it a bare page, in a window of its own, opens the same microphone. All clocks are this machine's.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from playwright.async_api import Page
from playwright.async_api import TimeoutError as Impatient

from inference.audio import SAMPLE_RATE
from tests.bench import marks
from tests.bench.stages import Stages
from tests.bench.table import Row, against, percentile
from tests.bench.windows import window
from tests.bench.witness import Sight, sights
from tests.e2e.person import Person, person
from tests.extension.browser import extension_browser
from tests.flows.process import serving
from tests.speech.synthesis import SpokenClip, spoken_notes

PRESSES = 30  # of each kind
REMARKS = 24
DOWN_S = 0.3
REST_S = 0.5  # between two presses: the microphone is closed again
NEAR_S = 0.6  # the pointer is at the button before the key goes down
LEAD_S = 0.1  # of silence before what is said
LET_GO_S = 0.2  # from the end of speech
PATIENCE_MS = 5_000
LISTENING, HEARD = ".record-button.listening", ".heard"
FRAMES, NOTES = "From a key to the first samples at the server", "From the key let go to the note in the panel"

# Keys count from when the browser had them; a note once it is in the document and the frame that shows it is drawn.
WATCH = """() => {
  window.seen = { keydown: [], keyup: [], drawn: [] };
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => seen.drawn.push(Date.now());
  for (const type of ["keydown", "keyup"]) {
    addEventListener(type, ({ timeStamp, repeat }) => {
      if (!repeat) seen[type].push(Date.now() - (performance.now() - timeStamp));
    }, true);
  }
  const notes = new Set();
  new MutationObserver(() => {
    for (const { dataset: { note } } of document.querySelectorAll("[data-note]")) {
      if (notes.has(note)) continue;
      notes.add(note);
      requestAnimationFrame(() => port2.postMessage(null));
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""
DRAWN = "(count) => seen.drawn.length > count"


@dataclass(frozen=True, slots=True)
class Desk:
    who: Person
    panel: Page
    bare: Page
    file: Path  # of the witness

    async def hold(self, page: Page, seconds: float, heard: str) -> None:
        """``heard``: a selector of what the page shows once it hears."""
        await page.keyboard.down("Space")
        await asyncio.sleep(seconds)
        await page.wait_for_selector(heard, timeout=PATIENCE_MS)  # it is there, unless the machine is very busy
        await page.keyboard.up("Space")

    async def times(self, page: Page, what: str) -> list[float]:
        """Unix ms of every ``keydown``, ``keyup`` or ``drawn``."""
        return [float(at) for at in await page.evaluate("(what) => seen[what]", what)]


@asynccontextmanager
async def _desk(extension: Path) -> AsyncIterator[Desk]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "sights"
        witness = ("tests/bench/witness.py", str(file))
        chromium = partial(extension_browser, extension, folder / "profile")
        with serving(folder / "data", program=witness) as server:
            address = f"http://127.0.0.1:{server.port}"
            async with person(chromium, folder) as who:
                await who.sign_in(address, server.token)
                film = await who.watch(f"{address}/practice")
                await film.evaluate("() => { document.querySelector('video').loop = true }")
                panel = await who.panel()
                await panel.get_by_role("button", name="Hold to talk").focus()
                bare = await window(film, f"{address}/bare")
                for page in (panel, bare):
                    await page.evaluate(WATCH)
                yield Desk(who, panel, bare, file)


async def rows(extension: Path, stages: Stages) -> list[Row]:
    """``extension``: the folder that was built."""
    async with _desk(extension) as desk:
        closed = await _presses(desk, stages, armed=False)
        armed = await _presses(desk, stages, armed=True)
        return [
            *_first_frames("the key opens the microphone", *closed),
            *_first_frames("the pointer opened it before", *armed),
            *await _notes(desk, stages),
        ]


# Key down


async def _presses(desk: Desk, stages: Stages, *, armed: bool) -> tuple[list[float], list[float]]:
    """Milliseconds of ours and of the bare page."""
    before = [len(await desk.times(page, "keydown")) for page in (desk.panel, desk.bare)]
    done = stages.begin(f"keys, microphone {'open' if armed else 'closed'}", PRESSES)
    for number in range(PRESSES + 1):
        await _press_panel(desk, armed=armed)
        await _press_bare(desk, armed=armed)
        done(number)
    waits = []
    for page, topic, first in zip((desk.panel, desk.bare), ("audio:", "bare"), before, strict=True):
        downs_ms = (await desk.times(page, "keydown"))[first:]
        heard = _first(downs_ms, sights(desk.file), "audio", topic)
        found = [at_ms - down_ms for at_ms, down_ms in zip(heard, downs_ms, strict=True) if at_ms is not None]
        if len(found) != PRESSES + 1:
            raise RuntimeError(f"{PRESSES + 1} presses, of which {len(found)} were heard on {topic}")
        waits.append(found[1:])  # the first one makes what is made only once
    return waits[0], waits[1]


async def _press_panel(desk: Desk, *, armed: bool) -> None:
    if armed:
        await desk.panel.locator(".talking-button").hover()
        await asyncio.sleep(NEAR_S)
    await desk.hold(desk.panel, DOWN_S, LISTENING)
    await desk.panel.mouse.move(1, 1)
    await asyncio.sleep(REST_S)


async def _press_bare(desk: Desk, *, armed: bool) -> None:
    if armed:
        await desk.bare.evaluate("open()")
        await asyncio.sleep(NEAR_S)
    await desk.hold(desk.bare, DOWN_S, HEARD)
    await desk.bare.evaluate("close()")
    await asyncio.sleep(REST_S)


def _first_frames(how: str, ours_ms: Sequence[float], bare_ms: Sequence[float]) -> list[Row]:
    return [
        against(f"{how}, p{p}", percentile(ours_ms, p), "ms", percentile(bare_ms, p), group=FRAMES) for p in (50, 95)
    ] + [Row(f"{how}, presses of each", len(ours_ms), "", group=FRAMES)]


def _first(since_ms: Sequence[float], seen: Sequence[Sight], event: str, topic: str) -> list[float | None]:
    """When it was first seen after each of these times and before the next one; None where it was not."""
    at_ms = [sight.at_ms for sight in seen if sight.event == event and sight.topic.startswith(topic)]
    spans = pairwise([*since_ms, float("inf")])
    return [next((at for at in at_ms if since <= at < until), None) for since, until in spans]


# Key up


@dataclass(frozen=True, slots=True)
class Noted:
    """One remark, Unix ms."""

    up: float
    stop: float  # at the server
    sent: float  # the note, by the server
    drawn: float


async def _notes(desk: Desk, stages: Stages) -> list[Row]:
    clips = spoken_notes(limit=REMARKS)
    done = stages.begin("remarks", len(clips))
    first_up, first_drawn = [len(await desk.times(desk.panel, what)) for what in ("keyup", "drawn")]
    for number, clip in enumerate(clips, 1):
        await _say(desk, clip)
        done(number)
    ups_ms = (await desk.times(desk.panel, "keyup"))[first_up:]
    drawn_ms = (await desk.times(desk.panel, "drawn"))[first_drawn:]
    stops_ms = _first(ups_ms, sights(desk.file), "stop", "audio:")
    sent_ms = _first(ups_ms, sights(desk.file), "note_created", "")
    shown_ms = [next((at for at in drawn_ms if up <= at < next_up), None) for up, next_up in pairwise([*ups_ms, 1e15])]
    noted = [
        Noted(up, stop, sent, drawn)
        for up, stop, sent, drawn in zip(ups_ms, stops_ms, sent_ms, shown_ms, strict=True)
        if stop is not None and sent is not None and drawn is not None
    ]
    whole = [each.drawn - each.up for each in noted]
    server = [each.sent - each.stop for each in noted]
    parts = {
        "key up → stop at the server": [each.stop - each.up for each in noted],
        "stop → note sent, at the server": server,
        "note sent → drawn": [each.drawn - each.sent for each in noted],
    }
    return [
        *(
            against(f"key up → note drawn p{p}", percentile(whole, p), "ms", percentile(server, p), group=NOTES)
            for p in (50, 95)
        ),
        *(
            Row(f"of it {name} p{p}", percentile(waits, p), "ms", group=NOTES)
            for name, waits in parts.items()
            for p in (50, 95)
        ),
        Row("remarks", len(clips), "", group=NOTES),
        Row("remarks without a note", len(clips) - len(noted), "", group=NOTES),
    ]


async def _say(desk: Desk, clip: SpokenClip) -> None:
    """A press for one remark, until its note is drawn or there is none."""
    count = len(await desk.times(desk.panel, "drawn"))
    desk.who.will_say(clip.samples)
    _, end = marks.speech(clip.samples)
    await desk.hold(desk.panel, LEAD_S + end / SAMPLE_RATE + LET_GO_S, LISTENING)
    try:
        await desk.panel.wait_for_function(DRAWN, arg=count, timeout=PATIENCE_MS)
    except Impatient:
        return
    await asyncio.sleep(REST_S)
