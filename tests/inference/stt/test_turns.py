"""inference/stt/turns.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.stt.turns import Turns

Arrivals = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)))


def filled(arrivals: list[tuple[str, int]]) -> Turns[tuple[str, int]]:
    turns: Turns[tuple[str, int]] = Turns()
    for stream, number in arrivals:
        turns.put(stream, (stream, number))
    return turns


def emptied(turns: Turns[tuple[str, int]]) -> list[tuple[str, int]]:
    return [turns.take() for _ in range(len(turns))]


def test_streams_are_served_round_and_round() -> None:
    turns = filled([("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("c", 6)])
    assert emptied(turns) == [("a", 1), ("b", 4), ("c", 5), ("a", 2), ("c", 6), ("a", 3)]


def test_a_stream_that_comes_again_takes_the_last_turn() -> None:
    turns = filled([("a", 1), ("b", 2)])
    assert turns.take() == ("a", 1)
    turns.put("a", ("a", 3))
    assert emptied(turns) == [("b", 2), ("a", 3)]


@given(Arrivals)
def test_nothing_is_lost_and_each_stream_keeps_its_order(arrivals: list[tuple[str, int]]) -> None:
    taken = emptied(filled(arrivals))
    for stream in "abcd":
        assert [item for item in taken if item[0] == stream] == [item for item in arrivals if item[0] == stream]


@given(Arrivals)
def test_no_stream_is_served_twice_while_another_waits(arrivals: list[tuple[str, int]]) -> None:
    taken = emptied(filled(arrivals))
    for at in range(len(taken)):
        waiting = {stream for stream, _ in taken[at:]}
        turns = [stream for stream, _ in taken[at : at + len(waiting)]]
        assert set(turns) == waiting


def test_what_is_removed_is_not_taken() -> None:
    turns = filled([("a", 1), ("a", 2), ("b", 3)])
    turns.remove("a", ("a", 1))
    turns.remove("b", ("b", 3))
    assert len(turns) == 1
    assert emptied(turns) == [("a", 2)]
    with pytest.raises(LookupError):
        turns.remove("a", ("a", 2))


def test_an_empty_queue_says_so() -> None:
    turns = filled([("a", 1)])
    assert turns.clear() == [("a", 1)]
    assert not turns
    with pytest.raises(LookupError):
        turns.take()
