"""Changes to the last note: telling that an utterance is one, and making the new text.

The new text keeps what was said. A replacement is made where the words to replace are found in the note; otherwise the
instruction's own words are added to it, so that nothing the person said is lost and nothing is invented.
"""

import re

from inference.llm.cleaning import MAX_CHARACTERS, clean, sentence
from inference.llm.times import contrasted, find_moments, timestamp, whole_time
from inference.llm.words import STOP_WORDS, capitalised, content_words, plain, straighten, tokens

_NOTE = (
    r"(?:(?:that|this|the|my)(?: very)?(?: last| previous| latest)? (?:note|comment|remark)|(?:the|"
    r"that|my) (?:last|previous|latest) one|the wording|that wording|the text of (?:that|it)|"
    r"what i (?:just )?said)"
)
_IT = r"(?:that|it|this)"
_FOLLOW = (
    r"(?:to|so|as|and|but|with|a|in|into|like|instead|without|using|because|for|from|say|be|please|"
    r"more|less|nicely|nicer|politely|kinder|slightly|somehow|differently|better|again|bit|little)"
)
_NICER = (
    r"(?:nicer|kinder|gentler|friendlier|politer|softer|clearer|shorter|simpler|blunter|firmer|"
    r"more (?:polite|friendly|constructive|positive|formal|specific|diplomatic|gentle|direct)(?:ly)?|"
    r"less (?:harsh|rude|blunt|negative|mean|aggressive|wordy)|nicely|politely|kindly|gently|"
    r"diplomatically|another way|differently)"
)
_CLAUSE = (
    r"(?:the|it|it's|he|she|we|they|there|there's|this|that|that's|i|i'd|you|our|his|her|their|a|an|"
    r"all|some|if|when|both|also|please|its|my|these|those|every|no|maybe|any|everything|nobody|"
    r"everyone)"
)

_EDITS = {
    "names the note": r"(?:(?:can|could) you )?(?:also )?(?:change|edit|update|fix|amend|modify|reword|rephrase|"
    rf"rewrite|correct|shorten|redo|revise|tweak|adjust|replace|expand|extend|append)\b.{{0,40}}\b{_NOTE}\b.*",
    "take from the note": rf"(?:take|remove|cut|drop|delete|strip|leave) (?:out )?.{{2,60}}\b(?:out of|from|off) "
    rf"{_NOTE}",
    "add to the note": rf"(?:and )?(?:also )?(?:add|append|put|include|insert|mention|tack on)\b.{{0,80}}\b(?:to|in|"
    rf"into|on|onto) {_NOTE}(?: .*)?|add (?:on )?to {_IT}\b.*|(?:also )?in {_NOTE} .*",
    "reword": rf"(?:reword|rephrase|reformulate|re word)(?: (?:{_IT}|the note))?(?: {_FOLLOW}\b.*)?|(?:rewrite|"
    rf"redo|shorten|amend|correct|edit|revise) (?:{_IT})(?: {_FOLLOW}\b.*)?",
    "nicer": rf"(?:be|make|put|word|phrase|say|keep)(?: {_IT})?(?: (?:sound|be|a|bit|little|much|lot|more|"
    rf"in))*(?: {_NICER})(?: (?:about it|about that|than that|please|instead|maybe|way))*.{{0,60}}",
    "change it to": r"(?:change|switch|turn|update|edit|correct|fix) (?:that|it)(?: (?:back|over))? (?:to|so|into|"
    r"from|and)\b.*|(?:have|make|let) (?:that|it) (?:say|read)\b.*",
    "instead": r"(?:make|change|call|set|put|have|turn|switch|say|do|use|let's (?:make|say|call|go with|"
    r"do)) (?:that|it|this|to)\b.{0,50} (?:instead|rather)(?: of .{1,40})?|"
    r"say .{1,60} instead(?: of .{1,40})?|(?:i'd rather|rather) say .*|instead (?:of (?:that|it|"
    r"saying .{1,40}) )?(?:say|put|write|make it|note)\b.*",
    "meant": r"i meant(?: to say)? .+|what i meant(?: to say)? (?:was|is) .+|i (?:said|say) .+ (?:but|"
    r"when)(?: what)? i meant .+|i (?:mean|said) .{2,60} (?:not|instead of|rather than) .{2,40}|"
    r"i (?:misspoke|mispoke).*|correction .+",
    "say": r"(?:just |rather |better |please )?say (?!cheese|hi |hello |goodbye|something at |his|her name).{6,}",
    "append": r"(?:can you |could you )?(?:also |and )*(?:tack on|append|add on)(?: (?:there|to (?:it|"
    r"that)))?(?: .*)|(?:and |also )*(?:add|mention|include|note|say)(?: also| as well| to it|"
    rf" in there| there)? that {_CLAUSE}\b.*|(?:and |also )+(?:say|mention)(?: that)? .+|"
    r"add the (?:word|words|phrase)\b.*|(?:and |also )*(?:put|include|"
    rf"add) (?:in )?(?:there )?that {_CLAUSE}\b.*",
    "word": r"(?:change|replace|swap|switch) the (?:word|words|phrase|bit that says)\b.+|(?:take|leave|cut|"
    r"drop) out the (?:word|words|phrase|part about)\b.+|(?:remove|delete|drop|cut) the (?:word|words|"
    r"phrase)\b(?! (?:on|from|in) the (?:screen|title|card|slide|caption)).+",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in _EDITS.items()}
