"""Word error rate after normalisation, with its numerator and denominator.

from tests.speech.wer import corpus_wer, word_errors
corpus_wer([(reference, heard), ...]).rate
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_CONTRACTIONS = {
    "can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "let's": "let us",
    "gonna": "going to", "wanna": "want to", "kinda": "kind of", "mr": "mister", "mrs": "missus",
}  # fmt: skip
_ENDINGS = (("n't", " not"), ("'re", " are"), ("'ll", " will"), ("'ve", " have"), ("'m", " am"))
_IS = {"it's", "that's", "there's", "here's", "what's", "he's", "she's", "who's", "where's", "how's", "why's"}
_SPELLINGS = {"colour": "color", "colours": "colors", "grey": "gray", "ok": "okay", "centre": "center"}
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_TOKEN = re.compile(r"\d+(?:,\d{3})+|\d+|[a-z]+(?:'[a-z]+)*")


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Substitutions, insertions and deletions against the words of the reference."""

    errors: int
    words: int

    @property
    def rate(self) -> float:
        """errors / words; 0 for an empty reference heard as empty."""
        return self.errors / self.words if self.words else float(self.errors > 0)

    def __add__(self, other: "WordErrors") -> "WordErrors":
        return WordErrors(self.errors + other.errors, self.words + other.words)


def normalise(text: str) -> list[str]:
    """Lower-case words without punctuation; contractions spelled out, numbers as words, "$49" as "49 dollars"."""
    text = text.lower().replace("’", "'")
    text = re.sub(r"\$\s?(\d[\d,]*)", r"\1 dollars", text)
    text = re.sub(r"(\d)\s?%", r"\1 percent", text)
    text = re.sub(r"\b(\d{1,2}):(\d{2})\b", r"\1 \2", text)
    words: list[str] = []
    for token in _TOKEN.findall(text):
        if token[0].isdigit():
            words += _number_words(int(token.replace(",", "")))
        else:
            words += _expand(token)
    return words


def word_errors(reference: str, heard: str) -> WordErrors:
    """Levenshtein distance over normalised words."""
    wanted, got = normalise(reference), normalise(heard)
    row = list(range(len(got) + 1))
    for i, word in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return WordErrors(row[-1], len(wanted))


def corpus_wer(pairs: Iterable[tuple[str, str]]) -> WordErrors:
    """Errors and words summed over (reference, heard) pairs."""
    return sum((word_errors(reference, heard) for reference, heard in pairs), WordErrors(0, 0))


def _expand(token: str) -> list[str]:
    token = _SPELLINGS.get(token, token)
    if token in _CONTRACTIONS:
        return _CONTRACTIONS[token].split()
    for ending, words in _ENDINGS:
        if token.endswith(ending):
            return [*token.removesuffix(ending).split(), *words.split()]
    if token in _IS:
        return [token.removesuffix("'s"), "is"]
    return [token.replace("'", "")]


def _number_words(number: int) -> list[str]:
    """As spoken: 130 is "one hundred thirty"."""
    if number < 20:
        return [_UNITS[number]]
    if number < 100:
        tens, units = divmod(number, 10)
        return [_TENS[tens - 2], *([_UNITS[units]] if units else [])]
    for size, name in ((1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            head, rest = divmod(number, size)
            return [*_number_words(head), name, *(_number_words(rest) if rest else [])]
    raise ValueError(f"{number} is not a natural number")
