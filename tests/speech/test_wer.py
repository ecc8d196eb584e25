"""tests/speech/wer.py"""

import pytest

from tests.speech.wer import WordErrors, corpus_wer, normalise, word_errors


@pytest.mark.parametrize(
    "one, other",
    [
        ("Go back 10 seconds.", "go back ten seconds"),
        ("The price is $49.", "the price is forty nine dollars"),
        ("from 1:15 to 1:30", "from one fifteen to one thirty"),
        ("It's too loud, isn't it?", "it is too loud is not it"),
        ("Let's swap 1,200 of them", "let us swap one thousand two hundred of them"),
        ("Mr. Dashwood", "mister dashwood"),
        ("cold-hearted", "cold hearted"),
        ("It can’t be", "it cannot be"),
        ("the colour is 50% gray", "the color is fifty percent grey"),
        ("take 105", "take one hundred five"),
    ],
)
def test_spelling_does_not_count(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    "reference, heard, errors, words",
    [
        ("a b c", "a b c", 0, 3),
        ("a b c", "a x c", 1, 3),
        ("a b c", "a c", 1, 3),
        ("a b c", "a b b c", 1, 3),
        ("a b c", "", 3, 3),
        ("", "you", 1, 0),
    ],
)
def test_errors_are_counted(reference: str, heard: str, errors: int, words: int) -> None:
    assert word_errors(reference, heard) == WordErrors(errors, words)


def test_a_corpus_sums_before_it_divides() -> None:
    total = corpus_wer([("a", "b"), ("a b c", "a b c")])
    assert (total, total.rate) == (WordErrors(1, 4), 0.25)
    assert corpus_wer([]).rate == 0
    assert word_errors("", "you").rate == 1
