"""From the sample clock to the player's clock: at which second of the video was this sample spoken?

Two traces meet on the wall clock of the client's machine: ``anchor`` ties a sample of a capture to a wall time, and
``clock`` ties a wall time to a video time with a rate. Reads no clock itself. Rules and errors are in docs/clock.md.
"""

from bisect import bisect_left, bisect_right
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from inference.audio import SAMPLE_RATE

MAX_CLOCKS = 4096  # about an hour at one a second; older ones can't concern audio that is still to be mapped
MAX_ANCHORS = 256
LATE_MS = 300  # a surprising report that is older than the newest by more shows that the clock was set back
CONFIRMS_MS = 100  # a report no further than this from what was to be expected changes nothing
STILL_S = 0.02  # a player that should have moved and moved less than this stood
RECENT = 256  # of the reports are looked through for those to save: minutes, and an utterance is no longer than one
SAVED = 32  # newest anchors and reports that outlive a process


@dataclass(frozen=True, slots=True)
class Anchor:
    """Sample ``sample`` of capture ``capture`` was recorded at ``wall_ms``."""

    capture: int
    sample: int
    wall_ms: float

    @property
    def place(self) -> tuple[int, int]:
        return self.capture, self.sample


@dataclass(frozen=True, slots=True)
class PlayerTime:
    """At ``wall_ms`` the player stood at ``media_s`` and moved on at ``rate`` (0 while paused)."""

    wall_ms: float
    media_s: float
    rate: float

    def media_at(self, wall_ms: float, rate: float | None = None) -> float:
        """Seconds of video at ``wall_ms`` on this report's line, or on one of another rate through the same point."""
        return self.media_s + (wall_ms - self.wall_ms) / 1000 * (self.rate if rate is None else rate)

    def foretold(self, later: "PlayerTime") -> bool:
        """Whether ``later`` is what was to be expected."""
        apart_ms = abs(later.media_s - self.media_at(later.wall_ms)) * 1000
        return later.rate == self.rate and apart_ms <= CONFIRMS_MS * max(1.0, self.rate)

    def stood_until(self, later: "PlayerTime") -> bool:
        """Whether the player should have moved until ``later``, and did not: it loaded, or waited for data."""
        return abs(later.media_s - self.media_s) <= STILL_S < self.media_at(later.wall_ms) - self.media_s


class VideoClock:
    """Maps samples to video seconds through seeks, pauses, stalls and rate changes."""

    def __init__(self) -> None:
        self._anchors: list[Anchor] = []  # by place
        self._times: list[PlayerTime] = []  # by wall time
        self._start_s: float | None = None
        self.changes = 0  # of the mapping: what only confirms it is none

    def start_at(self, media_s: float | None) -> None:
        """Where the player stood when the client joined: used until there is a ``clock``."""
        self.changes += media_s != self._start_s
        self._start_s = media_s

    def anchor(self, capture: int, sample: int, wall_ms: float) -> None:
        """Take one tie of a sample to the client's clock. A newer one of the same sample takes its place."""
        known_ms = self._wall_at(capture, sample)
        self.changes += known_ms is None or abs(wall_ms - known_ms) > CONFIRMS_MS
        index = bisect_left(self._anchors, (capture, sample), key=lambda anchor: anchor.place)
        known = index < len(self._anchors) and self._anchors[index].place == (capture, sample)
        self._anchors[index : index + known] = [Anchor(capture, sample, wall_ms)]
        del self._anchors[:-MAX_ANCHORS]

    def tick(self, wall_ms: float, media_s: float, rate: float, *, paused: bool) -> None:
        """Take one report of the player, where it belongs by its time. One that is known changes nothing."""
        now = PlayerTime(wall_ms, media_s, 0.0 if paused else rate)
        index = bisect_right(self._times, wall_ms, key=lambda time: time.wall_ms)
        before = self._times[index - 1] if index else None
        if before == now:
            return
        confirms = before is not None and before.foretold(now)
        self.changes += not confirms
        if self._times and wall_ms < self._times[-1].wall_ms - LATE_MS and not confirms:
            del self._times[index:]  # the client's clock was set back: these would contradict what comes now
        self._times.insert(index, now)
        del self._times[:-MAX_CLOCKS]

    def media_at(self, capture: int, sample: int) -> float | None:
        """Seconds of video at which ``sample`` was recorded, None where nothing is known of the player."""
        wall_ms = self._wall_at(capture, sample)
        if wall_ms is not None and self._times:
            return max(0.0, self._media_at(wall_ms))
        if self._times:
            return self._times[-1].media_s
        if self._start_s is not None:
            return self._start_s + sample / SAMPLE_RATE
        return None

    def _wall_at(self, capture: int, sample: int) -> float | None:
        """The newest anchor at or before the sample serves; before the first one, the first."""
        mine = [anchor for anchor in self._anchors if anchor.capture == capture]
        if not mine:
            return None
        best = mine[max(0, bisect_right(mine, sample, key=lambda anchor: anchor.sample) - 1)]
        return best.wall_ms + (sample - best.sample) * 1000 / SAMPLE_RATE

    def _media_at(self, wall_ms: float) -> float:
        """The player follows the line of one report until it meets the line of the next.

        Lines that don't meet between the two are those of a jump, which happened when the next report was made.
        """
        index = max(0, bisect_right(self._times, wall_ms, key=lambda time: time.wall_ms) - 1)
        then = self._times[index]
        line_s = then.media_at(wall_ms)
        if wall_ms < then.wall_ms or index + 1 == len(self._times):  # one report alone says where the player is
            return line_s
        after = self._times[index + 1]
        if then.foretold(after):
            return line_s
        if then.stood_until(after):
            return then.media_s
        first, second = then.rate, after.rate
        if first == second:  # a stall has no rate of its own: it was over before the next report, or has begun
            stood = index > 0 and self._times[index - 1].stood_until(then)
            first, second = (0.0, second) if stood else (first, 0.0)
        begins_ahead_s = after.media_at(then.wall_ms, second) - then.media_s
        ends_ahead_s = after.media_s - then.media_at(after.wall_ms, first)
        if begins_ahead_s * ends_ahead_s > 0:  # they don't meet
            return line_s
        where = min if first > second else max
        return where(then.media_at(wall_ms, first), after.media_at(wall_ms, second))

    def saved(self) -> dict[str, Any]:
        """The newest anchors, and the newest reports that say more than those around them, as JSON."""
        recent = self._times[-RECENT:]
        telling = recent[:1]
        for time, after in pairwise(recent[1:]):
            if not (telling[-1].foretold(time) and telling[-1].foretold(after)):
                telling.append(time)
        telling += recent[1:][-1:]
        anchors = [asdict(anchor) for anchor in self._anchors[-SAVED:]]
        return {"anchors": anchors, "times": [asdict(time) for time in telling[-SAVED:]], "start_s": self._start_s}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take up what ``saved`` gave. Comes before any report."""
        self._anchors = sorted((Anchor(**anchor) for anchor in saved.get("anchors", ())), key=lambda one: one.place)
        self._times = sorted((PlayerTime(**time) for time in saved.get("times", ())), key=lambda one: one.wall_ms)
        self._start_s = saved.get("start_s")
