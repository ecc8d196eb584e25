"""What is to be done next, in the imperative. Pure data: the driver performs it.

A timer is an effect and its end an event, so the machine never waits.
"""

from dataclasses import dataclass, field
from typing import Any

from agent.events import Consent, Event, Span
from inference.llm.contract import Reading


@dataclass(frozen=True, slots=True)
class Announce:
    """Broadcast a durable event on the session's topic."""

    event: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Answers Transcribed or NothingHeard."""

    utterance: int
    span: Span
    attempt: int


@dataclass(frozen=True, slots=True)
class Structure:
    """Read the intent; save a note as ghost. Answers NoteDrafted, CommandRead or NoNoteDue.

    Where the text goes on with an earlier utterance, ``addition`` is what is new; ``joins`` is the earlier one's
    number, where that has a note.
    """

    utterance: int
    text: str
    certainty: float
    coverage: float | None
    media_s: float | None  # seconds of the video at which it was said
    video_id: str | None
    attempt: int
    joins: int | None = None
    addition: str = ""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Do what a spoken command asks. Answers ToolFinished."""

    utterance: int
    reading: Reading
    note_id: str | None
    attempt: int
    text_sha256: str | None = None  # of the note's text when it was said


@dataclass(frozen=True, slots=True)
class Post:
    """Firm the run's note and commit a job for it. Answers ToolFinished."""

    utterance: int
    note_id: str
    consent: Consent
    attempt: int
    text_sha256: str | None = None  # of the text that the person saw


@dataclass(frozen=True, slots=True)
class Keep:
    """Firm the run's note."""

    utterance: int
    note_id: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Stop what the run is doing and take back what it made. Answers Withdrawn."""

    utterance: int


@dataclass(frozen=True, slots=True)
class ForgetAudio:
    """What was said is safe (or was nothing): its audio may go."""

    utterance: int
    span: Span


@dataclass(frozen=True, slots=True)
class StartConfirmTimer:
    """Start the confirm timer; deliver ``then`` when it ends. ``held``: it waits for ResumeTimer."""

    utterance: int
    then: Event
    held: bool = False


@dataclass(frozen=True, slots=True)
class HoldTimer:
    utterance: int


@dataclass(frozen=True, slots=True)
class ResumeTimer:
    utterance: int


@dataclass(frozen=True, slots=True)
class StartRetryTimer:
    """Deliver ``then`` after the back-off of this attempt."""

    utterance: int
    attempt: int
    then: Event


@dataclass(frozen=True, slots=True)
class StopTimer:
    utterance: int


@dataclass(frozen=True, slots=True)
class DropSpeech:
    """The microphone was cancelled: the ear lets go of the open capture."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The command does not apply now."""

    message: str


@dataclass(frozen=True, slots=True)
class ReportBug:
    """An impossible event: log it."""

    message: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Save the session's state."""

    reason: str = field(default="change")


Effect = (
    Announce
    | Transcribe
    | Structure
    | RunCommand
    | Post
    | Keep
    | Withdraw
    | ForgetAudio
    | StartConfirmTimer
    | HoldTimer
    | ResumeTimer
    | StartRetryTimer
    | StopTimer
    | DropSpeech
    | Refuse
    | ReportBug
    | Checkpoint
)
