"""The formula's corners, as its documentation states them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.llm import confidence

CLEAN = "The choir is too loud in the second verse."


def test_a_clean_note_clearly_about_one_thing_is_certain() -> None:
    assert confidence.of_note(CLEAN, 0.94, 0.2, 0.4) == 1.0


def test_words_that_may_be_misheard_make_no_sure_note_and_lose_none() -> None:
    assert confidence.of_note(CLEAN, 0.8, 0.2, 0.4) == 0.5
    assert confidence.of_note(CLEAN, 0.84, 0.2, 0.4) < confidence.SURE < confidence.of_note(CLEAN, 0.86, 0.2, 0.4)
    assert confidence.of_note(CLEAN, 0.8, -0.1, 0.0) == confidence.of_note(CLEAN, 0.99, -0.1, 0.0) == confidence.NO_NOTE


def test_a_tie_between_categories_is_not_sure() -> None:
    assert confidence.of_note(CLEAN, 0.85, 0.2, 0.0) < confidence.SURE


@pytest.mark.parametrize("certainty", [0.0, 0.25])
def test_what_was_not_heard_is_no_note(certainty: float) -> None:
    assert confidence.of_note(CLEAN, certainty, 1.0, 1.0) < confidence.NO_NOTE


def test_noise_is_no_note() -> None:
    assert confidence.noise("Thank you for watching!")
    assert not confidence.noise("thank you for watching is misspelled")
    assert confidence.of_note("Thank you for watching.", 1.0, 1.0, 1.0, noisy=True) < confidence.NO_NOTE


def test_substance_counts_content_words_and_words_of_the_trade_twice() -> None:
    assert [
        confidence.substance(text)
        for text in ("so the", "the goat", "the dissolve", "the goat runs", "the goat runs home")
    ] == [0, 0.45, 0.8, 0.8, 1]


def test_a_command_of_a_rule_is_surer_than_one_of_likeness() -> None:
    assert confidence.of_rule(0.9) > confidence.SURE
    assert confidence.of_likeness(0.9, 1.0, 0.5) <= 0.6


@given(*[st.floats(-5, 5, allow_nan=False)] * 3)
def test_every_value_is_between_nothing_and_one(certainty: float, intent: float, category: float) -> None:
    assert 0 <= confidence.of_note(CLEAN, certainty, intent, category) <= 1
    assert 0 <= confidence.of_rule(certainty) <= 1
    assert 0 <= confidence.of_likeness(certainty, intent, category) <= 1


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1), st.floats(0, 1))
def test_hearing_better_never_lowers_it(low: float, high: float, intent: float, category: float) -> None:
    worse, better = sorted((low, high))
    assert confidence.of_note(CLEAN, worse, intent, category) <= confidence.of_note(CLEAN, better, intent, category)
