"""Every state × event cell, against arrows that are restated here and not read from the table."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from agent import effects as fx
from agent import events as e
from agent.diagram import page
from agent.machine import INVALID, Run, Session, step
from agent.states import MIC_TABLE, RUN_TABLE, Mic, RunState
from inference.llm.contract import Intent, Reading

SPAN = e.Span(capture=1, start=0, end=16_000, onset=1_000, endpoint=17_000)

MIC_ARROWS = {
    ("idle", "MicOpened"): "listening",
    ("listening", "MicPaused"): "paused",
    ("paused", "MicResumed"): "listening",
    ("listening", "MicClosed"): "idle",
    ("paused", "MicClosed"): "idle",
    ("listening", "CancelPressed"): "idle",
    ("paused", "CancelPressed"): "idle",
    ("idle", "CaptureFailed"): "error",
    ("listening", "CaptureFailed"): "error",
    ("paused", "CaptureFailed"): "error",
    ("error", "MicReset"): "idle",
    ("error", "MicOpened"): "listening",  # error to idle, and on to listening
}
RUN_ARROWS = {
    ("transcribing", "Transcribed"): "structuring",
    ("transcribing", "NothingHeard"): "done",
    ("structuring", "NoteDrafted"): "confirming",
    ("structuring", "CommandRead"): "executing_tool",
    ("structuring", "NoNoteDue"): "done",
    ("confirming", "PostAsked"): "executing_tool",
    ("confirming", "AutoPostDue"): "executing_tool",
    ("confirming", "KeepAsked"): "done",
    ("confirming", "ConfirmTimedOut"): "done",
    ("confirming", "NoteSettled"): "done",
    ("confirming", "ScratchAsked"): "cancelling",
    ("executing_tool", "ScratchAsked"): "cancelling",
    ("retrying", "ScratchAsked"): "cancelling",
    ("executing_tool", "ToolFinished"): "done",
    ("cancelling", "Withdrawn"): "done",
    ("cancelling", "StepAbandoned"): "failed",
    ("retrying", "StepAbandoned"): "failed",
    **{
        (s, "CancelPressed"): "cancelling"
        for s in ("transcribing", "structuring", "confirming", "executing_tool", "retrying")
    },
    **{(s, "StepFailed"): "retrying" for s in ("transcribing", "structuring", "executing_tool")},
    **{(s, "StepAbandoned"): "failed" for s in ("transcribing", "structuring", "executing_tool")},
}
# Answers that can't have been given yet: only a bug brings them.
IMPOSSIBLE = {
    *((s, "Withdrawn") for s in ("transcribing", "structuring", "confirming", "executing_tool", "retrying")),
    *((s, "ToolFinished") for s in ("transcribing", "structuring", "confirming", "retrying")),
    *(("transcribing", name) for name in ("NoteDrafted", "CommandRead", "NoNoteDue")),
    *((s, name) for s in ("transcribing", "structuring") for name in ("ConfirmTimedOut", "AutoPostDue", "NoteSettled")),
}
ASKED_FOR = {event.__name__ for event in e.COMMANDS}
SAMPLES = {
    e.MicOpened: e.MicOpened(2, e.Mode.PTT),
    e.CaptureFailed: e.CaptureFailed("unplugged"),
    e.UtteranceOpened: e.UtteranceOpened(9, 1, 500),
    e.UtteranceClosed: e.UtteranceClosed(9, SPAN),
    e.UtteranceDropped: e.UtteranceDropped(9),
    e.Transcribed: e.Transcribed(1, "the cut is jarring"),
    e.NothingHeard: e.NothingHeard(1, "nothing"),
    e.NoteDrafted: e.NoteDrafted(1, "n1"),
    e.CommandRead: e.CommandRead(1, Reading(Intent.SEEK)),
    e.NoNoteDue: e.NoNoteDue(1, "a filler"),
    e.StepFailed: e.StepFailed(1, "busy"),
    e.StepAbandoned: e.StepAbandoned(1, "broken"),
}


def sample(event: type[e.Event]) -> e.Event:
    if event in SAMPLES:
        return SAMPLES[event]
    return event(1) if issubclass(event, e.RunEvent) else event()


def has(effects: tuple[fx.Effect, ...], kind: type) -> bool:
    return any(isinstance(effect, kind) for effect in effects)


@pytest.mark.parametrize("event", e.MIC_EVENTS, ids=lambda event: event.__name__)
@pytest.mark.parametrize("state", list(Mic))
def test_microphone_cell(state: Mic, event: type[e.Event]) -> None:
    after, effects = step(Session(mic=state, capture=1), sample(event))
    expected = MIC_ARROWS.get((state, event.__name__), state)
    assert after.mic == expected
    refused = (state, event.__name__) not in MIC_ARROWS and event.__name__ in ASKED_FOR
    assert has(effects, fx.Refuse) == refused
    assert not has(effects, fx.ReportBug)


@pytest.mark.parametrize("event", e.RUN_EVENTS, ids=lambda event: event.__name__)
@pytest.mark.parametrize("state", list(RunState))
def test_run_cell(state: RunState, event: type[e.Event]) -> None:
    run = Run(1, SPAN, state=state, failed_in=RunState.STRUCTURING, started=True, note_id="n1")
    after, effects = step(Session(runs=(run,)), sample(event))
    key = (state.value, event.__name__)
    if key == ("retrying", "RetryDue"):
        expected = "structuring"  # the state that failed
    elif key in IMPOSSIBLE:
        expected = "failed"
    else:
        expected = RUN_ARROWS.get(key, state.value)
    shown = [
        effect.payload for effect in effects if isinstance(effect, fx.Announce) and effect.event == "state_changed"
    ]
    assert (shown[-1]["run"] if shown else state.value) == expected
    assert bool(after.runs) == (expected not in ("done", "failed") or not shown)
    assert has(effects, fx.ReportBug) == (key in IMPOSSIBLE)
    refused = event.__name__ in ASKED_FOR and key not in RUN_ARROWS
    assert has(effects, fx.Refuse) == refused


def test_an_impossible_event_fails_its_run_only() -> None:
    other = Run(2, SPAN, started=True)
    session = Session(mic=Mic.LISTENING, runs=(Run(1, SPAN, started=True), other))
    after, effects = step(session, e.ToolFinished(1))
    assert after.mic is Mic.LISTENING
    assert [run.utterance for run in after.runs] == [2]
    errors = [effect.payload for effect in effects if isinstance(effect, fx.Announce) and effect.event == "agent_error"]
    assert [error["message"] for error in errors] == [INVALID]


@pytest.mark.parametrize("state", list(Mic))
@pytest.mark.parametrize("event", e.MIC_EVENTS, ids=lambda event: event.__name__)
def test_the_microphone_table_is_whole(state: Mic, event: type[e.Event]) -> None:
    assert event in MIC_TABLE[state]


def test_no_arrow_is_hidden_from_the_page() -> None:
    written = {
        (state, event.__name__)
        for state, row in RUN_TABLE.items()
        for event, cell in row.items()
        if isinstance(cell, RunState)
    }
    assert written == set(RUN_ARROWS)


def test_the_printed_page_is_the_table() -> None:
    printed = (Path(__file__).parents[2] / "docs" / "states.md").read_text()
    assert printed == page() + "\n", "run `make diagram`"


def test_the_machine_reads_no_clock_and_no_loop() -> None:
    code = "import sys, agent.machine; print('asyncio' in sys.modules, 'time' in vars(agent.machine))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert found == ["False", "False"]


def test_every_event_is_immutable_and_stamped() -> None:
    for event in (*e.MIC_EVENTS, *e.RUN_EVENTS):
        assert "at_ms" in {field.name for field in fields(event)}
        with pytest.raises(AttributeError):
            sample(event).at_ms = 5  # type: ignore[misc]  # that it can't be set is the point
