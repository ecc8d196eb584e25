"""Which heard word belongs to which word that was said; and from it, what several notes did to several sentences.

Words are compared as ``wer.py`` writes them. An alignment is one of the shortest in edits.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.speech.wer import normalise

LONGEST_ECHO = 8  # words; more than this is not heard twice at a cut
Pair = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Cuts:
    """What happened where one note ends and the next begins."""

    cuts: int
    lost: int  # words that were said there and are in neither
    doubled: int  # words that were said once and are in both


@dataclass(frozen=True, slots=True)
class Notes:
    """Which notes hold the words of which sentence."""

    of_sentence: tuple[tuple[int, ...], ...]  # notes of each sentence
    of_note: tuple[tuple[int, ...], ...]  # sentences of each note

    @property
    def split(self) -> list[int]:
        """Sentences that became two notes or more."""
        return [number for number, notes in enumerate(self.of_sentence) if len(notes) > 1]

    @property
    def missing(self) -> list[int]:
        """Sentences that no note holds."""
        return [number for number, notes in enumerate(self.of_sentence) if not notes]

    @property
    def merged(self) -> list[int]:
        """Notes that hold two sentences or more."""
        return [number for number, sentences in enumerate(self.of_note) if len(sentences) > 1]


def align(said: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """Pairs of indices in order; None on the one side where a word was lost or made up."""
    ids = {word: number for number, word in enumerate({*said, *heard})}
    one, other = (np.array([ids[word] for word in words], np.int64) for words in (said, heard))
    steps = np.arange(len(other) + 1)
    table = np.empty((len(one) + 1, len(other) + 1), np.int64)
    table[0] = steps
    for i in range(1, len(one) + 1):
        row = table[i - 1] + 1
        np.minimum(row[1:], table[i - 1, :-1] + (other != one[i - 1]), out=row[1:])
        table[i] = np.minimum.accumulate(row - steps) + steps  # insertions: each costs one more to the right
    pairs: list[Pair] = []
    i, j = len(one), len(other)
    while i or j:
        if i and j and table[i, j] == table[i - 1, j - 1] + (one[i - 1] != other[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and table[i, j] == table[i - 1, j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]


def notes_of(sentences: Sequence[str], notes: Sequence[str]) -> Notes:
    """Which of ``notes`` hold which of ``sentences``, both in order.

    A note holds a sentence when two words of it, or half of the words of either, came out right in it.
    """
    said, sentence_of = _joined(sentences)
    heard, note_of = _joined(notes)
    shared: Counter[tuple[int, int]] = Counter()
    for i, j in align(said, heard):
        if i is not None and j is not None and said[i] == heard[j]:
            shared[sentence_of[i], note_of[j]] += 1
    said_of, heard_of = Counter(sentence_of), Counter(note_of)
    held = [
        (sentence, note)
        for (sentence, note), count in shared.items()
        if count >= min(2, said_of[sentence] / 2, heard_of[note] / 2)
    ]
    return Notes(
        tuple(tuple(note for sentence, note in held if sentence == number) for number in range(len(sentences))),
        tuple(tuple(sentence for sentence, note in held if note == number) for number in range(len(notes))),
    )


def at_cuts(said: str, pieces: Sequence[str]) -> Cuts:
    """What was lost and doubled between ``pieces``, the texts of ``said`` one after another."""
    heard, piece_of = _joined(pieces)
    said_words = normalise(said)
    pairs = align(said_words, heard)
    new = {j for i, j in pairs if j is not None and (i is None or said_words[i] != heard[j])}  # not said there
    starts = [j for j in range(1, len(heard)) if piece_of[j] != piece_of[j - 1]]
    return Cuts(len(starts), _lost(pairs, piece_of), sum(_echo(heard, piece_of, start, new) for start in starts))


def _lost(pairs: Sequence[Pair], piece_of: Sequence[int]) -> int:
    """Words left out between the last word of one piece and the first of the next."""
    lost = waiting = 0
    before: int | None = None
    for i, j in pairs:
        if j is None:
            waiting += 1
            continue
        if before is not None and piece_of[j] != before:
            lost += waiting
        before = piece_of[j]
        if i is not None:
            waiting = 0
    return lost


def _echo(heard: Sequence[str], piece_of: Sequence[int], start: int, new: set[int]) -> int:
    """Words at the beginning of a piece that are those at the end of the piece before, and were said once."""
    for size in range(LONGEST_ECHO, 0, -1):
        around = range(start - size, start + size)
        if around[0] < 0 or around[-1] >= len(heard):
            continue
        if piece_of[around[0]] != piece_of[start - 1] or piece_of[around[-1]] != piece_of[start]:
            continue
        same = list(heard[start - size : start]) == list(heard[start : start + size])
        if same and sum(j in new for j in around) >= size:
            return size
    return 0


def _joined(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """The words of all texts, and the text of each."""
    words: list[str] = []
    of: list[int] = []
    for number, text in enumerate(texts):
        these = normalise(text)
        words += these
        of += [number] * len(these)
    return words, of
