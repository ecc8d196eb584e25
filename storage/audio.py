"""Queries on ``audio_chunks``: captured samples, kept until what was said in them is safe as a note.

A call that returns has committed. Chunks of a capture follow each other without a gap or an overlap. What several
sessions append at a time is written together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, delete, func, insert, or_, update
from sqlmodel import Session, SQLModel, col, select

from storage.engine import Database
from storage.errors import AudioOutOfOrder, InvalidValue, StorageError
from storage.gathering import Gathering
from storage.rows import fenced
from storage.tables import AudioChunk, ReviewSession
from storage.values import checked_count, now

SAMPLE_BYTES = 2  # PCM16 mono
CHUNK_BYTES_LIMIT = 1024 * 1024  # 32 s at 16 kHz

# Built once: these run several times a second for each session that records.
_SESSIONS = SQLModel.metadata.tables["review_sessions"]
_number, _first = bindparam("number", type_=BigInteger), bindparam("first", type_=BigInteger)
_continues = and_(_SESSIONS.c.capture == _number, _SESSIONS.c.safe_samples == _first)
_begins = and_(_first == 0, or_(_SESSIONS.c.capture.is_(None), _SESSIONS.c.capture < _number))
# Checks the fence and the order, and moves the mark, in one statement.
_ADVANCE = (
    update(_SESSIONS)
    .where(_SESSIONS.c.id == bindparam("session"), _SESSIONS.c.fence == bindparam("held"), or_(_continues, _begins))
    .values(capture=_number, safe_samples=bindparam("end"), last_active_at=bindparam("at"), unfinished=True)
)
_INSERT = insert(SQLModel.metadata.tables["audio_chunks"])


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Samples that a session wants stored; ``pcm`` None is silence."""

    session_id: str
    fence: int
    capture: int
    start: int
    samples: int
    pcm: bytes | None

    @property
    def end(self) -> int:
        return self.start + self.samples


