"""The second of a note against the player's own, in a real browser: through seeks, pauses and changes of speed.

When a remark began is known apart from everything that is tested: the levels of the microphone are laid over those of
the file that it hears, and each frame of the page says where the film stands.
"""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from channels.client.client import Client
from inference.audio import SAMPLE_RATE, float32_to_int16
from server.embedded import EmbeddedServer
from server.identity import LOCAL_USER
from tests.e2e.person import Person
from tests.speech.pauses import trimmed
from tests.speech.synthesis import speak

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.speech, pytest.mark.model, pytest.mark.flow]
pytestmark += [pytest.mark.asyncio(loop_scope="module")]

# They begin so that the voice detector hears it at once: how late it is otherwise, docs/clock.md tells.
REMARKS = (
    "The logo comes in too early.",
    "The music is far too loud.",
    "I love the light in this shot.",
    "The cut to the harbor is abrupt.",
    "The caption covers her face.",
    "The voice sounds muffled.",
    "The title stays too long.",
    "The ending feels rushed.",
    "His shirt is overexposed.",
    "The subtitles are hard to read.",
    "More bass in the trailer music.",
    "This scene is too dark.",
)
GAP_S, LEAD_S = 1.8, 1.0
GOAL_MS = 150
PATIENCE_S = 30.0
STEP_S = 0.02  # of the levels, as the microphone tells them

HEAR = """() => {
  globalThis.levels = [];
  const port = chrome.runtime.connect({ name: "talk" });
  port.onMessage.addListener((message) => {
    if (message.type === "level") levels.push([Date.now() / 1000, message.level]);
  });
  port.postMessage({ type: "levels", wanted: true });
}"""
FIDGET = """async (seconds) => {
  const video = document.querySelector("video");
  const stood = [];
  let on = true;
  const look = () => {
    stood.push([Date.now() / 1000, video.currentTime]);
    if (on) requestAnimationFrame(look);
  };
  look();
  const acts = [
    () => { video.currentTime = 42; },
    () => { video.playbackRate = 1.5; },
    () => { video.pause(); },
    () => { void video.play(); },
    () => { video.playbackRate = 0.5; video.currentTime = 20.5; },
    () => { video.pause(); video.currentTime = 61; },
    () => { video.playbackRate = 2; void video.play(); },
    () => { video.currentTime = 5; },
    () => { video.playbackRate = 1; },
  ];
  const each = seconds / (acts.length + 1);
  for (const act of acts) {
    await new Promise((later) => setTimeout(later, each * 1000));
    act();
  }
  await new Promise((later) => setTimeout(later, each * 1000));
  on = false;
  return stood;
}"""


def began_s(levels: Sequence[tuple[float, float]], file: NDArray[np.int16]) -> float:
    """Unix seconds at which the microphone heard the file's first sample."""
    step = round(STEP_S * SAMPLE_RATE)
    whole = file[: len(file) // step * step].reshape(-1, step).astype(np.float64) / 32_768
    loud = np.sqrt((whole**2).mean(axis=1))
    ends = (np.arange(len(loud)) + 1) * STEP_S
    told = np.array(levels)
    first = told[0, 0]
    tries = first + np.arange(-0.5, 0.5, 0.002)
    return float(
        tries[np.argmax([np.corrcoef(np.interp(told[:, 0] - at, ends, loud), told[:, 1])[0, 1] for at in tries])]
    )


async def test_a_note_stands_where_the_player_was_when_the_person_began_to_speak(
    reviewer: Person, server: EmbeddedServer
) -> None:
    clips = [float32_to_int16(trimmed(speak(text).float_samples)) for text in REMARKS]
    seconds = reviewer.will_say(*clips, gap_s=GAP_S, lead_s=LEAD_S)
    tab = await reviewer.watch(f"{server.url.replace('ws', 'http', 1)}/practice")
    panel = await reviewer.panel()
    await reviewer.browser.ask(HEAR)
    await panel.get_by_role("switch", name="Hands-free").check()
    await panel.get_by_role("button", name="Talk").click()
    async with Client(server.url, server.token) as client:
        user = await client.join(f"user:{LOCAL_USER}")
        fidgeting = asyncio.create_task(tab.evaluate(FIDGET, seconds + 1))
        notes = []
        async with asyncio.timeout(seconds + PATIENCE_S):
            async for event in user:
                if event.event == "note_created":
                    notes.append(event.payload["note"])
                if len(notes) == len(REMARKS):
                    break
        stood = await fidgeting
    await panel.get_by_role("button", name="Talk").click()

    start_s = began_s(await reviewer.browser.ask("() => levels"), reviewer.voice.samples)
    walls, positions = np.array(stood).T
    truth = np.interp(start_s + np.array(reviewer.voice.onsets_s), walls, positions)
    errors = [abs(note["timestamp_s"] - at) * 1000 for note, at in zip(notes, truth, strict=True)]
    assert np.percentile(errors, 95) <= GOAL_MS, errors
