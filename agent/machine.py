"""The session as a pure function: ``step(session, event) -> (session, effects)``.

Imports no asyncio, reads no clock, raises nothing. Which state follows stands in ``agent.states``; here stands what a
change sets off. Audio never comes through here: segment events do.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from agent import effects as fx
from agent import events as e
from agent.states import FINISHED, MIC_TABLE, RUN_TABLE, SETTLED, UNDECIDED, Mark, Mic, RunState
from inference.llm.contract import Reading

INVALID = "Invalid state transition"
AT_ONCE = frozenset({RunState.TRANSCRIBING, RunState.EXECUTING_TOOL, RunState.CANCELLING})
"""States whose work begins on entering; structuring waits until every earlier utterance is settled."""


@dataclass(frozen=True, slots=True)
class Run:
    """One utterance on its way to a note or a deed."""

    utterance: int
    span: e.Span
    media_s: float | None = None  # seconds of the video at which it began
    video_id: str | None = None
    state: RunState = RunState.TRANSCRIBING
    failed_in: RunState | None = None  # where RESUME leads
    attempt: int = 1  # of the step under way
    started: bool = False  # the effect of this state has been issued
    held: bool = False  # the confirm timer stands still
    text: str = ""
    certainty: float = 1.0
    coverage: float | None = None  # 0-1
    addition: str | None = None  # what this utterance added; None where the text is its own words alone
    note_id: str | None = None
    auto_post: bool = False
    reading: Reading | None = None  # of a command
    consent: e.Consent | None = None
    text_sha256: str | None = None  # of the note's text: what a consent is for

    @property
    def drafted(self) -> bool:
        """It made a note, which is safe; a command's run only points to one."""
        return self.note_id is not None and self.reading is None

    @property
    def open_to_more(self) -> bool:
        """Whether speech may go on with it: it may still become a note, or has one that nobody has decided on."""
        step = self.failed_in if self.state is RunState.RETRYING else self.state
        if self.reading is not None or step not in (*UNDECIDED, RunState.CONFIRMING):
            return False
        return step is RunState.TRANSCRIBING or self.span.joins is None or self.addition is not None

    def needs_audio(self, capture: int) -> bool:
        """Whether a step of this run, or speech that goes on with it, may still have to hear that capture."""
        if self.span.capture != capture or self.state is RunState.CANCELLING:
            return False
        return not self.drafted or self.span.reason == "endpoint"


@dataclass(frozen=True, slots=True)
class Session:
    """A session's whole state. ``runs`` holds the unfinished ones in utterance order."""

    mic: Mic = Mic.IDLE
    mode: e.Mode = e.Mode.PTT
    capture: int = 0
    speaking: int | None = None  # number of the open utterance
    runs: tuple[Run, ...] = ()
    failed: bool = False  # the last run to finish failed
    unclear: Run | None = None  # the last run that said too little: what follows may go on with it
    last_transition_ms: int = 0

    def run(self, utterance: int) -> Run | None:
        return next((run for run in self.runs if run.utterance == utterance), None)

    def open_to_more(self, utterance: int) -> bool:
        """Whether speech may go on with an utterance."""
        run = self.run(utterance)
        return run.open_to_more if run else self.unclear is not None and self.unclear.utterance == utterance

    def run_of_note(self, note_id: str) -> Run | None:
        return next((run for run in self.runs if run.note_id == note_id), None)

    @property
    def summary(self) -> str:
        """The one state to show: what is broken, else who speaks, else what is being worked on."""
        if self.mic is Mic.ERROR:
            return Mic.ERROR
        if self.speaking is not None or (self.mic is Mic.LISTENING and self.mode is e.Mode.PTT):
            return self.mic
        if self.runs:
            return self.runs[-1].state
        if self.failed and self.mic is Mic.IDLE:
            return Mic.ERROR
        return self.mic


Step = tuple[Session, tuple[fx.Effect, ...]]


