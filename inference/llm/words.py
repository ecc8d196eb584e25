"""Words of an utterance: splitting, plain forms and the small closed lists the rules share.

Pure functions over strings; nothing here knows an intent or a category.
"""

import re
from dataclasses import dataclass

WORD = re.compile(r"[0-9]+(?:[:.][0-9]+)*|[^\W\d_]+(?:['-][^\W_]+)*|[0-9]+[a-z]+", re.IGNORECASE)

FILLERS = frozenset("um uh uhm umm er erm ah hmm hm mm mhm eh huh".split())

# Words that carry no content of their own; used to count content words and to compare texts.
STOP_WORDS = (
    frozenset(
        """a an the this that these those it its i
    me my we our us you your he him his she her they them their is are was
    were be been being am do does did done have has had having will would can could should shall may might must of to in
    on at by for with from into onto over under up down out off as than then so and or but if because when while where
    there here what which who whom whose how why not no yes yeah yep yup nope okay ok alright right well just really
    very quite too also maybe perhaps like kind sort kinda sorta bit little lot some any all one two get got go going
    gonna let's lets let im i'm it's that's there's he's she's they're we're you're i'd i'll i've we'd we'll don't
    doesn't didn't isn't aren't wasn't can't won't please thanks thank oh hey actually honestly basically literally
    thing things stuff something anything know mean think guess say said sorry wait again now about around""".split()
    )
    | FILLERS
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word with its place: ``source[start:end]`` is how it was written, ``text`` is lower case."""

    text: str
    start: int
    end: int


def straighten(text: str) -> str:
    """Typographic quotes and dashes as plain ones, white space as single spaces."""
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    text = text.replace("…", "...").replace("–", " - ").replace("—", " - ")
    return " ".join(text.split())


def tokens(text: str) -> list[Token]:
    """The words of ``text`` in order; punctuation and white space fall out."""
    return [Token(found.group().lower(), found.start(), found.end()) for found in WORD.finditer(text)]


def plain(text: str) -> str:
    """Lower-case words with single spaces: what the rules are matched against."""
    return " ".join(token.text for token in tokens(straighten(text)))


def content_words(text: str) -> list[str]:
    """The words that say something, lower case, in order, repeats kept."""
    return [token.text for token in tokens(straighten(text)) if token.text not in STOP_WORDS]


def overlap(text: str, source: str) -> float:
    """Share of the words of ``text`` that occur in ``source``, 0-1; 1 for an empty text."""
    said = {token.text for token in tokens(straighten(source))}
    words = [token.text for token in tokens(straighten(text))]
    return sum(word in said for word in words) / len(words) if words else 1.0


def capitalised(text: str) -> str:
    """``text`` with its first letter in upper case, if it has one that is the same letter, and the rest untouched."""
    first = text[:1].upper()
    return first + text[1:] if first.lower() == text[:1].lower() else text
