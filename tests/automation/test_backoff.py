from itertools import pairwise
from random import Random

from automation.backoff import LONGEST_S, delay_s


def test_waits_grow_and_end_at_a_limit() -> None:
    longest = [max(delay_s(attempt, Random(seed)) for seed in range(50)) for attempt in range(1, 9)]
    assert all(one < next_ for one, next_ in pairwise(longest[:5]))
    assert max(longest) <= LONGEST_S


def test_no_two_jobs_come_in_step_and_none_at_once() -> None:
    waits = {delay_s(1, Random(seed)) for seed in range(50)}
    assert len(waits) == 50
    assert min(waits) >= 5
