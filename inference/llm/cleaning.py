"""A transcript made fit to read: fillers, false starts and lead-ins go, a capital and a full stop come.

Cleaning only ever removes. Every word that is left was in the transcript, in the same order; nothing is rephrased,
corrected or invented, and numbers stay as they were said.
"""

import re

from inference.llm.times import find_moments
from inference.llm.words import FILLERS, Token, capitalised, content_words, straighten, tokens

MAX_CHARACTERS = 200
MAX_REPEAT = 4  # words of a false start that is said again

_LEAD_INS = re.compile(
    r"""^(?:
        (?:so|okay|ok|alright|all\ right|right|well|now|yeah|yep|oh|hey|and|also|anyway|look|listen|basically|honestly|
           actually|
           please|note\ to\ self|next\ (?:note|one|thing)|another\ (?:note|one|thing)|one\ more\ (?:note|thing)|
           quick\ (?:note|one|thing)|last\ thing|new\ note|side\ note|note)\b
        (?:\ is)?[\s,.:;-]+
      | (?:(?:can|could)\ you\ )?(?:please\ )?
        (?:make|take|add|leave|create|write|drop|put)\ (?:down\ )?(?:me\ )?(?:a|another|one\ more)\ (?:new\ |quick\ )?
        (?:note|comment)(?:\ here)?(?:[\s,.:;-]+(?:that\ says|saying|to\ say|that|saying\ that))?[\s,.:;-]+
      | (?:note|comment)[\s,]+(?:that|saying)[\s,]+
      | (?:i\ mean|you\ know|i\ guess|i\ think\ that|let\ me\ see|let's\ see)[\s,]+
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_KEPT_LEAD = re.compile(
    r"^(?:right (?:now|here|there|at|after|before|when|as|side|channel|hand|speaker|corner)|"
    r"well (?:done|shot|cut|played|lit|"
    r"paced|written|edited|framed)|now (?:that|the)|so (?:much|many|good|nice|well|cool|long|loud|"
    r"quiet|fast|slow|dark|bright|beautiful)|look (?:at|how)|note (?:the|how)|please (?:don't|keep)|"
    r"okay (?:to|for)|listen (?:to|for)|also (?:is|are))\b",
    re.IGNORECASE,
)
_TAILS = re.compile(
    r"[\s,]+(?:you know(?: what i mean)?|or whatever|i guess|if that makes sense|does that make sense|thanks|"
    r"thank you|please|okay|ok|yeah|right|so yeah|so|and|um|uh)[\s,.?!]*$",
    re.IGNORECASE,
)
_ASIDES = re.compile(
    r"(?:^|(?P<comma>,)\s*|\s)(?:you know(?: what i mean)?|i don't know|i dunno|i mean|i guess|let me see|let's see|"
    r"what's it called|how do you say),\s*|(?P<open>,)\s*(?:you know|i mean|like)(?=\s)(?!\s+(?:what|"
    r"that|how|if|it)\b)",
    re.IGNORECASE,
)
_JOINED_TO_NEXT = re.compile(
    r"\b(?:for|a|an|the|of|to|at|in|on|with|by|is|are|was|be|and|or|but|from|about)$", re.IGNORECASE
)
# "like" is a filler after these ("is like really loud") unless what follows makes it a comparison.
_LIKE_FILLER_AFTER = (
    frozenset(
        """is are was were be it's that's there's he's she's they're we're i'm and but so just really back ahead for by
    maybe gets got goes lose about only it then because""".split()
    )
    | FILLERS
)
_ADVERBS = frozenset("really just also quite still actually always do particularly especially".split())
_WHO_LIKES = frozenset("i we you they people viewers everybody everyone kids would".split())
_LIKE_KEPT_BEFORE = frozenset(
    "a an the this that these those it him her them he she they my our his me us what".split()
)
_LIKE_FILLER_NEXT = frozenset(
    """really so super way too very half almost literally totally kind kinda sort ten twenty thirty five two three four
    a bit pretty just completely all extremely""".split()
)


def clean(transcript: str, *, drop_time: bool = True) -> str:
    """The note in ``transcript``: tidied, one to 200 characters, or "" when nothing but fillers was said.

    ``drop_time`` removes one plain time phrase at the very beginning or end ("at two minutes ten"), which the note
    carries as its timestamp; a range or a second time keeps all of them.
    """
    text = _without_fillers(straighten(transcript))
    text = _without_asides(text)
    text = _without_repeats(text)
    text = _without_lead_ins(text)
    if drop_time:
        text = _without_time(text)
        text = _without_lead_ins(text)
    text = _without_tails(text)
    text = _cut(_tidy(text))
    return _ended(capitalised(text)) if text else ""


def sentence(text: str) -> str:
    """``text`` with a capital, tidy punctuation and an end mark, at most 200 characters, no word changed."""
    text = _cut(_tidy(straighten(text)))
    return _ended(capitalised(text)) if text else ""


def _drop(text: str, doomed: list[Token]) -> str:
    for token in reversed(doomed):
        text = text[: token.start] + text[token.end :]
    return text


def _without_fillers(text: str) -> str:
    words = tokens(text)
    doomed = [token for token in words if token.text in FILLERS]
    doomed += [words[at] for at in range(len(words)) if words[at].text == "like" and _idle_like(text, words, at)]
    return _tidy(_drop(text, sorted(doomed, key=lambda token: token.start)))


def _idle_like(text: str, words: list[Token], at: int) -> bool:
    """Whether the "like" at ``at`` says nothing."""
    before = words[at - 1].text if at else ""
    after = words[at + 1].text if at + 1 < len(words) else ""
    if not before or not after:
        return True
    commas = text[words[at - 1].end : words[at].start].strip(), text[words[at].end : words[at + 1].start].strip()
    if commas == (",", ","):
        return True
    if before in _ADVERBS and at > 1 and words[at - 2].text in _WHO_LIKES:
        return after in _LIKE_FILLER_NEXT  # "I really like how" says it, "I just like really" does not
    if before in ("looks", "look", "sounds", "sound", "feels", "feel", "seems", "seem"):
        return after in ("really", "super", "so", "way", "kind", "totally", "too")
    if before in _LIKE_FILLER_AFTER:
        return after in _LIKE_FILLER_NEXT or after not in _LIKE_KEPT_BEFORE
    return after in ("really", "super", "way", "totally", "literally") and before not in ("'d", "would", "i'd")


def _without_asides(text: str) -> str:
    """Without ", you know," and its like; the comma before stays unless the words around belong together."""
    while found := _ASIDES.search(text):
        before = text[: found.start()].rstrip(" ,")
        comma = (found["comma"] or found["open"]) and before and not _JOINED_TO_NEXT.search(before)
        text = _tidy(before + (", " if comma else " ") + text[found.end() :])
    return text


def _without_repeats(text: str) -> str:
    """ "the the music" and "can we, can we trim it": the first saying of a phrase that is said twice running goes."""
    again = True
    while again:
        again = False
        words = tokens(text)
        for size in range(MAX_REPEAT, 0, -1):
            for at in range(len(words) - 2 * size + 1):
                first = [token.text for token in words[at : at + size]]
                second = [token.text for token in words[at + size : at + 2 * size]]
                if first == second and not (size == 1 and (first[0] in _MEANT_TWICE or first[0].isdigit())):
                    text = _tidy(text[: words[at].start] + text[words[at + size].start :])
                    again = True
                    break
            if again:
                break
    return text


_MEANT_TWICE = frozenset(
    "very really so way no ha had that much far too long never again one two three four five six seven eight nine "
    "ten twenty thirty forty fifty oh".split()
)


def _without_lead_ins(text: str) -> str:
    while not _KEPT_LEAD.match(text) and (found := _LEAD_INS.match(text)):
        rest = text[found.end() :].lstrip(" ,.:;-")
        if not content_words(rest):
            break
        text = rest
    return text


def _without_tails(text: str) -> str:
    while found := _TAILS.search(text):
        rest = text[: found.start()].rstrip(" ,")
        if not content_words(rest) or rest.lower().endswith((" is", " all", " to the", " the", " on the", " far")):
            break
        text = rest + ("?" if found.group().rstrip().endswith("?") else "")
    return text


def _without_time(text: str) -> str:
    moments = find_moments(text)
    if len(moments) != 1:
        return text
    moment = moments[0]
    before, after = text[: moment.start].rstrip(" ,"), text[moment.end :].lstrip(" ,.:;-")
    named = text[moment.start : moment.end].lower()
    if (
        not re.match(r"(?:right )?(?:at|around|about|@)\b", named)
        and not named.endswith((" in", " mark", " point"))
        and not (after and text[moment.end] == ",")
    ):
        return text
    bare_before = re.fullmatch(r"(?:so|okay|and|also|right|exactly|just|here)?[\s,]*", before, re.IGNORECASE)
    if bare_before and len(content_words(after)) >= 2:
        return after
    if not after.strip(".?! ") and len(content_words(before)) >= 2:
        loose = re.search(
            r"\b(?:and|to|from|until|right|exactly|is|be|starts?|ends?|comes? in|begins?|the)$", before, re.IGNORECASE
        )
        return text if loose else before + after
    return text


def _tidy(text: str) -> str:
    """White space and punctuation as they should be after words were taken out."""
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,.;:?!])", r"\1", text)
    text = re.sub(r"(?<=\d)([,.;:?!-]{2,})(?=\d)", r"\1 ", text)  # two numbers stay two: "0..0" is not 0.0
    text = re.sub(r"\.\.\.+", ",", text)
    text = re.sub(r"[,;:-]+\s*(?=[,.;:?!])", "", text)
    text = re.sub(r"([,.;:?!])(?:\s*\1)+", r"\1", text)
    text = re.sub(r"([.?!])\s*,", r"\1", text)
    text = re.sub(r"(?<=[,.;?!])(?=[^\W\d_])", " ", text)
    text = re.sub(r"\bi(?=\b(?!-))(?=['\s,.?!]|$)", "I", text)
    return text.strip(" ,;:-").lstrip(".?! ")


def _cut(text: str) -> str:
    """At most 200 characters, ended at a sentence, a clause or at worst a word."""
    room = MAX_CHARACTERS - 1  # the end mark
    if len(text) <= room:
        return text
    head = text[: room + 1]
    for pattern in (r"[.?!](?=\s)", r"[,;:](?=\s)|\s(?=(?:and|but|because|so|which|then)\s)"):
        stops = [found.start() for found in re.finditer(pattern, head) if found.start() >= room // 2]
        if stops:
            return head[: stops[-1]].rstrip(" ,;:")
    space = head.rfind(" ")
    return head[: space if space > 0 else room].rstrip(" ,;:")


_ASKING = re.compile(
    r"^(?:(?:but|and|so|also)\s+)?(?:(?:do|does|did|is|are|was|were|has|have|should|shouldn't|isn't|"
    r"aren't|don't|doesn't|didn't)\s+"
    r"(?:we|you|they|i|it|he|she|the|this|that|these|those|there|anyone|anybody|our|his|her|any)\b|"
    r"(?:why|what|who|whose|where|when|which|how)\s+(?!(?:a|about the)\b)\S+\s+\S+|(?:can|could|would|"
    r"will)\s+(?:we|you|i|it|this|that|the|someone)\b)",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether ``text`` has the form of a question or of a request put as one."""
    return text.rstrip().endswith("?") or _ASKING.match(text) is not None


def _ended(text: str) -> str:
    text = text.rstrip(" ,;:-")
    if text.endswith((".", "?", "!")):
        return text
    return text + ("?" if asks(text) else ".")
