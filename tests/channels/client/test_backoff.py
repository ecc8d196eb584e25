"""Waits between tries: full jitter, within bounds that double up to a cap."""

import random

from channels.client import Backoff


def test_the_bound_doubles_up_to_the_cap() -> None:
    backoff = Backoff(base_s=0.1, cap_s=5.0)
    assert [backoff.bound_s(attempt) for attempt in range(7)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert backoff.bound_s(10_000) == 5.0


def test_a_wait_lies_anywhere_between_zero_and_the_bound() -> None:
    backoff = Backoff(rng=random.Random(7))
    for attempt in (0, 3, 50):
        shares = [backoff.wait_s(attempt) / backoff.bound_s(attempt) for _ in range(2_000)]
        assert 0.0 <= min(shares) < 0.01
        assert 0.99 < max(shares) <= 1.0
        tenths = [sum(lower <= share * 10 < lower + 1 for share in shares) for lower in range(10)]
        assert all(150 < count < 250 for count in tenths), "uniform, not crowded"


def test_the_same_seed_waits_the_same() -> None:
    first, second = Backoff(rng=random.Random(3)), Backoff(rng=random.Random(3))
    assert [first.wait_s(n) for n in range(9)] == [second.wait_s(n) for n in range(9)]
