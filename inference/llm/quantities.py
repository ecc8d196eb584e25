"""Numbers and amounts of time in words: "two and a half minutes", "one fifteen", "a hundred and ten seconds".

Reads what stands there; whether an amount is a video time or a duration is decided in ``times``.
"""

import re
from dataclasses import dataclass

from inference.llm.words import Token, tokens

_ONES = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_UNITS = {
    "second": 1,
    "seconds": 1,
    "sec": 1,
    "secs": 1,
    "s": 1,
    "minute": 60,
    "minutes": 60,
    "min": 60,
    "mins": 60,
    "m": 60,
    "hour": 3600,
    "hours": 3600,
    "hr": 3600,
    "hrs": 3600,
    "h": 3600,
}

# What follows a number that is a quantity or a time of day, never a time of the video.
QUANTITIES = frozenset(
    """percent % px pixel pixels frame frames fps hz hertz khz db decibel decibels degrees degree dollars bucks euros
    pounds people shots times am pm a.m p.m o'clock kelvin k long longer shorter earlier later faster slower behind
    apart each ago ahead early late per worth more less of ratio""".split()
)


@dataclass(frozen=True, slots=True)
class Amount:
    value: float  # seconds, or a bare number
    first: int  # token index
    last: int  # token index, exclusive
    units: tuple[int, ...]  # seconds each unit is worth, largest first; empty for a bare number
    clock: bool = False  # written with colons, or a pair such as "one fifteen"


def split(text: str) -> list[Token]:
    """Tokens with hyphens opened: "two-minute" and "45-second" are two words here, "1m30s" four."""
    part = re.compile(r"[0-9]+(?::[0-9]+)+|[0-9]+(?:\.[0-9]+)?|[^\W\d_]+(?:'[^\W\d_]+)*|@")
    return [
        Token(found.group(), token.start + found.start(), token.start + found.end())
        for token in tokens(text)
        for found in part.finditer(token.text)
    ]


def number_at(words: list[Token], at: int) -> tuple[float, int] | None:
    """A number below a thousand at ``at`` and the index after it; None when there is none."""
    if at >= len(words):
        return None
    word = words[at].text
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", word):
        return float(word), at + 1
    if word in ("a", "one") and at + 1 < len(words) and words[at + 1].text == "hundred":
        value, after = 100.0, at + 2
    elif word in _ONES:
        value, after = float(_ONES[word]), at + 1
        if after < len(words) and words[after].text == "hundred":
            value, after = value * 100, after + 1
        else:
            return value, after
    elif word in _TENS:
        value, after = float(_TENS[word]), at + 1
        if after < len(words) and 1 <= _ONES.get(words[after].text, 0) <= 9:
            value, after = value + _ONES[words[after].text], after + 1
        return value, after
    else:
        return None
    joined = after < len(words) and words[after].text == "and"
    rest = number_at(words, after + 1 if joined else after)
    return (value + rest[0], rest[1]) if rest is not None and rest[0] < 100 else (value, after)


def amount_at(words: list[Token], at: int) -> Amount | None:
    """The longest time-like quantity that begins at token ``at``."""
    word = words[at].text
    if ":" in word:
        parts = [int(part) for part in word.split(":")]
        if len(parts) > 3 or any(part > 59 for part in parts[1:]) or not re.fullmatch(r"\d+(?::\d\d)+", word):
            return None  # "4:3" is a ratio
        value = 0.0
        for part in parts:
            value = value * 60 + part
        return Amount(value, at, at + 1, (), clock=True)
    if word == "minute" and (number := number_at(words, at + 1)) is not None:  # "at minute three"
        rest = number_at(words, number[1])
        seconds, after = rest if rest is not None and rest[0] < 60 else (0.0, number[1])
        return Amount(number[0] * 60 + seconds, at, after, (60, 1))
    return _with_units(words, at) or _pair(words, at)


