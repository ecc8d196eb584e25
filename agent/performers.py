"""One coroutine an effect, each reading top to bottom and answering with one event.

A performer changes no state: it announces what it learns and returns what happened. What it raises becomes a failure
of its step in the driver.
"""

import io
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from agent import effects as fx
from agent import events as e
from agent import tools
from agent.commands import NoteCommands
from agent.errors import NotNow, PostingUnavailable
from agent.notes import GHOST, text_hash
from agent.ports import NoteRecord
from agent.services import Services
from agent.stopwatch import Stopwatch
from inference.audio import SAMPLE_RATE
from inference.llm.commands import find_command
from inference.llm.contract import Category, Context, Delta, Intent, Reading
from inference.llm.phrases import leaves_denied
from inference.llm.words import plain
from inference.stt.contract import Transcript


class Room(Protocol):
    """The session that performers work in."""

    session_id: str
    user_id: str
    video_id: str | None
    fence: int
    services: Services
    commands: NoteCommands
    stopwatch: Stopwatch

    async def announce(self, event: str, payload: dict[str, Any]) -> None: ...
    def murmur(self, event: str, payload: dict[str, Any]) -> None: ...
    async def transcribe(self, utterance: int, span: e.Span) -> Transcript: ...
    async def read(self, utterance: int, text: str, context: Context, on_delta: Delta) -> Reading: ...
    async def secure(self, utterance: int) -> None: ...
    async def save(self) -> None: ...
    def joinable(self, utterance: int) -> bool: ...
    def deliver(self, event: e.Event) -> object: ...
    def playhead(self) -> float | None: ...


async def transcribe(room: Room, effect: fx.Transcribe) -> e.Event:
    """Text of an utterance, or why there is none."""
    if effect.span.onset is None:
        return e.NothingHeard(effect.utterance, "No speech was heard: check that the microphone is on and near.")
    span = effect.span
    if span.joins is not None and not room.joinable(span.joins):
        span = _alone(span)
    audio_s = (span.end - span.start) / SAMPLE_RATE
    with room.services.telemetry.span("transcribe", trace=_trace(room, effect.utterance), audio_s=audio_s):
        transcript = await room.transcribe(effect.utterance, span)
        joins = span.joins is not None and transcript.text
        addition = await _addition(room, effect.utterance, span, transcript) if joins else None
    since_endpoint_s, since_speech_s = room.stopwatch.waited_s(effect.utterance)
    room.services.telemetry.record("transcription_seconds", transcript.decode_s)
    room.services.telemetry.record("endpoint_to_final_seconds", since_endpoint_s)
    room.services.telemetry.record("speech_end_to_final_seconds", since_speech_s)
    await room.announce("asr_final", _heard(effect.utterance, span, transcript))
    if not transcript.text:
        return e.NothingHeard(effect.utterance, "Nothing intelligible was heard.")
    coverage = transcript.coverage.share if transcript.coverage else None
    return e.Transcribed(effect.utterance, transcript.text, transcript.certainty, coverage, addition)


