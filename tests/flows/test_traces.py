"""Golden traces: what a client receives for a script of a session, event by event, field by field.

A change here changes the protocol: look at it, then write the new trace with ``UPDATE_TRACES=1``.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.services import AgentSettings
from inference.llm.contract import Category, Intent, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from tests.agent.twins import World
from tests.agent.virtual import run_virtually

GOLDEN = Path(__file__).parent / "traces"
SPEECH = [SpeechEnded(1_600, 12_800, 14_400)]
CUT = Reading(Intent.CREATE_NOTE, "The cut is jarring.", Category.PACING, confidence=0.9)
WARMER = Reading(Intent.EDIT_LAST, "The cut is late.", Category.PACING, confidence=0.9)

ESC = "(Esc)"
SCRIPTS: dict[str, dict[str, Reading]] = {
    "note": {"the cut is jarring": CUT},
    "scratch": {"the cut is jarring": CUT, "scratch that": Reading(Intent.CANCEL, confidence=0.9)},
    "edit": {"the cut is jarring": CUT, "make that late instead": WARMER},
    "post": {"the cut is jarring": CUT, "post it": Reading(Intent.CONFIRM, confidence=0.9, post=True)},
    "seek": {"go back ten seconds": Reading(Intent.SEEK, confidence=0.9, seek_by_s=-10.0)},
    "esc": {"the cut is jarring": CUT, ESC: CUT},
    "filler": {"um": Reading(Intent.CREATE_NOTE, confidence=0.1, reason="That was only a filler word.")},
}


def of_utterance(number: int) -> Callable[[dict[str, Any]], bool]:
    return lambda payload: payload.get("utterance") == number


async def trace(script: dict[str, Reading]) -> list[dict[str, Any]]:
    """Everything published while each line of the script is one press."""
    world = World(
        stt=ScriptedStt(finals=list(script)),
        structurer=ScriptedStructurer(script),
        speech=SPEECH,
        settings=AgentSettings(),
        now_ms=lambda: 0,
    )
    agent, _ = await world.microphone()
    for capture, line in enumerate(script, 1):
        if line == ESC:
            agent.cancel()
            continue
        await world.press(agent, capture)
        await world.hub.until_any(("note_created", "tool_result"), of_utterance(capture))
    await world.hub.until("state_changed", lambda shown: bool(shown["run"]) and not shown["runs"])
    return [{"topic": topic, "event": event, "payload": payload} for topic, event, payload in world.hub.published]


@pytest.mark.parametrize("name", SCRIPTS)
def test_trace(name: str) -> None:
    seen = json.loads(json.dumps(run_virtually(trace(SCRIPTS[name]))))
    file = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_TRACES"):
        file.parent.mkdir(exist_ok=True)
        file.write_text("[\n" + ",\n".join(json.dumps(each, sort_keys=True) for each in seen) + "\n]\n")
    assert seen == json.loads(file.read_text())
