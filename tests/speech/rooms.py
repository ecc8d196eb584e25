"""The same speech in worse rooms, seeded: noise, reverberation, and a microphone too far away or too close."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.audio import SAMPLE_RATE, Float32Samples
from tests.speech.noises import mix, pink_noise, silence

AROUND_S = 0.6  # of room before and after the speech
SNR_DB = 20.0
DECAY_S = 0.35  # until the room's answer has fallen by 60 dB, as in a furnished office


def noisy(speech: Float32Samples, seed: int) -> Float32Samples:
    """Pink noise at 20 dB below the speech, before and after it too."""
    return mix(_in_room(speech), pink_noise(5, seed=seed), SNR_DB)


def reverberant(speech: Float32Samples, seed: int) -> Float32Samples:
    """Reflections that decay by 60 dB in 0.35 s, at a quarter of the direct sound's energy."""
    random = np.random.default_rng(seed)
    size = round(DECAY_S * SAMPLE_RATE)
    answer = random.standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    answer[: SAMPLE_RATE // 200] = 0  # the first reflection comes after 5 ms
    answer *= 0.5 / np.sqrt(np.sum(answer**2))
    answer[0] = 1
    dry = _in_room(speech)
    length = len(dry) + size
    wet = np.fft.irfft(np.fft.rfft(dry, length) * np.fft.rfft(answer, length), length)[: len(dry)]
    return _limited(wet)


def far_away(speech: Float32Samples, seed: int) -> Float32Samples:
    """20 dB softer, with a little noise of the microphone itself."""
    distant: Float32Samples = _in_room(speech) * np.float32(0.1)
    return _limited(distant + pink_noise(len(distant) / SAMPLE_RATE, 0.0004, seed))


def too_close(speech: Float32Samples, seed: int) -> Float32Samples:
    """So loud that the peaks are clipped, over a faint room."""
    loud = _in_room(speech)
    loud = loud * np.float32(2.5 / max(1e-6, float(np.abs(loud).max())))
    return _limited(loud + pink_noise(len(loud) / SAMPLE_RATE, 0.002, seed))


def _in_room(speech: Float32Samples) -> Float32Samples:
    return np.concatenate((silence(AROUND_S), speech, silence(AROUND_S)))


def _limited(samples: NDArray[np.floating[Any]]) -> Float32Samples:
    clipped: Float32Samples = np.clip(samples, -1, 1).astype(np.float32)
    return clipped


ROOMS: dict[str, Callable[[Float32Samples, int], Float32Samples]] = {
    "noise": noisy,
    "reverb": reverberant,
    "far": far_away,
    "close": too_close,
}
