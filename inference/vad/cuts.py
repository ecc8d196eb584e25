"""Where to cut speech so that no word is hurt. Pure: probabilities of speech in, positions out."""

import numpy as np

from inference.audio import Float32Samples

SILENCE = 0.35  # probability below which a window counts as silent (Silero: threshold - 0.15)


def best_cut(probabilities: Float32Samples, start: int, stop: int) -> int:
    """The window of [start, stop) before which to cut: the middle of the longest silence, else the softest window.

    ``probabilities``: of speech, one for each 32 ms, shape (n,). Of two silences equally long the later one counts, so
    that what is cut off is as long as may be. Raises ValueError when [start, stop) holds no window.
    """
    part = probabilities[start:stop]
    if not len(part):
        raise ValueError("There is no window to cut at.")
    silent = np.concatenate(([False], part < SILENCE, [False]))
    edges = np.flatnonzero(silent[1:] != silent[:-1])  # begin and end of each silence, by turns
    if not len(edges):
        return start + int(np.argmin(part))
    begins, ends = edges[::2], edges[1::2]
    longest = len(begins) - 1 - int(np.argmax((ends - begins)[::-1]))
    return start + int(begins[longest] + ends[longest]) // 2
