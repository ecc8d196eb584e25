"""inference/stt/pieces.py"""

import pytest

from inference.stt.contract import Segment, Word
from inference.stt.pieces import Heard, insert, join_text, mean_logprob


def heard(text: str, start_s: float, each_s: float = 0.5, **fields: float) -> Heard:
    """A piece of which every word lasts ``each_s``."""
    words = tuple(
        Word(f" {word}", start_s + at * each_s, start_s + (at + 1) * each_s) for at, word in enumerate(text.split())
    )
    return Heard(text, start_s, words[-1].end_s if words else start_s, words, len(words), **fields)


def with_gap(before: str, after: str) -> Heard:
    """One piece with a gap of a second between two parts of its text."""
    first = heard(before, 0.0)
    second = heard(after, first.end_s + 1)
    return Heard(f"{before} {after}", 0.0, second.end_s, first.words + second.words, 8)


def test_what_was_missed_goes_between_the_words_around_it() -> None:
    piece = with_gap("the light is", "in this scene")
    pieces = insert([piece], heard("too harsh", 1.5), (1.5, 2.5))
    assert join_text(pieces) == "the light is too harsh in this scene"
    assert [one.segment for one in pieces] == [
        Segment(0.0, 1.5, "the light is"),
        Segment(1.5, 2.5, "too harsh"),
        Segment(2.5, 4.0, "in this scene"),
    ]


def test_what_was_missed_at_an_end_goes_there_and_parts_nothing() -> None:
    piece = heard("the light is", 1.0)
    assert join_text(insert([piece], heard("too harsh", 2.5), (2.5, 3.5))) == "the light is too harsh"
    assert join_text(insert([piece], heard("here", 0.2), (0.1, 0.9))) == "here the light is"
    assert piece in insert([piece], heard("too harsh", 2.5), (2.5, 3.5))


@pytest.mark.parametrize(
    "found, text",
    [
        ("is too harsh", "the light is too harsh in this scene"),
        ("Too harsh in", "the light is Too harsh in this scene"),
        ("light is too harsh, in this", "the light is too harsh, in this scene"),
        ("Is.", "the light is in this scene"),
        ("in this", "the light is in this scene"),
        ("light is in", "the light is in this scene"),
        ("", "the light is in this scene"),
    ],
)
def test_words_that_the_neighbours_have_are_not_said_twice(found: str, text: str) -> None:
    in_the_gap = heard(found, 1.5, 1 / max(1, len(found.split())))
    assert join_text(insert([with_gap("the light is", "in this scene")], in_the_gap, (1.5, 2.5))) == text


def test_words_beside_the_gap_are_not_taken_though_they_came_out_otherwise() -> None:
    around = heard("my lights are too harsh if the screen", 0.0)
    assert join_text(insert([with_gap("the light is", "in this scene")], around, (1.5, 2.5))) == (
        "the light is too harsh in this scene"
    )


def test_other_pieces_stay_as_they_are() -> None:
    pieces = [heard("one two", 0.0), heard("", 2.0), heard("five six", 9.0)]
    assert insert(pieces, heard("three four", 5.0), (5.0, 6.0)) == [*pieces[:2], heard("three four", 5.0), pieces[2]]


def test_what_was_found_stays_within_its_gap() -> None:
    (_, new) = insert([heard("one", 0.0)], heard("two", 1.1, 1.0), (1.2, 2.0))
    assert (new.start_s, new.end_s) == (1.2, 2.0)


def test_certainty_is_weighed_by_tokens() -> None:
    long, short = heard("a b c", 0.0, avg_logprob=-0.1), heard("d", 3.0, avg_logprob=-0.5)
    assert mean_logprob([long, short]) == pytest.approx(-0.2)
    assert mean_logprob([long, heard("", 5.0, avg_logprob=-9.0)]) == pytest.approx(-0.1)
    assert mean_logprob([]) == 0.0


def test_keeping_no_word_is_nothing_said() -> None:
    assert heard("one two", 0.0).keep([]).text == ""