_REDONE = re.compile(
    r"^(?:(?:no|um|uh|oh|wait|okay|sorry|actually|yeah|so) )*(?:(?:scratch|strike|forget|cancel|"
    r"delete) (?:that|it)(?: (?:no|actually|sorry|instead|make it|i meant|it should be|and|just|say|put))+|"
    r"(?:scratch|strike) that(?= (?:the|it|it's|he|she|there|there's|we|they|his|her|our)\b)) (?P<new>.+)$"
)
_AFTER_CORRECTION = re.compile(
    r"(?:make|change|call|set|turn|switch|put) (?:that|it)\b.*|it(?:'s| is| was| should (?:be|say|"
    r"read))(?: actually)? .{1,40}|(?:that|this) should (?:be|say|read) .{1,40}|(?:the|a|my|at|in|on|"
    r"from|with) \S+(?: \S+){0,4}|say .+|not .{2,40}|\S+ (?:not|instead of) \S+.{0,20}"
)
_VERBS = re.compile(
    r"\b(?:\w+'s (?!shot|clip|voice|face|line|mic)|is|isn't|are|aren't|was|wasn't|were|be|been|it's|"
    r"that's|there's|he's|she's|they're|we're|i'm|should|shouldn't|could|can|can't|needs?|has|have|"
    r"had|does|doesn't|do|don't|did|looks?|sounds?|feels?|seems?|goes|comes|gets?|make|makes|keep|"
    r"cut|trim|fix|add|remove|use|put|move|want|love|like|think|works?|says?|reads?|drags?|starts?|"
    r"ends?|kills?|turn|bring|lower|raise|swap|show|let|hold|fade)\b"
)
_CONTRAST = re.compile(
    r"(?:(?P<new>.{2,40}?),? (?:not|instead of|rather than)|"
    r"not (?P<old_first>.{2,40}?),? (?:but )?(?=(?:the|a|at|in|on|my)\b)) (?P<rest>.{2,40})"
)
_TIME_NOT_TIME = re.compile(
    r"(?:(?:make|set|put|change|mark) (?:it|that)(?: to| at| for)? |(?:it|that)(?:'s| was| is| should be) )?"
    r"(?P<new>.+?) (?:not|instead of|rather than) (?P<old>.+)"
)
_IT_IS = re.compile(
    r"(?:it(?:'s| is| was| should (?:be|say|read))|that(?:'s| is| was| should (?:be|say|read))|"
    r"the word is) (?P<new>.{1,40}?) (?:not|instead of|rather than) (?P<old>.{1,40})"
)