async def structure(room: Room, effect: fx.Structure) -> e.Event:
    """Read the intent; a note is saved before this answers, a command is only read."""
    services, utterance = room.services, effect.utterance
    notes = await services.book.live(room.session_id, before=utterance)
    context = Context(tuple(note.text for note in notes), room.playhead(), effect.certainty)
    joined: NoteRecord | None = None
    if effect.joins is not None:
        made = await services.book.of(room.session_id, utterance)
        if made:  # by a process that could not say so any more
            return _drafted(utterance, made, await _posts_itself(room, made.confidence))
        joined = next((note for note in notes if note.utterance == effect.joins and note.status == GHOST), None)
        if joined is None or not room.joinable(effect.joins):
            return await structure(room, _by_itself(effect))
    if effect.addition and find_command(effect.addition, context) and not _denied(effect):
        return await structure(room, _by_itself(effect))
    if joined:
        notes = [note for note in notes if note is not joined]
        context = replace(context, notes=tuple(note.text for note in notes))
    began, so_far = time.perf_counter(), io.StringIO()

    def on_delta(delta: str) -> None:
        """The whole text so far, so that a follower who misses an event misses nothing."""
        so_far.write(delta)
        room.murmur("model_delta", {"utterance": utterance, "text": so_far.getvalue()})

    with services.telemetry.span("structure", trace=_trace(room, utterance)):
        reading = await room.read(utterance, effect.text, context, on_delta)
    services.telemetry.record("structuring_seconds", time.perf_counter() - began)
    if effect.joins is not None:
        await room.save()  # else whoever takes over might not know of the note before, and make it again
        if not room.joinable(effect.joins):  # decided on meanwhile
            return await structure(room, _by_itself(effect))
    await room.announce("intent", {"utterance": utterance, **_shown(reading)})
    if reading.intent is not Intent.CREATE_NOTE:
        return await _command(room, utterance, reading, notes, joined)
    if reading.confidence < services.settings.note_above:
        reason = reading.reason or "Too little was understood to make a note of it."
        return e.NoNoteDue(utterance, reason, unclear=True)
    auto_post = await _posts_itself(room, reading.confidence)  # first: who hears of the note may decide on it at once
    await room.secure(utterance)  # a note may exist only of an utterance that whoever takes over knows of
    note = await (_extend(room, effect, reading, joined) if joined else _save(room, effect, reading))
    if note is None:  # decided on meanwhile
        return await structure(room, _by_itself(effect))
    services.telemetry.record("note_seconds", room.stopwatch.waited_s(utterance)[1])
    return _drafted(utterance, note, auto_post)


async def _command(
    room: Room, utterance: int, reading: Reading, notes: Sequence[NoteRecord], part: NoteRecord | None
) -> e.Event:
    """A command that was read; ``part`` is the note that was made of its first words."""
    if part is not None and part.utterance is not None:
        await room.services.book.scratch(part)
        room.deliver(e.NoteSettled(part.utterance))
    if reading.intent not in tools.NEEDS_NOTE:
        return e.CommandRead(utterance, reading)
    if not notes:
        return e.NoNoteDue(utterance, tools.NO_NOTE[reading.intent])
    return e.CommandRead(utterance, reading, notes[-1].id, text_hash(notes[-1].text))


async def run_command(room: Room, effect: fx.RunCommand) -> e.Event:
    mark = (room.session_id, room.fence, effect.utterance)
    name = tools.name_of(effect.reading)
    with room.services.telemetry.span("tool", trace=_trace(room, effect.utterance), tool=name):
        await tools.use(room, effect.reading, tools.Target(effect.note_id or "", effect.text_sha256), mark)
    return e.ToolFinished(effect.utterance)


async def post(room: Room, effect: fx.Post) -> NoteRecord:
    """Firm the run's note and commit its job. Raises PostingUnavailable and NotNow, after they were announced.

    A note that was to be posted by itself stays as it is where the person has switched that off meanwhile.
    """
    note = await room.services.book.store.get(effect.note_id, room.user_id)
    if effect.consent is e.Consent.AUTO and not await _posts_itself(room, note.confidence):
        return note
    shown: dict[str, Any] = {"utterance": effect.utterance, "tool": "post"}
    await room.announce("tool_start", {**shown, "arguments": {"note_id": note.id, "consent": effect.consent}})
    try:
        queued = await room.services.book.post(note, effect.consent, text_sha256=effect.text_sha256)
    except (NotNow, PostingUnavailable) as refusal:
        await room.announce("tool_result", {**shown, "ok": False, "reason": refusal.code, "message": str(refusal)})
        raise
    await room.announce("tool_result", {**shown, "ok": True, "note_id": queued.id, "status": queued.status})
    return queued


async def keep(room: Room, effect: fx.Keep) -> NoteRecord:
    note = await room.services.book.store.get(effect.note_id, room.user_id)
    return await room.services.book.keep(note)


