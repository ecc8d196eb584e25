"""Questions put to the assistant about the session's own notes, and their answers.

Answers come from the notes in the context and from nowhere else. Questions about the video itself, or about other
people's notes, get a plain "I can't tell you that yet".
"""

import re

from inference.llm.words import content_words

MAX_LISTED = 5  # notes read out at once
_MATTER = re.compile(
    r"\b(?:about|on|regarding|mention(?:ed|ing)?|flag(?:ged|ging)?|concerning|with|for)\b(?P<matter>.*)"
)

_MINE = (
    r"(?:my|the|our|these|those|your|that|any|all)(?: (?:last|latest|previous|first|other|own|second|"
    r"three|two|recent))*"
)
_TOLD = (
    r"(?:say|said|note|noted|mention|mentioned|flag|flagged|leave|left|write|written|wrote|record|"
    r"recorded|comment|commented|tell|told|call|called|complain|made|make|make|put|got|add|added|"
    r"dictate|dictated)"
)
_OTHERS = (
    r"(?:anybody|anyone|somebody|someone|any of (?:the|you)(?: \w+)?|(?:the|any) others?|others|"
    r"everyone|everybody|other (?:people|reviewers|folks)|another (?:person|reviewer)|the (?:team|"
    r"rest(?: of the team)?|other reviewers?)|who)"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:(?:what|when|where|which|how|who|why)\b.{{0,40}} )?(?:did|have|had|was|were|haven't|didn't|"
        r"did not|have not) i"
        rf"(?: already| just| ever| even| also| not| been)* {_TOLD}\b.*",
        r"(?:what|which|how many|how much|any|where|when|are there|is there|have i|do i|did i|have we|"
        rf"do we|what's|what are|what were|what was|whats|who)\b.*\b(?:{_MINE} )?(?:notes?|"
        r"comments?)(?: (?:so far|yet|left|already|have i|do i|did i|i have|i've|are|is|about|on|in|say|"
        r"said|did|we|here|for|from|at|again|there|for this|posted|of mine|i left|i made|was|were|"
        r"been)\b.*|$)",
        r"(?:can you |could you |please |just )*(?:read|repeat|list|recap|summari[sz]e|show|tell|give|"
        r"go over|run through|count)(?: (?:me|us|out|back|over|through))*(?: what i(?:'ve)? .+| (?:my|"
        r"all my|the|all the|all|that|those|these|this|every|everything)(?: (?:of|my|the|last|latest|"
        r"previous|first|other|two|three|recent))* (?:notes?|comments?|one|ones)\b.*| (?:it|that|them|"
        r"this|those|everything)(?: (?:back|again|to me|out|once more|one more time|please))+|"
        r" back(?: .*)?)",
        r"(?:can you |could you |please |just )*(?:read|list|recap|summari[sz]e|show|count)(?: me| out| back)* "
        rf"(?:all )?(?:the )?\w+(?: \w+)? (?:that )?(?:i've|i have|i)(?: already)? (?:found|spotted|{_TOLD})\b.*",
        r"(?:repeat|say) (?:that|it)(?: (?:again|back|one more time|once more))?(?: to me)?|come again|"
        r"read it(?: .*)?",
        rf"(?:did|has|have|does|do|is|are) {_OTHERS}(?: else)?(?: (?:else|already|here|also|ever|"
        r"on the team|from the team))* (?:say|said|note|noted|mention|mentioned|flag|flagged|flagging|"
        r"comment|commented|commenting|raise|raised|complain|complained|complaining|spot|spotted|notice|"
        r"noticed|bring|brought|point|pointed|report|reported|catch|caught|leave|left|write|written|pick|"
        r"picked)\b.*",
        r"who (?:else )?(?:has |have |did |already )*(?:said|noted|mentioned|flagged|commented|raised|"
        r"complained|spotted|noticed|pointed|reported|brought|left)\b.*",
        r"(?:did|have|do|are|can|were) you (?:hear me|get|got|catch|caught|hear|heard|save|saved|note|noted|write|"
        r"record|recorded|recording|listening|there|understand|understood|hear me|still|getting|post|"
        r"posted|take|missed|miss)\b.*",
        r"what did you (?:just )?(?:hear|get|write|say|note|save|understand|put|post|call)\b.*",
        r"what(?:'s| is| was| did)(?: in| on)? (?:my|the|that) (?:last|latest|previous|first|"
        r"most recent) (?:note|comment|thing i said|one)\b.*",
        r"what was (?:that|my last|the last one)(?: again)?|what(?:'ve| have) (?:i|we) (?:got|said|noted|"
        r"done|flagged)(?: .*)?",
        r"what (?:can|do) (?:you|i) (?:do|say|ask)(?: .*)?|how do(?:es)? (?:i|this|you|it) (?:work|use|"
        r"post|undo|cancel|delete|edit|say)\b.*|help(?: me)?|(?:hear|understand) me|"
        r"who are you|is this (?:thing )?(?:on|working|"
        r"recording)",
        r"how long is (?:the|this|that) (?:video|film|clip|cut|episode|movie)(?: .*)?|what(?:'s|"
        r" is) (?:the|this) (?:video|film|clip|title)(?: of (?:the|this) (?:video|film|clip)| called|"
        r" about)?|what(?:'s| is) (?:this|the) (?:video|film|clip) (?:called|about)",
        r"(?:where|what time|which minute|how far(?: in)?|what timestamp|what timecode|"
        r"what second) (?:are|am|is|was) (?:we|i|this|it)(?: (?:at|now|in|on|right now|in the video|"
        r"up to))*|how (?:much|long)(?: time| longer)?(?: is| do we have)?(?: left| remaining|"
        r" to go)(?: .*)?|what(?:'s| is) the (?:current )?(?:time|timestamp|timecode|"
        r"time code)(?: (?:here|now|right now|of this))?",
        r"(?:summari[sz]e|recap|describe|explain) (?:the|this|that) (?:video|film|clip|episode|"
        r"movie)(?: .*)?|what happen(?:s|ed) (?:next|before this|in (?:the|this) (?:video|film|"
        r"clip))(?: .*)?",
        r"what did (?:he|she|they|the (?:speaker|host|guy|woman|man|guest|narrator)) (?:just )?(?:say|"
        r"mean|call it)(?: (?:there|here|just now|again|just then))?",
    )
)


