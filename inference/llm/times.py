"""Video times said in words: "at two minutes ten" is 130 s, "for three seconds" is no time at all.

Pure parsing of English. A number becomes a time only where the words around it say so (``at``, ``mark``, ``in``...);
everything else is a duration or a quantity and is left alone.
"""

import re
from dataclasses import dataclass

from inference.llm.quantities import QUANTITIES, Amount, amount_at, split
from inference.llm.words import FILLERS, Token, straighten, tokens

DEFAULT_STEP_S = 10.0  # "go back a bit": the step players use
LONGEST_S = 24 * 3600.0  # nothing later is believed

_HEDGES = FILLERS | {
    "about",
    "around",
    "roughly",
    "approximately",
    "like",
    "exactly",
    "maybe",
    "say",
    "just",
    "only",
    "the",
    "almost",
    "nearly",
    "right",
    "somewhere",
    "probably",
}
_ANCHORS = {
    "at",
    "@",
    "around",
    "from",
    "between",
    "by",
    "until",
    "till",
    "after",
    "before",
    "past",
    "near",
    "to",
    "since",
    "timestamp",
    "timecode",
    "about",
    "roughly",
}
_FIRM = {"at", "@", "timestamp", "timecode"}  # an anchor that makes even a lone number a time
_MARK_NOUNS = {"there", "please"}
_MARKS = {"mark", "point", "in", "into", "onwards", "onward"}
_CORRECTIONS = {"no", "sorry", "actually", "wait", "rather", "meant", "mean"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A video time named in the words, and which characters of the text name it."""

    at_s: float  # seconds of video
    start: int
    end: int


def find_moments(text: str) -> list[Moment]:
    """Every video time that ``text`` names, in order; ``text`` should have gone through ``straighten``."""
    words = split(text)
    found: list[Moment] = []
    at = 0
    previous_end = -1  # token after the last accepted moment
    while at < len(words):
        amount = amount_at(words, at)
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


def contrasted(text: str) -> tuple[float, float] | None:
    """The right and the wrong time in "one forty, not one fourteen" and "not one fourteen, one forty"; else None."""
    words = [token.text for token in tokens(straighten(text))]
    for at, word in enumerate(words):
        if word == "not" or words[at : at + 2] in (["instead", "of"], ["rather", "than"]):
            before, after = words[:at], words[at + (1 if word == "not" else 2) :]
            right = _last_time(before)
            wrong = whole_time(" ".join(after))
            if right is not None and wrong is not None:
                return right, wrong
            for cut in range(1, len(after)):
                wrong, right = whole_time(" ".join(after[:cut])), _last_time(after[cut:])
                if right is not None and wrong is not None and len(before) <= 4:
                    return right, wrong
    return None


def _last_time(words: list[str]) -> float | None:
    """The time that the longest possible tail of ``words`` names."""
    for start in range(max(0, len(words) - 8), len(words)):
        if (found := whole_time(" ".join(words[start:]))) is not None:
            return found
    return None


def whole_time(text: str) -> float | None:
    """The video time in seconds when ``text`` is nothing but a time, such as "one fifteen" or "around 2:10"."""
    words = split(straighten(text).lower())
    first, last = 0, len(words)
    while first < last and words[first].text in _HEDGES | _ANCHORS | {"on"}:
        first += 1
    while last > first and words[last - 1].text in _MARKS | _MARK_NOUNS:
        last -= 1
    if first >= last:
        return None
    amount = amount_at(words, first)
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
    words = split(text)
    for at in range(len(words)):
        amount = amount_at(words, at)
        if amount is not None and amount.units:
            return sign * amount.value
    for at in range(len(words)):  # "back ten", "forward thirty"
        amount = amount_at(words, at)
        if amount is not None and not amount.clock and 1 < amount.value <= 300:
            return sign * amount.value
    return sign * DEFAULT_STEP_S


def _joins(words: list[Token], previous_end: int, first: int) -> bool:
    """Whether only "to", "and", "not"... stand between this amount and the moment before it."""
    if previous_end < 0:
        return False
    between = {word.text for word in words[previous_end:first]}
    return len(words[previous_end:first]) <= 4 and between <= (
        {"to", "and", "until", "till", "through", "not", "at", "or", "by", "instead", "of"}
        | _CORRECTIONS
        | _HEDGES
        | {"i"}
    )


def _preposition(words: list[Token], at: int, first: int) -> bool:
    """Whether the "in" at ``at`` belongs to what follows ("in the intro") and not to the time ("a minute in")."""
    if words[at].text not in ("in", "into") or at + 1 >= len(words):
        return False
    opens = all(word.text in _HEDGES or word.text in ("so", "okay", "and", "also") for word in words[:first])
    return not opens and words[at + 1].text in {"the", "a", "an", "this", "that", "his", "her", "their", "our", "my"}


def _anchor(words: list[Token], amount: Amount, joined: bool) -> int | None:
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
    if after in QUANTITIES or (hedge > 0 and words[hedge - 1].text in ("least", "most", "every", "than", "for")):
        return None
    if after in ("mark", "point"):
        return start
    if amount.clock:
        ratio = (words[first].text == "9:16" and not anchored) or after in ("version", "crop", "aspect")
        if ":" in words[first].text:
            return None if ratio else start
        return start if anchored or joined else None
    if amount.units:
        if after in ("in", "into") and not _preposition(words, amount.last, start):
            return start
        if singular and amount.value > amount.units[-1] and amount.units[-1] * amount.value >= 2 and after:
            return start if amount.units[0] > amount.units[-1] and anchored else None  # "at the thirty second ad"
        if before in ("by", "to", "about", "around", "roughly", "after", "before", "past", "until", "till"):
            spans = len(amount.units) > 1 or before not in ("by", "to", "about", "roughly", "after", "before")
            return start if joined or (anchored and spans) else None
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
