"""Which word was said when. Pure: an alignment of tokens with frames in, words out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inference.audio import SAMPLE_RATE, Float32Samples
from inference.stt.contract import Word
from inference.vad.silero import WINDOW

FRAME_S = 0.02  # of the encoder, in which an alignment counts
_WINDOW_S = WINDOW / SAMPLE_RATE
_SPOKEN_AS_LETTERS = 6  # what a digit or a sign stands for: "7" is "seven", "%" is "per cent"


def group_words(pieces: Sequence[str], sizes: Sequence[int], alignment: Sequence[tuple[int, int]]) -> list[Word]:
    """Words as decoded, white space kept, from where each begins to where the next one does.

    ``pieces``: the text in the tokenizer's words, of ``sizes`` tokens each. ``alignment``: pairs (token, frame) along
    the path, one token more than the text has for its end. Punctuation joins the word before it and adds no time.
    """
    begins: dict[int, int] = {}
    for token, frame in alignment:
        begins.setdefault(token, frame)
    words: list[Word] = []
    token = 0
    for piece, size in zip(pieces, sizes, strict=True):
        start = begins.get(token, 0)
        token += size
        word = Word(piece, start * FRAME_S, max(start, begins.get(token, start)) * FRAME_S)
        if words and not (piece[:1].isspace() or piece[:1].isalnum()):
            end_s = word.end_s if _letters(piece) else words[-1].end_s
            words[-1] = replace(words[-1], text=words[-1].text + piece, end_s=end_s)
        else:
            words.append(word)
    return words


def place_words(
    words: Sequence[Word], probabilities: Float32Samples, *, speech: float, word_s: float, letter_s: float
) -> list[Word]:
    """``words`` without the pauses that an alignment hides in them.

    ``probabilities`` (shape (n,)): of speech, one for each 32 ms. A word begins where the first window of its span
    reaches ``speech`` and lasts ``word_s`` and ``letter_s`` a letter at most.
    """
    placed = []
    for word in words:
        first = int(word.start_s / _WINDOW_S)
        under = np.flatnonzero(probabilities[first : max(first + 1, round(word.end_s / _WINDOW_S))] >= speech)
        start_s = max(word.start_s, (first + int(under[0])) * _WINDOW_S) if len(under) else word.start_s
        longest_s = word_s + letter_s * _letters(word.text)
        placed.append(replace(word, start_s=start_s, end_s=max(start_s, min(word.end_s, start_s + longest_s))))
    return placed


def _letters(text: str) -> int:
    """About how many letters one says for ``text``."""
    return sum(
        1 if character.isalpha() else _SPOKEN_AS_LETTERS
        for character in text
        if character.isalnum() or character in "$€£%&+="
    )
