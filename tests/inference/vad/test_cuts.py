"""inference/vad/cuts.py"""

import numpy as np
import pytest

from inference.vad.cuts import best_cut

SPEECH, SOFT = 0.9, 0.5


def windows(*levels: float) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return np.array(levels, np.float32)


def test_the_cut_falls_in_the_middle_of_the_longest_silence() -> None:
    assert best_cut(windows(SPEECH, 0, SPEECH, 0, 0, 0, SPEECH, 0, SPEECH), 0, 9) == 4


def test_of_two_silences_equally_long_the_later_one_counts() -> None:
    assert best_cut(windows(SPEECH, 0, 0, SPEECH, SPEECH, 0, 0, SPEECH), 0, 8) == 6


def test_without_silence_it_falls_at_the_softest_window() -> None:
    assert best_cut(windows(SPEECH, SOFT, SPEECH, 0.4, SPEECH), 0, 5) == 3


def test_only_the_range_given_counts() -> None:
    assert best_cut(windows(0, 0, 0, SPEECH, SOFT, SPEECH), 3, 6) == 4


def test_a_range_without_windows_is_refused() -> None:
    with pytest.raises(ValueError, match="no window"):
        best_cut(windows(0, 0), 2, 2)