async def withdraw(room: Room, effect: fx.Withdraw, note_id: str | None) -> NoteRecord | None:
    """Take back what an utterance made, and return its note if it had one."""
    book = room.services.book
    await book.withdraw(room.session_id, effect.utterance, room.fence)
    note = await book.store.get(note_id, room.user_id) if note_id else None
    if note and note.utterance != effect.utterance and note.status == GHOST:  # gone on with at this very moment
        return await book.scratch(note)
    return note


async def _save(room: Room, effect: fx.Structure, reading: Reading) -> NoteRecord:
    spoken_at_s = max(0.0, (effect.media_s or 0.0) + room.services.settings.timestamp_offset_s)
    return await room.services.book.create(
        user_id=room.user_id,
        video_id=effect.video_id or room.video_id,
        timestamp_s=spoken_at_s if reading.timestamp_s is None else reading.timestamp_s,
        **_said(room, effect, reading),
    )


async def _extend(room: Room, effect: fx.Structure, reading: Reading, note: NoteRecord) -> NoteRecord | None:
    """The note of the words before these, with all of them; its time stays, unless the words name one."""
    return await room.services.book.extend(note, timestamp_s=reading.timestamp_s, **_said(room, effect, reading))


def _drafted(utterance: int, note: NoteRecord, auto_post: bool) -> e.NoteDrafted:
    return e.NoteDrafted(utterance, note.id, auto_post, text_hash(note.text))


async def _posts_itself(room: Room, confidence: float) -> bool:
    """Whether so sure a note is posted by itself: as the person has chosen, else as the server is set.

    Read each time, so that a change counts at once.
    """
    services = room.services
    if confidence <= services.settings.auto_post_above:
        return False
    chosen = await services.preferences.auto_post(room.user_id)
    return services.settings.auto_post if chosen is None else chosen


def _said(room: Room, effect: fx.Structure, reading: Reading) -> dict[str, Any]:
    return {
        "session_id": room.session_id,
        "fence": room.fence,
        "utterance": effect.utterance,
        "text": reading.text,
        "transcript": effect.text,
        "category": reading.category or Category.OTHER,
        "confidence": reading.confidence,
        "coverage": effect.coverage,
        "engine": reading.engine,
    }


def _alone(span: e.Span) -> e.Span:
    """Only what was said after the pause."""
    return replace(span, start=span.resumed or span.start, joins=None, resumed=None)


def _denied(effect: fx.Structure) -> bool:
    """Whether what was said before the pause takes back what came after it: "please don't", "post it"."""
    return leaves_denied(plain(effect.text).removesuffix(plain(effect.addition)).strip())


def _by_itself(effect: fx.Structure) -> fx.Structure:
    return replace(effect, text=effect.addition, joins=None, addition="")


async def _addition(room: Room, utterance: int, span: e.Span, whole: Transcript) -> str:
    """What was said after the pause."""
    if not whole.words:  # an engine that can't tell where its words were
        return (await room.transcribe(utterance, _alone(span))).text
    return whole.text_from(((span.resumed or span.start) - span.start) / SAMPLE_RATE)


def _heard(utterance: int, span: e.Span, transcript: Transcript) -> dict[str, Any]:
    heard: dict[str, Any] = {
        "utterance": utterance,
        "text": transcript.text,
        "certainty": round(transcript.certainty, 3),
        "audio_s": round((span.end - span.start) / SAMPLE_RATE, 3),
        "decode_s": round(transcript.decode_s, 3),
        "engine": transcript.engine,
        "language": transcript.language,
    }
    if span.joins is not None:
        heard["joins"] = span.joins
    if transcript.coverage:
        heard["coverage"] = round(transcript.coverage.share, 3)
        heard["gaps"] = [[round(start_s, 2), round(end_s, 2)] for start_s, end_s in transcript.coverage.gaps]
    return heard


def _shown(reading: Reading) -> dict[str, Any]:
    shown = {
        "intent": reading.intent,
        "confidence": round(reading.confidence, 3),
        "category": reading.category,
        "timestamp_s": reading.timestamp_s,
        "post": reading.post,
        "engine": reading.engine,
    }
    return {**shown, "notice": reading.notice} if reading.notice else shown


def _trace(room: Room, utterance: int) -> str:
    return f"{room.session_id}/{utterance}"