def step(session: Session, event: e.Event) -> Step:
    """Apply one event. Effects are in the order in which they are to be performed."""
    if isinstance(event, e.CancelPressed):
        after, effects = _cancel(session, event)
    elif isinstance(event, e.RunEvent):
        after, effects = _run_event(session, event)
    else:
        after, effects = _mic_event(session, event)
    after, consequences = _settle(after)
    effects = (*effects, *consequences)
    if after is not session and any(isinstance(effect, fx.Announce) for effect in effects):
        effects = (*effects, fx.Checkpoint())
    return after, effects


def resume(session: Session, at_ms: int) -> Step:
    """Take up a saved session: every unfinished run does its present step again, each of which may be repeated."""
    runs = tuple(
        replace(run, state=run.failed_in or RunState.TRANSCRIBING, failed_in=None, started=False, held=False, attempt=1)
        if run.state is RunState.RETRYING
        else replace(run, started=False, held=False, attempt=1)
        for run in session.runs
    )
    session = replace(session, runs=runs, last_transition_ms=at_ms)
    session, effects = _settle(session)
    return session, (_changed(session, None), *effects)


def _mic_event(session: Session, event: e.Event) -> Step:
    target = MIC_TABLE[session.mic].get(type(event))
    match target:
        case Mark.DROP:
            return session, ()
        case Mark.NOT_NOW:
            return session, (fx.Refuse(f"{_named(event)} does not apply while the microphone is {session.mic}."),)
        case Mark.REOPEN:
            idle = replace(session, mic=Mic.IDLE, last_transition_ms=event.at_ms)
            after, effects = _mic_event(idle, event)
            return after, (_changed(idle, None), *effects)
        case Mic():
            return _mic_moved(session, target, event)
        case _:
            failure = {"utterance": None, "reason": "invalid_transition", "message": INVALID}
            return session, (_report(event, f"microphone {session.mic}"), fx.Announce("agent_error", failure))


def _mic_moved(session: Session, target: Mic, event: e.Event) -> Step:
    moved = replace(session, mic=target, last_transition_ms=event.at_ms)
    match event:
        case e.MicOpened():
            moved = replace(moved, capture=event.capture, mode=event.mode, failed=False)
        case e.CaptureFailed():
            moved = replace(moved, speaking=None)
            failure = fx.Announce("agent_error", {"utterance": None, "reason": "capture", "message": event.reason})
            return moved, (_changed(moved, None), failure)
        case e.UtteranceOpened():
            moved = replace(moved, speaking=event.utterance, failed=False)
            began = {"utterance": event.utterance, "capture": event.capture, "sample": event.onset}
            if event.joins is not None:
                began["joins"] = event.joins
            return moved, (fx.Announce("speech_started", began), *_shown_anew(session, moved))
        case e.UtteranceDropped():
            moved = replace(moved, speaking=None)
            return moved, _shown_anew(session, moved)
        case e.UtteranceClosed():
            run = Run(event.utterance, event.span, event.media_s, event.video_id)
            moved = replace(moved, speaking=None, failed=False, runs=(*moved.runs, run))
            ended = fx.Announce("speech_ended", {"utterance": event.utterance, **asdict(event.span)})
            return moved, (ended, _changed(moved, run))
        case e.MicClosed():
            moved = replace(moved, speaking=None)
    return moved, (_changed(moved, None),)


def _cancel(session: Session, event: e.CancelPressed) -> Step:
    """Esc reaches both regions; it is refused only where neither has anything to cancel."""
    effects: tuple[fx.Effect, ...] = ()
    after = session
    if session.mic in (Mic.LISTENING, Mic.PAUSED):
        after = replace(after, mic=Mic.IDLE, speaking=None, last_transition_ms=event.at_ms)
        effects = (fx.DropSpeech(), _changed(after, None))
    for run in session.runs:
        if RUN_TABLE[run.state][e.CancelPressed] is RunState.CANCELLING:
            after, more = _run_moved(after, run, RunState.CANCELLING, event)
            effects = (*effects, *more)
    if not effects:
        return session, (fx.Refuse("There is nothing to cancel."),)
    return after, effects


