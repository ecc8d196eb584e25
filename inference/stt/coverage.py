"""The receipt: speech that a voice was heard in, held against the words that came of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    early_s: float = 0.5  # speech after the last word that makes it worth hearing on
    tail_s: float = 0.2  # speech right after the last word that still belongs to it
    lead_s: float = 0.15  # silence kept before the speech that is heard on
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


def resume_at(words: Sequence[Word], probabilities: Float32Samples, stop: int, settings: CoverageSettings) -> int:
    """The window from which to hear on where ``words`` end although speech goes on before ``stop``; ``stop`` if not.

    Lies after the last word, so who hears on from there comes to an end.
    """
    if not words:
        return stop
    after = int(np.ceil(words[-1].end_s / _WINDOW_S))
    runs = [
        (after + first, after + end) for first, end in _runs(probabilities[after:stop] >= settings.speech_probability)
    ]
    if runs and runs[0][0] == after and runs[0][1] - after <= settings.tail_s / _WINDOW_S:
        after = runs.pop(0)[1]  # the end of the last word
    if sum(end - first for first, end in runs) * _WINDOW_S < settings.early_s:
        return stop
    return max(after, runs[0][0] - round(settings.lead_s / _WINDOW_S))


def _runs(open_: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one after the last index of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], open_, [False])))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def cover(words: Sequence[Word], probabilities: Float32Samples, settings: CoverageSettings) -> Coverage:
    """What ``words``, placed before, leave uncovered of the speech in ``probabilities`` (shape (n,), 32 ms each)."""
    speech = probabilities >= settings.speech_probability
    open_ = speech.copy()
    for word in words:
        first = max(0, int((word.start_s - settings.tolerance_s) / _WINDOW_S))
        open_[first : int(np.ceil((word.end_s + settings.tolerance_s) / _WINDOW_S))] = False
    gaps = [
        (float(start * _WINDOW_S), float(stop * _WINDOW_S))
        for start, stop in _runs(open_)
        if (stop - start) * _WINDOW_S >= settings.gap_s
    ]
    heard_s = float(np.count_nonzero(speech) * _WINDOW_S)
    return Coverage(heard_s, heard_s - sum(stop - start for start, stop in gaps), tuple(gaps))
