"""What a change of state sets off: order, timers, retries, resuming. Time never passes here."""

from dataclasses import replace
from typing import Any

import pytest

from agent import effects as fx
from agent import events as e
from agent.machine import Session, resume, step
from agent.states import Mic, RunState
from inference.llm.contract import Intent, Reading

SPAN = e.Span(capture=1, start=0, end=16_000, onset=1_000, endpoint=17_000)


def play(session: Session, *events: e.Event) -> tuple[Session, list[fx.Effect]]:
    """Apply events; effects of all of them."""
    done: list[fx.Effect] = []
    for event in events:
        session, effects = step(session, event)
        done += effects
    return session, done


def listening(*numbers: int) -> Session:
    """A session that listens and has begun a run for each number."""
    opened = [e.MicOpened(1, e.Mode.HANDS_FREE)]
    spoken = [event for n in numbers for event in (e.UtteranceOpened(n, 1, 0), e.UtteranceClosed(n, SPAN))]
    return play(Session(), *opened, *spoken)[0]


def drafted(session: Session, n: int, *, auto_post: bool = False) -> Session:
    return play(session, e.Transcribed(n, f"sentence {n}"), e.NoteDrafted(n, f"note-{n}", auto_post))[0]


def of(kind: type, effects: list[fx.Effect]) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)]


def test_a_note_from_speech_to_ghost() -> None:
    session, effects = play(
        Session(),
        e.MicOpened(1, e.Mode.PTT, at_ms=10),
        e.UtteranceOpened(1, 1, 900, at_ms=20),
        e.UtteranceClosed(1, SPAN, at_ms=30),
        e.MicClosed(at_ms=31),
        e.Transcribed(1, "the cut is jarring", at_ms=40),
        e.NoteDrafted(1, "n1", at_ms=50),
        e.ConfirmTimedOut(1, at_ms=3050),
    )
    names = [effect.event for effect in effects if isinstance(effect, fx.Announce)]
    assert names[:4] == ["state_changed", "speech_started", "speech_ended", "state_changed"]
    shown = [
        effect.payload["state"]
        for effect in effects
        if isinstance(effect, fx.Announce) and effect.event == "state_changed"
    ]
    assert shown == ["listening", "listening", "transcribing", "structuring", "confirming", "idle"]
    assert session.runs == ()
    assert session.last_transition_ms == 3050


def test_transcription_overlaps_but_intents_wait_their_turn() -> None:
    session = listening(1, 2)
    session, effects = play(session, e.Transcribed(2, "scratch that"))
    assert not of(fx.Structure, effects)
    session, effects = play(session, e.Transcribed(1, "the cut is jarring"))
    assert [effect.utterance for effect in of(fx.Structure, effects)] == [1]
    session, effects = play(session, e.NoteDrafted(1, "n1"))
    assert [effect.utterance for effect in of(fx.Structure, effects)] == [2]


def test_a_tool_holds_back_the_next_intent() -> None:
    session = listening(1, 2)
    session, effects = play(
        session, e.Transcribed(1, "go back"), e.Transcribed(2, "pause"), e.CommandRead(1, Reading(Intent.SEEK))
    )
    assert [effect.utterance for effect in of(fx.Structure, effects)] == [1]
    session, effects = play(session, e.ToolFinished(1))
    assert [effect.utterance for effect in of(fx.Structure, effects)] == [2]


def test_a_failed_run_lets_the_next_one_go_on_and_leaves_the_microphone_alone() -> None:
    session = listening(1, 2)
    session, effects = play(session, e.Transcribed(2, "two"), e.StepAbandoned(1, "the model broke"))
    assert [effect.utterance for effect in of(fx.Structure, effects)] == [2]
    assert session.mic is Mic.LISTENING
    errors = [effect.payload for effect in of(fx.Announce, effects) if effect.event == "agent_error"]
    assert errors == [{"utterance": 1, "reason": "transcribing_failed", "message": "the model broke"}]


def test_the_confirm_timer_stands_still_while_somebody_speaks_and_until_the_intent_is_known() -> None:
    session = drafted(listening(1), 1)
    session, effects = play(session, e.UtteranceOpened(2, 1, 20_000))
    assert of(fx.HoldTimer, effects) == [fx.HoldTimer(1)]
    session, effects = play(session, e.UtteranceClosed(2, SPAN), e.Transcribed(2, "louder music"))
    assert not of(fx.ResumeTimer, effects)
    session, effects = play(session, e.NoteDrafted(2, "n2"))
    assert of(fx.ResumeTimer, effects) == [fx.ResumeTimer(1)]
    assert [(timer.utterance, timer.held) for timer in of(fx.StartConfirmTimer, effects)] == [(2, False)]


