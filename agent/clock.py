"""From the sample clock to the player's clock: at which second of the video was this sample spoken?

Two traces meet on the wall clock of the client's machine: ``anchor`` ties a sample of a capture to a wall time, and
``clock`` ties a wall time to a video time with a rate. Reads no clock itself.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from inference.audio import SAMPLE_RATE

MAX_CLOCKS = 4096  # about an hour at one a second; older ones can't concern audio that is still to be mapped
MAX_ANCHORS = 256
SET_BACK_MS = 5_000
CONFIRMS_MS = 100  # a report no further than this from what was to be expected changes nothing
SAVED = 32  # newest anchors and reports that outlive a process


@dataclass(frozen=True, slots=True)
class Anchor:
    """Sample ``sample`` of capture ``capture`` was recorded at ``wall_ms``."""

    capture: int
    sample: int
    wall_ms: float


@dataclass(frozen=True, slots=True)
class PlayerTime:
    """At ``wall_ms`` the player stood at ``media_s`` and moved on at ``rate`` (0 while paused)."""

    wall_ms: float
    media_s: float
    rate: float

    def foretold(self, later: "PlayerTime") -> bool:
        """Whether ``later`` is what was to be expected."""
        expected_s = self.media_s + (later.wall_ms - self.wall_ms) / 1000 * self.rate
        return later.rate == self.rate and abs(later.media_s - expected_s) * 1000 <= CONFIRMS_MS


class VideoClock:
    """Maps samples to video seconds through seeks, pauses and rate changes."""

    def __init__(self) -> None:
        self._anchors: deque[Anchor] = deque(maxlen=MAX_ANCHORS)
        self._times: deque[PlayerTime] = deque(maxlen=MAX_CLOCKS)
        self._start_s: float | None = None
        self.changes = 0  # of the mapping: what only confirms it is none

    def start_at(self, media_s: float | None) -> None:
        """Where the player stood when the client joined: used until there is a ``clock``."""
        self.changes += media_s != self._start_s
        self._start_s = media_s

    def anchor(self, capture: int, sample: int, wall_ms: float) -> None:
        known_ms = self._wall_at(capture, sample)
        self.changes += known_ms is None or abs(wall_ms - known_ms) > CONFIRMS_MS
        self._anchors.append(Anchor(capture, sample, wall_ms))

    def tick(self, wall_ms: float, media_s: float, rate: float, *, paused: bool) -> None:
        """Take one report of the player. One a little older than the newest is late and is dropped."""
        if self._times and wall_ms < self._times[-1].wall_ms - SET_BACK_MS:  # the client's clock was set back
            self._times.clear()
        if not self._times or wall_ms >= self._times[-1].wall_ms:
            now = PlayerTime(wall_ms, media_s, 0.0 if paused else rate)
            self.changes += not (self._times and self._times[-1].foretold(now))
            self._times.append(now)

    def media_at(self, capture: int, sample: int) -> float | None:
        """Seconds of video at which ``sample`` was recorded, None where nothing is known of the player."""
        wall_ms = self._wall_at(capture, sample)
        if wall_ms is not None and self._times:
            index = max(0, bisect_right(self._times, wall_ms, key=lambda time: time.wall_ms) - 1)
            then = self._times[index]
            return max(0.0, then.media_s + (wall_ms - then.wall_ms) / 1000 * then.rate)
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
        best = next((anchor for anchor in reversed(mine) if anchor.sample <= sample), mine[0])
        return best.wall_ms + (sample - best.sample) * 1000 / SAMPLE_RATE

    def saved(self) -> dict[str, Any]:
        """The newest anchors and reports, as JSON."""
        anchors = [asdict(anchor) for anchor in list(self._anchors)[-SAVED:]]
        times = [asdict(time) for time in list(self._times)[-SAVED:]]
        return {"anchors": anchors, "times": times, "start_s": self._start_s}

    def restore(self, saved: dict[str, Any]) -> None:
        self._anchors.extend(Anchor(**anchor) for anchor in saved.get("anchors", ()))
        self._times.extend(PlayerTime(**time) for time in saved.get("times", ()))
        self._start_s = saved.get("start_s")
