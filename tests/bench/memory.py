"""What the offscreen document holds after half an hour of listening hands-free, heard in a minute or two.

Document, browser, model and server are the real ones, and there is a remark every 20 s. Only the end of the audio graph
is another: it hands over frames as fast as the server has them safe, and the document's clocks go as they do.
"""

import asyncio
import base64
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import CDPSession

from inference.audio import SAMPLE_RATE
from tests.bench import scrape
from tests.bench.clips import room
from tests.bench.stages import Stages
from tests.bench.table import Row, against
from tests.extension.browser import ExtensionBrowser, extension_browser
from tests.extension.entrypoints.test_offscreen import SAY, engaged
from tests.flows.process import ServerProcess, serving
from tests.speech.synthesis import spoken_notes

MINUTES = (1, 10, 30)
CHUNK_S = 10  # handed over at once
BEHIND_S = 3.0  # that the voice detector and the gate keep to themselves
REMARKS, EACH_S = 6, 20  # different ones, and how often there is one
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.02
MIB = 1024 * 1024
HEARD_S = "sidenote_audio_seconds_total"
GROUP = "The offscreen document, listening hands-free"

# Put into the offscreen document: nodes of the audio graph whose port is ours, and clocks that follow the samples.
SCRIPT = """(recording) => {
  const page = chrome.extension.getViews().find(({ location }) => location.pathname === "/offscreen.html");
  const samples = new page.Int16Array(Uint8Array.from(atob(recording), (byte) => byte.charCodeAt(0)).buffer);
  const port = { onmessage: null };
  const [beganMs, evenMs] = [Date.now(), page.performance.now()];
  let heard = 0;
  page.Date.now = () => beganMs + heard / 16;
  page.performance.now = () => evenMs + heard / 16;
  page.AudioWorkletNode = class extends page.AudioWorkletNode {
    constructor(...given) {
      super(...given);
      super.port.start(); // the real frames go nowhere
    }
    get port() { return port; }
  };
  globalThis.isOpen = () => port.onmessage !== null;
  globalThis.waitedS = 0;
  globalThis.listen = async (seconds) => {
    for (const endS = heard / 16000 + seconds; heard / 16000 < endS;) {
      const at = heard % samples.length;
      heard += 320;
      port.onmessage({ data: samples.slice(at, at + 320) });
      if (heard % 16000 === 0) await new Promise((resolve) => setTimeout(resolve));
      waitedS = Math.max(waitedS, state.waitingS);
    }
  };
}"""
LISTEN = "(seconds) => listen(seconds)"
WAITED = "() => waitedS"


@dataclass(frozen=True, slots=True)
class Held:
    """After a collection, MiB."""

    heap: float
    buffers: float  # of arrays, the tape's among them, without the recording


async def rows(extension: Path, stages: Stages) -> list[Row]:
    """``extension``: the folder that was built."""
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "data") as server:
        async with extension_browser(extension, Path(name) / "profile") as browser:
            began = time.monotonic()
            held, waited_s = await _held(browser, server, stages)
            took_s = time.monotonic() - began
            notes = scrape.look(server.port).values["sidenote_notes_total"]
    first = held[MINUTES[0]]
    return [
        *(
            against(f"JS heap after {minute} min", each.heap, "MiB", first.heap, group=GROUP)
            for minute, each in held.items()
        ),
        *(
            against(f"array buffers after {minute} min", each.buffers, "MiB", first.buffers, group=GROUP)
            for minute, each in held.items()
        ),
        Row("sound on the tape, most", waited_s * 2 * SAMPLE_RATE / 1024, "KiB", group=GROUP),
        Row("notes made meanwhile", notes, "", group=GROUP),
        Row("times faster than real time", MINUTES[-1] * 60 / took_s, "", group=GROUP),
    ]


async def _held(browser: ExtensionBrowser, server: ServerProcess, stages: Stages) -> tuple[dict[int, Held], float]:
    """By minute; and how many seconds of sound waited for the server at most."""
    about, _ = await engaged(browser, server)
    recording = _recording()
    await browser.ask(SCRIPT, base64.b64encode(recording.astype("<i2").tobytes()).decode())
    await browser.ask(SAY, {"type": "mic_on", "about": about})
    await browser.until("() => isOpen()")
    desk = next(page for page in browser.context.pages if page.url.endswith("manifest.json"))
    session = await browser.context.new_cdp_session(desk)
    held = {}
    done = stages.begin(f"{MINUTES[-1]} minutes of an open microphone", MINUTES[-1] * 60)
    for second in range(CHUNK_S, MINUTES[-1] * 60 + 1, CHUNK_S):
        await browser.ask(LISTEN, CHUNK_S)
        await _heard(server, second - BEHIND_S)
        done(second)
        if second in [60 * minute for minute in MINUTES]:
            held[second // 60] = await _measured(session, recording.nbytes)
    return held, float(await browser.ask(WAITED))


def _recording() -> NDArray[np.int16]:
    """Two minutes that are heard again and again. Shape (n,), int16."""
    parts = [room(EACH_S, seed=number) for number in range(REMARKS)]
    for part, clip in zip(parts, spoken_notes(limit=REMARKS), strict=True):
        part[SAMPLE_RATE : SAMPLE_RATE + len(clip.samples)] += clip.samples
    return np.concatenate(parts)


async def _heard(server: ServerProcess, seconds: float) -> None:
    """Until so much is safe at the server."""
    async with asyncio.timeout(PATIENCE_S):
        while scrape.look(server.port).values.get(HEARD_S, 0.0) < seconds:  # noqa: ASYNC110 - a figure is no event
            await asyncio.sleep(LOOK_EVERY_S)


async def _measured(session: CDPSession, recording_bytes: int) -> Held:
    await session.send("HeapProfiler.collectGarbage")
    used = await session.send("Runtime.getHeapUsage")
    return Held(used["usedSize"] / MIB, (used["backingStorageSize"] - recording_bytes) / MIB)
