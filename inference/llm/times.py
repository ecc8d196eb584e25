"""Video times said in words: "at two minutes ten" is 130 s, "for three seconds" is no time at all.

Pure parsing of English. A number becomes a time only where the words around it say so (``at``, ``mark``, ``in``...);
everything else is a duration or a quantity and is left alone.
"""

import re
from dataclasses import dataclass

from inference.llm.words import FILLERS, Token, straighten, tokens

DEFAULT_STEP_S = 10.0  # "go back a bit": the step players use
LONGEST_S = 24 * 3600.0  # nothing later is believed

_ONES = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
         "ninety": 90}  # fmt: skip
_UNITS = {"second": 1, "seconds": 1, "sec": 1, "secs": 1, "s": 1, "minute": 60, "minutes": 60, "min": 60, "mins": 60,
          "m": 60, "hour": 3600, "hours": 3600, "hr": 3600, "hrs": 3600, "h": 3600}  # fmt: skip
_HEDGES = FILLERS | {"about", "around", "roughly", "approximately", "like", "exactly", "maybe", "say", "just", "only",
                     "the", "almost", "nearly", "right", "somewhere", "probably"}  # fmt: skip
_ANCHORS = {"at", "@", "around", "from", "between", "by", "until", "till", "after", "before", "past", "near", "to",
            "since", "timestamp", "timecode", "about", "roughly"}  # fmt: skip
