"""A transcript in pieces: what each piece of a recording gave, put together in the order of time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inference.stt.contract import Segment, Word

_SLACK_S = 0.1  # what the place of a word may be wrong by


@dataclass(frozen=True, slots=True)
class Heard:
    """What one piece gave; times in seconds of the whole recording. ``text`` is empty where nobody said anything."""

    text: str
    start_s: float
    end_s: float
    words: tuple[Word, ...] = ()  # as decoded, with their leading space
    tokens: int = 0
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0

    @property
    def segment(self) -> Segment:
        return Segment(self.start_s, self.end_s, self.text)

    def keep(self, words: Sequence[Word]) -> "Heard":
        """This piece with some of its words only."""
        if not words:
            return replace(self, text="", words=(), tokens=0)
        return replace(
            self,
            text="".join(word.text for word in words).strip(),
            start_s=words[0].start_s,
            end_s=words[-1].end_s,
            words=tuple(words),
            tokens=max(1, round(self.tokens * len(words) / len(self.words))),
        )


def insert(pieces: Sequence[Heard], found: Heard, gap: tuple[float, float]) -> list[Heard]:
    """``pieces`` with what was ``found`` in and around a ``gap`` between their words, in the order of time.

    Of ``found`` only those words are taken that lie in the gap and that the neighbours don't have already; none may be
    left.
    """
    middle_s = sum(gap) / 2
    before: list[Heard] = []
    after: list[Heard] = []
    for piece in pieces:
        early = [word for word in piece.words if word.start_s < middle_s]
        late = [word for word in piece.words if word.start_s >= middle_s]
        if early and late:
            before.append(piece.keep(early))
            after.append(piece.keep(late))
        else:
            (before if early or (not late and piece.start_s < middle_s) else after).append(piece)
    left = [word for piece in before for word in piece.words]
    right = [word for piece in after for word in piece.words]
    inside = [word for word in found.words if gap[0] - _SLACK_S <= (word.start_s + word.end_s) / 2 <= gap[1] + _SLACK_S]
    new = found.keep(_unheard(inside, left, right))
    if not new.text:
        return list(pieces)
    start_s = min(max(new.start_s, gap[0]), gap[1])
    return [*before, replace(new, start_s=start_s, end_s=max(start_s, min(new.end_s, gap[1]))), *after]


def join_text(pieces: Sequence[Heard]) -> str:
    """The text of all ``pieces``."""
    return " ".join(piece.text for piece in pieces if piece.text)


def mean_logprob(pieces: Sequence[Heard]) -> float:
    """Mean log-probability of a token; 0 where there is none."""
    weights = [piece.tokens if piece.text else 0 for piece in pieces]
    return float(np.average([piece.avg_logprob for piece in pieces], weights=weights)) if any(weights) else 0.0


def _unheard(found: Sequence[Word], before: Sequence[Word], after: Sequence[Word]) -> Sequence[Word]:
    """What is left of ``found`` without what it repeats of its neighbours."""
    new, left, right = _plain(found), _plain(before), _plain(after)
    for size in range(len(new), 0, -1):
        if left[-size:] == new[:size]:
            found, new = found[size:], new[size:]
            break
    for size in range(len(new), 0, -1):
        if right[:size] == new[-size:]:
            found, new = found[:-size], new[:-size]
            break
    around = left[-len(new) - 1 :] + right[: len(new) + 1]
    known = any(around[at : at + len(new)] == new for at in range(len(around)))
    return () if known else found


def _plain(words: Sequence[Word]) -> list[str]:
    return ["".join(filter(str.isalnum, word.text)).casefold() for word in words]
