"""One review session each: what is said, who says it, who follows, and what the database holds of it afterwards."""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from channels.client import Backoff, Channel, Client, Event, Heartbeat, Uplink
from tests.chaos.report import Violation
from tests.speech.synthesis import SpokenClip, join, speak

RATE = 16_000
BYTES_PER_SAMPLE = 2
PUSH = 3_200  # bytes: 100 ms
IN_FLIGHT = 2 * RATE  # samples that may be unacknowledged
GAP_S = 1.2  # between two clips of one capture: ends the utterance
WALL_MS = 1_000_000.0  # of the first sample; the client's clock is made up, so that a note's second is always the same
CAPTURE_MS = 60_000.0  # from the beginning of a capture to that of the next
MEDIA_S = 100.0  # where the player stands at WALL_MS
PATIENCE_S = 90.0
SENTENCES = (
    "The music is too loud.",
    "Cut this pause shorter.",
    "The colors look too warm.",
    "There is a typo in the title.",
    "This transition is too slow.",
    "I love this opening shot.",
)


@dataclass(frozen=True)
class Script:
    """What is said in one session."""

    mode: str
    clips: tuple[SpokenClip, ...]

    @cached_property
    def captures(self) -> tuple[bytes, ...]:
        """PCM16 LE of each capture: a clip a press, or all clips with pauses between."""
        samples = [clip.samples for clip in self.clips]
        if self.mode == "hands-free":
            samples = [join(samples, GAP_S)]
        return tuple(each.astype(np.dtype("<i2")).tobytes() for each in samples)

    @property
    def audio(self) -> dict[int, str]:
        """SHA-256 of each capture."""
        return {number: hashlib.sha256(pcm).hexdigest() for number, pcm in enumerate(self.captures, 1)}

    @property
    def utterances(self) -> int:
        return len(self.clips)


def scripts(clips_each: int = 2) -> list[Script]:
    """Every sentence once in each mode, ``clips_each`` a session."""
    clips = [speak(sentence) for sentence in SENTENCES]
    groups = [tuple(clips[at : at + clips_each]) for at in range(0, len(clips), clips_each)]
    return [Script(mode, group) for group in groups for mode in ("ptt", "hands-free")]


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds of a session."""

    notes: tuple[tuple[Any, ...], ...]  # (utterance, part, transcript, text, second), in order
    audio: dict[int, str]  # SHA-256 of each capture

    def same_notes(self, other: "Stored", *, seconds: float) -> bool:
        """Whether the notes are the same, and so is when they were spoken, to within so many seconds."""
        same = [note[:-1] for note in self.notes] == [note[:-1] for note in other.notes]
        return same and all(abs(a[-1] - b[-1]) <= seconds for a, b in zip(self.notes, other.notes, strict=True))


def stored(folder: Path, session_id: str) -> Stored:
    """Read back what is kept. Raises Violation where samples are missing, or there twice."""
    with closing(sqlite3.connect(f"file:{folder / 'sidenote.sqlite3'}?mode=ro", uri=True)) as database:
        notes = database.execute(
            "SELECT utterance, part, transcript, text, round(timestamp_s, 3) FROM notes WHERE session_id = ? "
            "AND status != 'cancelled' ORDER BY utterance, part",
            (session_id,),
        ).fetchall()
        chunks = database.execute(
            "SELECT capture, start_sample, samples, pcm FROM audio_chunks WHERE session_id = ? ORDER BY 1, 2",
            (session_id,),
        ).fetchall()
    captures: dict[int, bytearray] = {}
    for capture, start, samples, pcm in chunks:
        held = captures.setdefault(capture, bytearray())
        if start * BYTES_PER_SAMPLE != len(held) or len(pcm) != samples * BYTES_PER_SAMPLE:
            raise Violation(
                f"{session_id}: capture {capture} does not go on at sample {start}, but at {len(held) // 2}"
            )
        held += pcm
    return Stored(tuple(notes), {number: hashlib.sha256(pcm).hexdigest() for number, pcm in captures.items()})


@dataclass(slots=True)
class Follower:
    """Somebody who follows a session and keeps all that comes."""

    channel: Channel
    events: list[Event] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def follow(self) -> None:
        async for event in self.channel:
            async with self.news:
                self.events.append(event)
                self.news.notify_all()

    async def until(self, fits: Callable[["Follower"], bool]) -> None:
        """Asked again at each event."""
        async with self.news:
            await self.news.wait_for(lambda: fits(self))

    def payloads(self, name: str) -> list[dict[str, Any]]:
        return [event.payload for event in self.events if event.event == name]

    @property
    def durable(self) -> list[tuple[int | None, str, dict[str, Any]]]:
        """(seq, event, payload) of all that has to come exactly once, in the order in which it came."""
        return [(event.seq, event.event, event.payload) for event in self.events if event.seq is not None]

    @property
    def last_seq(self) -> int:
        """Of the newest event that is kept here; the channel may know more."""
        return next((event.seq for event in reversed(self.events) if event.seq is not None), 0)

    def finished(self, utterances: int) -> bool:
        """So many utterances are transcribed and decided, and the microphone is off."""
        states = self.payloads("state_changed")
        over = bool(states) and states[-1]["microphone"] == "idle" and not states[-1]["runs"]
        return over and len(self.payloads("asr_final")) >= utterances


@asynccontextmanager
async def patience(what: str, follower: Follower | None = None) -> AsyncIterator[None]:
    """Work that takes seconds. Raises Violation, with ``what`` is wrong, when it takes for ever."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    except TimeoutError:
        seen = "" if follower is None else f"; {follower.channel.topic} at {follower.last_seq}: {follower.events}"
        raise Violation(f"{what} after {PATIENCE_S:g} s{seen}") from None


