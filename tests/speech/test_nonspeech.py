"""tests/speech/nonspeech.py and rooms.py"""

from collections import Counter

import numpy as np
import pytest

from inference.audio import SAMPLE_RATE
from tests.speech.noises import white_noise
from tests.speech.nonspeech import recordings
from tests.speech.rooms import AROUND_S, ROOMS


@pytest.mark.speech
def test_there_are_a_hundred_and_each_is_the_same_again() -> None:
    made, again = recordings(), recordings()
    assert len(made) == 100
    assert len({one.id for one in made}) == 100
    assert len(Counter(one.kind for one in made)) >= 14
    for one, other in zip(made, again, strict=True):
        assert one.samples.dtype == np.float32
        assert 2 <= len(one.samples) / SAMPLE_RATE <= 10
        assert np.isfinite(one.samples).all()
        assert np.abs(one.samples).max() <= 1
        assert (one.samples == other.samples).all()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_around_the_speech_and_never_clips_beyond_full_scale(room: str) -> None:
    dry = white_noise(1.0, 0.05, seed=3)
    wet = ROOMS[room](dry, 7)
    assert len(wet) == len(dry) + 2 * round(AROUND_S * SAMPLE_RATE)
    assert np.abs(wet).max() <= 1
    assert (wet == ROOMS[room](dry, 7)).all()
    assert not (wet == ROOMS[room](dry, 8)).all()
