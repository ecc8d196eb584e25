"""tests/speech/alignment.py"""

import pytest

from tests.speech.alignment import Cuts, align, at_cuts, notes_of
from tests.speech.wer import word_errors

SENTENCES = ["the logo is too small", "the music is far too loud here", "cut to the dog sooner"]


@pytest.mark.parametrize(
    "said, heard, pairs",
    [
        ("a b c", "a b c", [(0, 0), (1, 1), (2, 2)]),
        ("a b c", "a c", [(0, 0), (1, None), (2, 1)]),
        ("a c", "a b c", [(0, 0), (None, 1), (1, 2)]),
        ("a b", "a x", [(0, 0), (1, 1)]),
        ("", "a", [(None, 0)]),
        ("a", "", [(0, None)]),
        ("", "", []),
    ],
)
def test_words_find_each_other(said: str, heard: str, pairs: list[tuple[int | None, int | None]]) -> None:
    assert align(said.split(), heard.split()) == pairs


def test_an_alignment_is_as_short_as_the_word_errors() -> None:
    said = "the price on the card is forty nine and not forty five dollars in the second shot"
    heard = "price on the a card it is forty nine not forty five dollars dollars in second short"
    words, other = said.split(), heard.split()
    edits = sum(i is None or j is None or words[i] != other[j] for i, j in align(words, other))
    assert edits == word_errors(said, heard).errors


def test_each_sentence_is_one_note() -> None:
    notes = notes_of(SENTENCES, [sentence.title() + "." for sentence in SENTENCES])
    assert notes.of_sentence == ((0,), (1,), (2,))
    assert (notes.split, notes.missing, notes.merged) == ([], [], [])


def test_a_split_sentence_is_found() -> None:
    notes = notes_of(SENTENCES, [SENTENCES[0], "the music is far", "too loud here", SENTENCES[2]])
    assert notes.split == [1]
    assert notes.of_sentence[1] == (1, 2)
    assert not notes.merged


def test_a_split_of_one_word_is_found() -> None:
    assert notes_of(["the music is loud here"], ["the music is loud", "here"]).split == [0]


def test_merged_and_missing_sentences_are_found() -> None:
    notes = notes_of(SENTENCES, [SENTENCES[0] + " " + SENTENCES[1]])
    assert notes.merged == [0]
    assert notes.missing == [2]


def test_a_word_that_strays_over_a_border_splits_nothing() -> None:
    notes = notes_of(["put the card on the", "the dog is late today"], ["put the card on", "the dog is late today"])
    assert not notes.split


@pytest.mark.parametrize(
    "pieces, expected",
    [
        (["one two three four", "five six seven eight"], Cuts(1, 0, 0)),
        (["one two three", "five six seven eight"], Cuts(1, 1, 0)),
        (["one two three four", "six seven eight"], Cuts(1, 1, 0)),
        (["one two three four five", "five six seven eight"], Cuts(1, 0, 1)),
        (["one two three four five six", "five six seven eight"], Cuts(1, 0, 2)),
        (["one two three four five six seven eight"], Cuts(0, 0, 0)),
        (["one three four", "five six seven eight"], Cuts(1, 0, 0)),
    ],
)
def test_what_cuts_do_is_counted(pieces: list[str], expected: Cuts) -> None:
    assert at_cuts("one two three four five six seven eight", pieces) == expected


def test_what_was_said_twice_is_not_doubled() -> None:
    assert at_cuts("go go to the dog", ["go", "go to the dog"]) == Cuts(1, 0, 0)
