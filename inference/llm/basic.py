"""The structurer that needs no key and no language model: rules, then the nearest exemplar sentence.

It cleans and sorts what was said. It never rewrites: each word of a note was in the transcript.
"""

import asyncio
import re

from inference.embed.contract import TextEmbedder
from inference.embed.minilm import MiniLM
from inference.llm import answering, categories, confidence, editing
from inference.llm.cleaning import clean
from inference.llm.commands import Command, find_command
from inference.llm.contract import Category, Context, Delta, Intent, Reading
from inference.llm.meaning import Likeness, Meaning
from inference.llm.phrases import core, denials, speaks_of_posting
from inference.llm.seeking import find_move
from inference.llm.times import seek_offset, timestamp
from inference.llm.words import content_words, plain

MAX_TRANSCRIPT = 4000  # characters; a minute of speech has about 1000
# Who speaks of these tells what happens, and asks nothing of us: "nobody can save it".
_OTHERS = frozenset("nobody everybody somebody anybody everyone someone anyone people viewers he she they".split())
MARGIN = 0.1  # cosine by which a command must beat the nearest note
NEAR = 0.55  # cosine a command must reach at all
MAX_COMMAND_WORDS = 6  # longer, only rules make a cancel or a confirm of it

_TIMED = frozenset("that it note one time timestamp timecode".split())  # what set_time speaks of


class BasicStructurer:
    """A Structurer of rules and sentence vectors; 5 to 10 ms an utterance."""

    def __init__(self, embedder: TextEmbedder | None = None) -> None:
        """``embedder`` None: the packaged MiniLM is loaded in ``warm_up``."""
        self._embedder = embedder
        self._meaning: Meaning | None = None

    @property
    def name(self) -> str:
        return "basic (rules + MiniLM)"

    async def warm_up(self) -> None:
        """Load the sentence model. Raises ModelMissing or ModelDamaged."""
        self._meaning = await asyncio.to_thread(self._load)

    def _load(self) -> Meaning:
        self._embedder = self._embedder or MiniLM()
        meaning = Meaning(self._embedder)
        meaning.likeness("warm up", "warm up")
        return meaning

    async def structure(self, transcript: str, context: Context, on_delta: Delta) -> Reading:
        """Read one utterance. Warms up first when nobody has. ``on_delta`` is never called: nothing streams here."""
        if self._meaning is None:
            await self.warm_up()
        assert self._meaning is not None
        return await asyncio.to_thread(read, transcript[:MAX_TRANSCRIPT], context, self._meaning)

    async def close(self) -> None:
        """Let the model go."""
        self._meaning = None


def read(transcript: str, context: Context, meaning: Meaning) -> Reading:
    """The reading of one utterance, in the calling thread."""
    command = find_command(transcript, context)
    if command is not None and command.intent is not Intent.CREATE_NOTE:
        return _of_command(command, transcript, context, meaning)
    spoken = plain(transcript)
    note = clean(transcript)
    if not note or not content_words(note):
        return _nothing()
    likeness = meaning.likeness(core(spoken)[0] or spoken, note)
    if command is None and (nearest := _nearest_command(spoken, likeness)) is not None:
        return _of_likeness(nearest, transcript, context, meaning, likeness)
    return _of_note(transcript, note, context, likeness, rule=command.rule if command else None)


def _of_note(transcript: str, note: str, context: Context, likeness: Likeness, rule: str | None) -> Reading:
    choice = categories.choose(note, likeness.categories)
    noisy = confidence.noise(transcript)
    sure = confidence.of_note(note, context.certainty, 1.0 if rule else likeness.margin, choice.margin, noisy=noisy)
    reason = None
    if sure < confidence.NO_NOTE:
        reason = (
            "That sounded like noise rather than a note."
            if noisy
            else (
                "I could not make out the words well enough; please say it again."
                if confidence.hearing(context.certainty) < 0.5
                else "I heard too little to make a note of; please say a little more."
            )
        )
    return Reading(
        Intent.CREATE_NOTE,
        text=note,
        category=choice.category,
        timestamp_s=timestamp(transcript),
        confidence=sure,
        reason=reason,
        details={"rule": rule} if rule else {"nearest": likeness.nearest[Intent.CREATE_NOTE]},
    )


def _nothing() -> Reading:
    return Reading(
        Intent.CREATE_NOTE,
        category=Category.OTHER,
        reason="I heard no words that make a note; please say what you noticed.",
        details={"rule": "no content"},
    )


def _of_command(command: Command, transcript: str, context: Context, meaning: Meaning) -> Reading:
    text, category = _words_for(command, transcript, context, meaning)
    return Reading(
        command.intent,
        text=text,
        category=category,
        timestamp_s=command.timestamp_s,
        confidence=confidence.of_rule(context.certainty),
        post=command.post,
        seek_by_s=command.seek_by_s,
        playback=command.playback,
        details={"rule": command.rule},
    )


def _words_for(command: Command, transcript: str, context: Context, meaning: Meaning) -> tuple[str, Category | None]:
    """Text and category that the intent of ``command`` carries."""
    if command.intent is Intent.QUESTION:
        return answering.answer(core(plain(transcript))[0], context.notes), None
    if command.intent is Intent.EDIT_LAST:
        text = editing.edited(transcript, command.rule, context.last_note)
        return text, categories.choose(text, meaning.likeness(text, text).categories).category
    return "", None


def _nearest_command(spoken: str, likeness: Likeness) -> Intent | None:
    """The command that ``spoken`` resembles so much more than any note that it is one."""
    intent = likeness.command
    if -likeness.margin < MARGIN or likeness.intents[intent] < NEAR:
        return None
    if intent in (Intent.CANCEL, Intent.CONFIRM, Intent.PLAYBACK) and len(spoken.split()) > MAX_COMMAND_WORDS:
        return None
    if intent in (Intent.CANCEL, Intent.CONFIRM, Intent.PLAYBACK) and set(spoken.split()) & _OTHERS:
        return None
    if (
        intent in (Intent.CANCEL, Intent.CONFIRM, Intent.PLAYBACK, Intent.SEEK)
        and sum(categories.by_words(spoken).values()) >= 0.6
    ):
        return None
    if intent is Intent.CONFIRM and speaks_of_posting(spoken) and not denials(spoken):
        return None  # "they'll post it" is like "post it": only the rules know a wish to post
    if intent is Intent.SET_TIME and (timestamp(spoken) is None or not set(spoken.split()) & _TIMED):
        return None
    return intent


def _of_likeness(intent: Intent, transcript: str, context: Context, meaning: Meaning, likeness: Likeness) -> Reading:
    spoken = plain(transcript)
    move = find_move(spoken)
    command = Command(
        intent,
        f"like {likeness.nearest[intent]!r}",
        timestamp_s=timestamp(transcript) if intent in (Intent.SEEK, Intent.SET_TIME, Intent.EDIT_LAST) else None,
        seek_by_s=(move.by_s if move else seek_offset(transcript)) if intent is Intent.SEEK else None,
        playback=("pause" if re.search(r"\b(?:pause|stop|hold|freeze|wait)\b", spoken) else "play")
        if intent is Intent.PLAYBACK
        else None,
    )
    text, category = _words_for(command, transcript, context, meaning)
    return Reading(
        intent,
        text=text,
        category=category,
        timestamp_s=command.timestamp_s,
        confidence=confidence.of_likeness(context.certainty, likeness.intents[intent], -likeness.margin),
        post=command.post,
        seek_by_s=command.seek_by_s,
        playback=command.playback,
        details={"rule": command.rule},
    )
