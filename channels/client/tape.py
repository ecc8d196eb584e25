"""What was recorded and is not safe yet, one capture at a time, in order. Pure: sends nothing, reads no clock."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

BYTES_PER_SAMPLE = 2
SAMPLES_PER_MS = 16
MOST_SAMPLES = 16_000  # of one push
MOST_SILENCE = 600 * 16_000  # samples of one ``gap``


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples that follow on; ``pcm`` None is silence that is not sent."""

    start: int
    samples: int
    pcm: bytes | None
    ref: str | None = None  # of the push that brought it to the server

    @property
    def end(self) -> int:
        return self.start + self.samples

    def cut(self, start: int) -> "Piece":
        """What of it lies at or after sample ``start``."""
        skip = min(max(0, start - self.start), self.samples)
        pcm = None if self.pcm is None else self.pcm[skip * BYTES_PER_SAMPLE :]
        return Piece(self.start + skip, self.samples - skip, pcm)

    def until(self, end: int) -> "Piece":
        """What of it lies before sample ``end``."""
        samples = min(self.samples, end - self.start)
        return replace(self, samples=samples, pcm=None if self.pcm is None else self.pcm[: samples * BYTES_PER_SAMPLE])


@dataclass(frozen=True, slots=True)
class Anchor:
    """Sample ``sample`` was recorded at ``wall_ms``."""

    sample: int
    wall_ms: float


@dataclass(slots=True)
class Capture:
    """One capture, from its first sample that is not safe to the newest."""

    number: int
    samples: int = 0  # recorded so far
    safe: int = 0
    sent: deque[Piece] = field(default_factory=deque)  # on this join, and not safe
    unsent: deque[Piece] = field(default_factory=deque)
    anchors: list[Anchor] = field(default_factory=list)
    anchored: int = 0  # anchors sent on this join
    stop: asyncio.Future[None] | None = None  # done when the server knows that it is over
    over: bool = False  # the server said so on this join
    rejoined: bool = False  # what the server said of it may have been lost
    unheard: bool = False  # rejoined, and the server has stored nothing of it since
    dropped: bool = False  # nothing of it is wanted any more

    @property
    def held_bytes(self) -> int:
        return sum(len(piece.pcm or b"") for pieces in (self.sent, self.unsent) for piece in pieces)

    @property
    def in_flight(self) -> int:
        """Samples sent and not known to be safe."""
        return sum(piece.samples for piece in self.sent)

    @property
    def done(self) -> bool:
        return self.over and self.safe >= self.samples

    def record(self, pcm: bytes) -> None:
        """Samples that follow on."""
        step = MOST_SAMPLES * BYTES_PER_SAMPLE
        for at in range(0, len(pcm), step):
            part = pcm[at : at + step]
            self._add(len(part) // BYTES_PER_SAMPLE, part)

    def record_silence(self, samples: int) -> None:
        """Silence that follows on."""
        for at in range(0, samples, MOST_SILENCE):
            self._add(min(MOST_SILENCE, samples - at), None)

    def _add(self, samples: int, pcm: bytes | None) -> None:
        if not self.dropped:
            self.unsent.append(Piece(self.samples, samples, pcm))
            self.samples += samples

    def anchor(self, wall_ms: float) -> None:
        """The next sample is recorded at ``wall_ms``."""
        self.anchors.append(Anchor(self.samples, wall_ms))

    def due_anchors(self) -> Iterator[Anchor]:
        """Anchors that come before what is sent next, each once a join."""
        until = self.unsent[0].start if self.unsent else self.samples
        while self.anchored < len(self.anchors) and self.anchors[self.anchored].sample <= until:
            self.anchored += 1
            yield self.anchors[self.anchored - 1]

    def took(self, ref: str | None) -> None:
        """The next piece was sent."""
        self.sent.append(replace(self.unsent.popleft(), ref=ref))

    def keep_from(self, sample: int) -> None:
        """Samples before this one are safe."""
        if sample <= self.safe:
            return
        self.safe = sample
        for pieces in (self.sent, self.unsent):
            while pieces and pieces[0].end <= sample:
                pieces.popleft()
            if pieces and pieces[0].start < sample:
                pieces[0] = replace(pieces[0].cut(sample), ref=pieces[0].ref)
        passed = self._newest_anchor(sample)
        del self.anchors[:passed]
        self.anchored = max(0, self.anchored - passed)

    def rewind(self, sample: int) -> bool:
        """Send again from this sample on. False where some of that is not there any more."""
        if sample < self.safe:
            return False
        while self.sent and self.sent[-1].end > sample:
            self.unsent.appendleft(self.sent.pop())
        while self.unsent and self.unsent[0].start < sample:  # known to the server, and not safe
            piece = self.unsent.popleft()
            self.sent.append(piece.until(sample))
            if piece.end > sample:
                self.unsent.appendleft(piece.cut(sample))
        self.anchored = self._newest_anchor(sample)
        return True

    def drop(self) -> None:
        """Let go of everything, and of what is still to come."""
        self.sent.clear()
        self.unsent.clear()
        self.safe, self.dropped = self.samples, True

    def rest(self, number: int) -> "Capture":
        """What is not safe yet as a capture of its own, which begins at sample 0."""
        self.rewind(self.safe)
        shift = self.safe
        anchors = [
            Anchor(0, a.wall_ms + (shift - a.sample) / SAMPLES_PER_MS)
            if a.sample < shift
            else replace(a, sample=a.sample - shift)
            for a in self.anchors
        ]
        pieces = deque(replace(piece, start=piece.start - shift) for piece in self.unsent)
        return Capture(number, self.samples - shift, unsent=pieces, anchors=anchors, stop=self.stop)

    def _newest_anchor(self, sample: int) -> int:
        """Index of the newest anchor at or before ``sample``."""
        return max(0, sum(anchor.sample <= sample for anchor in self.anchors) - 1)