def _run_event(session: Session, event: e.RunEvent) -> Step:
    run = session.run(event.utterance)
    if run is None:  # finished and gone, so whatever comes now is late
        refusal = (fx.Refuse("That note is already decided."),) if type(event) in e.COMMANDS else ()
        return session, refusal
    target = RUN_TABLE[run.state].get(type(event))
    match target:
        case Mark.DROP:
            return session, ()
        case Mark.NOT_NOW:
            return session, (fx.Refuse(f"{_named(event)} does not apply while the note is {run.state}."),)
        case Mark.RESUME:
            return _run_moved(session, run, run.failed_in or RunState.TRANSCRIBING, event)
        case RunState():
            return _run_moved(session, run, target, event)
        case _:
            verdict = e.StepAbandoned(run.utterance, INVALID, at_ms=event.at_ms)
            after, effects = _run_moved(session, run, RunState.FAILED, verdict)
            return after, (_report(event, f"run {run.utterance} {run.state}"), *effects)


def _run_moved(session: Session, run: Run, target: RunState, event: e.Event) -> Step:
    """Everything that a run's change sets off, apart from what waits for other runs (see ``_settle``)."""
    before = run
    run = replace(run, state=target, started=False)
    effects: list[fx.Effect] = []
    if before.state is RunState.CONFIRMING:
        effects.append(fx.StopTimer(run.utterance))
        run = replace(run, held=False)
    match event:
        case e.Transcribed():
            run = replace(run, text=event.text, certainty=event.certainty, attempt=1)
            run = replace(run, coverage=event.coverage, addition=event.addition)
        case e.NoteDrafted():
            run = replace(run, note_id=event.note_id, auto_post=event.auto_post, attempt=1)
            run = replace(run, text_sha256=event.text_sha256)
            effects.append(fx.ForgetAudio(run.utterance, run.span))
        case e.CommandRead():
            run = replace(run, reading=event.reading, note_id=event.note_id, attempt=1)
            run = replace(run, text_sha256=event.text_sha256)
        case e.PostAsked():
            run = replace(run, consent=event.consent, text_sha256=event.text_sha256 or run.text_sha256, attempt=1)
        case e.AutoPostDue():
            run = replace(run, consent=e.Consent.AUTO, attempt=1)
        case e.KeepAsked():
            effects.append(fx.Keep(run.utterance, run.note_id or ""))
        case e.StepFailed():
            run = replace(run, failed_in=before.state)
            effects.append(fx.StartRetryTimer(run.utterance, run.attempt, e.RetryDue(run.utterance)))
        case e.RetryDue():
            run = replace(run, failed_in=None, attempt=run.attempt + 1)
        case e.NothingHeard() | e.NoNoteDue():
            said = {"utterance": run.utterance, "tool": "none", "ok": True, "reason": event.reason}
            effects.append(fx.Announce("tool_result", said))
        case e.StepAbandoned():
            failure = {"utterance": run.utterance, "reason": f"{before.state}_failed", "message": event.reason}
            effects.append(fx.Announce("agent_error", failure))
    if before.state is RunState.RETRYING and target is not before.failed_in:
        effects.append(fx.StopTimer(run.utterance))
    if target is RunState.DONE:
        effects.append(fx.ForgetAudio(run.utterance, run.span))
    runs = tuple(run if other.utterance == run.utterance else other for other in session.runs)
    if isinstance(event, e.NoteDrafted):  # a note that has been gone on with is this run's from now on
        given_up = [other for other in runs if other.note_id == run.note_id and other is not run and other.drafted]
        effects += [fx.StopTimer(other.utterance) for other in given_up]
        runs = tuple(other for other in runs if other not in given_up)
        if run.span.joins is not None and run.addition is not None and not given_up:  # there was nothing to go on with
            own = replace(run, text=run.addition, addition=None)
            runs, run = tuple(own if other is run else other for other in runs), own
    shown = replace(session, runs=runs, last_transition_ms=event.at_ms, failed=target is RunState.FAILED)
    if isinstance(event, e.NoNoteDue) and event.unclear and run.span.joins is None:  # else others have its beginning
        shown = replace(shown, unclear=replace(run, text="", addition=None))
    if target in FINISHED:
        shown = replace(shown, runs=tuple(other for other in runs if other is not run))
    return shown, (_changed(shown, run), *effects)


