"""Queries on ``audio_chunks``: captured samples, kept until what was said in them is safe as a note.

A call that returns has committed. Chunks of a capture follow each other without a gap or an overlap.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, delete, func, insert, or_, update
from sqlmodel import Session, SQLModel, col, select

from storage.engine import Database
from storage.errors import AudioOutOfOrder, InvalidValue
from storage.rows import fenced
from storage.tables import AudioChunk, ReviewSession
from storage.values import checked_count, now

SAMPLE_BYTES = 2  # PCM16 mono
CHUNK_BYTES_LIMIT = 1024 * 1024  # 32 s at 16 kHz

# Built once: these run up to fifty times a second for each session that records.
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


class AudioChunks:
    def __init__(self, database: Database) -> None:
        self._database = database

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
        chunk = {"start_sample": start, "samples": samples, "pcm": pcm}

        def append(session: Session) -> int:
            at = now()
            connection = session.connection()
            values = {"session": session_id, "held": fence, "first": start, "end": start + samples, "at": at}
            if connection.execute(_ADVANCE, {**values, "number": capture}).rowcount != 1:
                raise _out_of_order(fenced(session, session_id, fence), capture, start)
            connection.execute(_INSERT, {"session_id": session_id, "capture": capture, **chunk, "created_at": at})
            return start + samples

        return await self._database.write(append)

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
        async with self._database.read() as session:
            rows = (await session.exec(query)).all()
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
        async with self._database.read() as session:
            return {capture: (first, end) for capture, first, end in (await session.exec(query)).all()}


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
