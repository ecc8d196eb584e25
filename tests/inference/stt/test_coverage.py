"""inference/stt/coverage.py"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.stt.contract import Coverage, Word
from inference.stt.coverage import CoverageSettings, cover, place, resume_at

SETTINGS = CoverageSettings()


def covered(speech: str, *spans: tuple[float, float]) -> Coverage:
    """``speech``: one window of 32 ms a character, "#" is speech; ``spans``: words."""
    probabilities = np.array([0.9 if one == "#" else 0.1 for one in speech], np.float32)
    return cover([Word("so", start_s, end_s) for start_s, end_s in spans], probabilities, SETTINGS)


def test_speech_under_words_is_covered() -> None:
    coverage = covered("..##########..", (0.0, 0.5))
    assert coverage.heard_s == coverage.decoded_s == pytest.approx(0.32)
    assert coverage.gaps == ()
    assert coverage.share == 1.0


def test_a_decode_that_stopped_early_leaves_a_gap() -> None:
    coverage = covered("#" * 50, (0.0, 0.59))
    assert np.array(coverage.gaps) == pytest.approx(np.array([[0.64, 1.6]]))
    assert coverage.heard_s == pytest.approx(1.6)
    assert coverage.decoded_s == pytest.approx(0.64)
    assert coverage.share == pytest.approx(0.4)


def test_a_gap_may_lie_before_and_between_words() -> None:
    coverage = covered("#" * 75, (0.64, 0.8), (1.6, 2.4))
    assert [round(start_s, 1) for start_s, _ in coverage.gaps] == [0.0, 0.9]


def test_pauses_and_what_is_too_short_are_no_gaps() -> None:
    assert covered("####" + "." * 40 + "####", (0.0, 0.12), (1.4, 1.53)).gaps == ()
    assert covered("#" * 20, (0.0, 0.32)).gaps == ()  # 0.3 s at the end


def test_speech_in_bits_is_not_summed_into_a_gap() -> None:
    assert covered("#####." * 10).gaps == ()


def test_where_nobody_spoke_everything_is_covered() -> None:
    assert covered("......").share == 1.0
    assert covered("") == Coverage(0.0, 0.0)


def test_words_are_placed_by_the_settings() -> None:
    (word,) = place([Word(" so", 0.0, 2.0)], np.full(60, 0.9, np.float32), SETTINGS)
    assert word.end_s == pytest.approx(SETTINGS.word_s + 2 * SETTINGS.letter_s)


@pytest.mark.parametrize(
    ("scene", "end_s", "window"),
    [
        ("##########......##########...", 0.3, 11),  # a little before it
        ("##########..##########.......", 0.3, 10),  # but after the last word
        ("####################.........", 0.3, 10),  # without a pause
        ("##############..##########...", 0.3, 14),  # the last word lasts a little longer than it seemed
        ("##########..####.............", 0.3, 29),  # too little speech to be a sentence
        ("##########...................", 0.3, 29),  # none
    ],
)
def test_where_words_end_before_speech_does_it_is_heard_on_from_a_pause(scene: str, end_s: float, window: int) -> None:
    probabilities = np.array([0.9 if each == "#" else 0.1 for each in scene], np.float32)
    settings = CoverageSettings(early_s=0.25)
    assert resume_at([Word("so", 0.0, end_s)], probabilities, len(scene), settings) == window


def test_nothing_is_heard_on_from_where_there_are_no_words() -> None:
    assert resume_at([], np.full(60, 0.9, np.float32), 60, SETTINGS) == 60


@given(st.lists(st.floats(0, 1), max_size=90), st.floats(0, 2.5))
def test_who_hears_on_comes_to_an_end(levels: list[float], end_s: float) -> None:
    heard_on = resume_at([Word("so", 0.0, end_s)], np.array(levels, np.float32), len(levels), SETTINGS)
    assert heard_on == len(levels) or heard_on * 0.032 >= end_s
