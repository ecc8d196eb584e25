"""The states of a session and its two transition tables. Nothing changes state anywhere else.

A cell holds the next state, or one of the marks below. A cell that is missing is impossible: reaching it is a bug.
The diagram in ``docs/states.md`` is printed from these tables by ``python -m agent.diagram``.
"""

from enum import Enum, StrEnum
from typing import Final

from agent import events as e


class Mic(StrEnum):
    """The microphone region, one a session."""

    IDLE = "idle"
    LISTENING = "listening"
    PAUSED = "paused"
    ERROR = "error"


class RunState(StrEnum):
    """The run region, one an utterance."""

    TRANSCRIBING = "transcribing"
    STRUCTURING = "structuring"
    CONFIRMING = "confirming"
    EXECUTING_TOOL = "executing_tool"
    CANCELLING = "cancelling"
    RETRYING = "retrying"
    DONE = "done"
    FAILED = "failed"


FINISHED: Final = frozenset({RunState.DONE, RunState.FAILED})
SETTLED: Final = FINISHED | {RunState.CONFIRMING}
"""States in which a run no longer holds back the intents and tools of later utterances."""
UNDECIDED: Final = frozenset({RunState.TRANSCRIBING, RunState.STRUCTURING, RunState.RETRYING})
"""States in which it is not yet known what an utterance means for the note before it."""


class Mark(Enum):
    """What a cell says when it names no state."""

    DROP = "a late or repeated answer: ignore it"
    NOT_NOW = "the command does not apply here: say so"
    RESUME = "back to the state that failed"
    REOPEN = "to idle, and the event is read again from there"


DROP, NOT_NOW, RESUME, REOPEN = Mark.DROP, Mark.NOT_NOW, Mark.RESUME, Mark.REOPEN

MicRow = dict[type[e.Event], Mic | Mark]
RunRow = dict[type[e.Event], RunState | Mark]

_NO_SPEECH: Final[MicRow] = {e.UtteranceOpened: DROP, e.UtteranceClosed: DROP, e.UtteranceDropped: DROP}

MIC_TABLE: Final[dict[Mic, MicRow]] = {
    Mic.IDLE: {
        e.MicOpened: Mic.LISTENING,
        e.CaptureFailed: Mic.ERROR,
        e.MicPaused: NOT_NOW,
        e.MicResumed: NOT_NOW,
        e.MicReset: NOT_NOW,
        e.MicClosed: DROP,
        e.CancelPressed: NOT_NOW,
        **_NO_SPEECH,
    },
    Mic.LISTENING: {
        e.MicPaused: Mic.PAUSED,
        e.MicClosed: Mic.IDLE,
        e.CancelPressed: Mic.IDLE,
        e.CaptureFailed: Mic.ERROR,
        e.MicOpened: DROP,
        e.MicResumed: NOT_NOW,
        e.MicReset: NOT_NOW,
        e.UtteranceOpened: Mic.LISTENING,
        e.UtteranceClosed: Mic.LISTENING,
        e.UtteranceDropped: Mic.LISTENING,
    },
    Mic.PAUSED: {
        e.MicResumed: Mic.LISTENING,
        e.MicClosed: Mic.IDLE,
        e.CancelPressed: Mic.IDLE,
        e.CaptureFailed: Mic.ERROR,
        e.MicOpened: DROP,
        e.MicPaused: NOT_NOW,
        e.MicReset: NOT_NOW,
        e.UtteranceOpened: Mic.PAUSED,
        e.UtteranceClosed: Mic.PAUSED,
        e.UtteranceDropped: Mic.PAUSED,
    },
    Mic.ERROR: {
        e.MicReset: Mic.IDLE,
        e.MicOpened: REOPEN,
        e.CaptureFailed: DROP,
        e.MicPaused: NOT_NOW,
        e.MicResumed: NOT_NOW,
        e.MicClosed: DROP,
        e.CancelPressed: NOT_NOW,
        **_NO_SPEECH,
    },
}