def _with_units(words: list[Token], at: int) -> Amount | None:
    """ "two minutes and ten seconds", "a minute and a half", "half a minute", "two and a half minutes", "two minutes
    ten"."""
    texts = [word.text for word in words]
    total = 0.0
    units: list[int] = []
    cursor = at
    while cursor < len(words):
        start = cursor
        if units and texts[cursor] == "and":
            cursor += 1
        part = _part(words, cursor)
        if part is None:
            cursor = start
            break
        value, unit, after = part
        if units and unit >= units[-1]:
            cursor = start
            break
        total += value
        units.append(unit)
        cursor = after
        if texts[cursor : cursor + 3] == ["and", "a", "half"] and unit > 1:
            total += unit / 2
            cursor += 3
            break
    if not units:
        return None
    if units[-1] > 1 and (number := number_at(words, cursor)) is not None:  # "two minutes ten"
        value, after = number
        smaller = units[-1] // 60
        follows = texts[after] if after < len(words) else ""
        if value < 60 and follows not in _UNITS and follows not in QUANTITIES:
            total += value * smaller
            units.append(smaller)
            cursor = after
    return Amount(total, at, cursor, tuple(units))


def _part(words: list[Token], at: int) -> tuple[float, int, int] | None:
    """One number with its unit at ``at``: (seconds, seconds of the unit, index after)."""
    texts = [word.text for word in words]
    if texts[at : at + 2] in (["half", "a"], ["half", "an"]) and at + 2 < len(words) and texts[at + 2] in _UNITS:
        unit = _UNITS[texts[at + 2]]
        return unit / 2, unit, at + 3
    if texts[at : at + 3] == ["a", "couple", "of"] and at + 3 < len(words) and texts[at + 3] in _UNITS:
        unit = _UNITS[texts[at + 3]]
        return 2.0 * unit, unit, at + 4
    if at + 1 < len(words) and texts[at] in ("a", "an") and texts[at + 1] in _UNITS:
        unit = _UNITS[texts[at + 1]]
        return float(unit), unit, at + 2
    number = number_at(words, at)
    if number is None:
        return None
    value, after = number
    if texts[after : after + 3] == ["and", "a", "half"] and after + 3 < len(words) and texts[after + 3] in _UNITS:
        value, after = value + 0.5, after + 3
    if after < len(words) and texts[after] in _UNITS:
        unit = _UNITS[texts[after]]
        return value * unit, unit, after + 1
    return None


def _pair(words: list[Token], at: int) -> Amount | None:
    """ "one fifteen", "two oh five", "1 15", "115" or a bare number."""
    number = number_at(words, at)
    if number is None:
        return None
    value, after = number
    texts = [word.text for word in words]
    if "." in texts[at]:
        minutes, _, seconds = texts[at].partition(".")
        if len(seconds) == 2 and int(seconds) < 60:
            return Amount(int(minutes) * 60 + float(seconds), at, after, (), clock=True)
        return Amount(value, at, after, ())
    if texts[at].isdigit() and len(texts[at]) in (3, 4) and int(texts[at][-2:]) < 60 and value >= 100:
        return Amount(int(texts[at][:-2]) * 60 + int(texts[at][-2:]), at, after, (), clock=True)
    if value == int(value) and after < len(words):
        if texts[after] in ("oh", "o", "zero") and after + 1 < len(words) and 1 <= _ONES.get(texts[after + 1], 0) <= 9:
            return Amount(value * 60 + _ONES[texts[after + 1]], at, after + 2, (), clock=True)
        second = number_at(words, after)
        if second is not None and 10 <= second[0] < 60 and value < 60 and "." not in texts[after]:
            third = number_at(words, second[1])
            if third is not None and 10 <= third[0] < 60 and value < 10:
                return Amount(value * 3600 + second[0] * 60 + third[0], at, third[1], (), clock=True)
            return Amount(value * 60 + second[0], at, second[1], (), clock=True)
    return Amount(value, at, after, ())
