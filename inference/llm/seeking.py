"""Moves of the player: "go back ten seconds", "take me to four thirty", "skip on to where the goat escapes".

Direction in an edit ("go back to the wide shot sooner") is no move of the player. Patterns work on the core of an
utterance: plain text without small talk at its ends.
"""

import re
from dataclasses import dataclass

from inference.llm.times import DEFAULT_STEP_S, seek_offset, whole_time

_AMOUNT = (
    r"(?:(?:by|like|about|around|just|maybe|another|roughly|say) )*(?:(?:a|an|half|couple|few|of|and|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
    r"fifty|sixty|ninety|[0-9]+) ?)+(?:seconds?|secs?|minutes?|mins?|s)?(?: and a half)?"
)
_BIT = r"a (?:little |tiny |wee )?(?:bit|little|touch|tad|smidge|moment|notch)(?: more| further)?"
_VIDEO = r"(?: it| that| this| me| us| the (?:video|playhead|clip|film))?"
_MOVE = rf"(?:go|jump|skip|scrub|step|wind|roll|move|hop|scroll|take{_VIDEO}|bring{_VIDEO}|run(?: it| that)|nip|pop)"
_RELATIVE = re.compile(
    rf"(?:{_MOVE}{_VIDEO}(?: right| straight| way| just)? (?:back(?:wards?)?|ahead|forwards?|on)|"
    rf"rewind{_VIDEO}|fast forward{_VIDEO}|back(?: it)? ?up|back|forwards?|ahead|skip)"
    rf"(?: (?:back|ahead|forwards?))?(?: (?:{_AMOUNT}|{_BIT}|some|slightly|more|further))*(?: or (?:so|"
    r"two))?(?: from here| there)?"
)
_AMOUNT_FIRST = re.compile(rf"{_AMOUNT} (?:back|backwards?|ahead|forwards?)")
_AGAIN = re.compile(
    r"(?:(?:play|show|run|watch|see|hear|roll|give|replay|do)(?: me| us)?|let me (?:see|hear|watch)|"
    r"let's (?:see|hear|watch)|i (?:want|need) to (?:see|hear|watch)|can i (?:see|hear))"
    r"(?: (?:that|this|it|the)(?: last)?(?: (?:bit|part|scene|line|section|shot|clip|moment|one|"
    r"sentence|cut|few seconds|(?:\w+ )?seconds))?)(?: back)?(?: for me)?"
    r"(?: (?:again|back|over|once more|one more time|a second time|another time))+|"
    r"replay(?: .{0,40})?|(?:one more time|once more|again|play again|do that again)|"
    r"(?:play|run|roll) (?:that|it|this|the last (?:\w+ ){1,3})(?: (?:bit|part|line))? ?back"
)
_TO = r"(?: right| straight| all the way| back| ahead| forwards?| over| on)*"
_FIRM_GO = (
    r"(?:(?:take|bring|put|get|send) (?:me|us|it)|show me|jump|skip|scrub|seek|rewind|fast forward|"
    r"wind|navigate|scroll|go|head|return|move(?: the playhead)?|get|start|resume|play|back|pick up|"
    rf"come){_VIDEO}{_TO}"
)
_ABSOLUTE = re.compile(
    rf"(?:{_FIRM_GO}) (?:to|from|at|up to|until)(?: the)?(?: time)? (?P<time>.+)|(?:seek|jump) (?P<bare>.+)"
)
_ZERO = r"(?:(?:the )?(?:very )?(?:beginning|start|top)(?: of (?:it|this|the (?:video|clip|film)))?)"
_START = re.compile(
    rf"(?:(?:{_FIRM_GO}) (?:to|from|at) {_ZERO}|(?:from|back to) {_ZERO}|start (?:it |the video |"
    rf"this )?(?:over|from scratch|again from {_ZERO})(?: again)?|start again|restart(?: it| the (?:video|clip|"
    r"film))?)"
)
_PLACE = (
    r"(?:bit|part|scene|moment|section|place|point|spot|chapter|sequence|segment|end|ending|outro|"
    r"intro|credits|bits?|where|when|(?:last|previous|next|first|my \w+|that|second|third) (?:note|"
    r"comment|marker|chapter|scene)|finale)"
)
_PLACE_MOVE = re.compile(
    rf"(?:{_FIRM_GO}|find(?: me)?|cue up) (?:to |from |until |just (?:before|after) |right (?:before|"
    rf"after) )*(?:(?:the|that|this|my|where|when)(?: \w+){{0,3}}? ?)?{_PLACE}(?: (?:where|when|with|"
    r"of|about|that|in|on|he|she|they|we|i|again|please|after|before|from|the|right)\b.*)?"
)
_PLAYERS_MOVE = re.compile(
    rf"(?:(?:take|bring) (?:me|us){_TO}|skip(?: ahead| forward| on| back)*|scrub{_TO}|"
    rf"fast forward{_VIDEO}|rewind{_VIDEO}|seek|jump (?:ahead|forward|back)|navigate{_TO}) (?:to|"
    r"until) (?:the|that|where|when|my|a|her|his) ?.+"
)
_SKIP_THIS = re.compile(
    r"skip (?:over |past )?(?:this|that|the)(?: (?:bit|part|ad|ads|advert|intro|section|scene|one|"
    r"chapter|sponsor|sponsor (?:bit|segment|read)))?"
)
# Words of direction: with one of these the sentence tells an editor what to do, not the player where to go.
_DIRECTION = re.compile(
    r"\b(?:sooner|later|earlier|faster|quicker|quickly|slower|longer|shorter|louder|quieter|instead|"
    r"because|should|shouldn't|needs?|too|feels?|looks?|sounds?|so (?:that|we|it|the)|"
    r"more (?:often|smoothly|gradually|slowly)|rather than|smoother|abruptly|smoothly|gradually|"
    r"on the beat|(?:for|before|after) (?:a|one|two|the) (?:beat|word|line|second|cut)s?|"
    r"with a (?:cut|dissolve|fade|wipe)|"
    r"is|are|was|were|isn't|doesn't|don't|to (?:keep|make|let|give|avoid|match|hide|cover))\b"
)


@dataclass(frozen=True, slots=True)
class Move:
    """Where the player shall go: seconds of video, or relative seconds, or neither when only a place was named."""

    to_s: float | None = None
    by_s: float | None = None


def find_move(core: str) -> Move | None:
    """The move of the player that the whole of ``core`` asks for, else None."""
    core = re.sub(r"^(?:(?:can|could|shall|should) we|let's|i want to|we should) (?=\w+ )", "", core)
    if _START.fullmatch(core):
        return Move(to_s=0.0)
    if _RELATIVE.fullmatch(core) or _AMOUNT_FIRST.fullmatch(core):
        return Move(by_s=seek_offset(core))
    if _AGAIN.fullmatch(core):
        return Move(by_s=seek_offset(core) if re.search(r"\d|second|minute", core) else -DEFAULT_STEP_S)
    if _SKIP_THIS.fullmatch(core):
        return Move(by_s=DEFAULT_STEP_S)
    absolute = _ABSOLUTE.fullmatch(core)
    if absolute and (at_s := whole_time(absolute["time"] or absolute["bare"])) is not None:
        return Move(to_s=at_s)
    if _PLACE_MOVE.fullmatch(core) or _PLAYERS_MOVE.fullmatch(core):
        named = re.split(r"\b(?:where|when|with|of|about)\b", core, maxsplit=1)[0]
        if not _DIRECTION.search(named) and not re.search(
            r"\b(?:sooner|earlier|instead|faster|quicker|more (?:often|smoothly))\b", core
        ):
            return Move()
    return None
