"""How long to wait before a job is tried again: longer each time, and never at the same moment as others."""

from random import Random

FIRST_S = 10.0
LONGEST_S = 300.0


def delay_s(attempt: int, chance: Random) -> float:
    """Seconds after a failed ``attempt`` (from 1): exponential, half of it by chance."""
    whole = min(LONGEST_S, FIRST_S * 2.0 ** (attempt - 1))
    return whole / 2 + chance.uniform(0, whole / 2)