def edit_rule(spoken: str, core: str, corrects: bool, last: str | None) -> str | None:
    """The name of the rule by which plain ``core`` changes the last note, or None.

    ``spoken`` is the whole plain utterance; ``corrects``: it opens with "no", "sorry", "actually" and the like.
    """
    if last is not None and _REDONE.match(spoken):
        return "said again"
    if last is not None and core.startswith("mention "):  # nobody tells an editor to mention something
        return "mention"
    for name, pattern in _COMPILED.items():
        if pattern.fullmatch(core):
            return None if name == "say" and last is None and not corrects else name
    if (found := _TIME_NOT_TIME.fullmatch(core)) and None not in (whole_time(found["new"]), whole_time(found["old"])):
        return "time not time"
    count = len(core.split())
    if count <= 9 and (found := _IT_IS.fullmatch(core)) and (corrects or _mentions(last, found["old"])):
        return "x not y"
    if count <= 9 and (found := _CONTRAST.fullmatch(core)) and not _VERBS.search(core):
        stands_alone = last is None and core.split()[0] in _DETERMINERS | {"at", "in", "on", "not"}
        return "fragment not fragment" if corrects or stands_alone or _mentions(last, core) else None
    if (
        corrects
        and _AFTER_CORRECTION.fullmatch(core)
        and (
            not _VERBS.search(core)
            or re.match(
                r"(?:make|change|call|set|turn|switch|put|say|it(?:'s| is| was| should)|that should|this should|"
                r"not)\b",
                core,
            )
        )
    ):
        return "correction" if count <= 8 else None
    if (
        last is not None
        and count <= 10
        and (found := _SWAP.fullmatch(core))
        and _finds(last, found["old"])
        and found["old"].split()[0] not in _DETERMINERS
    ):
        return "swap"
    return None


_DETERMINERS = frozenset("the this that these those his her their our my a an all".split())
_SWAP = re.compile(
    r"(?:change|replace|swap|switch|turn) (?:the words? |the phrase )?(?P<old>.{1,40}?) (?:to|with|"
    r"for|into|by) (?P<new>.{1,60})"
)


def _mentions(note: str | None, words: str) -> bool:
    """Whether the note holds a content word (or, failing such, any word) of ``words``."""
    if note is None:
        return False
    said = set(plain(note).split())
    return bool(set(content_words(words)) & said) or _same_time(note, words) is not None


def _finds(note: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(plain(words))}\b", plain(note)) is not None


def _same_time(note: str, words: str) -> tuple[int, int] | None:
    """Where ``note`` names the time that ``words`` name too."""
    wanted = {moment.at_s for moment in find_moments(straighten("at " + words))}
    for moment in find_moments(note):
        if moment.at_s in wanted:
            return moment.start, moment.end
    return None


def edited(transcript: str, rule: str, last: str | None) -> str:
    """The whole new text of the last note; of the instruction itself where there is no note to change."""
    spoken = straighten(transcript)
    if last is None:
        return sentence(_instruction(spoken)) or sentence(spoken)
    if rule == "said again" and (found := _REDONE.match(plain(spoken))):
        return _fit(clean(_as_spoken(spoken, found["new"]), drop_time=False) or last)
    for attempt in (_swapped_time, _swapped_words, _reworded, _removed):
        if (text := attempt(spoken, last)) is not None:
            return _fit(text)
    addition = sentence(_instruction(spoken))
    if not addition or not content_words(addition):
        return last
    return _fit(f"{_closed(last)} {addition}", keep_end=len(addition))


def named_time(transcript: str) -> float | None:
    """The video time in seconds that a change of the last note names: the right one of "one forty not one fourteen"."""
    if (pair := contrasted(transcript)) is not None:
        return pair[0]
    meant = re.search(r"\bmeant(?: to say)?(?: at)? (?P<time>.+)$", plain(transcript))
    return timestamp(transcript) if meant is None or (at_s := whole_time(meant["time"])) is None else at_s


def _swapped_time(spoken: str, last: str) -> str | None:
    """ "at three forty not three fourteen": the time in the note becomes the new one, written as the old one was."""
    new_s = named_time(spoken)
    written = find_moments(last)
    if new_s is None or not written:
        return None
    pair = contrasted(spoken)
    old = next((moment for moment in written if pair is not None and moment.at_s == pair[1]), written[0])
    if new_s == old.at_s:
        return None
    named = re.sub(r"^(?:at|around|about|@)\s+", "", last[old.start : old.end], flags=re.IGNORECASE)
    said = next((moment for moment in find_moments(spoken) if moment.at_s == new_s), None)
    if ":" in named or said is None:
        value = clock(new_s)
    else:
        value = re.sub(r"^(?:at|around|about|to|from|@)\s+", "", spoken[said.start : said.end], flags=re.IGNORECASE)
    return last[: old.end - len(named)] + value + last[old.end :]


