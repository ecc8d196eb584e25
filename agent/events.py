"""What happened: everything that can move a session, in the past tense.

Pure data; imports no asyncio and reads no clock. ``at_ms`` (milliseconds of Unix time) is stamped by the driver.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from inference.llm.contract import Reading


class Mode(StrEnum):
    """How a person records."""

    PTT = "ptt"  # hold to talk: one press is one utterance
    HANDS_FREE = "hands-free"  # voice activity opens and closes utterances


class Consent(StrEnum):
    """Who asked for a note to be posted."""

    CLICK = "click"
    VOICE = "voice"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Span:
    """The audio of one utterance, in samples of its capture.

    ``[start, end)`` is what gets transcribed; ``onset`` is the first speech sample and ``last`` the one after the last,
    None when none was heard. Where speech goes on with an earlier utterance, ``[start, end)`` holds both: ``joins`` is
    the number of the earlier one, ``resumed`` a sample in the pause between them, and ``onset`` its own first speech.
    """

    capture: int
    start: int
    end: int
    onset: int | None
    endpoint: int  # where the decision to close fell, >= end of speech
    reason: str = "endpoint"  # endpoint | stop | limit
    last: int | None = None
    joins: int | None = None
    resumed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    at_ms: int = 0


# Microphone region


@dataclass(frozen=True, slots=True)
class MicOpened(Event):
    """The first sample of a capture arrived (mic on, key down)."""

    capture: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class MicPaused(Event):
    pass


@dataclass(frozen=True, slots=True)
class MicResumed(Event):
    pass


@dataclass(frozen=True, slots=True)
class MicClosed(Event):
    """Key up or mic off; what was said before it is already closed as an utterance."""


@dataclass(frozen=True, slots=True)
class MicReset(Event):
    pass


@dataclass(frozen=True, slots=True)
class CaptureFailed(Event):
    """Capture itself can't go on."""

    reason: str


@dataclass(frozen=True, slots=True)
class UtteranceOpened(Event):
    """Somebody began to speak."""

    utterance: int
    capture: int
    onset: int  # samples
    joins: int | None = None  # the utterance that it goes on with


@dataclass(frozen=True, slots=True)
class UtteranceClosed(Event):
    """An utterance is complete: a run begins. It stands at ``media_s`` seconds of a video, where that is known."""

    utterance: int
    span: Span
    media_s: float | None = None
    video_id: str | None = None


@dataclass(frozen=True, slots=True)
class UtteranceDropped(Event):
    """Speech that had opened turned out to be none, or was cancelled before it ended."""

    utterance: int


# Both regions


@dataclass(frozen=True, slots=True)
class CancelPressed(Event):
    """Esc: the microphone closes and every unfinished run is cancelled."""


# Run region: answers of the effects


@dataclass(frozen=True, slots=True)
class RunEvent(Event):
    utterance: int


@dataclass(frozen=True, slots=True)
class Transcribed(RunEvent):
    text: str
    certainty: float = 1.0  # 0-1
    coverage: float | None = None  # 0-1, share of the speech heard that became text
    addition: str | None = None  # of a text that goes on with an earlier utterance: what this one added


@dataclass(frozen=True, slots=True)
class NothingHeard(RunEvent):
    reason: str


@dataclass(frozen=True, slots=True)
class NoteDrafted(RunEvent):
    """The note is saved as a ghost."""

    note_id: str
    auto_post: bool = False  # auto-post is on and the confidence is high enough
    text_sha256: str | None = None  # of its text


@dataclass(frozen=True, slots=True)
class CommandRead(RunEvent):
    reading: Reading
    note_id: str | None = None  # the note it acts on
    text_sha256: str | None = None  # of the text that note had when the command was given


@dataclass(frozen=True, slots=True)
class NoNoteDue(RunEvent):
    reason: str
    unclear: bool = False  # too little was said: with what follows it may be a note


@dataclass(frozen=True, slots=True)
class ToolFinished(RunEvent):
    pass


@dataclass(frozen=True, slots=True)
class Withdrawn(RunEvent):
    """What the run had made is taken back."""


@dataclass(frozen=True, slots=True)
class StepFailed(RunEvent):
    """The step under way failed and may be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class StepAbandoned(RunEvent):
    """The step under way failed and no retry can help, or none is left."""

    reason: str


# Run region: timers


@dataclass(frozen=True, slots=True)
class RetryDue(RunEvent):
    pass


@dataclass(frozen=True, slots=True)
class ConfirmTimedOut(RunEvent):
    pass


@dataclass(frozen=True, slots=True)
class AutoPostDue(RunEvent):
    """The confirm time passed and the note may be posted by itself."""


# Run region: a person's decision


@dataclass(frozen=True, slots=True)
class KeepAsked(RunEvent):
    pass


@dataclass(frozen=True, slots=True)
class PostAsked(RunEvent):
    consent: Consent = field(default=Consent.CLICK)
    text_sha256: str | None = None  # of the text that the person saw


@dataclass(frozen=True, slots=True)
class ScratchAsked(RunEvent):
    pass


@dataclass(frozen=True, slots=True)
class NoteSettled(RunEvent):
    """The note was edited, deleted or decided on outside this run: there is nothing left to confirm."""


MIC_EVENTS: tuple[type[Event], ...] = (
    MicOpened,
    MicPaused,
    MicResumed,
    MicClosed,
    MicReset,
    CaptureFailed,
    UtteranceOpened,
    UtteranceClosed,
    UtteranceDropped,
    CancelPressed,
)
RUN_EVENTS: tuple[type[Event], ...] = (
    Transcribed,
    NothingHeard,
    NoteDrafted,
    CommandRead,
    NoNoteDue,
    ToolFinished,
    Withdrawn,
    StepFailed,
    StepAbandoned,
    RetryDue,
    ConfirmTimedOut,
    AutoPostDue,
    KeepAsked,
    PostAsked,
    ScratchAsked,
    NoteSettled,
    CancelPressed,
)
COMMANDS: frozenset[type[Event]] = frozenset(
    {MicPaused, MicResumed, MicReset, CancelPressed, KeepAsked, PostAsked, ScratchAsked}
)
"""Events that a person or client asks for; where they don't apply the answer is ``not_now``."""
