"""How long to wait before trying again: full jitter, so that many clients don't come back at one time.

A wait is uniform between zero and a bound that doubles with each try ("Exponential Backoff And Jitter", AWS
Architecture Blog).
"""

import random
from dataclasses import dataclass, field

MOST_DOUBLINGS = 30  # what comes after is at the cap anyway


@dataclass(frozen=True, slots=True)
class Backoff:
    """When to try again, and when to give up."""

    base_s: float = 0.1
    cap_s: float = 5.0
    give_up_after_s: float = 60.0  # without a connection, or without a topic
    steady_s: float = 1.0  # what holds for so long begins the waits anew when it breaks
    rng: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def bound_s(self, attempt: int) -> float:
        """The longest wait before try number ``attempt``, counted from 0."""
        return min(self.cap_s, self.base_s * 2.0 ** min(attempt, MOST_DOUBLINGS))

    def wait_s(self, attempt: int) -> float:
        """The wait before try number ``attempt``, counted from 0."""
        return self.rng.uniform(0.0, self.bound_s(attempt))


DEFAULT = Backoff()
