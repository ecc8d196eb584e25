"""When a spoken note is right: its text, its category and its time, against the labels of the sentence."""

import re
from dataclasses import dataclass
from typing import Any

from inference.llm.contract import Intent, Reading
from tests.speech.alignment import align
from tests.speech.wer import normalise

_YEAR = re.compile(r"\b(1[1-9]|20)(\d\d)\b")  # 1990 is said as "nineteen ninety"
_NUMBERS = frozenset(
    (
        "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand"
    ).split()
)
WRONG_WORDS = 1 / 6  # of the note may be none that was said; more, and it is another sentence


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was right about one note."""

    text: bool
    category: bool
    time: bool

    @property
    def right(self) -> bool:
        return self.text and self.category and self.time


def verdict(case: dict[str, Any], reading: Reading | None) -> Verdict:
    """``case`` has ``t`` and ``cat``, and may have ``ts`` and ``must``. What is no new note is wrong in everything."""
    if reading is None or reading.intent is not Intent.CREATE_NOTE:
        return Verdict(text=False, category=False, time=False)
    return Verdict(
        text=text_is_right(case["t"], reading.text, case.get("must", ())),
        category=str(reading.category) in case["cat"],
        time="ts" not in case or reading.timestamp_s == case["ts"],
    )


def text_is_right(said: str, text: str, must: tuple[str, ...] | list[str] = ()) -> bool:
    """Whether all ``must`` words stand in ``text`` (``a|b``: either) and at most 1 in 6 of its words was never said.

    A note may leave words out: it is cleaned. It may not say others. "Punch line" is "punchline", and numbers, which
    are written in many ways, count only as ``must`` words and as the note's time.
    """
    spoken, kept = normalise(said), normalise(_YEAR.sub(r"\1 \2", text))
    if not kept:
        return False
    there = all(
        any(_stands(normalise(_YEAR.sub(r"\1 \2", option)), kept) for option in word.split("|")) for word in must
    )
    spoken, kept = _compounds(spoken, kept), _compounds(kept, spoken)
    never_said = sum(
        j is not None and kept[j] not in _NUMBERS and (i is None or spoken[i] != kept[j])
        for i, j in align(spoken, kept)
    )
    return there and never_said <= WRONG_WORDS * len(kept)


def _stands(words: list[str], text: list[str]) -> bool:
    """Whether ``words`` stand in ``text`` one after another ("shadow" in "shadows" counts)."""
    return " ".join(_compounds(words, text)) in " ".join(_compounds(text, words))


def _compounds(words: list[str], other: list[str]) -> list[str]:
    """``words`` with neighbours joined where ``other`` has them as one word."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] + word in other:
            joined[-1] += word
        else:
            joined.append(word)
    return joined