def _settle(session: Session) -> Step:
    """Issue what waited for its turn: steps of runs whose turn has come, and confirm timers to hold or let go."""
    effects: list[fx.Effect] = []
    runs: list[Run] = []
    clear = True  # every earlier run is settled
    for index, run in enumerate(session.runs):
        if not run.started and (run.state in AT_ONCE or (run.state is RunState.STRUCTURING and clear)):
            run = replace(_taking_in(session.unclear, run), started=True)
            effects.append(_work(run))
        elif run.state is RunState.CONFIRMING:
            run, timer = _timer(run, held=session.speaking is not None or _undecided_after(session, index))
            effects.extend(timer)
        clear = clear and run.state in SETTLED
        runs.append(run)
    if tuple(runs) == session.runs:
        return session, tuple(effects)
    return replace(session, runs=tuple(runs)), tuple(effects)


def _taking_in(unclear: Run | None, run: Run) -> Run:
    """A run whose note begins with the words of which, alone, no note could be made."""
    if unclear is None or run.addition is None or run.span.joins != unclear.utterance:
        return run
    return replace(run, span=replace(run.span, joins=None), media_s=unclear.media_s, video_id=unclear.video_id)


def _work(run: Run) -> fx.Effect:
    match run.state:
        case RunState.TRANSCRIBING:
            return fx.Transcribe(run.utterance, run.span, run.attempt)
        case RunState.STRUCTURING:
            joins = None if run.addition is None else run.span.joins
            return fx.Structure(
                run.utterance,
                run.text,
                run.certainty,
                run.coverage,
                run.media_s,
                run.video_id,
                run.attempt,
                joins,
                run.addition or "",
            )
        case RunState.CANCELLING:
            return fx.Withdraw(run.utterance)
        case _ if run.reading is not None:
            return fx.RunCommand(run.utterance, run.reading, run.note_id, run.attempt, run.text_sha256)
        case _:
            consent = run.consent or e.Consent.CLICK
            return fx.Post(run.utterance, run.note_id or "", consent, run.attempt, run.text_sha256)


def _timer(run: Run, *, held: bool) -> tuple[Run, list[fx.Effect]]:
    if not run.started:
        then = e.AutoPostDue(run.utterance) if run.auto_post else e.ConfirmTimedOut(run.utterance)
        return replace(run, started=True, held=held), [fx.StartConfirmTimer(run.utterance, then, held)]
    if held and not run.held:
        return replace(run, held=True), [fx.HoldTimer(run.utterance)]
    if run.held and not held:
        return replace(run, held=False), [fx.ResumeTimer(run.utterance)]
    return run, []


def _undecided_after(session: Session, index: int) -> bool:
    return any(
        run.state in UNDECIDED and run.failed_in is not RunState.EXECUTING_TOOL for run in session.runs[index + 1 :]
    )


def view(session: Session, run: Run | None = None) -> dict[str, Any]:
    """Both regions and the summary, as broadcast; ``run`` is the one that changed."""
    shown = run or (session.runs[-1] if session.runs else None)
    return {
        "microphone": session.mic,
        "mode": session.mode,
        "state": session.summary,
        "utterance": shown.utterance if shown else None,
        "run": shown.state if shown else None,
        "runs": [{"utterance": each.utterance, "state": each.state} for each in session.runs],
        "last_transition": session.last_transition_ms,
    }


def _shown_anew(before: Session, after: Session) -> tuple[fx.Effect, ...]:
    """Neither region has moved, but the one state to show may have."""
    return (_changed(after, None),) if after.summary != before.summary else ()


def _changed(session: Session, run: Run | None) -> fx.Announce:
    return fx.Announce("state_changed", view(session, run))


def _report(event: e.Event, where: str) -> fx.ReportBug:
    return fx.ReportBug(f"{INVALID}: {type(event).__name__} in {where}")


def _named(event: e.Event) -> str:
    return type(event).__name__.removesuffix("Asked").removesuffix("Pressed").removeprefix("Mic")
