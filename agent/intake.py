"""The half of an ear that faces the connection: takes samples in order, once each, and has them listened to.

Its methods are called from a connection's reader and never wait. A push as a microphone sends it is listened to at
once; what comes faster waits its turn.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

from agent import events as e
from agent.errors import AudioBacklog, AudioInvalid, AudioSkipped, NotNow
from agent.safekeeping import Heard, Safekeeping
from inference.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

MAX_GAP = 600 * SAMPLE_RATE  # samples one ``gap`` may cover; longer silence comes in several
MAX_WAITING = 10_000  # items that wait to be listened to, before another gap
BACKLOG = "More audio waits than this session can take in; send it again later."
TIMED = 16  # of so many pushes one is timed: to time each costs as much as to hear it
AT_ONCE = SAMPLE_RATE // 2  # samples that need no turn of their own; a replay brings more
PIECE = SAMPLE_RATE  # samples listened to before other tasks get a turn


@dataclass(frozen=True, slots=True)
class Stopped:
    capture: int


@dataclass(frozen=True, slots=True)
class PauseSet:
    paused: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """Listening has failed: the session's task ends with it."""

    error: Exception


Item = Heard | Stopped | PauseSet | Broken


class Intake(ABC):
    """What of a session's captures has come in."""

    def __init__(self, keeping: Safekeeping, backlog_bytes: int) -> None:
        """``backlog_bytes``: that may wait to be listened to or stored."""
        self._keeping = keeping
        self._backlog_bytes = backlog_bytes
        self._inbox: asyncio.Queue[Item] = asyncio.Queue()
        self._pushes = 0
        self._at_once = 0  # samples listened to without a turn, since the last one
        self._backlog = 0  # bytes that wait to be listened to
        self.mode = e.Mode.PTT  # of the next capture
        self.capture = 0
        self.received = 0  # samples of the capture
        self._before: dict[int, int] = {}  # the same of earlier captures that are not wholly safe yet
        self.stopped = True

    def hear(self, capture: int, offset: int, pcm: bytes) -> None:
        """Take samples ``[offset, offset + len(pcm) / 2)`` of a capture; what is known already is dropped.

        Raises AudioSkipped when samples before these are missing, AudioBacklog when too much waits, AudioInvalid.
        """
        if len(pcm) % BYTES_PER_SAMPLE:
            raise AudioInvalid("An audio frame must hold whole 16-bit samples: send an even number of bytes.")
        samples = len(pcm) // BYTES_PER_SAMPLE
        fresh_from = self._advance(capture, offset, samples)
        if fresh_from is not None:
            if self._backlog + self._keeping.waiting_bytes + len(pcm) > self._backlog_bytes:
                self.received = fresh_from
                raise AudioBacklog(BACKLOG, fresh_from)
            self._pushes += 1
            now_s = time.perf_counter() if self._pushes % TIMED == 0 else None
            self._take(Heard(capture, offset, samples, pcm, now_s).cut(fresh_from))

    def hear_gap(self, capture: int, start: int, end: int) -> None:
        """Take silence that the client did not send. Raises as ``hear``."""
        if not 0 <= end - start <= MAX_GAP:
            raise AudioInvalid("A gap runs from a sample to a later one, at most ten minutes on: push several.")
        fresh_from = self._advance(capture, start, end - start)
        if fresh_from is not None and self._inbox.qsize() > MAX_WAITING:  # silence is cheap to send
            self.received = fresh_from
            raise AudioBacklog(BACKLOG, fresh_from)
        for piece in range(fresh_from or 0, end if fresh_from is not None else 0, PIECE):
            self._inbox.put_nowait(Heard(capture, piece, min(PIECE, end - piece), None))

    def stop(self, capture: int, samples: int) -> None:
        """The capture ends after ``samples`` samples. Raises NotNow, AudioSkipped."""
        if capture < self.capture or (capture == self.capture and self.stopped):
            raise NotNow(f"Capture {capture} is over already.")
        if capture > self.capture and samples == 0:
            raise NotNow("Nothing was recorded.")
        if capture != self.capture or samples != self.received:
            expected = self.received if capture == self.capture else 0
            raise AudioSkipped(f"Samples from {expected} on are missing: send them, then stop again.", expected)
        self.stopped = True
        self._inbox.put_nowait(Stopped(capture))

    def release(self) -> None:
        """Nobody feeds the capture any more: what was heard of it is what there is."""
        if not self.stopped:
            self.stop(self.capture, self.received)

    def prefer(self, mode: e.Mode) -> None:
        """Use this mode from the next capture on."""
        if self.stopped:
            self.mode = mode

    def pause(self, paused: bool) -> None:
        """Hear what follows as silence, or no longer. Samples go on counting."""
        self._inbox.put_nowait(PauseSet(paused))

    def _take(self, heard: Heard) -> None:
        """Listen now, or soon."""
        self._at_once += heard.samples
        if self._at_once > AT_ONCE or not self._inbox.empty():
            self._backlog += heard.samples * BYTES_PER_SAMPLE
            self._inbox.put_nowait(heard)
            return
        try:
            self._listen_to(heard)
        except Exception as error:  # not the connection's fault
            self._inbox.put_nowait(Broken(error))

    def _waited(self, item: Item) -> Item:
        """An item that waits no longer."""
        if isinstance(item, Heard):
            self._backlog -= len(item.pcm or b"")
        return item

    @abstractmethod
    def _listen_to(self, item: Item) -> int:
        """How many samples that was."""

    @property
    def safe(self) -> tuple[int, int]:
        """(capture, samples): so many samples of the capture are in the store."""
        return self._keeping.safe

    def _advance(self, capture: int, start: int, samples: int) -> int | None:
        """Move on to ``start + samples``; the first sample that is new, or None where all are known."""
        if capture < self.capture and start + samples <= self._before.get(capture, 0):
            return None  # sent again: it was not safe yet when the client came back
        if capture < self.capture or (capture == self.capture and self.stopped and start + samples > self.received):
            raise AudioInvalid(f"Capture {capture} is over: number the next one above {self.capture}.")
        if capture > self.capture:
            if start != 0:
                raise AudioSkipped("A capture begins at sample 0.", 0)
            if self.capture and not self.stopped:
                self._inbox.put_nowait(Stopped(self.capture))
            self._before = {number: known for number, known in self._before.items() if number >= self.safe[0]}
            self._before[self.capture] = self.received
            self.capture, self.received, self.stopped = capture, 0, False
        if start > self.received:
            message = f"Samples {self.received} to {start} are missing: replay them, or push a gap."
            raise AudioSkipped(message, self.received)
        end = start + samples
        if end <= self.received:
            return None
        fresh_from, self.received = self.received, end
        return fresh_from