def notes_of(follower: Follower) -> list[dict[str, Any]]:
    """The notes as somebody who followed knows them: the last snapshot, and what came after it."""
    notes: dict[str, dict[str, Any]] = {}
    for event in follower.events:
        if event.event == "snapshot":
            notes = {note["id"]: note for note in event.payload["notes"]}
        elif event.event in ("note_created", "note_updated", "note_cancelled"):
            note = event.payload["note"]
            notes[note["id"]] = max(notes.get(note["id"], note), note, key=lambda each: int(each["revision"]))
    return list(notes.values())


def tireless(url: str, token: str, seed: int) -> Client:
    """A client that comes back quickly, and notices a half-open connection within two seconds."""
    backoff = Backoff(base_s=0.05, cap_s=0.5, give_up_after_s=PATIENCE_S, rng=Random(seed))
    return Client(url, token, reconnect=backoff, heartbeat=Heartbeat(every_s=1.0, limit_s=1.0))


@asynccontextmanager
async def following(client: Client, session_id: str) -> AsyncIterator[Follower]:
    follower = Follower(await client.join(f"session:{session_id}"))
    task = asyncio.create_task(follower.follow())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await follower.channel.leave()


def silent(said: int) -> None:
    """Nobody wants to know how far it got."""


async def talk(client: Client, session_id: str, script: Script, said: Callable[[int], None] = silent) -> None:
    """Say all of it, faster than it can be spoken: as fast as it becomes safe. ``said`` is told bytes so far."""
    params = {"mode": script.mode, "url": "sidenote:practice", "client_id": "talker"}
    uplink = Uplink(await client.join(f"audio:{session_id}", params))
    uplink.clock(WALL_MS, MEDIA_S)
    total = 0
    for number, pcm in enumerate(script.captures):
        uplink.begin(WALL_MS + number * CAPTURE_MS)
        for at in range(0, len(pcm), PUSH):
            uplink.send(pcm[at : at + PUSH])
            said(total := total + PUSH)
            await uplink.wait_until_unacked(IN_FLIGHT)
        await uplink.stop()
    await uplink.wait_until_unacked(0)
