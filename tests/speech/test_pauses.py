"""tests/speech/pauses.py"""

import numpy as np
import pytest

from inference.audio import SAMPLE_RATE
from tests.speech.corpus import quiet_room
from tests.speech.noises import white_noise
from tests.speech.pauses import (
    LONGEST_PAUSE_S,
    SHORTEST_PAUSE_S,
    longest_pause_s,
    paused_notes,
    trimmed,
    without_pauses,
)

SPEECH = white_noise(1.0, 0.1)


def test_silence_at_the_ends_goes() -> None:
    padded = np.concatenate((quiet_room(0.5, 1), SPEECH, quiet_room(0.7, 2)))
    assert len(trimmed(padded)) == pytest.approx(SAMPLE_RATE, abs=320)
    assert len(trimmed(quiet_room(1.0, 3))) == 0


def test_pauses_are_cut_down_and_speech_is_not() -> None:
    padded = np.concatenate((SPEECH, quiet_room(0.8, 1), SPEECH))
    assert longest_pause_s(padded) == pytest.approx(0.8, abs=0.02)
    hurried = without_pauses(padded, 0.12)
    assert longest_pause_s(hurried) == pytest.approx(0.12, abs=0.02)
    assert len(hurried) == pytest.approx(2.12 * SAMPLE_RATE, abs=320)


@pytest.mark.speech
def test_notes_have_one_pause_of_the_length_that_they_say() -> None:
    notes = paused_notes(8)
    assert {note.where for note in notes} <= {"punctuation", "clause", "phrase"}
    for note in notes:
        assert SHORTEST_PAUSE_S <= note.pause_s <= LONGEST_PAUSE_S
        assert longest_pause_s(note.samples) == pytest.approx(note.pause_s, abs=0.15)