class AudioChunks:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._appending: Gathering[_Chunk, int] = Gathering(self._append_all)

    async def append(self, session_id: str, fence: int, capture: int, start: int, pcm: bytes) -> int:
        """Store PCM16 LE mono that begins at sample ``start``; the samples of the capture that are safe now.

        Raises AudioOutOfOrder (unless it begins where the capture ended, or begins a later capture at 0), StaleFence,
        NotFound, InvalidValue.
        """
        if not pcm or len(pcm) % SAMPLE_BYTES or len(pcm) > CHUNK_BYTES_LIMIT:
            raise InvalidValue(
                f"A chunk of {len(pcm)} bytes can't be stored. Send 16-bit samples, at most {CHUNK_BYTES_LIMIT} bytes."
            )
        return await self._append(session_id, fence, capture, start, len(pcm) // SAMPLE_BYTES, bytes(pcm))

    async def append_silence(self, session_id: str, fence: int, capture: int, start: int, samples: int) -> int:
        """The same for ``samples`` of silence that the client withheld."""
        return await self._append(session_id, fence, capture, start, checked_count("gap", samples, least=1), None)

    async def _append(
        self, session_id: str, fence: int, capture: int, start: int, samples: int, pcm: bytes | None
    ) -> int:
        checked_count("capture", capture)
        checked_count("first sample", start)
        return await self._appending.add(_Chunk(session_id, fence, capture, start, samples, pcm))

    async def _append_all(self, chunks: Sequence[_Chunk]) -> Sequence[int | Exception]:
        return await self._database.write(lambda session: _appended(session, chunks))

    async def read(
        self, session_id: str, capture: int, start: int, end: int
    ) -> Sequence[tuple[int, int, bytes | None]]:
        """What is held of samples ``[start, end)``, in order and cut to it: (first sample, samples, PCM).

        The PCM of silence is None.
        """
        query = (
            select(AudioChunk.start_sample, AudioChunk.samples, AudioChunk.pcm)
            .where(
                AudioChunk.session_id == session_id,
                AudioChunk.capture == capture,
                AudioChunk.start_sample < end,
                col(AudioChunk.start_sample) + col(AudioChunk.samples) > start,
            )
            .order_by(col(AudioChunk.start_sample))
        )
        rows = await self._database.read(lambda session: session.exec(query).all())
        return [_cut(first, samples, pcm, start, end) for first, samples, pcm in rows]

    async def discard(self, session_id: str, capture: int, before: int) -> None:
        """Delete the chunks that end at or before sample ``before``: their notes are safe."""
        await self._delete(
            col(AudioChunk.session_id) == session_id,
            col(AudioChunk.capture) == capture,
            col(AudioChunk.start_sample) + col(AudioChunk.samples) <= before,
        )

    async def discard_older_than(self, at: datetime) -> int:
        """Delete what was stored before ``at``, of every session; how many chunks that were."""
        return await self._delete(col(AudioChunk.created_at) < at)

    async def _delete(self, *which: ColumnElement[bool]) -> int:
        return await self._database.write(
            lambda session: session.connection().execute(delete(AudioChunk).where(*which)).rowcount
        )

    async def held(self, session_id: str) -> dict[int, tuple[int, int]]:
        """What is stored, for each capture: (first sample, the sample after the last)."""
        query = (
            select(
                AudioChunk.capture,
                func.min(AudioChunk.start_sample),
                func.max(col(AudioChunk.start_sample) + col(AudioChunk.samples)),
            )
            .where(AudioChunk.session_id == session_id)
            .group_by(col(AudioChunk.capture))
        )
        rows = await self._database.read(lambda session: session.exec(query).all())
        return {capture: (first, end) for capture, first, end in rows}


def _appended(session: Session, chunks: Sequence[_Chunk]) -> Sequence[int | Exception]:
    """Append what continues its capture; for each chunk the samples that are safe now, or what is wrong with it."""
    at = now()
    # In one order everywhere: on PostgreSQL two processes may hold rows that the other one wants.
    ordered = sorted(chunks, key=lambda chunk: chunk.session_id)
    refusals = {} if _all_advanced(session, ordered, at) else _advanced(session, ordered, at)
    rows = [
        {
            "session_id": chunk.session_id,
            "capture": chunk.capture,
            "start_sample": chunk.start,
            "samples": chunk.samples,
            "pcm": chunk.pcm,
            "created_at": at,
        }
        for chunk in ordered
        if chunk not in refusals
    ]
    if rows:
        session.connection().execute(_INSERT, rows)
    return [refusals.get(chunk, chunk.end) for chunk in chunks]


def _all_advanced(session: Session, chunks: Sequence[_Chunk], at: datetime) -> bool:
    """Move every session's mark at once; nothing is moved where one can't be, or where the driver doesn't tell."""
    connection = session.connection()
    if not connection.dialect.supports_sane_multi_rowcount:
        return False
    savepoint = connection.begin_nested()
    if connection.execute(_ADVANCE, [_advance(chunk, at) for chunk in chunks]).rowcount == len(chunks):
        savepoint.commit()
        return True
    savepoint.rollback()
    return False


def _advanced(session: Session, chunks: Sequence[_Chunk], at: datetime) -> dict[_Chunk, StorageError]:
    """Move the marks one after another; what is wrong with those that can't be."""
    connection = session.connection()
    moved = {chunk: connection.execute(_ADVANCE, _advance(chunk, at)).rowcount == 1 for chunk in chunks}
    return {chunk: _refusal(session, chunk) for chunk, done in moved.items() if not done}


def _advance(chunk: _Chunk, at: datetime) -> dict[str, Any]:
    return {
        "session": chunk.session_id,
        "held": chunk.fence,
        "number": chunk.capture,
        "first": chunk.start,
        "end": chunk.end,
        "at": at,
    }


def _refusal(session: Session, chunk: _Chunk) -> StorageError:
    try:
        return _out_of_order(fenced(session, chunk.session_id, chunk.fence), chunk.capture, chunk.start)
    except StorageError as error:
        return error


def _out_of_order(row: ReviewSession, capture: int, start: int) -> AudioOutOfOrder:
    return AudioOutOfOrder(
        f"Sample {start} of capture {capture} does not continue what is stored "
        f"(capture {row.capture}, {row.safe_samples} samples). Send from there, or begin a later capture at 0.",
        row.capture,
        row.safe_samples,
    )


def _cut(first: int, samples: int, pcm: bytes | None, start: int, end: int) -> tuple[int, int, bytes | None]:
    begin, stop = max(first, start), min(first + samples, end)
    cut = None if pcm is None else pcm[(begin - first) * SAMPLE_BYTES : (stop - first) * SAMPLE_BYTES]
    return begin, stop - begin, cut
