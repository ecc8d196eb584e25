"""inference/stt/coverage.py"""

import numpy as np
import pytest

from inference.stt.contract import Coverage, Word
from inference.stt.coverage import CoverageSettings, cover, place

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
