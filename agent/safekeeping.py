"""Samples on their way into the store: in order, several pushes to a row, acknowledged once they are safe."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from agent.errors import AudioLost
from agent.ports import AudioStore
from inference.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, pcm16_to_float32
from inference.stt.contract import Samples

MAX_ROW = 10 * SAMPLE_RATE  # samples stored as one row
LONG_ROW = 2 * SAMPLE_RATE  # samples; whoever sends so much at a time is catching up
GATHER_S = 0.2  # between two short rows of a session: a row costs as much for one push as for ten
CALM_S = 1.0  # the same while nobody speaks


@dataclass(frozen=True, slots=True)
class Heard:
    """Samples of a capture; ``pcm`` None is silence that the client withheld, or a pause."""

    capture: int
    start: int
    samples: int
    pcm: bytes | None
    taken_s: float | None = None  # when it came in, by ``time.perf_counter``; None where nobody wants to know

    @property
    def end(self) -> int:
        return self.start + self.samples

    def cut(self, start: int) -> "Heard":
        """What of it lies at or after sample ``start``."""
        skip = min(max(0, start - self.start), self.samples)
        if not skip:
            return self
        pcm = None if self.pcm is None else self.pcm[skip * BYTES_PER_SAMPLE :]
        return replace(self, start=self.start + skip, samples=self.samples - skip, pcm=pcm)


class Keeper(Protocol):
    """Where samples become safe."""

    async def keep(self, heard: Heard) -> int | None:
        """Samples [0, n) of the capture are safe now; None where these could not be made safe."""
        ...


class Safekeeping:
    """Hands what was heard to the keeper. ``put`` never waits."""

    def __init__(self, keeper: Keeper, tell: Callable[[int, int], None], calm: Callable[[], bool]) -> None:
        """``tell`` gets the capture and how many of its samples are safe, each time it is more.

        ``calm``: whether nobody speaks just now.
        """
        self._keeper = keeper
        self._tell = tell
        self._calm = calm
        self._waiting: deque[Heard] = deque()
        self._put = self._done = self._wanted = 0  # pushes so far; those that somebody waits for
        self._hurry = asyncio.Event()
        self._news = asyncio.Event()
        self._progress = asyncio.Condition()
        self.waiting_bytes = 0
        self.safe = (0, 0)  # (capture, samples) in the store

    def put(self, heard: Heard) -> None:
        self._waiting.append(heard)
        self._put += 1
        self.waiting_bytes += len(heard.pcm or b"")
        self._news.set()

    async def store(self) -> None:
        """Make samples safe in order and say so, until cancelled."""
        while True:
            while not self._waiting:
                self._news.clear()
                await self._news.wait()
            row, pushes = self._next_row()
            safe = await self._keeper.keep(row)
            for _ in range(pushes):
                self._waiting.popleft()
            self.waiting_bytes -= len(row.pcm or b"")
            if safe is not None:
                self.safe = (row.capture, safe)
                self._tell(row.capture, safe)
            async with self._progress:
                self._done += pushes
                self._progress.notify_all()
            if row.samples < LONG_ROW:
                await self._gather()

    async def _gather(self) -> None:
        """Let pushes come together, unless somebody waits for them."""
        if self._done >= self._wanted:
            self._hurry.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CALM_S if self._calm() else GATHER_S):
                    await self._hurry.wait()

    async def stored(self) -> None:
        """Wait until all that was put so far is safe, or has been given up."""
        until = self._wanted = self._put
        self._hurry.set()
        async with self._progress:
            await self._progress.wait_for(lambda: self._done >= until)

    def _next_row(self) -> tuple[Heard, int]:
        """As many pushes as follow on and are of one kind, and how many they are."""
        first, pushes, samples = self._waiting[0], 0, 0
        pieces: list[bytes] = []
        for heard in self._waiting:
            alike = heard.capture == first.capture and (heard.pcm is None) == (first.pcm is None)
            if pushes and not (alike and samples + heard.samples <= MAX_ROW):
                break
            pushes, samples = pushes + 1, samples + heard.samples
            pieces.append(heard.pcm or b"")
        return Heard(first.capture, first.start, samples, None if first.pcm is None else b"".join(pieces)), pushes


async def heard_since(
    capture: int, held: Mapping[int, tuple[int, int]], store: AudioStore, session_id: str
) -> AsyncIterator[Heard]:
    """What is stored of this capture and later ones, in order. ``held``: [first, end) of each capture in the store."""
    for number, (first, end) in sorted(held.items()):
        if number >= capture:
            for part in await store.read(session_id, number, first, end):
                yield Heard(number, *part)


def join_parts(parts: Sequence[tuple[int, int, bytes | None]], start: int, end: int) -> Samples:
    """Stored stretches as samples [start, end), float32 of shape (n,). Raises AudioLost where some are missing."""
    joined = np.zeros(end - start, np.float32)
    covered = start
    for first, samples, pcm in sorted(parts, key=lambda part: part[0]):
        if first > covered:
            break
        lower, upper = max(first, start), min(first + samples, end)
        if pcm is not None and upper > lower:
            joined[lower - start : upper - start] = pcm16_to_float32(pcm)[lower - first : upper - first]
        covered = max(covered, upper)
    if covered < end:
        raise AudioLost("The audio of this sentence is no longer stored: say it again, please.")
    return joined
