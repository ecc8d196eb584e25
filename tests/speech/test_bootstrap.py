"""tests/speech/bootstrap.py"""

import math

import pytest

from tests.speech.bootstrap import paired_difference
from tests.speech.wer import WordErrors


def test_equal_systems_differ_by_nothing() -> None:
    clips = [WordErrors(number % 3, 10) for number in range(50)]
    difference = paired_difference(clips, clips)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_the_same_difference_in_each_clip_leaves_nothing_to_chance() -> None:
    ours = [WordErrors(2, 10)] * 20
    theirs = [WordErrors(1, 10)] * 20
    difference = paired_difference(ours, theirs)
    assert (difference.value, difference.low, difference.high) == pytest.approx((0.1, 0.1, 0.1))


def test_the_interval_is_the_one_of_the_normal_distribution_for_many_clips() -> None:
    """One error more in a clip of ten words or not, with even chances: mean 0.05, variance of the mean 0.0025 / n."""
    count = 400
    ours = [WordErrors(number % 2, 10) for number in range(count)]
    theirs = [WordErrors(0, 10)] * count
    difference = paired_difference(ours, theirs)
    half = 1.96 * math.sqrt(0.0025 / count)
    assert difference.value == pytest.approx(0.05)
    assert difference.low == pytest.approx(0.05 - half, abs=0.0005)
    assert difference.high == pytest.approx(0.05 + half, abs=0.0005)


def test_a_pair_is_drawn_together() -> None:
    """Clips differ much, systems by nothing but one clip: apart from that one, no draw may tell them apart."""
    theirs = [WordErrors(number % 9, 10) for number in range(90)]
    ours = [WordErrors(each.errors + (number == 0), 10) for number, each in enumerate(theirs)]
    difference = paired_difference(ours, theirs)
    assert difference.low == 0
    assert difference.high < 0.006


def test_the_same_seed_draws_the_same() -> None:
    ours, theirs = [WordErrors(n % 4, 9) for n in range(30)], [WordErrors(n % 3, 9) for n in range(30)]
    assert paired_difference(ours, theirs) == paired_difference(ours, theirs)
    assert paired_difference(ours, theirs, seed=1).low != paired_difference(ours, theirs, seed=2).low


def test_systems_that_heard_something_else_are_not_compared() -> None:
    with pytest.raises(ValueError, match="same clips"):
        paired_difference([WordErrors(0, 3)], [WordErrors(0, 4)])
    with pytest.raises(ValueError, match="no word"):
        paired_difference([WordErrors(0, 0)], [WordErrors(0, 0)])
