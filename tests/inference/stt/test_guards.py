"""inference/stt/guards.py"""

import numpy as np
import pytest

from inference.stt.guards import GuardSettings, Speech, is_made_up, is_silence
from inference.stt.window import Decode

SETTINGS = GuardSettings()
SPOKEN = Speech(peak=0.99, spoken_s=1.2, start_s=0.2, end_s=1.5)
HARDLY = Speech(peak=0.6, spoken_s=0.03, start_s=0.2, end_s=0.3)


def decode(text: str = "Thank you.", logprob: float = -0.3, no_speech: float = 0.1) -> Decode:
    return Decode(text, 3, logprob, no_speech)


def test_speech_is_measured_from_probabilities() -> None:
    speech = Speech.measure(np.array([0.1, 0.4, 0.9, 0.3, 0.8, 0.2], np.float32), SETTINGS)
    assert speech.peak == pytest.approx(0.9)
    assert (speech.spoken_s, speech.start_s, speech.end_s) == (0.064, 0.064, 0.16)


def test_no_audio_is_silence() -> None:
    assert is_silence(Speech.measure(np.empty(0, np.float32), SETTINGS), SETTINGS)


@pytest.mark.parametrize("peak, silent", [(0.05, True), (0.19, True), (0.21, False), (0.99, False)])
def test_silence_is_what_silero_never_doubts(peak: float, silent: bool) -> None:
    assert is_silence(Speech.measure(np.array([0.01, peak], np.float32), SETTINGS), SETTINGS) is silent


def test_thank_you_is_kept_when_somebody_said_it() -> None:
    assert not is_made_up(decode(), SPOKEN, SETTINGS)


@pytest.mark.parametrize(
    "made_up, speech",
    [
        (decode(logprob=-1.1, no_speech=0.7), SPOKEN),  # babble
        (decode(no_speech=0.9), HARDLY),  # music
        (decode(logprob=-0.7), HARDLY),  # a knock
        (decode("."), SPOKEN),
        (decode("… !"), SPOKEN),
        (decode(""), SPOKEN),
    ],
)
def test_evidence_against_the_words_removes_them(made_up: Decode, speech: Speech) -> None:
    assert is_made_up(made_up, speech, SETTINGS)


@pytest.mark.parametrize(
    "kept, speech",
    [
        (decode("Post it", logprob=-0.8, no_speech=0.3), SPOKEN),
        (decode("Send it.", logprob=-0.6, no_speech=0.62), SPOKEN),
        (decode("Stop.", logprob=-0.3, no_speech=0.2), HARDLY),
    ],
)
def test_one_doubt_alone_removes_nothing(kept: Decode, speech: Speech) -> None:
    assert not is_made_up(kept, speech, SETTINGS)
