"""Rules that recognise a command in a transcript. What no rule claims is a note, unless the embedding knows better.

The order is the precedence: whole-utterance commands first (they can't be notes), then the words that ask for a note,
then changes of the last note (before set_time: "at three forty not three fourteen" corrects what was said), then time,
player and questions.
"""

import re
from dataclasses import dataclass

from inference.llm import phrases
from inference.llm.answering import is_question
from inference.llm.contract import Context, Intent
from inference.llm.editing import edit_rule, named_time
from inference.llm.seeking import find_move
from inference.llm.times import find_moments, whole_time
from inference.llm.words import plain, straighten

_ASKS_FOR_NOTE = re.compile(
    r"(?:(?:can|could) you )?(?:make|take|add|leave|create|write|drop) (?:down )?(?:a|another|"
    r"one more) (?:new |quick )?(?:note|comment)\b(?! (?:to|on) (?:the|my) (?:last|previous)).+|"
    r"(?:new note|note to self|next note|another note|quick note|note that|note)\b (?!the time|back|it\b).+"
)
_WRITTEN = re.compile(r"[<>{}\[\]()*_=/\\|#$@]")  # nobody says these: "<post/>" is no wish to post
_SET_TIME = (
    re.compile(
        r"(?:set|change|move|make|put|mark|stamp|place|pin|shift|update|adjust|fix|correct|use|"
        r"tag) (?:(?:the|its|my|that) (?:time ?stamp|time ?code|time|note|comment|one)(?: (?:of|on|"
        r"for) (?:that|it|the note|my note|the last (?:note|one)))?|(?:the|that|my) last (?:note|one)|it|"
        r"that|this)"
        r"(?:'s)?(?: (?:time ?stamp|time ?code|time))?(?: (?:to|at|as|for|be|on|back|up|is|down|should be|"
        r"instead))* (?P<time>.+)"
    ),
    re.compile(
        r"(?:that|it|this|the note|my note|that note|my last note|the last (?:note|one)|that one|"
        r"that last one|this one)(?:'s|'d| (?:was|is|should be|should have been|happened|happens|goes|"
        r"belongs|starts|needs to be|would be|refers to|actually was|must have been))(?: (?:meant to be|"
        r"supposed to be|actually|really|at|around|about|to))* (?P<time>.+)"
    ),
    re.compile(
        r"(?:the )?(?:time ?stamp|time ?code|time)(?: (?:is|was|should be|on that|of that|for that|"
        r"for this|on this|ought to be|one|note|needs to be|has to be|to))* (?P<time>.+)"
    ),
    re.compile(
        r"(?P<time>.+?) (?:is|was|should be) (?:the|its) (?:right |correct )?(?:time|timestamp|time code|" r"timecode)"
    ),
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a rule recognised; ``rule`` names the rule."""

    intent: Intent
    rule: str
    post: bool = False
    timestamp_s: float | None = None
    seek_by_s: float | None = None
    playback: str | None = None


def find_command(transcript: str, context: Context) -> Command | None:
    """The command in ``transcript``, a Command of ``create_note`` when the words ask for a note, else None."""
    spoken = plain(transcript)
    core, corrects = phrases.core(spoken)
    if phrases.cancels(spoken):
        return Command(Intent.CANCEL, "cancel phrase")
    if (kept := phrases.confirms(spoken)) is not None and not (kept == "post" and _WRITTEN.search(transcript)):
        return Command(Intent.CONFIRM, f"{kept} phrase", post=kept == "post")
    if (action := phrases.playback(spoken)) is not None:
        return Command(Intent.PLAYBACK, f"{action} phrase", playback=action)
    if not core:
        return None
    if _ASKS_FOR_NOTE.fullmatch(core):
        return Command(Intent.CREATE_NOTE, "asks for a note")
    if (at_s := _set_time(core)) is not None and not re.search(r"\b(?:not|instead of|rather than)\b", core):
        return Command(Intent.SET_TIME, "set time", timestamp_s=at_s)
    if (rule := edit_rule(spoken, core, corrects, context.last_note)) is not None:
        return Command(Intent.EDIT_LAST, rule, timestamp_s=named_time(transcript))
    if (move := find_move(core)) is not None:
        return Command(Intent.SEEK, "move", timestamp_s=move.to_s, seek_by_s=move.by_s)
    if is_question(core):
        return Command(Intent.QUESTION, "asks about notes")
    return None


def _set_time(core: str) -> float | None:
    """The time that plain ``core`` gives to the last note, when it does nothing else."""
    for pattern in _SET_TIME:
        if (found := pattern.fullmatch(core)) and (at_s := whole_time(found["time"])) is not None:
            return at_s
    moments = find_moments(core)
    if len(moments) == 1 and not plain(straighten(core[: moments[0].start] + core[moments[0].end :])):
        return moments[0].at_s
    return None
