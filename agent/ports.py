"""What the agent needs from the rest of the program, said as protocols.

``storage``, ``channels`` and ``server`` satisfy these structurally; the agent imports none of them. An error raised
behind a port may carry ``retryable: bool`` (the same call may succeed later; without it an error is final) and
``fenced: bool`` (another process owns the session now: stop writing).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Payload = Mapping[str, Any]
Mark = tuple[str, int, int]
"""(session_id, fence, utterance): the voice command that asks for a change; a rerun of it changes nothing."""


class NoteRecord(Protocol):
    """A note as stored."""

    @property
    def id(self) -> str: ...
    @property
    def session_id(self) -> str | None: ...
    @property
    def utterance(self) -> int | None: ...
    @property
    def part(self) -> int: ...
    @property
    def user_id(self) -> str: ...
    @property
    def video_id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def transcript(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def coverage(self) -> float | None: ...
    @property
    def timestamp_s(self) -> float: ...
    @property
    def status(self) -> str: ...
    @property
    def status_reason(self) -> str | None:
        """Why it is failed or needs attention, for the person."""
        ...

    @property
    def revision(self) -> int: ...
    @property
    def external_permalink(self) -> str | None: ...


class NoteStore(Protocol):
    """The notes table."""

    async def create(
        self,
        *,
        session_id: str,
        fence: int,
        utterance: int,
        part: int = 0,
        user_id: str,
        video_id: str,
        text: str,
        transcript: str,
        category: str,
        confidence: float,
        coverage: float | None,
        timestamp_s: float,
        engine: str,
    ) -> NoteRecord: ...

    async def write(
        self,
        *,
        user_id: str,
        video_id: str,
        session_id: str | None,
        text: str,
        category: str,
        timestamp_s: float,
        client_ref: str,
    ) -> NoteRecord:
        """Save what a person typed; the same ``client_ref`` again is the same note."""
        ...

    async def extend(
        self,
        note_id: str,
        *,
        session_id: str,
        fence: int,
        utterance: int,
        user_id: str,
        text: str,
        transcript: str,
        category: str,
        confidence: float,
        coverage: float | None,
        timestamp_s: float | None,
        engine: str,
    ) -> NoteRecord | None: ...

    async def edit(
        self,
        note_id: str,
        *,
        user_id: str,
        text: str | None = None,
        category: str | None = None,
        timestamp_s: float | None = None,
        expected_revision: int | None = None,
        mark: Mark | None = None,
    ) -> NoteRecord: ...

    async def keep(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> NoteRecord: ...

    async def cancel(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> NoteRecord: ...

    async def delete(self, note_id: str, *, user_id: str) -> NoteRecord: ...

    async def withdraw(self, session_id: str, utterance: int, fence: int) -> Sequence[NoteRecord]: ...

    async def get(self, note_id: str, user_id: str) -> NoteRecord: ...

    async def list_for_session(self, session_id: str, *, newest: int | None = None) -> Sequence[NoteRecord]: ...

    async def list_for_video(
        self, video_id: str, user_id: str, *, limit: int | None = None, after: str | None = None
    ) -> Sequence[NoteRecord]: ...


class SessionRecord(Protocol):
    """A review session as stored."""

    @property
    def id(self) -> str: ...
    @property
    def user_id(self) -> str: ...
    @property
    def video_id(self) -> str | None: ...
    @property
    def fence(self) -> int: ...
    @property
    def state(self) -> dict[str, Any]: ...
    @property
    def applied_utterance(self) -> int: ...
    @property
    def capture(self) -> int | None: ...
    @property
    def safe_samples(self) -> int: ...


class SessionStore(Protocol):
    """Ownership and saved state of sessions."""

    async def claim(self, session_id: str, *, user_id: str, owner: str, lease_s: float) -> SessionRecord: ...

    async def renew(self, session_id: str, fence: int, lease_s: float) -> None: ...

    async def checkpoint(
        self,
        session_id: str,
        fence: int,
        state: dict[str, Any],
        *,
        video_id: str | None = None,
        mode: str | None = None,
        unfinished: bool = False,
    ) -> None: ...

    async def claim_orphan(
        self, session_id: str, *, user_id: str, owner: str, lease_s: float
    ) -> SessionRecord | None: ...

    async def owner(self, session_id: str, *, living: bool = False) -> str | None: ...

    async def unfinished(self, session_id: str) -> bool: ...

    async def list_unfinished(self, limit: int = 100) -> Sequence[SessionRecord]: ...

    async def release(self, session_id: str, fence: int) -> None: ...


class AudioStore(Protocol):
    """Captured audio that is not yet a safe note. A call that returns has committed."""

    async def append(self, session_id: str, fence: int, capture: int, start: int, pcm: bytes) -> int: ...

    async def append_silence(self, session_id: str, fence: int, capture: int, start: int, samples: int) -> int: ...

    async def read(
        self, session_id: str, capture: int, start: int, end: int
    ) -> Sequence[tuple[int, int, bytes | None]]: ...

    async def held(self, session_id: str) -> Mapping[int, tuple[int, int]]: ...

    async def discard(self, session_id: str, capture: int, before: int) -> object: ...


class VideoRecord(Protocol):
    """What a page said of its video; the entries of chapters and cues may hold anything."""

    @property
    def title(self) -> str: ...
    @property
    def chapters(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def cues(self) -> Sequence[Mapping[str, Any]]: ...


class VideoStore(Protocol):
    """The user's own videos."""

    async def get(self, video_id: str, user_id: str) -> VideoRecord: ...

    async def version(self, video_id: str, user_id: str) -> object:
        """Another one, whenever a page has said something of the video; cheap to ask for."""
        ...


