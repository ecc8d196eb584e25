"""Applies events to the machine and performs the effects. Knows no audio and no connection: the agent around it does.

``deliver`` changes state at once, so a refused command is refused at once. Effects are performed in order by one task;
long work (transcribing, structuring, tools) has a task of its own, whose exceptions become events.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from agent import effects as fx
from agent import events as e
from agent import performers
from agent.errors import AgentError, NotNow, SessionEnded
from agent.machine import Run, Session, resume, step
from agent.ports import NoteRecord
from agent.states import SETTLED
from agent.timers import Timers
from inference.errors import EngineBusy

log = logging.getLogger(__name__)

T = TypeVar("T")
LAST = 1_000_000  # an attempt after which there is no other
ROOM_POLL_S = 0.2  # between two looks whether an engine has room
Work = Callable[[], Awaitable[e.Event | None]]


class Room(performers.Room, Protocol):
    """The agent, as far as its driver is concerned."""

    def drop_speech(self) -> None: ...
    def run_over(self, run: Run, outcome: str) -> None: ...
    def audio_unneeded(self) -> None: ...
    def save_soon(self) -> None: ...
    async def save(self) -> None: ...


class Driver:
    """One session's state and everything under way for it."""

    def __init__(self, room: Room) -> None:
        self.session = Session()
        self._room = room
        self._settings = room.services.settings
        self._effects: asyncio.Queue[fx.Effect] = asyncio.Queue()
        self._timers = Timers()
        self._work: dict[int, asyncio.Task[None]] = {}
        self._decisions: dict[int, asyncio.Future[NoteRecord]] = {}

    @property
    def working(self) -> bool:
        """An utterance is being worked on, and not only waited for."""
        return any(run.state not in SETTLED for run in self.session.runs)

    # Events in

    def deliver(self, event: e.Event) -> str | None:
        """Apply one event. Returns why it was refused, where it was."""
        before = self.session.runs
        self.session, effects = step(self.session, replace(event, at_ms=self._room.services.now_ms()))
        self._enqueue(effects)
        for run in before:
            if self.session.run(run.utterance) is None:
                self._room.run_over(run, _outcome(run, event))
        return next((effect.message for effect in effects if isinstance(effect, fx.Refuse)), None)

    def command(self, event: e.Event) -> None:
        """Apply what a person asks for. Raises NotNow where it does not apply."""
        refusal = self.deliver(event)
        if refusal:
            raise NotNow(refusal)

    def take_up(self, session: Session) -> None:
        """Go on with a saved session."""
        self.session, effects = resume(session, self._room.services.now_ms())
        self._enqueue(effects)

    async def decide(self, ask: e.RunEvent) -> NoteRecord:
        """Ask a run to keep, post or scratch its note, and wait until it has. Raises NotNow, PostingUnavailable."""
        if ask.utterance in self._decisions:
            raise NotNow("That note is being decided on already.")
        decision: asyncio.Future[NoteRecord] = asyncio.get_running_loop().create_future()
        self._decisions[ask.utterance] = decision
        try:
            self.command(ask)
            return await decision
        finally:
            self._decisions.pop(ask.utterance, None)

    # Effects out

    async def perform_all(self) -> None:
        """Perform effects in order until cancelled."""
        while True:
            await self._perform(await self._effects.get())

    async def stop(self) -> None:
        """Let go of timers and work; who waits for a decision is told."""
        self._timers.stop_all()
        work = list(self._work.values())
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        for decision in self._decisions.values():
            if not decision.done():
                decision.set_exception(SessionEnded("The session is closing: try again in a moment."))

    def _enqueue(self, effects: tuple[fx.Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case fx.DropSpeech():
                    self._room.drop_speech()
                case fx.Checkpoint():
                    self._room.save_soon()
                case fx.ReportBug():
                    log.error(effect.message)
                case fx.ForgetAudio():
                    self._room.audio_unneeded()
                case fx.StartConfirmTimer():
                    self._start_timer(effect.utterance, self._settings.confirm_s, effect.then, held=effect.held)
                case fx.StartRetryTimer():
                    self._start_timer(effect.utterance, self._settings.retry_after_s[effect.attempt - 1], effect.then)
                case fx.HoldTimer():
                    self._timers.hold(effect.utterance)
                case fx.ResumeTimer():
                    self._timers.resume(effect.utterance)
                case fx.StopTimer():
                    self._timers.stop(effect.utterance)
                case fx.Refuse():
                    pass  # deliver returns it
                case _:
                    self._effects.put_nowait(effect)

    async def _perform(self, effect: fx.Effect) -> None:
        match effect:
            case fx.Announce():
                await self._room.announce(effect.event, effect.payload)
            case fx.Transcribe():
                self._start(effect.utterance, effect.attempt, lambda: performers.transcribe(self._room, effect))
            case fx.Structure():
                self._start(effect.utterance, effect.attempt, lambda: performers.structure(self._room, effect))
            case fx.RunCommand():
                self._start(effect.utterance, effect.attempt, lambda: self._run_command(effect))
            case fx.Post():
                self._start(effect.utterance, effect.attempt, lambda: self._post(effect))
            case fx.Keep():
                self._start(effect.utterance, 1, lambda: self._keep(effect))
            case fx.Withdraw():
                self._start(effect.utterance, LAST, self._withdrawal(effect))

    def _start_timer(self, utterance: int, seconds: float, then: e.Event, *, held: bool = False) -> None:
        self._timers.start(utterance, seconds, lambda: self._time_out(then), held=held)

    def _time_out(self, then: e.Event) -> None:
        self.deliver(then)

    # Work

    def _start(self, utterance: int, attempt: int, work: Work) -> None:
        self._work[utterance] = asyncio.create_task(self._attempt(utterance, attempt, work))

    async def _attempt(self, utterance: int, attempt: int, work: Work) -> None:
        """Do one step of a run; whatever it raises becomes a failure of that step."""
        try:
            event = await self._once_there_is_room(work)
        except Exception as error:
            event = self._failure(utterance, attempt, error)
        if self._work.get(utterance) is asyncio.current_task():
            del self._work[utterance]
        if event:
            self.deliver(event)

    async def _once_there_is_room(self, work: Work) -> e.Event | None:
        """Do the work within the time of a step. A busy engine costs time, and no attempt: what was said is safe."""
        while True:
            queue_s = self._room.services.stt.load.wait_s
            try:
                async with asyncio.timeout(self._settings.step_deadline_s + queue_s):
                    return await work()
            except EngineBusy as busy:
                log.debug("waiting for room: %s", busy)
            await asyncio.sleep(ROOM_POLL_S)

    def _failure(self, utterance: int, attempt: int, error: Exception) -> e.Event:
        late = isinstance(error, TimeoutError)
        expected = late or hasattr(error, "retryable")
        message = "It took too long and was given up: try again." if late else str(error)
        log.log(
            logging.WARNING if expected else logging.ERROR,
            "a step of utterance %d failed: %s",
            utterance,
            message,
            exc_info=None if expected else error,
        )
        may_retry = late or bool(getattr(error, "retryable", False))
        goes_on = self.session.run(utterance) is not None
        if may_retry and goes_on and attempt <= len(self._settings.retry_after_s):
            return e.StepFailed(utterance, message)
        self._decided(utterance, error)
        return e.StepAbandoned(utterance, message if expected else f"Something went wrong inside: {message}")

    async def _run_command(self, effect: fx.RunCommand) -> e.Event:
        await self._room.save()  # what it acts on must be known to whoever has to do it again
        return await performers.run_command(self._room, effect)

    async def _post(self, effect: fx.Post) -> e.Event:
        await self._room.save()
        try:
            self._decided(effect.utterance, await performers.post(self._room, effect))
        except AgentError as refusal:
            self._decided(effect.utterance, refusal)
        return e.ToolFinished(effect.utterance)

    async def _keep(self, effect: fx.Keep) -> None:
        """Firm the note of a run that is done already; a failure can only be told."""
        try:
            self._decided(effect.utterance, await self._stubbornly(lambda: performers.keep(self._room, effect)))
        except Exception as error:
            self._decided(effect.utterance, error)
            failure = {"utterance": effect.utterance, "reason": "keep_failed", "message": str(error)}
            await self._room.announce("agent_error", failure)

    def _withdrawal(self, effect: fx.Withdraw) -> Work:
        before = self._work.get(effect.utterance)
        run = self.session.run(effect.utterance)
        note_id = run.note_id if run and run.reading is None else None

        async def withdraw() -> e.Event:
            if before:  # it may be about to save: only after its end is it known what there is to take back
                before.cancel()
                await asyncio.wait([before])
            note = await self._stubbornly(lambda: performers.withdraw(self._room, effect, note_id))
            if note:
                self._decided(effect.utterance, note)
            return e.Withdrawn(effect.utterance)

        return withdraw

    async def _stubbornly(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do what no state waits to retry: try again here, as often and as late as a run would."""
        for after_s in self._settings.retry_after_s:
            try:
                return await work()
            except Exception as error:
                if not getattr(error, "retryable", False):
                    raise
            await asyncio.sleep(after_s)
        return await work()

    def _decided(self, utterance: int, outcome: NoteRecord | Exception) -> None:
        decision = self._decisions.get(utterance)
        if decision is None or decision.done():
            return
        if isinstance(outcome, Exception):
            decision.set_exception(outcome)
        else:
            decision.set_result(outcome)


def _outcome(run: Run, event: e.Event) -> str:
    """How a run ended, for the figures."""
    match event:
        case e.Withdrawn():
            return "cancelled"
        case e.NothingHeard() | e.NoNoteDue():
            return "nothing"
        case e.ToolFinished() if run.reading is not None:
            return "command"
        case e.NoteDrafted():  # somebody else's: the note has been gone on with
            return "joined"
        case e.ToolFinished() | e.KeepAsked() | e.ConfirmTimedOut() | e.NoteSettled():
            return "note"
        case _:
            return "failed"
