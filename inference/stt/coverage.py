"""The receipt: speech that a voice was heard in, held against the words that came of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.audio import SAMPLE_RATE, Float32Samples
from inference.stt.contract import Coverage, Word
from inference.stt.words import place_words
from inference.vad.silero import WINDOW

_WINDOW_S = WINDOW / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class CoverageSettings:
    """How closely words have to cover speech. docs/speech.md has the measurements behind the numbers."""

    speech_probability: float = 0.5  # a window of 32 ms from here on counts as speech
    word_s: float = 0.1  # a word lasts this long at most,
    letter_s: float = 0.05  # and this for each letter
    tolerance_s: float = 0.05  # on both sides of a word
    gap_s: float = 0.35  # shorter stretches of speech without a word are an alignment's inexactness
    look_around_s: float = 0.6  # heard with a gap when it is decoded again
    most_gaps: int = 3  # decoded again in one piece of audio


def place(words: Sequence[Word], probabilities: Float32Samples, settings: CoverageSettings) -> list[Word]:
    """``words`` where they were said: see ``place_words``."""
    return place_words(
        words,
        probabilities,
        speech=settings.speech_probability,
        word_s=settings.word_s,
        letter_s=settings.letter_s,
    )


def cover(words: Sequence[Word], probabilities: Float32Samples, settings: CoverageSettings) -> Coverage:
    """What ``words``, placed before, leave uncovered of the speech in ``probabilities`` (shape (n,), 32 ms each)."""
    speech = probabilities >= settings.speech_probability
    open_ = speech.copy()
    for word in words:
        first = max(0, int((word.start_s - settings.tolerance_s) / _WINDOW_S))
        open_[first : int(np.ceil((word.end_s + settings.tolerance_s) / _WINDOW_S))] = False
    edges = np.flatnonzero(np.diff(np.concatenate(([False], open_, [False]))))
    gaps = [
        (float(start * _WINDOW_S), float(stop * _WINDOW_S))
        for start, stop in edges.reshape(-1, 2)
        if (stop - start) * _WINDOW_S >= settings.gap_s
    ]
    heard_s = float(np.count_nonzero(speech) * _WINDOW_S)
    return Coverage(heard_s, heard_s - sum(stop - start for start, stop in gaps), tuple(gaps))