def clock(at_s: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    minutes, seconds = divmod(int(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


_PAIRS = (
    re.compile(
        r"(?:change|replace|swap|switch|turn)(?: the)?(?: words?| phrase)? [\"']?(?P<old>.+?)[\"']? (?:to|"
        r"with|for|into|by) [\"']?(?P<new>.+?)[\"']?$",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:.*\bi said [\"']?(?P<old>.+?)[\"']?,? (?:but|"
        r"when)(?: what)? i meant(?: to say)? [\"']?(?P<new>.+?)[\"']?)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:.*\b(?:say|says|read|be|is|was|it's|that's|meant|mean|said|make it|make that|to|sorry|no|"
        r"actually|wait),? )?[\"']?(?P<new>[^,]+?)[\"']?,? (?:not|instead of|"
        r"rather than) [\"']?(?P<old>[^,]+?)[\"']?$",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:.*?\b)?not [\"']?(?P<old>[^,]+?)[\"']?,? (?:but )?(?P<new>(?:the|a|at|in|on|my)\b[^,]+)$", re.IGNORECASE
    ),
)


def _swapped_words(spoken: str, last: str) -> str | None:
    """ "the fourth clip not the third": what the note says of the old is said of the new."""
    bare = spoken.rstrip(" .!?")
    for pattern in _PAIRS:
        found = pattern.match(bare)
        if found is None:
            continue
        old, new = found["old"].strip(" ,"), found["new"].strip(" ,")
        if (text := _replace(last, old, new)) is not None:
            return text
    return None


def _replace(note: str, old: str, new: str) -> str | None:
    """``note`` with ``old`` replaced by ``new``; "the first" stands for "the first shot" when ``new`` has the noun."""
    old_words, new_words = plain(old).split(), plain(new).split()
    if not old_words or not new_words:
        return None
    if (place := _place(note, old_words)) is not None:
        longer = len(new_words) > len(old_words) and _place(note, [*old_words, new_words[-1]])
        start, end = longer or place
        return _spliced(note, start, end, new)
    kept_old = [word for word in old_words if word not in _DETERMINERS and word != "one"]
    kept_new = [word for word in new_words if word not in _DETERMINERS and word != "one"]
    if not kept_old or not kept_new:
        return None
    while len(kept_old) > 1 and len(kept_new) > 1 and kept_old[-1] == kept_new[-1]:
        kept_old.pop()
        kept_new.pop()
    place = _place(note, kept_old)
    if place is None:
        return None
    tail = plain(note[place[1] :]).split()
    while len(kept_new) > len(kept_old) and tail and kept_new[-1] == tail[0]:
        kept_new.pop()
    return _spliced(note, *place, _slice_as_spoken(new, kept_new))


def _place(note: str, words: list[str]) -> tuple[int, int] | None:
    """Where ``words`` stand in a row in ``note``, as character positions."""
    written = tokens(note)
    for at in range(len(written) - len(words) + 1):
        if [token.text for token in written[at : at + len(words)]] == words:
            return written[at].start, written[at + len(words) - 1].end
    return None


def _spliced(note: str, start: int, end: int, new: str) -> str:
    return capitalised(note[:start] + new + note[end:])


def _slice_as_spoken(text: str, words: list[str]) -> str:
    place = _place(text, words)
    return text[place[0] : place[1]] if place else " ".join(words)


def _as_spoken(spoken: str, words: str) -> str:
    """The tail of ``spoken`` that begins with plain ``words``, as it was written; ``words`` where it is not found."""
    place = _place(spoken, words.split())
    return spoken[place[0] :] if place else words


_NEW_TEXT = re.compile(
    r"(?:^|.*?[\s,])(?:(?:make|have|let) (?:that|it) (?:say|read)|(?:change|update|edit|"
    r"correct) (?:that|it|(?:the|my|that)(?: last)? note)(?: to)?(?: say| read)|(?:change|update|edit|"
    r"rewrite|reword|rephrase) (?:that|it|(?:the|my|that)(?: last)? note) (?:to|as)|(?:just |rather |"
    r"and |instead |please |should )?(?:say|saying|read|"
    r"write))[\s,:]+(?:that )?[\"']?(?P<new>.+?)[\"']?$",
    re.IGNORECASE,
)
_NO_REWORDING = re.compile(
    r"^(?:also|and|add|tack|append|mention|include)\b|\b(?:add|tack on|append|also say|also mention)\b", re.IGNORECASE
)


def _reworded(spoken: str, last: str) -> str | None:
    """ "reword that, say …": the words after "say" are the new note when they can stand alone."""
    core = re.sub(
        r"^(?:(?:um|uh|oh|no|so|okay|ok|actually|sorry|wait|please|can you|could you|yeah)[\s,]+)+",
        "",
        spoken.rstrip(" .!"),
        flags=re.IGNORECASE,
    )
    if _NO_REWORDING.search(core) or not (found := _NEW_TEXT.match(core)):
        return None
    new = re.sub(r",?\s+(?:instead|rather|please)$", "", found["new"], flags=re.IGNORECASE)
    if re.match(rf"(?:(?:it|that) )?(?:(?:a|much|bit|little|lot|way) )*{_NICER}\b", plain(new)):
        return None  # tells how to say it, not what
    return sentence(new) if len(content_words(new)) >= 2 else None


_REMOVAL = re.compile(
    r"(?:.*?\b)?(?:take|leave|cut|drop|remove|delete)(?: out)? the (?:words?|phrase|"
    r"part about) [\"']?(?P<old>.+?)[\"']?(?: (?:from|in|out of) .*)?$",
    re.IGNORECASE,
)


def _removed(spoken: str, last: str) -> str | None:
    found = _REMOVAL.match(spoken.rstrip(" .!?"))
    if found is None or (place := _place(last, plain(found["old"]).split())) is None:
        return None
    rest = sentence(last[: place[0]] + last[place[1] :])
    return rest if content_words(rest) else None


_ORDER = re.compile(
    r"^(?:(?:(?:um|uh|oh|no|nope|so|okay|ok|actually|sorry|wait|please|yeah|and|also|hey|i mean|"
    r"i meant(?: to say)?|correction|can you|could you|just)\b[\s,]*)|"
    r"(?:(?:tack|add|put)(?: that)? on|append|mention|include|add (?:on )?to (?:that|it|(?:the|my|"
    r"that)(?: last)? note)|add|note)(?=[\s,]+(?:that|in there|to it|also|the words?)\b)[\s,]*|"
    r"(?:tack on|append)[\s,]+|"
    r"(?:in there|to it)[\s,]+|that(?=\s+(?:the|it|it's|he|she|we|they|there|there's|this|i|you|our|"
    r"his|her|their|a|an|all|some|if|when|both)\b)\s+|"
    r"(?:reword|rephrase|rewrite|redo) (?:that|it|this)[\s,]+|"
    r"(?:make|change|turn|switch|set|have|put) (?:that|it)(?:\s+(?:to say|to|say|read|be|"
    r"into))?[\s,]+|say[\s,]+(?:that\s+)?)+",
    re.IGNORECASE,
)


def _instruction(spoken: str) -> str:
    """The words of the instruction that belong into a note: without "make that", "also add that", "please"."""
    rest = _ORDER.sub("", spoken, count=1).strip(" ,.")
    return rest if set(plain(rest).split()) - STOP_WORDS or plain(rest) in ("instead", "later", "earlier") else spoken


def _closed(text: str) -> str:
    return text if text.rstrip().endswith((".", "?", "!")) else text.rstrip(" ,;") + "."


def _fit(text: str, keep_end: int = 0) -> str:
    """``text`` in 200 characters; when something must go, the end that was just said stays."""
    if len(text) <= MAX_CHARACTERS:
        return sentence(text)
    room = MAX_CHARACTERS - keep_end - 1
    if keep_end and room > 20:
        head = text[:room].rsplit(" ", 1)[0].rstrip(" ,;.")
        return f"{head}. {text[-keep_end:]}"[:MAX_CHARACTERS]
    return sentence(text[-keep_end:] if keep_end else text)