def is_question(core: str) -> bool:
    """Whether the whole of plain ``core`` asks the assistant something, rather than the people who made the video."""
    return any(pattern.fullmatch(core) for pattern in _PATTERNS)


def answer(question: str, notes: tuple[str, ...]) -> str:
    """An answer to plain ``question`` out of ``notes`` (newest last); says so when they don't hold one."""
    if re.search(r"\b(?:anybody|anyone|somebody|someone|others?|everyone|everybody|who|team)\b", question):
        return "I only know your own notes of this session, so I can't tell what others said yet."
    if re.search(r"\b(?:what can|help|how do)\b", question) and not re.search(
        r"\bi (?:say|said)\b.*\babout\b", question
    ):
        return "Say a note and I write it down. Then say “keep it”, “post it”, “scratch that” or how to change it."
    if re.search(
        r"\b(?:you)\b.*\b(?:there|listening|recording|hear me)\b|is this (?:thing )?(?:on|working|" r"recording)",
        question,
    ):
        return "Yes, I am listening."
    if not _about_notes(question):
        return "I can't answer questions about the video itself yet, only about your notes."
    if not notes:
        return "You have no notes in this session yet."
    if re.search(r"\bhow many|how much|count\b", question):
        chosen = _matching(question, notes)
        if chosen is None:
            return f"You have {_count(len(notes))} so far."
        return f"{_count(len(chosen)).capitalize()} about that{': ' + _listed(chosen) if chosen else '.'}"
    if re.search(r"\bfirst\b", question):
        return f"Your first note: {notes[0]}"
    chosen = _matching(question, notes)
    if chosen is not None:
        if not chosen:
            return "None of your notes in this session says anything about that."
        return f"You said: {_listed(chosen)}"
    if re.search(r"\b(?:notes|all|everything|list|so far|recap|summari[sz]e|comments)\b", question):
        return f"You have {_count(len(notes))}: {_listed(list(notes))}"
    return f"Your last note: {notes[-1]}"


def _about_notes(question: str) -> bool:
    return bool(
        re.search(r"\b(?:notes?|comments?|i|i've|my|you|back|again|that|it|them|ones?)\b", question)
    ) and not re.search(
        r"\b(?:the|this) (?:video|film|clip|movie|episode)\b(?!.*\bi\b)|\bwhere are we\b|\bwhat time\b|"
        r"\b(?:he|she|they|speaker|host)\b.*\bsay\b|\bhow long\b",
        question,
    )


_COMMON = frozenset(
    """note notes comment comments last first left have far said flagged flag mention mentioned leave many list read
    back show tell previous latest already made make everything count write written wrote repeat recap summarise
    summarize session yet here video recorded noted you""".split()
)


def _matching(question: str, notes: tuple[str, ...]) -> list[str] | None:
    """Notes that share a content word with the matter asked about; None when the question names no matter."""
    found = _MATTER.search(question)
    matter = [_stem(word) for word in content_words(found["matter"] if found else question) if word not in _COMMON]
    if not matter:
        return None
    return [note for note in notes if {_stem(word) for word in content_words(note)} & set(matter)]


def _stem(word: str) -> str:
    for ending in ("ing", "ers", "er", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _count(number: int) -> str:
    return f"{number or 'no'} note{'' if number == 1 else 's'}"


def _listed(notes: list[str]) -> str:
    listed = " ".join(notes[-MAX_LISTED:])
    return f"{listed} (and {len(notes) - MAX_LISTED} earlier)" if len(notes) > MAX_LISTED else listed
