"""The payloads of the server's events, as types; those of tools are in ``channels.tool_payloads``.

Says what is on the wire and builds none of it. TypeScript is printed from here (``channels.typescript``), and what a
real server sends is held against it. A key that is not required may be absent; ``None`` is sent as ``null``.
"""

from collections.abc import Mapping
from typing import Literal, NotRequired

from typing_extensions import TypedDict  # pydantic takes the one of ``typing`` only from Python 3.12 on

from agent.events import Mode
from agent.states import Mic, RunState
from inference.llm.contract import Category
from inference.llm.contract import Intent as IntentName
from storage.note_status import NoteStatus


class Durable(TypedDict):
    """Kept in the topic's history."""

    seq: int  # counted for each topic from 1 within an epoch


# Notes


class Note(TypedDict):
    """A note, the same on every topic: of two with one id, the one with the higher revision holds."""

    id: str
    session_id: str | None
    video_id: str
    utterance: int | None
    part: int
    text: str
    transcript: str
    category: Category
    confidence: float  # 0-1
    coverage: float | None  # 0-1
    timestamp_s: float
    status: NoteStatus
    reason: str | None  # why it is failed or needs attention, for the person
    revision: int
    permalink: str | None


class NoteChange(Durable):
    note: Note
    utterance: int | None


class NoteCreated(NoteChange):
    """A note that was not there before."""


class NoteUpdated(NoteChange):
    """A note that was changed, by whomever."""


class NoteCancelled(NoteChange):
    """A note that was taken back."""

    deleted: NotRequired[Literal[True]]  # the row is gone


# The library


class LibraryVideo(TypedDict):
    """A video of the user's. Notes that were cancelled or deleted don't count."""

    id: str
    platform: str
    external_id: str
    url: str
    title: str
    duration_s: float | None
    notes: int
    unposted: int  # of them
    newest_note_at: float | None  # Unix seconds
    updated_at: float  # Unix seconds: opened, or its newest note made, whichever was later


class VideoName(TypedDict):
    """What a person knows a video by."""

    title: str
    url: str


# What is heard


class Unfinished(TypedDict):
    """An utterance that is being worked on."""

    utterance: int
    state: RunState


class SessionView(TypedDict):
    """Where a session stands."""

    microphone: Mic
    mode: Mode
    state: Mic | RunState  # the one to show
    utterance: int | None
    run: RunState | None
    runs: list[Unfinished]
    last_transition: int  # Unix ms


class StateChanged(SessionView, Durable):
    """Where the session stands now."""


class SpeechStarted(Durable):
    """Somebody began to speak; `joins` is the utterance that goes on after a short pause."""

    utterance: int
    capture: int
    sample: int
    media_s: float | None
    joins: NotRequired[int]


class SpeechEnded(Durable):
    """An utterance is over; every number but the first two and `joins` is a sample of its capture."""

    utterance: int
    capture: int
    start: int
    end: int
    onset: int | None
    last: int | None
    endpoint: int
    reason: Literal["endpoint", "stop", "limit"]
    joins: int | None
    resumed: int | None


class AsrPartial(TypedDict):
    """What is heard so far, whole; its first `firm` characters stay until the final."""

    utterance: int
    text: str
    firm: int


class AsrFinal(Durable):
    """What was heard."""

    utterance: int
    text: str
    certainty: float  # 0-1
    audio_s: float
    decode_s: float
    engine: str
    language: str
    coverage: NotRequired[float]  # 0-1
    gaps: NotRequired[list[tuple[float, float]]]  # seconds of the utterance
    joins: NotRequired[int]


# What is understood of it


class Intent(Durable):
    """How an utterance was understood; `notice` is for the person."""

    utterance: int
    intent: IntentName
    confidence: float  # 0-1
    category: Category | None
    timestamp_s: float | None
    post: bool
    engine: str
    notice: NotRequired[str]


class ModelDelta(TypedDict):
    """What a language model has written so far, whole."""

    utterance: int
    text: str


class PlayerCommand(Durable):
    """For the page that plays the video; a seek has `to_s` or `by_s`."""

    utterance: int
    action: Literal["seek", "play", "pause"]
    to_s: NotRequired[float]
    by_s: NotRequired[float]


class AgentError(Durable):
    """Something failed; `reason` is for programs, `message` tells the person what to do."""

    utterance: int | None
    reason: str
    message: str


# The microphone, those who watch, what a user has set


class Ack(TypedDict):
    """Samples [0, samples) of a capture are stored."""

    capture: int
    samples: int


class PresenceMeta(TypedDict):
    """One connection of a user."""

    phx_ref: str
    client: str
    online_at: int  # Unix seconds


class PresenceEntry(TypedDict):
    """One user's connections."""

    metas: list[PresenceMeta]


PresenceState = Mapping[str, PresenceEntry]


class PresenceDiff(TypedDict):
    """Who came and who went, by user."""

    joins: PresenceState
    leaves: PresenceState


class GlossaryChanged(Durable):
    """The whole glossary, as it is now."""

    terms: list[str]


class Preferences(TypedDict):
    """What a user has chosen for themselves; null is as the server is set."""

    auto_post: bool | None
    auto_post_default: bool  # as the server is set


class PreferencesChanged(Durable):
    """All preferences, as they are now."""

    preferences: Preferences


class TokenExpired(TypedDict):
    """The token has ended: push a new one before this many seconds are over."""

    grace_s: float