_TRANSCRIPTS: Final[RunRow] = {e.Transcribed: DROP, e.NothingHeard: DROP}
_READINGS: Final[RunRow] = {e.NoteDrafted: DROP, e.CommandRead: DROP, e.NoNoteDue: DROP}
_TIMERS: Final[RunRow] = {e.ConfirmTimedOut: DROP, e.AutoPostDue: DROP, e.RetryDue: DROP}
_FAILURES: Final[RunRow] = {e.StepFailed: DROP, e.StepAbandoned: DROP}
_REFUSED: Final[RunRow] = {e.KeepAsked: NOT_NOW, e.PostAsked: NOT_NOW, e.ScratchAsked: NOT_NOW}
_OVER: Final[RunRow] = {
    **_TRANSCRIPTS,
    **_READINGS,
    **_TIMERS,
    **_FAILURES,
    **_REFUSED,
    e.ToolFinished: DROP,
    e.Withdrawn: DROP,
    e.NoteSettled: DROP,
    e.CancelPressed: NOT_NOW,
}

RUN_TABLE: Final[dict[RunState, RunRow]] = {
    RunState.TRANSCRIBING: {
        e.Transcribed: RunState.STRUCTURING,
        e.NothingHeard: RunState.DONE,
        e.StepFailed: RunState.RETRYING,
        e.StepAbandoned: RunState.FAILED,
        e.CancelPressed: RunState.CANCELLING,
        e.RetryDue: DROP,
        **_REFUSED,
    },
    RunState.STRUCTURING: {
        e.NoteDrafted: RunState.CONFIRMING,
        e.CommandRead: RunState.EXECUTING_TOOL,
        e.NoNoteDue: RunState.DONE,
        e.StepFailed: RunState.RETRYING,
        e.StepAbandoned: RunState.FAILED,
        e.CancelPressed: RunState.CANCELLING,
        e.RetryDue: DROP,
        **_TRANSCRIPTS,
        **_REFUSED,
    },
    RunState.CONFIRMING: {
        e.KeepAsked: RunState.DONE,
        e.PostAsked: RunState.EXECUTING_TOOL,
        e.AutoPostDue: RunState.EXECUTING_TOOL,
        e.ConfirmTimedOut: RunState.DONE,
        e.NoteSettled: RunState.DONE,
        e.ScratchAsked: RunState.CANCELLING,
        e.CancelPressed: RunState.CANCELLING,
        e.RetryDue: DROP,
        **_TRANSCRIPTS,
        **_READINGS,
        **_FAILURES,
    },
    RunState.EXECUTING_TOOL: {
        e.ToolFinished: RunState.DONE,
        e.StepFailed: RunState.RETRYING,
        e.StepAbandoned: RunState.FAILED,
        e.ScratchAsked: RunState.CANCELLING,
        e.CancelPressed: RunState.CANCELLING,
        e.KeepAsked: NOT_NOW,
        e.PostAsked: NOT_NOW,
        e.NoteSettled: DROP,
        **_TRANSCRIPTS,
        **_READINGS,
        **_TIMERS,
    },
    RunState.CANCELLING: {
        e.Withdrawn: RunState.DONE,
        e.StepAbandoned: RunState.FAILED,
        e.StepFailed: DROP,
        e.ToolFinished: DROP,
        e.NoteSettled: DROP,
        e.CancelPressed: NOT_NOW,
        **_TRANSCRIPTS,
        **_READINGS,
        **_TIMERS,
        **_REFUSED,
    },
    RunState.RETRYING: {
        e.RetryDue: RESUME,
        e.StepAbandoned: RunState.FAILED,
        e.ScratchAsked: RunState.CANCELLING,
        e.CancelPressed: RunState.CANCELLING,
        e.StepFailed: DROP,
        e.KeepAsked: NOT_NOW,
        e.PostAsked: NOT_NOW,
        e.NoteSettled: DROP,
        e.ConfirmTimedOut: DROP,
        e.AutoPostDue: DROP,
        **_TRANSCRIPTS,
        **_READINGS,
    },
    RunState.DONE: _OVER,
    RunState.FAILED: _OVER,
}
