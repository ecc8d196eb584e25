"""How a hint helps recognition: what Whisper is told, and which of its words are then believed. Pure.

Names that a video or a person uses are told to the decoder as if they had been said before. That finds most of them,
and it costs: the decoder leans on what it was told elsewhere too, and may recite it. So speech is decoded without the
hint first, and again with it. Of the second text only words of the hint are taken, and only where the first text has
other words in their place that sound much like them. What nobody said has no such place: over noise, or instead of
speech, a recital of the hint changes nothing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from inference.stt.contract import Hint
from inference.stt.window import Decode

_SOUNDS = (("ph", "f"), ("ck", "k"), ("qu", "kw"), ("c", "k"), ("q", "k"), ("z", "s"), ("x", "ks"), ("y", "i"))


@dataclass(frozen=True, slots=True)
class BiasSettings:
    """docs/biasing.md has the measurements behind the numbers."""

    max_tokens: int = 96  # of the terms as they are told; the more there are, the less each helps
    beam_size: int = 5  # of the pass that is told
    sure_logprob: float = -0.15  # a first pass as sure as this is right already
    alike: float = 0.4  # 0-1; how much the words that are replaced have to sound like those of the hint
    alike_around: float = 0.5  # the same, where other words come with them
    less_sure: float = 0.1  # log-probability; a second pass worse than the first by more is not believed
    longest_place: int = 4  # words more or fewer than it that may stand in a term's place


def hint_prompt(hint: Hint, encode: Callable[[str], list[int]], max_tokens: int) -> list[int]:
    """Tokens that tell as many terms as fit, the most likely ones first. ``encode``: text to tokens of words alone."""
    told: list[str] = []
    tokens: list[int] = []
    for term in hint.terms:
        longer = encode(f" Notes on a video about {', '.join([*told, term])}.")
        if len(longer) <= max_tokens:
            told, tokens = [*told, term], longer
    return tokens


def is_sure(plain: Decode, settings: BiasSettings) -> bool:
    """Whether a second pass is no use."""
    return plain.avg_logprob > settings.sure_logprob


def adopted(plain: Decode, told: Decode, hint: Hint, settings: BiasSettings) -> str:
    """The text of ``plain``, with words of the hint that ``told`` has in the place of words that sound like them."""
    if told.avg_logprob < plain.avg_logprob - settings.less_sure:
        return plain.text
    before, after = plain.text.split(), told.text.split()
    old, new = [_squashed(word) for word in before], [_squashed(word) for word in after]
    named = _named(new, {_squashed(term) for term in hint.terms} - {""})
    text: list[str] = []
    changed = False
    for change, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        terms = [at in named for at in range(j1, j2)]
        believed = (
            change == "replace"
            and any(terms)
            and abs((i2 - i1) - (j2 - j1)) <= settings.longest_place
            and likeness("".join(old[i1:i2]), "".join(new[j1:j2]))
            >= (settings.alike if all(terms) else settings.alike_around)
        )
        changed = changed or believed
        text += after[j1:j2] if believed else before[i1:i2]
    return " ".join(text) if changed else plain.text


def likeness(one: str, other: str) -> float:
    """How much two words sound alike by their letters, 0-1."""
    return SequenceMatcher(None, _sound(one), _sound(other), autojunk=False).ratio()


def _named(words: Sequence[str], terms: set[str]) -> set[int]:
    """Which of ``words`` belong to a term; a plural counts."""
    longest = max(map(len, terms), default=0) + 1
    found: set[int] = set()
    for start in range(len(words)):
        run = ""
        for end in range(start, len(words)):
            run += words[end]
            if len(run) > longest:
                break
            if run in terms or run.removesuffix("s") in terms:
                found.update(range(start, end + 1))
    return found


def _squashed(text: str) -> str:
    """Lower-case letters and digits alone, without the "'s" of an owner."""
    return "".join(c for c in re.sub(r"['’]s\b", "", text.casefold()) if c.isalnum())


def _sound(word: str) -> str:
    for letters, sound in _SOUNDS:
        word = word.replace(letters, sound)
    return re.sub(r"(.)\1+", r"\1", word)
