"""inference/stt/incoming.py"""

import numpy as np
import pytest

from inference.errors import BadAudio
from inference.stt.contract import Samples
from inference.stt.incoming import checked, too_short


def test_what_is_taken_is_a_copy() -> None:
    samples = np.full(16_000, 0.25, np.float32)
    taken = checked(samples)
    samples[:] = 0
    assert (taken == 0.25).all()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (np.zeros((2, 100), np.float32), "shape"),
        (np.zeros(100, np.int16), "float32"),
        (np.full(16_000, np.nan, np.float32), "NaN"),
        (np.zeros(601 * 16_000, np.float32), "too long"),
    ],
)
def test_samples_of_the_wrong_kind_are_refused(wrong: Samples, why: str) -> None:
    with pytest.raises(BadAudio, match=why):
        checked(wrong)


@pytest.mark.parametrize(("count", "short"), [(0, True), (1599, True), (1600, False)])
def test_a_tenth_of_a_second_may_hold_a_word(count: int, short: bool) -> None:
    assert too_short(np.zeros(count, np.float32)) is short
