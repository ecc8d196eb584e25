"""What an engine takes in: samples of the right kind, neither too long nor too short. Pure."""

import numpy as np

from inference.audio import SAMPLE_RATE, samples_to_s
from inference.errors import BadAudio
from inference.stt.contract import Samples

MIN_AUDIO_S = 0.1  # shorter holds no word; Whisper makes one up
MAX_AUDIO_S = 600.0  # ten times the longest utterance


def checked(samples: Samples) -> Samples:
    """A copy nobody else writes to. Raises BadAudio."""
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise BadAudio(
            "Speech to text takes float32 samples of shape (n,) at 16 kHz. Convert them with inference.audio."
        )
    if len(samples) > MAX_AUDIO_S * SAMPLE_RATE:
        raise BadAudio(f"{samples_to_s(len(samples)):.0f} s is too long. Cut it into {MAX_AUDIO_S:.0f} s or less.")
    if not np.isfinite(samples).all():
        raise BadAudio("The samples hold NaN or infinity. Check the conversion of the recording.")
    return samples.copy()


def too_short(samples: Samples) -> bool:
    """Whether ``samples`` can't hold a word."""
    return len(samples) < MIN_AUDIO_S * SAMPLE_RATE