def test_the_confirm_timer_goes_on_when_the_speech_was_none() -> None:
    session = drafted(listening(1), 1)
    session, effects = play(session, e.UtteranceOpened(2, 1, 20_000), e.UtteranceDropped(2))
    assert of(fx.ResumeTimer, effects) == [fx.ResumeTimer(1)]


def test_a_note_saved_while_somebody_speaks_gets_a_timer_that_waits() -> None:
    session = play(listening(1), e.UtteranceOpened(2, 1, 20_000), e.Transcribed(1, "one"))[0]
    session, effects = play(session, e.NoteDrafted(1, "n1"))
    assert of(fx.StartConfirmTimer, effects) == [fx.StartConfirmTimer(1, e.ConfirmTimedOut(1), held=True)]


def test_auto_post_posts_only_when_the_note_may_be_posted_by_itself() -> None:
    session = listening(1)
    session, effects = play(session, e.Transcribed(1, "one"), e.NoteDrafted(1, "n1", auto_post=True))
    assert of(fx.StartConfirmTimer, effects) == [fx.StartConfirmTimer(1, e.AutoPostDue(1))]
    session, effects = play(session, e.AutoPostDue(1))
    assert of(fx.Post, effects) == [fx.Post(1, "n1", e.Consent.AUTO, 1)]


def test_esc_closes_the_microphone_and_cancels_every_unfinished_run() -> None:
    session = drafted(listening(1, 2, 3), 1)
    session, effects = play(session, e.CancelPressed())
    assert session.mic is Mic.IDLE
    assert {run.state for run in session.runs} == {RunState.CANCELLING}
    assert [effect.utterance for effect in of(fx.Withdraw, effects)] == [1, 2, 3]
    assert of(fx.StopTimer, effects) == [fx.StopTimer(1)]
    assert len(of(fx.DropSpeech, effects)) == 1


def test_cancelling_a_post_withdraws_it() -> None:
    session = drafted(listening(1), 1)
    session, _ = play(session, e.PostAsked(1, e.Consent.CLICK))
    session, effects = play(session, e.ScratchAsked(1))
    assert of(fx.Withdraw, effects) == [fx.Withdraw(1)]
    session, effects = play(session, e.ToolFinished(1))
    assert session.runs[0].state is RunState.CANCELLING, "the post's answer came too late to matter"


def test_an_answer_to_an_older_run_never_acts_on_a_newer_one() -> None:
    session = drafted(listening(1), 1)
    session, _ = play(session, e.ConfirmTimedOut(1), e.UtteranceOpened(2, 1, 0), e.UtteranceClosed(2, SPAN))
    before = session
    session, effects = play(session, e.Transcribed(1, "late"), e.NoteDrafted(1, "late"), e.ConfirmTimedOut(1))
    assert session == before
    assert effects == []


def test_a_step_is_retried_where_it_failed() -> None:
    session = play(listening(1), e.Transcribed(1, "one"))[0]
    session, effects = play(session, e.StepFailed(1, "locked"))
    assert of(fx.StartRetryTimer, effects) == [fx.StartRetryTimer(1, 1, e.RetryDue(1))]
    session, effects = play(session, e.RetryDue(1))
    assert [(effect.text, effect.attempt) for effect in of(fx.Structure, effects)] == [("one", 2)]


def test_audio_is_let_go_once_the_note_is_safe_and_kept_when_the_run_failed() -> None:
    session, effects = play(listening(1), e.Transcribed(1, "one"))
    assert not of(fx.ForgetAudio, effects)
    _, effects = play(session, e.NoteDrafted(1, "n1"))
    assert of(fx.ForgetAudio, effects) == [fx.ForgetAudio(1, SPAN)]
    _, effects = play(session, e.StepAbandoned(1, "disk full"))
    assert not of(fx.ForgetAudio, effects)


def test_resuming_takes_up_every_unfinished_run_at_its_own_step() -> None:
    session = drafted(listening(1, 2, 3), 1)
    session = play(session, e.Transcribed(2, "two"), e.StepFailed(2, "locked"))[0]
    _, effects = resume(replace(session, speaking=None), at_ms=99)
    work = list(effects)
    assert [effect.utterance for effect in of(fx.StartConfirmTimer, work)] == [1]
    assert [(effect.utterance, effect.text) for effect in of(fx.Structure, work)] == [(2, "two")]
    assert [effect.utterance for effect in of(fx.Transcribe, work)] == [3]


