"""What turns a transcript into an intent and, for a note, into a draft.

A structurer drafts; it never chooses a video, an account or an address, and nothing it says posts anything by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Intent(StrEnum):
    """What the person wants."""

    CREATE_NOTE = "create_note"
    EDIT_LAST = "edit_last"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    SEEK = "seek"
    PLAYBACK = "playback"
    SET_TIME = "set_time"
    QUESTION = "question"


class Category(StrEnum):
    """What a note is about."""

    PACING = "pacing"
    AUDIO = "audio"
    COLOR = "color"
    GRAPHICS = "graphics"
    CONTENT = "content"
    TYPO = "typo"
    PRAISE = "praise"
    QUESTION = "question"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Context:
    """What the structurer may know: the session's own notes, newest last, and where the player stands."""

    notes: tuple[str, ...] = ()
    playhead_s: float | None = None
    certainty: float = 1.0  # of the transcript, 0-1

    @property
    def last_note(self) -> str | None:
        return self.notes[-1] if self.notes else None


@dataclass(frozen=True, slots=True)
class Reading:
    """How an utterance was understood.

    ``text`` is the cleaned note (create_note), the whole new text of the last note (edit_last) or the answer
    (question); empty for the other intents. ``category`` is set for create_note and edit_last.
    ``timestamp_s`` is a video time named in the words (create_note, edit_last, set_time, seek with an absolute time).
    """

    intent: Intent
    text: str = ""
    category: Category | None = None
    timestamp_s: float | None = None  # seconds of video
    confidence: float = 0.0  # 0-1
    post: bool = False  # confirm: the words say post, send or publish
    seek_by_s: float | None = None  # seek: relative seconds, negative is back
    playback: str | None = None  # playback: "play" or "pause"
    engine: str = "basic"
    notice: str | None = None  # for the person, such as "model endpoint down, using basic"
    reason: str | None = None  # why no note is due, where confidence < 0.3
    details: dict[str, str] = field(default_factory=dict)  # rule or exemplar that decided; for traces and `structure`


Delta = Callable[[str], None]


class Structurer(Protocol):
    """Intent, category, cleaned text, timestamp and confidence for one transcript."""

    @property
    def name(self) -> str:
        """What to show to a person, such as "basic (rules + MiniLM)"."""
        ...

    async def warm_up(self) -> None: ...

    async def structure(self, transcript: str, context: Context, on_delta: Delta) -> Reading:
        """Read one utterance. ``on_delta`` gets model tokens as they stream. Never raises for odd words."""
        ...

    async def close(self) -> None: ...
