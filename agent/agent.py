"""One live session: its ear, its clock, its driver and the connection that feeds it.

Made and run by the supervisor; everything of a session runs on one event loop. It survives a dropped socket, and a
later process takes it up from ``review_sessions`` and the stored audio.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from agent import events as e
from agent.announcer import Announcer
from agent.caption import Shown
from agent.checkpoints import Checkpoints, State
from agent.clock import VideoClock
from agent.commands import NoteCommands
from agent.driver import Driver
from agent.ear import Ear
from agent.errors import SessionEnded
from agent.expectations import Expectations
from agent.foresight import Foresight
from agent.machine import Run, view
from agent.ports import Microphone, NoteRecord, SessionRecord
from agent.preparation import Preparation
from agent.recording import Recording
from agent.retention import Retention
from agent.safekeeping import heard_since, join_parts
from agent.saved import from_state, to_state
from agent.seat import Seat
from agent.services import Services
from agent.states import Mic
from agent.stopwatch import Stopwatch
from inference.llm.contract import Context, Delta, Reading
from inference.stt.contract import Hint, Samples, Transcript
from inference.stt.finished import sounds_finished

log = logging.getLogger(__name__)

STOP_LIMIT_S = 5.0  # for the store, when the agent stops


class Agent:
    """The agent of one review session."""

    def __init__(self, record: SessionRecord, services: Services, commands: NoteCommands) -> None:
        self.session_id = record.id
        self.user_id = record.user_id
        self.video_id = record.video_id
        self.fence = record.fence
        self.services = services
        self.commands = commands
        self.active_ms = services.now_ms()
        self._record = record
        self._driver = Driver(self)
        self._foresight = Foresight(services.stt, record.id, self, services.telemetry, self._hint)
        self._preparation = Preparation(services.structurer, self._context)
        self._expectations = Expectations(services.videos, services.glossaries, record.user_id)
        recording = Recording(self, services, record.id, record.fence)
        self._ear = Ear(self, recording, self._foresight, services.make_detector, services.settings.ear)
        self._clock = VideoClock()
        self._checkpoints = Checkpoints(
            self, self._ear.stored, services.sessions, record.id, record.fence, record.state, 0
        )
        self._client_id = ""  # of the newest microphone
        self._seat = Seat(services.settings.orphan_s, self._ear.release)
        self._announcer = Announcer(services.hub, f"session:{record.id}")
        self._retention = Retention(
            record.id, services.audio, self._needed_from, self.save, keep_all=services.settings.keep_audio
        )
        self.stopwatch = Stopwatch()
        self._moved, self._ended = asyncio.Event(), asyncio.Event()

    # Life

    async def restore(self) -> None:
        """Take up what was saved. Comes before everything else; errors of the store pass through."""
        record = self._record
        session, saved = from_state(record.state)
        capture, received = record.capture or 0, record.safe_samples
        new = "session" not in record.state  # nothing but its clock was ever saved
        held = await self._retention.restore(record.state.get("failed", {}))
        since = int(saved.get("ear", {}).get("capture", 0)) if session or new else capture
        heard = [each async for each in heard_since(since, held, self.services.audio, self.session_id)]
        self._clock.restore(record.state.get("clock", {}))
        self._client_id = record.state.get("client", "")  # whose clock it is
        if session is not None:  # from here on nothing can fail half-way
            self._driver.take_up(replace(session, speaking=None))
        self._ear.restore(saved.get("ear", {}), capture, received, 1 if new else record.applied_utterance + 1)
        self._ear.mode = e.Mode(record.state.get("mode", self._ear.mode))  # of the captures that no state knows
        self._ear.hear_again(heard)
        if not self._ear.stopped:
            self._seat.await_client()

    async def run(self) -> None:
        """Live until ``end``. What it raises is a bug or a lost fence; the supervisor reports it."""
        services = self.services
        chores: list[Coroutine[Any, Any, None]] = [
            self._driver.perform_all(),
            self._ear.store(),
            self._announcer.run(),
            self._checkpoints.run(services.settings.retry_after_s[-1]),
            self._retention.run(),
            self._checkpoints.keep_lease(services.settings.lease_s),
        ]
        try:
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(self._ear.listen())
                tasks = [listening, *(group.create_task(chore) for chore in chores)]
                await self._ended.wait()
                listening.cancel()
                with contextlib.suppress(TimeoutError):  # what is not safe by then, the client still has
                    async with asyncio.timeout(STOP_LIMIT_S):
                        await self._ear.stored()
                        await self.save()
                        await self._retention.let_go()
                for task in tasks:
                    task.cancel()
        finally:
            self.end()
            await self._foresight.close()
            await self._preparation.close()
            await self._expectations.close()
            self._seat.clear("the session has stopped: join again")
            await self._driver.stop()
        await self.services.sessions.release(self.session_id, self.fence)

    def end(self) -> None:
        """Stop; what is unfinished is saved and taken up by the next agent of this session."""
        self._ended.set()
        self._moved.set()

    @property
    def ended(self) -> bool:
        """It takes nothing more, though it may still be saving."""
        return self._ended.is_set()

    @property
    def idle(self) -> bool:
        """Nobody is connected, nothing is being recorded or worked on."""
        return not (self._seat.taken or self._driver.session.mic is Mic.LISTENING or self._driver.session.runs)

    async def settled(self) -> None:
        """Wait until no utterance is being worked on; one that only waits for the person is not."""
        while not self.ended and self._driver.working:
            self._moved.clear()
            await self._moved.wait()

    # From the microphone's connection. None of these waits.

    def attach(
        self, client_id: str, microphone: Microphone, *, mode: e.Mode, video_id: str | None, playhead_s: float | None
    ) -> tuple[int, int]:
        """Make this connection the session's microphone; (capture, safe samples) to acknowledge at once.

        The same client replaces its own half-open predecessor. Raises SecondMicrophone for another one.
        """
        self._touch()
        self._seat.take(client_id, microphone)
        if client_id != self._client_id:  # another client, another clock
            self._client_id, self._clock, self._checkpoints.clock = client_id, VideoClock(), None
        if mode is not self._ear.mode:
            self._checkpoints.clock = None  # it is saved with the clock
        self._ear.prefer(mode)
        self.video_id = video_id or self.video_id
        if playhead_s is not None:
            self._clock.start_at(playhead_s)
        return self._ear.safe

    def yield_microphone(self, client_id: str | None) -> None:
        """The same client records in another process from now on. Raises SecondMicrophone for another one."""
        self._seat.replace(client_id)

    def detach(self, microphone: Microphone) -> None:
        """The connection is gone. The session lives on; an open capture counts as released after a while."""
        self._seat.leave(microphone)

    def hear(self, capture: int, offset: int, pcm: bytes) -> None:
        """Samples from the microphone. Raises AudioSkipped, AudioBacklog, AudioInvalid."""
        self._touch()
        self._seat.expect_nobody()
        self._ear.hear(capture, offset, pcm)

    def hear_gap(self, capture: int, start: int, end: int) -> None:
        """Silence that was withheld. Raises as ``hear``."""
        self._touch()
        self._seat.expect_nobody()
        self._ear.hear_gap(capture, start, end)

    def stop(self, capture: int, samples: int) -> None:
        """The capture is over. Raises NotNow, AudioSkipped."""
        self._touch()
        self._ear.stop(capture, samples)

    def pause(self) -> None:
        self._command(e.MicPaused())
        self._ear.pause(True)

    def resume(self) -> None:
        self._command(e.MicResumed())
        self._ear.pause(False)

    def cancel(self) -> None:
        """Esc. Raises NotNow where there is nothing to cancel."""
        self._command(e.CancelPressed())

    def reset(self) -> None:
        self._command(e.MicReset())

    def fail_capture(self, reason: str) -> None:
        """The client can't record any more: what was heard is an utterance, then the microphone shows the error."""
        self._touch()
        self._ear.release()
        self._ear.catch_up()
        self.deliver(e.CaptureFailed(reason))

    def anchor(self, capture: int, sample: int, wall_ms: float) -> None:
        self._clock.anchor(capture, sample, wall_ms)

    def clock(self, wall_ms: float, media_s: float, rate: float, paused: bool) -> None:
        self._clock.tick(wall_ms, media_s, rate, paused=paused)

    # From anybody who follows the session or decides on its notes

    def snapshot(self) -> dict[str, Any]:
        """The session as it stands."""
        return {**view(self._driver.session), "video_id": self.video_id}

    def confirming(self, note_id: str) -> int | None:
        """The utterance whose run still holds this note, None where the note stands by itself."""
        run = self._driver.session.run_of_note(note_id)
        return run.utterance if run and run.drafted else None

    async def decide(self, ask: e.RunEvent) -> NoteRecord:
        """Ask a run to keep, post or scratch its note, and wait until it has. Raises NotNow, PostingUnavailable."""
        self._touch()
        return await self._driver.decide(ask)

    def deliver(self, event: e.Event) -> str | None:
        """Apply one event. Returns why it was refused, where it was."""
        if isinstance(event, e.UtteranceClosed):
            event = self._placed(event)
        refusal = self._driver.deliver(event)
        if isinstance(event, e.UtteranceClosed) and self._driver.session.run(event.utterance) is None:
            self._let_go(event.utterance)  # it came too late to matter
        if isinstance(event, e.MicClosed):
            self.audio_unneeded()
        if isinstance(event, e.MicOpened | e.UtteranceOpened):
            self._expectations.look(self.video_id)
        return refusal

    def _placed(self, event: e.UtteranceClosed) -> e.UtteranceClosed:
        """The utterance with the video and the second of it at which it began, as they are known now."""
        span = event.span
        self.stopwatch.start(event.utterance, span)
        onset = span.start if span.onset is None else span.onset
        return replace(event, media_s=self._clock.media_at(span.capture, onset), video_id=self.video_id)

    def _command(self, event: e.Event) -> None:
        self._touch()
        self._ear.catch_up()  # what came before the command happened before it
        self._driver.command(event)

    def _touch(self) -> None:
        if self._ended.is_set():
            raise SessionEnded("The session has stopped: join again.")
        self.active_ms = self.services.now_ms()

    # For the driver, its performers and tools

    async def announce(self, event: str, payload: dict[str, Any]) -> None:
        """Broadcast a durable event on the session's topic."""
        if event == "speech_started":
            payload = {**payload, "media_s": self._clock.media_at(payload["capture"], payload["sample"])}
        await self._announcer.announce(event, payload)

    def murmur(self, event: str, payload: dict[str, Any]) -> None:
        """Broadcast an ephemeral event soon."""
        self._announcer.murmur(event, payload)

    async def transcribe(self, utterance: int, span: e.Span) -> Transcript:
        """The final of an utterance. Raises AudioLost, and what the engine raises."""

        async def audio(start: int, end: int) -> Samples:
            clip, run = self._ear.clip(utterance), self._driver.session.run(utterance)
            if clip is not None and run is not None:
                return clip[start - run.span.start : end - run.span.start]
            await self._ear.stored()  # it may be on its way
            stored = await self.services.audio.read(self.session_id, span.capture, start, end)
            return join_parts(stored, start, end)

        return await self._foresight.transcribe(utterance, span, audio)

    async def read(self, utterance: int, text: str, context: Context, on_delta: Delta) -> Reading:
        """How an utterance is understood; prepared where it was foreseen."""
        return await self._preparation.reading(utterance, text, context, on_delta)

    async def secure(self, utterance: int) -> None:
        """Return once a saved state knows of this utterance. Errors of the store pass through."""
        await self._checkpoints.secure(utterance)

    def joinable(self, utterance: int) -> bool:
        """Whether more words may be added to what this utterance said."""
        return self._driver.session.open_to_more(utterance)

    def _hint(self) -> Hint | None:
        return self._expectations.hint(self.playhead())

    def playhead(self) -> float | None:
        return self._clock.media_at(self._ear.capture, self._ear.received)

    def drop_speech(self) -> None:
        self._preparation.forget(self._ear.next_utterance)
        self._ear.drop()
        self.audio_unneeded()

    def run_over(self, run: Run, outcome: str) -> None:
        """A run has finished: nothing in memory is kept for it."""
        self._let_go(run.utterance)
        if outcome == "failed":  # its words are in the audio alone
            self._retention.keep_failed(run.span.capture, run.span.start)
        self.services.telemetry.record("utterances", 1, outcome=outcome)
        self.services.telemetry.finish(f"{self.session_id}/{run.utterance}", outcome)

    def _let_go(self, utterance: int) -> None:
        self._ear.forget(utterance)
        self._foresight.forget(utterance)
        self._preparation.forget(utterance)
        self.stopwatch.forget(utterance)

    def save_soon(self) -> None:
        """Something changed."""
        self._checkpoints.soon()
        self._moved.set()

    async def save(self) -> None:
        """Save the state now. Errors of the store pass through."""
        await self._checkpoints.save()

    # For the checkpoints

    def state(self) -> State:
        session = self._driver.session
        utterances = [run.utterance for run in session.runs]
        return State(to_state(session, self._ear.saved()), utterances, bool(utterances) or self._ear.busy)

    def beside(self) -> tuple[dict[str, Any], dict[str, Any], object]:
        beside: dict[str, Any] = {"clock": self._clock.saved(), "failed": self._retention.saved()}
        beside |= {"client": self._client_id, "mode": self._ear.mode}
        return beside, {"video_id": self.video_id, "mode": self._ear.mode}, self._clock.changes

    # For the foresight

    def caption(self, utterance: int, shown: Shown) -> None:
        if self._driver.session.speaking == utterance:
            self.murmur("asr_partial", {"utterance": utterance, "text": shown.text, "firm": shown.firm})

    def foreseen(self, utterance: int, end: int, transcript: Transcript) -> None:
        if sounds_finished(transcript.text):
            self._preparation.begin(utterance, transcript.text, transcript.certainty)
            self._ear.finished(utterance, end)

    async def _context(self, utterance: int, certainty: float) -> Context:
        run = self._driver.session.run(utterance)
        joins = run.span.joins if run else self._ear.joins
        notes = await self.services.book.live(self.session_id, before=utterance, without=joins)
        return Context(notes=tuple(note.text for note in notes), playhead_s=self.playhead(), certainty=certainty)

    # For the ear

    def safe(self, capture: int, samples: int) -> None:
        self._seat.ack(capture, samples)

    def audio_unneeded(self) -> None:
        self._retention.look()

    def listened(self, seconds: float) -> None:
        self.services.telemetry.record("frame_to_vad_seconds", seconds)

    # For the recording

    async def about_to_store(self) -> None:
        """Whoever takes the audio up must know its second."""
        if self._clock.changes != self._checkpoints.clock:
            await self._checkpoints.save_beside()

    def has_stored(self, capture: int) -> None:
        self._retention.stored(capture)
        if self._needed_from(capture) is None:
            self.audio_unneeded()  # the rest was let go before this came

    # Chores

    def _needed_from(self, capture: int) -> int | None:
        """The first sample of a capture that a run or open speech still needs."""
        still = self._ear.needed(capture)
        needed = [run.span.start for run in self._driver.session.runs if run.needs_audio(capture)]
        return min(needed if still is None else [*needed, still], default=None)
