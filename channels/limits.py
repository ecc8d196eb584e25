"""How much one connection or user may ask for: a bucket that fills with time."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """Limits of connections. What is over them is answered or closed with a reason."""

    max_frame_bytes: int = 262_144
    idle_timeout_s: float = 60.0
    prejoin_timeout_s: float = 10.0
    outgoing_queue_bytes: int = 1_048_576
    max_topics: int = 100
    max_connections_per_user: int = 20
    bytes_per_s: float = 4_194_304.0  # a replay after a lost connection comes faster than speech
    bytes_burst: float = 16_777_216.0
    joins_per_s: float = 20.0
    joins_burst: float = 200.0
    waiting_pushes: int = 256  # for one topic
    waiting_bytes: int = 1_048_576  # of a connection's pushes, until they are handled; parsed, they take 20 times that
    handling_timeout_s: float = 20.0  # for one join or command
    token_grace_s: float = 30.0  # after a token has expired, for a new one
    renewals_per_s: float = 0.2  # new tokens of one user
    renewals_burst: float = 20.0  # a person's pages wake up together
    least_bytes: int = 512  # what the smallest frame counts against the rate: it is work too


class Bucket:
    """``take`` succeeds while there is enough left of what flows in at ``rate`` a second, up to ``burst``."""

    def __init__(self, rate: float, burst: float, now_s: Callable[[], float]) -> None:
        self._rate, self._burst, self._now_s = rate, burst, now_s
        self._left, self._at_s = burst, now_s()

    def take(self, amount: float) -> bool:
        now_s = self._now_s()
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._rate)
        self._at_s = now_s
        if amount > self._left:
            return False
        self._left -= amount
        return True
