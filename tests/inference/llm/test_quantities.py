"""Numbers and amounts as they are read before anybody asks what they mean."""

import pytest

from inference.llm.quantities import amount_at, number_at, split


@pytest.mark.parametrize(
    "words, value, used",
    [
        ("forty five apples", 45, 2),
        ("a hundred and ten", 110, 4),
        ("12", 12, 1),
        ("two hundred", 200, 2),
        ("seven", 7, 1),
    ],
)
def test_numbers(words: str, value: float, used: int) -> None:
    assert number_at(split(words), 0) == (value, used)


def test_no_number() -> None:
    assert number_at(split("apples"), 0) is None
    assert number_at(split(""), 0) is None


def test_joined_words_are_opened() -> None:
    assert [token.text for token in split("a two-minute 1m30s mark")] == [
        "a",
        "two",
        "minute",
        "1",
        "m",
        "30",
        "s",
        "mark",
    ]


@pytest.mark.parametrize(
    "words, value, clock",
    [
        ("two minutes and ten seconds", 130, False),
        ("half a minute", 30, False),
        ("a couple of minutes", 120, False),
        ("one oh two thirty", 62, True),
        ("one two thirty", 1, False),
        ("3:20", 200, True),
    ],
)
def test_amounts(words: str, value: float, clock: bool) -> None:
    amount = amount_at(split(words), 0)
    assert amount is not None
    assert (amount.value, amount.clock) == (value, clock)


def test_impossible_clocks_are_no_amounts() -> None:
    assert amount_at(split("1:75"), 0) is None
    assert amount_at(split("1:02:03:04"), 0) is None