_FIRM = {"at", "@", "timestamp", "timecode"}  # an anchor that makes even a lone number a time
_MARK_NOUNS = {"there", "please"}
_MARKS = {"mark", "point", "in", "into", "onwards", "onward"}
_CORRECTIONS = {"no", "sorry", "actually", "wait", "rather", "meant", "mean"}
# What follows a number that is a quantity or a time of day, never a time of the video.
_QUANTITIES = frozenset(
    """percent % px pixel pixels frame frames fps hz hertz khz db decibel decibels degrees degree dollars bucks euros
    pounds people shots times am pm a.m p.m o'clock kelvin k long longer shorter earlier later faster slower behind
    apart each ago ahead early late per worth more less of ratio""".split()
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A video time named in the words, and which characters of the text name it."""

    at_s: float  # seconds of video
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Amount:
    value: float  # seconds, or a bare number
    first: int  # token index
    last: int  # token index, exclusive
    units: tuple[int, ...]  # seconds each unit is worth, largest first; empty for a bare number
    clock: bool = False  # written with colons, or a pair such as "one fifteen"


def find_moments(text: str) -> list[Moment]:
    """Every video time that ``text`` names, in order; ``text`` should have gone through ``straighten``."""
    words = _split(text)
    found: list[Moment] = []
    at = 0
    previous_end = -1  # token after the last accepted moment
    while at < len(words):
        amount = _amount(words, at)
        if amount is None:
            at += 1
            continue
        joined = _joins(words, previous_end, amount.first)
        first = _anchor(words, amount, joined)
        if first is not None and amount.value <= LONGEST_S:
            last = amount.last
            while last < len(words) and words[last].text in _MARKS and not _preposition(words, last, first):
                last += 1
            found.append(Moment(amount.value, words[first].start, words[last - 1].end))
            previous_end = last
            at = last
        else:
            at = amount.last
    return found


def timestamp(text: str) -> float | None:
    """The video time that an utterance is about, in seconds: the start of a range, the last of a correction."""
    text = straighten(text)
    moments = find_moments(text)
    if not moments:
        return None
    chosen = moments[0]
    for moment in moments[1:]:
        between = {token.text for token in tokens(text[chosen.end : moment.start])}
        if between & _CORRECTIONS and "not" not in between:
            chosen = moment
    if re.search(r"\bnot(?: at)?\s*$", text[: chosen.start].lower()) and len(moments) > 1:
        chosen = moments[1]
    return chosen.at_s


def whole_time(text: str) -> float | None:
    """The video time in seconds when ``text`` is nothing but a time ("one fifteen", "around 2:10", "the two minute mark")."""
    words = _split(straighten(text).lower())
    first, last = 0, len(words)
    while first < last and words[first].text in _HEDGES | _ANCHORS | {"on"}:
        first += 1
    while last > first and words[last - 1].text in _MARKS | _MARK_NOUNS:
        last -= 1
    if first >= last:
        return None
    amount = _amount(words, first)
    if amount is None or amount.last != last or amount.value > LONGEST_S:
        return None
    if not amount.clock and not amount.units and not 5 <= amount.value < 60:
        return None
    return amount.value


def seek_offset(text: str) -> float | None:
    """Relative seconds of a seek, negative is back: "go back ten seconds" is -10. None when no direction is said."""
    text = straighten(text).lower()
    if re.search(r"\b(back|rewind|backwards?|earlier|replay|again)\b", text):
        sign = -1.0
    elif re.search(r"\b(ahead|forwards?|skip|advance|on)\b", text):
        sign = 1.0
    else:
        return None
    words = _split(text)
    for at in range(len(words)):
        amount = _amount(words, at)
        if amount is not None and amount.units:
            return sign * amount.value
    for at in range(len(words)):  # "back ten", "forward thirty"
        amount = _amount(words, at)
        if amount is not None and not amount.clock and 1 < amount.value <= 300:
            return sign * amount.value
    return sign * DEFAULT_STEP_S


def _split(text: str) -> list[Token]:
    """Tokens with hyphens opened: "two-minute" and "45-second" are two words here, "1m30s" four."""
    opened: list[Token] = []
    for token in tokens(text):
        for part in re.finditer(r"[0-9]+(?::[0-9]+)+|[0-9]+(?:\.[0-9]+)?|[^\W\d_]+(?:'[^\W\d_]+)*|@", token.text):
            opened.append(Token(part.group(), token.start + part.start(), token.start + part.end()))
    return opened


def _number(words: list[Token], at: int) -> tuple[float, int] | None:
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
    if after < len(words) and words[after].text == "and":
        rest = _number(words, after + 1)
    else:
        rest = _number(words, after)
    return (value + rest[0], rest[1]) if rest is not None and rest[0] < 100 else (value, after)


def _amount(words: list[Token], at: int) -> _Amount | None:
    """The longest time-like quantity that begins at token ``at``."""
    word = words[at].text
    if ":" in word:
        parts = [int(part) for part in word.split(":")]
        if len(parts) > 3 or any(part > 59 for part in parts[1:]):
            return None
        value = 0.0
        for part in parts:
            value = value * 60 + part
        return _Amount(value, at, at + 1, (), clock=True)
    if word == "minute" and (number := _number(words, at + 1)) is not None:  # "at minute three"
        rest = _number(words, number[1])
        seconds, after = rest if rest is not None and rest[0] < 60 else (0.0, number[1])
        return _Amount(number[0] * 60 + seconds, at, after, (60, 1))
    return _with_units(words, at) or _pair(words, at)


def _with_units(words: list[Token], at: int) -> _Amount | None:
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
    if units[-1] > 1 and (number := _number(words, cursor)) is not None:  # "two minutes ten"
        value, after = number
        smaller = units[-1] // 60
        follows = texts[after] if after < len(words) else ""
        if value < 60 and follows not in _UNITS and follows not in _QUANTITIES:
            total += value * smaller
            units.append(smaller)
            cursor = after
    return _Amount(total, at, cursor, tuple(units))


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
    number = _number(words, at)
    if number is None:
        return None
    value, after = number
    if texts[after : after + 3] == ["and", "a", "half"] and after + 3 < len(words) and texts[after + 3] in _UNITS:
        value, after = value + 0.5, after + 3
    if after < len(words) and texts[after] in _UNITS:
        unit = _UNITS[texts[after]]
        return value * unit, unit, after + 1
    return None


def _pair(words: list[Token], at: int) -> _Amount | None:
    """ "one fifteen", "two oh five", "1 15", "115" or a bare number."""
    number = _number(words, at)
    if number is None:
        return None
    value, after = number
    texts = [word.text for word in words]
    if "." in texts[at]:
        minutes, _, seconds = texts[at].partition(".")
        if len(seconds) == 2 and int(seconds) < 60:
            return _Amount(int(minutes) * 60 + float(seconds), at, after, (), clock=True)
        return _Amount(value, at, after, ())
    if texts[at].isdigit() and len(texts[at]) in (3, 4) and int(texts[at][-2:]) < 60 and value >= 100:
        return _Amount(int(texts[at][:-2]) * 60 + int(texts[at][-2:]), at, after, (), clock=True)
    if value == int(value) and after < len(words):
        if texts[after] in ("oh", "o", "zero") and after + 1 < len(words) and 1 <= _ONES.get(texts[after + 1], 0) <= 9:
            return _Amount(value * 60 + _ONES[texts[after + 1]], at, after + 2, (), clock=True)
        second = _number(words, after)
        if second is not None and 10 <= second[0] < 60 and value < 60 and "." not in texts[after]:
            third = _number(words, second[1])
            if third is not None and 10 <= third[0] < 60 and value < 10:
                return _Amount(value * 3600 + second[0] * 60 + third[0], at, third[1], (), clock=True)
            return _Amount(value * 60 + second[0], at, second[1], (), clock=True)
    return _Amount(value, at, after, ())


def _joins(words: list[Token], previous_end: int, first: int) -> bool:
    """Whether only "to", "and", "not"... stand between this amount and the moment before it."""
    if previous_end < 0:
        return False
    between = {word.text for word in words[previous_end:first]}
    return len(words[previous_end:first]) <= 4 and between <= (
        {"to", "and", "until", "till", "through", "not", "at", "or", "by", "instead", "of"} | _CORRECTIONS | _HEDGES | {"i"}
    )


def _preposition(words: list[Token], at: int, first: int) -> bool:
    """Whether the "in" at ``at`` belongs to what follows ("in the intro") and not to the time ("a minute in")."""
    if words[at].text not in ("in", "into") or at + 1 >= len(words):
        return False
    opens = all(word.text in _HEDGES or word.text in ("so", "okay", "and", "also") for word in words[:first])
    return not opens and words[at + 1].text in {"the", "a", "an", "this", "that", "his", "her", "their", "our", "my"}


def _anchor(words: list[Token], amount: _Amount, joined: bool) -> int | None:
    """The token where the time phrase begins if ``amount`` is a video time, else None."""
    first = amount.first
    hedge = first
    while hedge > 0 and words[hedge - 1].text in _HEDGES and words[hedge - 1].text not in ("around", "about"):
        hedge -= 1
    before = words[hedge - 1].text if hedge > 0 else ""
    if before in ("around", "about", "roughly") and hedge > 1 and words[hedge - 2].text in _ANCHORS:
        hedge -= 1
        before = words[hedge - 1].text
    anchored = before in _ANCHORS and not (hedge > 1 and before == "to" and words[hedge - 2].text in ("up", "down"))
    if anchored and before == "by" and hedge > 1 and words[hedge - 2].text in _SHIFTS:
        anchored = False  # "shift it by one ten" is a quantity
    start = hedge - 1 if anchored else hedge
    after = words[amount.last].text if amount.last < len(words) else ""
    singular = amount.units and words[amount.last - 1].text in ("second", "minute", "hour")
    if after in _QUANTITIES or (hedge > 0 and words[hedge - 1].text in ("least", "most", "every", "than", "for")):
        return None
    if after in ("mark", "point"):
        return start
    if amount.clock:
        ratio = words[first].text in ("9:16", "16:09", "4:03", "4:05") or after in ("version", "crop", "aspect")
        if ":" in words[first].text:
            return None if ratio else start
        return start if anchored or joined else None
    if amount.units:
        if after in ("in", "into") and not _preposition(words, amount.last, start):
            return start
        if singular and amount.value > amount.units[-1] and amount.units[-1] * amount.value >= 2 and after:
            return start if amount.units[0] > amount.units[-1] and anchored else None  # "at the thirty second ad"
        if before in ("by", "to", "about", "around", "roughly", "after", "before", "past", "until", "till"):
            return start if len(amount.units) > 1 or before not in ("by", "about", "roughly", "after", "before") else None
        if anchored or joined:
            return start
        return start if len(amount.units) > 1 and amount.units[0] >= 60 and amount.units[-1] < amount.units[0] else None
    lone = amount.value == int(amount.value) and 5 <= amount.value < 60
    if before in _FIRM and lone and (not after or _ends_clause(words, amount.last) or after in _CORRECTIONS):
        return start
    return start if joined and lone and before in ("to", "at") and not after else None


_SHIFTS = frozenset("shift move nudge delay it them that this up down".split())
_OPENERS = frozenset("the there there's he she they it it's his her we i you can this that and a".split())


def _ends_clause(words: list[Token], at: int) -> bool:
    """Whether what follows opens a new clause, so that "at forty five the music drops" is a time."""
    return words[at].text in _OPENERS