def test_resuming_takes_back_what_was_being_cancelled() -> None:
    session = play(listening(1), e.CancelPressed())[0]
    _, effects = resume(session, at_ms=99)
    assert of(fx.Withdraw, list(effects)) == [fx.Withdraw(1)]


def test_every_broadcast_change_is_saved() -> None:
    _, effects = step(Session(), e.MicOpened(1, e.Mode.PTT))
    assert isinstance(effects[-1], fx.Checkpoint)
    _, effects = step(Session(), e.MicClosed())
    assert effects == ()


def test_in_hands_free_the_one_state_shown_turns_back_to_listening_when_somebody_speaks_on() -> None:
    session = listening(1)
    assert session.summary == "transcribing"
    session, effects = play(session, e.UtteranceOpened(2, 1, 20_000))
    shown = [effect.payload["state"] for effect in of(fx.Announce, effects) if effect.event == "state_changed"]
    assert shown == ["listening"]
    session, effects = play(session, e.UtteranceDropped(2))
    assert session.summary == "transcribing"


def test_a_run_whose_text_goes_on_with_an_earlier_one_says_so_to_the_structurer() -> None:
    joint = replace(SPAN, joins=1, resumed=8_000)
    session = drafted(listening(1), 1)
    session, effects = play(
        session,
        e.UtteranceOpened(2, 1, 9_000, joins=1),
        e.UtteranceClosed(2, joint),
        e.Transcribed(2, "one and two", coverage=0.9, addition="and two"),
    )
    began = next(effect for effect in of(fx.Announce, effects) if effect.event == "speech_started")
    assert began.payload["joins"] == 1
    (structuring,) = of(fx.Structure, effects)
    assert (structuring.joins, structuring.addition, structuring.coverage) == (1, "and two", 0.9)


def test_a_note_that_was_gone_on_with_belongs_to_the_later_run_alone() -> None:
    session = drafted(listening(1, 2), 1)
    session, effects = play(session, e.Transcribed(2, "one and two"), e.NoteDrafted(2, "note-1"))
    assert [(run.utterance, run.state) for run in session.runs] == [(2, RunState.CONFIRMING)]
    assert fx.StopTimer(1) in effects


def joining(addition: str | None) -> Session:
    """Run 1 has a note, run 2 goes on with it and was transcribed."""
    session = play(drafted(listening(1), 1), e.UtteranceOpened(2, 1, 20_000, 1))[0]
    span = replace(SPAN, joins=1, resumed=18_000)
    return play(session, e.UtteranceClosed(2, span), e.Transcribed(2, "louder", addition=addition))[0]


@pytest.mark.parametrize(
    "events, more",
    [
        ([], True),
        ([e.NoteDrafted(2, "note-1")], True),
        ([e.NoteDrafted(2, "n2")], False),
        ([e.CommandRead(2, Reading(Intent.SEEK))], False),
        ([e.NoteDrafted(2, "note-1"), e.PostAsked(2), e.StepFailed(2, "the store is away")], False),
        ([e.StepFailed(2, "the model is away")], True),
        ([e.CancelPressed()], False),
        ([e.StepFailed(2, "the model is away"), e.CancelPressed()], False),
    ],
)
def test_speech_goes_on_only_with_a_note_of_the_whole_that_nobody_has_decided_on(
    events: list[e.Event], more: bool
) -> None:
    run = play(joining("louder"), *events)[0].run(2)
    assert run is not None
    assert run.open_to_more is more


def test_speech_goes_on_with_what_was_too_little_but_not_where_another_has_its_beginning() -> None:
    session = play(listening(1), e.Transcribed(1, "I think"), e.NoNoteDue(1, "too little", unclear=True))[0]
    assert session.open_to_more(1)
    session = play(joining("louder"), e.NoNoteDue(2, "too little", unclear=True))[0]
    assert not session.open_to_more(2)
    session = play(listening(1), e.Transcribed(1, "scratch that"), e.NoNoteDue(1, "there is no note"))[0]
    assert not session.open_to_more(1)


def test_what_was_transcribed_alone_is_not_gone_on_with() -> None:
    run = joining(None).run(2)
    assert run is not None
    assert not run.open_to_more


def test_a_run_that_silence_ended_keeps_its_audio_until_it_is_over() -> None:
    hands_free = drafted(listening(1), 1)
    (run,) = hands_free.runs
    assert run.needs_audio(1), "speech may still go on with it"
    assert not replace(run, span=replace(SPAN, reason="stop")).needs_audio(1)
    _, effects = play(hands_free, e.ConfirmTimedOut(1))
    assert of(fx.ForgetAudio, effects) == [fx.ForgetAudio(1, SPAN)]