class GlossaryStore(Protocol):
    """Words that users want recognition to know."""

    async def terms(self, user_id: str) -> Sequence[str]: ...


class PreferenceStore(Protocol):
    """What users have chosen for themselves."""

    async def auto_post(self, user_id: str) -> bool | None:
        """Whether sure notes are posted by themselves; None: as the server is set."""
        ...


class Hub(Protocol):
    """Publish to everybody on a topic. A durable event gets a ``seq`` there and is kept in history."""

    async def publish(self, topic: str, event: str, payload: Payload, *, durable: bool = True) -> None: ...

    async def renew(self, topic: str) -> None:
        """Something may have happened that was never published: whoever follows the topic looks at it anew."""
        ...


class Peers(Protocol):
    """The other server processes, where there are any."""

    async def ask(self, node: str, question: Payload) -> Payload | None:
        """What that process answers; None where it is not there.

        Raises NoAnswer where it may be there, and may have done what it was asked for.
        """
        ...


class Poster(Protocol):
    """Sends a firmed note to the video's own site."""

    async def submit(
        self, note: NoteRecord, *, consent: str, text_sha256: str | None = None, mark: Mark | None = None
    ) -> str:
        """Firm the note and make its post due, both or neither; return the id of the job.

        ``consent``: "click", "voice" or "auto". ``text_sha256``: of the text that was consented to; the note's own by
        default. Raises PostingUnavailable, and NotNow where the note has another text by now.
        """
        ...

    async def settle(self, note: NoteRecord, *, found: bool, permalink: str | None = None) -> None:
        """The person has looked whether an unsure comment is on the site: it is posted, or its post due again.

        Raises PostingUnavailable, NotNow where nobody asks about this note, and errors of the store.
        """
        ...


class Microphone(Protocol):
    """The connection that feeds a session's audio."""

    def ack(self, capture: int, samples: int) -> None:
        """Samples [0, samples) of this capture are safe; never waits."""
        ...

    def closed(self, reason: str, *, come_back: bool) -> None:
        """Nothing from this connection is heard any more; ``come_back``: it should join again. Never waits."""
        ...


class Telemetry(Protocol):
    """Figures and traces. Never given words that were said."""

    def record(self, name: str, value: float, **labels: str) -> None:
        """Add one observation to the histogram or counter ``name``."""
        ...

    def span(self, name: str, *, trace: str, **attributes: str | int | float) -> AbstractContextManager[None]:
        """A span of the trace named ``trace``; the first span of a trace begins it."""
        ...

    def finish(self, trace: str, outcome: str) -> None:
        """The trace is complete."""
        ...

    def about(self, **who: str) -> AbstractContextManager[None]:
        """Whatever is logged inside, and in tasks begun inside, carries these (session_id, user_id)."""
        ...
