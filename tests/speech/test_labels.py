"""tests/speech/labels.py"""

import pytest

from inference.llm.contract import Category, Intent, Reading
from tests.speech.labels import text_is_right, verdict

SAID = "Um, at forty two seconds the crane shot is much too long for me."
CASE = {"t": SAID, "cat": ["pacing"], "ts": 42, "must": ["crane", "long"]}


def note(text: str, category: Category = Category.PACING, at_s: float | None = 42.0) -> Reading:
    return Reading(Intent.CREATE_NOTE, text=text, category=category, timestamp_s=at_s, confidence=0.9)


def test_a_cleaned_note_is_right() -> None:
    assert verdict(CASE, note("The crane shot is much too long.")).right


@pytest.mark.parametrize(
    "reading, wrong",
    [
        (note("The crane shot is much too long.", Category.AUDIO), "category"),
        (note("The crane shot is much too long.", at_s=None), "time"),
        (note("The train shot is much too long."), "text"),
        (note("The crane shot is much too wrong, for mine."), "text"),
        (note(""), "text"),
    ],
)
def test_what_is_wrong_is_named(reading: Reading, wrong: str) -> None:
    found = verdict(CASE, reading)
    assert not found.right
    assert [name for name in ("text", "category", "time") if not getattr(found, name)] == [wrong]


@pytest.mark.parametrize("reading", [None, Reading(Intent.CANCEL), Reading(Intent.SEEK, timestamp_s=42.0)])
def test_what_is_no_note_is_wrong(reading: Reading | None) -> None:
    found = verdict(CASE, reading)
    assert (found.text, found.category, found.time) == (False, False, False)


def test_one_small_word_may_be_misheard_but_no_word_that_matters() -> None:
    assert text_is_right(
        "the dog in the yard barks over his answer", "A dog in the yard barks over his answer.", ["dog"]
    )
    assert not text_is_right(
        "the dog in the yard barks over his answer", "The duck in the yard barks over his answer", ["dog"]
    )


def test_either_of_two_words_is_enough_and_numbers_are_words() -> None:
    assert text_is_right("the colour is off", "The color is off.", ["color|hue"])
    assert text_is_right("it says nineteen ninety", "It says 1990.", ["nineteen"])
    assert text_is_right("nothing happens from two ten to two forty", "Nothing happens from 210 to 240.")
    assert not text_is_right("it costs forty nine", "It costs 45.", ["forty nine"])


def test_compounds_are_one_word_or_two() -> None:
    assert text_is_right("too much air before the punchline", "Too much air before the punch line.", ["punch line"])
    assert text_is_right("the voice over jumps", "The voiceover jumps.")
