"""inference/vad/cuts.py"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.vad.cuts import best_cut, plan_pieces


def probabilities(text: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    """One window a character: "s" is speech, "." silence, a digit that many tenths."""
    values = {"s": 0.95, ".": 0.02}
    return np.array([values[one] if one in values else int(one) / 10 for one in text], np.float32)


@pytest.mark.parametrize(
    "text, cut",
    [
        ("sss...sss", 4),
        ("ss.ss.....ss..ss", 7),
        ("ss..ss..ss", 7),  # of equal pauses the later: the piece holds more
        ("ss....ss", 4),
        ("s965749s", 5),  # nobody paused: the softest place
        ("ss332ss", 3),  # a breath counts as a pause
        ("....", 2),
        ("s", 0),
    ],
)
def test_the_best_cut_is_the_middle_of_the_longest_pause(text: str, cut: int) -> None:
    assert best_cut(probabilities(text), 0, len(text)) == cut


def test_only_the_range_is_looked_at() -> None:
    assert best_cut(probabilities("s......ss.ss......s"), 8, 12) == 9
    assert best_cut(probabilities("s......s"), 5, 8) == 6  # the part of a pause that lies in it


@pytest.mark.parametrize("start, stop", [(2, 2), (3, 2), (-1, 2), (0, 6)])
def test_an_impossible_range_is_an_error(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="nothing to cut"):
        best_cut(probabilities("s.s.s"), start, stop)


def test_what_is_short_enough_is_one_piece() -> None:
    assert plan_pieces(probabilities("ss....ss"), 8, 4) == [(0, 8)]
    assert plan_pieces(probabilities(""), 8, 4) == [(0, 0)]


def test_pieces_are_cut_at_pauses_and_about_equally_long() -> None:
    text = "sssss...ssss..ssssss.ssss"
    pieces = plan_pieces(probabilities(text), 12, 6)
    assert [text[start:stop] for start, stop in pieces] == ["sssss.", "..ssss.", ".ssssss.ssss"]


@given(
    st.lists(st.floats(0, 1, width=32), max_size=300),
    st.integers(2, 60).flatmap(lambda longest: st.tuples(st.just(longest), st.integers(1, longest - 1))),
)
def test_pieces_cover_everything_once_and_none_is_too_long(values: list[float], limits: tuple[int, int]) -> None:
    longest, search = limits
    pieces = plan_pieces(np.array(values, np.float32), longest, search)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == len(values)
    assert all(stop == start for (_, stop), (start, _) in pairwise(pieces))
    assert all(0 < stop - start <= longest for start, stop in pieces) or not values


@pytest.mark.parametrize("search", [0, 8, 9])
def test_the_search_must_fit_into_a_piece(search: int) -> None:
    with pytest.raises(ValueError, match="search must lie"):
        plan_pieces(probabilities("ssssssssssss"), 8, search)
