"""What keeps words that nobody said out of a transcript. Pure: judges by evidence, never by a list of phrases.

For hum, noise and music Whisper makes up short polite phrases ("Thank you."). Two witnesses speak against them: Silero
heard no voice, and Whisper's own probabilities are poor.
"""

from dataclasses import dataclass

import numpy as np

from inference.audio import SAMPLE_RATE, Float32Samples
from inference.stt.window import Decode
from inference.vad.silero import WINDOW


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Thresholds of the evidence. docs/speech.md has the measurements behind the numbers."""

    silence_probability: float = 0.2  # Silero never above this: nobody spoke, nothing is decoded
    speech_probability: float = 0.5  # a 32 ms window from here on counts as speech
    min_speech_s: float = 0.16  # less speech than this and one doubt below: made up
    no_speech_prob: float = 0.6  # Whisper's own threshold of doubt
    doubtful_logprob: float = -0.6  # doubt, where there is hardly any speech
    no_speech_logprob: float = -1.0  # Whisper's own: below it, together with no_speech_prob, it is silence


@dataclass(frozen=True, slots=True)
class Speech:
    """Where Silero heard a voice in a piece of audio."""

    peak: float  # highest probability, 0-1
    spoken_s: float  # sum of the windows that are speech
    start_s: float
    end_s: float

    @classmethod
    def measure(cls, probabilities: Float32Samples, settings: GuardSettings) -> "Speech":
        """``probabilities``: one for each 32 ms, shape (n,)."""
        if not len(probabilities):
            return cls(0.0, 0.0, 0.0, 0.0)
        window_s = WINDOW / SAMPLE_RATE
        speech = np.flatnonzero(probabilities >= settings.speech_probability)
        start, end = (int(speech[0]), int(speech[-1]) + 1) if len(speech) else (0, len(probabilities))
        return cls(float(probabilities.max()), len(speech) * window_s, start * window_s, end * window_s)


def is_silence(speech: Speech, settings: GuardSettings) -> bool:
    """Whether there is nothing to decode."""
    return speech.peak < settings.silence_probability


def is_made_up(decode: Decode, speech: Speech, settings: GuardSettings) -> bool:
    """Whether nobody said the words of ``decode``."""
    if not any(character.isalnum() for character in decode.text):
        return True
    unsure = decode.no_speech_prob > settings.no_speech_prob
    if speech.spoken_s < settings.min_speech_s:
        return unsure or decode.avg_logprob < settings.doubtful_logprob
    return unsure and decode.avg_logprob < settings.no_speech_logprob
