"""How far a difference of two word error rates may be chance: a paired bootstrap over the clips.

Both systems heard the same clips, so a draw takes clips, not words, and takes them for both: what makes a clip hard is
hard for both and cancels out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.speech.wer import WordErrors

DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Rate of the one minus rate of the other, as fractions, with the interval that holds 95 % of the draws."""

    value: float
    low: float
    high: float


def paired_difference(
    ours: Sequence[WordErrors], theirs: Sequence[WordErrors], *, draws: int = DRAWS, seed: int = 0
) -> Difference:
    """The difference of the corpus rates; entry n of both is the same clip. Raises ValueError where they don't fit."""
    if len(ours) != len(theirs) or any(one.words != other.words for one, other in zip(ours, theirs, strict=True)):
        raise ValueError("Both systems must have heard the same clips in the same order.")
    words = np.array([clip.words for clip in ours])  # (clips,)
    if not words.sum():
        raise ValueError("There is no word to be wrong about.")
    more = np.array([one.errors - other.errors for one, other in zip(ours, theirs, strict=True)])
    taken = np.random.default_rng(seed).multinomial(len(words), np.full(len(words), 1 / len(words)), size=draws)
    said = np.maximum(1, taken @ words)  # (draws,); a draw of nothing but empty clips is no division by zero
    low, high = np.quantile((taken @ more) / said, (0.025, 0.975))
    return Difference(float(more.sum() / words.sum()), float(low), float(high))
