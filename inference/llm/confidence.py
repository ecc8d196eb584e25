"""How sure a reading is, as one number that means something.

    confidence of a note = v where v <= 0.5, above it 0.5 + (v - 0.5) x trust
                       v = hearing x substance x (0.3 + 0.2 intent + 0.5 category)

    hearing    Context.certainty: 0 at 0.25 or less, 1 at 0.65 or more, straight between. The geometric mean
               probability of a token; clear speech gives 0.7 to 0.95, noise that was forced into words below 0.4.
    substance  by content words: none 0, one 0.45, two 0.8, three or more 1, and a word of the trade ("dissolve")
               counts twice; 0.15 for what recognisers write when they hear noise ("Thank you for watching").
    intent     1 when a rule settled it or the nearest note beats the nearest command by 0.15, 0 when a command is
               nearer by 0.1, straight between.
    category   1 when the best category's score beats the second by 0.4, 0 on a tie, straight between: cross-validated
               over the exemplars, a margin of 0.16 to 0.3 is right in 88 % of cases, to 0.4 in 94 %, above in 98 %.
    trust      how far clear words may lift it: 0 at a certainty of 0.8 or less, 1 at 0.94 or more, straight between.
               Words are misheard plausibly: of spoken notes with a certainty of 0.65 to 0.8 two in five say it wrong.
               It leaves what lies below 0.5 alone, so that no note is lost by it.

Below ``NO_NOTE`` no note is made. Chosen so that above ``SURE`` 95 % of spoken notes are right, in text too;
docs/structuring.md has the table, and what a blind set gives.
A command found by a rule is as sure as its hearing allows; one found by likeness alone stays at 0.6 or below.
"""

from inference.llm.categories import by_words
from inference.llm.words import content_words, plain

NO_NOTE = 0.3
SURE = 0.7

# What Whisper models write for music, noise and silence; a person who says just this to a recorder means no note.
_NOISE = frozenset(
    (
        "thank you|thank you so much|thank you for watching|thanks for watching|thank you very much|thank you guys|bye|"
        "bye bye|you|music|applause|laughter|silence|the end|so|i|hello|hey|hi|subscribe|please subscribe|amen|"
        "like and subscribe|oh my god|blank audio|inaudible|beep|upbeat music|background music|see you next time|"
        "see you in the next video"
    ).split("|")
)


def noise(transcript: str) -> bool:
    """Whether ``transcript`` is only what a recogniser makes of noise."""
    return plain(transcript) in _NOISE


def hearing(certainty: float) -> float:
    """0-1 from the transcript's certainty."""
    return min(1.0, max(0.0, (certainty - 0.25) / 0.4))


def trust(certainty: float) -> float:
    """0-1 from the transcript's certainty: how much of what lies above 0.5 its words are worth."""
    return min(1.0, max(0.0, (certainty - 0.8) / 0.14))


def substance(note: str) -> float:
    """0-1 from the number of content words."""
    counted = len(content_words(note))
    trade = counted > 0 and any(by_words(note).values())
    return (0.0, 0.45, 0.8, 1.0)[min(3, counted + trade)]


def of_note(note: str, certainty: float, intent_margin: float, category_margin: float, *, noisy: bool = False) -> float:
    """Confidence of a new note; the margins are cosines, see the module."""
    intent = min(1.0, max(0.0, (intent_margin + 0.1) / 0.25))
    category = min(1.0, max(0.0, category_margin / 0.4))
    value = hearing(certainty) * (0.15 if noisy else substance(note)) * (0.3 + 0.2 * intent + 0.5 * category)
    return _round(min(value, 0.5) + max(0.0, value - 0.5) * trust(certainty))


def of_rule(certainty: float) -> float:
    """Confidence of a command that a rule recognised."""
    return _round(0.95 * (0.5 + 0.5 * hearing(certainty)))


def of_likeness(certainty: float, cosine: float, margin: float) -> float:
    """Confidence of a command found by its nearest exemplar alone."""
    return _round(hearing(certainty) * min(0.6, 0.5 * cosine + margin))


def _round(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 3)
