"""Where speech lies in a recording, told by its loudness alone: independent of every voice detector that is measured.

Frames of 10 ms are speech when they are at most ``BELOW_PEAK_DB`` quieter than the loudest ones and well above the
quietest ones. A lone loud frame is a click.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inference.audio import SAMPLE_RATE

FRAME = SAMPLE_RATE // 100
BELOW_PEAK_DB = 36.0  # the last consonant of a sentence lies 20-30 dB below its vowels
ABOVE_FLOOR_DB = 9.0
LEAST_FRAMES = 3  # 30 ms
PAUSE_S = 0.25  # between two stretches; shorter is a stop consonant

Span = tuple[int, int]
"""First sample and the one after the last."""


def loudness_db(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """RMS of each whole frame in dB below full scale. Shape (n // FRAME,), at least -100."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64) / 32768
    return np.asarray(20 * np.log10(np.maximum(np.sqrt(np.mean(np.square(frames), axis=1)), 1e-5)))


def stretches(samples: NDArray[np.int16], pause_s: float = PAUSE_S) -> list[Span]:
    """Stretches of speech in order, parted by at least ``pause_s``. ``samples``: shape (n,), int16, 16 kHz."""
    db = loudness_db(samples)
    if not len(db):
        return []
    limit = max(np.percentile(db, 98) - BELOW_PEAK_DB, np.percentile(db, 5) + ABOVE_FLOOR_DB)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], db > limit, [False])).astype(np.int8)))
    runs = [(int(first), int(end)) for first, end in edges.reshape(-1, 2) if end - first >= LEAST_FRAMES]
    merged = runs[:1]
    for first, end in runs[1:]:
        if (first - merged[-1][1]) * FRAME < pause_s * SAMPLE_RATE:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((first, end))
    return [(first * FRAME, end * FRAME) for first, end in merged]


def speech(samples: NDArray[np.int16]) -> Span:
    """From the first sample of speech to the one after the last. Raises ValueError where there is none."""
    found = stretches(samples)
    if not found:
        raise ValueError("there is no speech in this recording")
    return found[0][0], found[-1][1]


def pieces(samples: NDArray[np.int16], pause_s: float, least_s: float) -> list[Span]:
    """A recording cut in the middle of its pauses, into pieces with at least ``least_s`` from onset to end each."""
    found = stretches(samples, pause_s)
    groups: list[Span] = []
    for first, end in found:
        if groups and groups[-1][1] - groups[-1][0] < least_s * SAMPLE_RATE:
            groups[-1] = (groups[-1][0], end)
        else:
            groups.append((first, end))
    if len(groups) > 1 and groups[-1][1] - groups[-1][0] < least_s * SAMPLE_RATE:
        groups[-2:] = [(groups[-2][0], groups[-1][1])]
    cuts = [0, *((before[1] + after[0]) // 2 for before, after in pairwise(groups)), len(samples)]
    return list(pairwise(cuts)) if groups else []


def inside_a_word(samples: NDArray[np.int16], share: float) -> int:
    """A sample in the middle of speech: the loudest frame of the 200 ms around ``share`` of it, from onset to end."""
    onset, end = speech(samples)
    db = loudness_db(samples)
    about = int(onset + share * (end - onset)) // FRAME
    low, high = max(onset // FRAME, about - 10), min(end // FRAME - 1, about + 10)
    return (low + int(np.argmax(db[low:high]))) * FRAME + FRAME // 2
