"""Samples in, utterances out; offsets, limits and what is refused."""

from dataclasses import replace

import pytest

from agent import events as e
from agent.ear import EarSettings
from agent.errors import AudioInvalid
from inference.vad.contract import SpeechEnded, SpeechPaused, SpeechResumed
from tests.agent.ears import SECOND, SMALL, ear_of, hear, listen


def test_one_press_is_one_utterance_whatever_pauses_it_has() -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 16_000, 26_000), SpeechEnded(40_000, 48_000, 58_000)])
    hear(ear, 4 * SECOND)
    ear.stop(1, 4 * SECOND)
    listen(ear)
    assert [type(event).__name__ for event in listener.events] == [
        "MicOpened",
        "UtteranceOpened",
        "UtteranceClosed",
        "MicClosed",
    ]
    assert listener.spans() == [e.Span(1, 8_000 - 4_800, 48_000 + 1_536, 8_000, 64_000, "stop", 48_000)]


def test_hands_free_opens_and_closes_by_voice() -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 16_000, 26_000), SpeechEnded(40_000, 48_000, 58_000)])
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 4 * SECOND)
    listen(ear)
    assert [(span.start, span.end, span.reason) for span in listener.spans()] == [
        (3_200, 17_536, "endpoint"),
        (35_200, 49_536, "endpoint"),
    ]


def test_what_hands_free_hears_when_the_microphone_goes_off_is_an_utterance_too() -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 60_000, 70_000)])
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, SECOND)
    ear.stop(1, SECOND)
    listen(ear)
    assert [(span.end, span.reason) for span in listener.spans()] == [(SECOND, "stop")]


def test_a_limit_cuts_without_losing_or_doubling_a_sample() -> None:
    ear, listener = ear_of([SpeechEnded(0, 5 * SECOND, 6 * SECOND)], replace(SMALL, backlog_bytes=10 * SECOND * 2))
    hear(ear, 5 * SECOND)
    ear.stop(1, 5 * SECOND)
    listen(ear)
    spans = listener.spans()
    assert [span.reason for span in spans] == ["limit", "limit", "stop"]
    assert spans[0].start == 0
    assert [before.end for before in spans[:-1]] == [after.start for after in spans[1:]]
    assert spans[-1].end == 5 * SECOND
    assert [event.utterance for event in listener.events if isinstance(event, e.UtteranceOpened)] == [1, 2, 3]


def test_the_byte_limit_cuts_as_well() -> None:
    ear, listener = ear_of([SpeechEnded(0, 5 * SECOND, 6 * SECOND)], EarSettings(max_utterance_bytes=SECOND * 2))
    hear(ear, 2 * SECOND)
    listen(ear)
    assert [span.end for span in listener.spans()] == [SECOND, 2 * SECOND]


def test_silence_after_a_limit_is_no_utterance() -> None:
    ear, listener = ear_of([SpeechEnded(0, SECOND, SECOND + 100)], replace(SMALL, backlog_bytes=10**7))
    hear(ear, 3 * SECOND)
    ear.stop(1, 3 * SECOND)
    listen(ear)
    assert len(listener.spans()) == 1
    assert [type(event).__name__ for event in listener.events][-2:] == ["UtteranceDropped", "MicClosed"]


def test_nothing_of_a_dropped_capture_becomes_an_utterance() -> None:
    ear, listener = ear_of([SpeechEnded(0, 8_000, 9_000)])
    hear(ear, 800)
    listen(ear)
    ear.drop()
    with pytest.raises(AudioInvalid):
        hear(ear, SECOND, start=800)
    hear(ear, SECOND, capture=2)
    ear.stop(2, SECOND)
    listen(ear)
    assert [span.capture for span in listener.spans()] == [2]


def test_partials_come_at_intervals_of_speech() -> None:
    ear, listener = ear_of([SpeechEnded(0, 60_000, 62_000)], EarSettings(partial_every_ms=500))
    hear(ear, 2 * SECOND)
    listen(ear)
    assert [samples for _, samples in listener.partials] == [5_600, 13_600, 21_600, 29_600]


def test_an_ear_taken_up_again_goes_on_with_the_same_number() -> None:
    speech = [SpeechEnded(8_000, 40_000, 50_000)]
    ear, listener = ear_of(speech)
    hear(ear, SECOND)
    listen(ear)
    later, after = ear_of(speech)
    later.restore(ear.saved(), 1, SECOND, 1)
    for heard in listener.kept:
        later.take(heard.cut(later.needed_from))
    hear(later, 2 * SECOND, start=SECOND)
    later.stop(1, 3 * SECOND)
    listen(later)
    assert [event.utterance for event in after.events if isinstance(event, e.UtteranceClosed)] == [1]
    assert after.spans()[0].end == 41_536


PAUSED, RESUMED = SpeechPaused(8_000, 24_000, 25_536), SpeechResumed(8_000, 30_400)
LONG = [SpeechEnded(8_000, 48_000, 56_000)]


def test_at_a_pause_what_was_said_is_guessed_at_and_nothing_followed_on_it() -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 24_000, 32_000)], inside=[PAUSED])
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 40_000)
    listen(ear)
    (span,) = listener.spans()
    assert listener.ahead == [("guess", 1, span.start, span.end)], "the guess is of the very samples of the final"


def test_while_the_key_is_held_a_pause_is_guessed_at_too() -> None:
    ear, listener = ear_of(LONG, inside=[PAUSED, RESUMED, SpeechPaused(8_000, 48_000, 49_536)])
    hear(ear, 60_000)
    ear.stop(1, 60_000)
    listen(ear)
    (span,) = listener.spans()
    assert listener.ahead == [
        ("guess", 1, 3_200, 25_536),
        ("discard", 1),
        ("guess", 1, span.start, span.end),
    ]


def test_a_long_stretch_before_a_pause_stands() -> None:
    ear, listener = ear_of(LONG, EarSettings(window_s=1.0), inside=[PAUSED, RESUMED])
    hear(ear, 60_000)
    ear.stop(1, 60_000)
    listen(ear)
    assert listener.ahead == [("guess", 1, 3_200, 25_536), ("settle", 1)]
    (span,) = listener.spans()
    assert (span.start, span.end) == (3_200, 48_000 + 1_536)


def test_without_a_pause_a_stretch_stands_as_far_as_a_cut_harms_least() -> None:
    ear, listener = ear_of(LONG, EarSettings(window_s=1.0, window_longest_s=2.0), cut=30_000)
    hear(ear, 40_000)
    listen(ear)
    assert listener.ahead == [("guess", 1, 3_200, 30_000), ("settle", 1)]


def test_where_somebody_pauses_the_guess_stands_however_long_the_stretch_has_become() -> None:
    ear, listener = ear_of(
        [SpeechEnded(8_000, 32_000, 39_680)],
        EarSettings(window_s=1.0, window_longest_s=2.0),
        inside=[SpeechPaused(8_000, 32_000, 33_536)],
    )
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 40_000)
    listen(ear)
    (span,) = listener.spans()
    assert listener.ahead == [("guess", 1, span.start, span.end)], "it is the final"


def test_a_limit_cuts_at_the_best_pause_before_it() -> None:
    ear, listener = ear_of(LONG, replace(SMALL, cut_within_s=1.0, backlog_bytes=10**7), cut=25_000)
    hear(ear, 60_000)
    ear.stop(1, 60_000)
    listen(ear)
    first, second = listener.spans()
    assert (first.end, first.reason) == (25_000, "limit")
    assert (second.start, second.onset) == (25_000, 25_000), "what was said after the cut is the next one's"


def test_what_was_let_go_of_is_not_needed_again_though_a_limit_cut_after_the_last_word() -> None:
    ear, listener = ear_of([SpeechEnded(0, 26_000, 34_000)], replace(SMALL, backlog_bytes=10**7), cut=31_000)
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 32_000)
    listen(ear)
    assert [span.end for span in listener.spans()] == [31_000]
    needed = ear.needed_from
    hear(ear, 4_000, start=32_000)
    listen(ear)
    assert isinstance(listener.events[-1], e.UtteranceDropped)
    assert ear.needed_from >= needed


def test_words_that_sound_finished_need_less_silence() -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 24_000, 40_000)], inside=[PAUSED])
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 26_000)
    listen(ear)
    ear.finished(1, 25_000)  # of other samples
    ear.finished(2, 25_536)  # of another utterance
    ear.finished(1, 25_536)
    assert listener.spans() == [], "not yet"
    hear(ear, 2_400, start=26_000)
    listen(ear)
    (span,) = listener.spans()
    assert (span.last, span.endpoint) == (24_000, 28_096)


def test_words_that_sound_finished_do_not_end_a_press() -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 24_000, 40_000)], inside=[PAUSED])
    hear(ear, 39_000)
    listen(ear)
    ear.finished(1, 25_536)
    assert listener.spans() == []


@pytest.mark.parametrize("onset, joins", [(40_000, 1), (44_000, None)])
def test_speech_soon_after_goes_on_with_the_utterance_before(onset: int, joins: int | None) -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 24_000, 28_000), SpeechEnded(onset, 56_000, 60_000)])
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 64_000)
    listen(ear)
    first, second = listener.spans()
    assert second.joins == joins
    assert (second.start == first.start) == (joins is not None)
    assert second.onset == onset
    opened = [event for event in listener.events if isinstance(event, e.UtteranceOpened)]
    assert [event.joins for event in opened] == [None, joins]
    clip = ear.clip(2)
    assert clip is not None
    assert len(clip) == second.end - second.start


def test_an_utterance_is_remembered_as_long_as_speech_may_follow_on_it() -> None:
    speech = [SpeechEnded(8_000, 24_000, 28_000), SpeechEnded(66_000, 72_000, 76_000)]
    ear, listener = ear_of(speech, EarSettings(rejoin_ms=3_000))
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 80_000)
    listen(ear)
    first, second = listener.spans()
    assert (second.joins, second.start) == (1, first.start)


def test_an_ear_that_did_not_hear_the_beginning_guesses_at_no_half_of_it() -> None:
    speech = [SpeechEnded(8_000, 24_000, 28_000), SpeechEnded(40_000, 90_000, 96_000)]
    first, listener = ear_of(speech)
    first.prefer(e.Mode.HANDS_FREE)
    hear(first, 36_000)
    listen(first)
    later, after = ear_of(
        speech, EarSettings(window_s=1.0, window_longest_s=2.0), [SpeechPaused(40_000, 44_000, 46_000)]
    )
    later.restore(first.saved(), 1, 36_000, 1)
    later.hear_again(listener.kept)
    hear(later, 64_000, start=36_000)
    listen(later)
    (span,) = after.spans()
    assert (span.joins, span.start) == (1, listener.spans()[0].start)
    assert after.ahead == []
    assert later.clip(2) is None, "it comes from the store"


def test_no_audio_of_the_pause_before_what_joins_is_let_go_of() -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 24_000, 28_000), SpeechEnded(40_000, 56_000, 60_000)])
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 48_000)
    listen(ear)
    needed = ear.needed_from
    hear(ear, 16_000, start=48_000)
    listen(ear)
    resumed = listener.spans()[1].resumed
    assert resumed is not None
    assert needed <= resumed, "it may have to be transcribed alone"


def test_nothing_goes_on_with_what_can_not_be_added_to() -> None:
    ear, listener = ear_of([SpeechEnded(8_000, 24_000, 28_000), SpeechEnded(40_000, 56_000, 60_000)])
    listener.may_join = False
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 64_000)
    listen(ear)
    assert [span.joins for span in listener.spans()] == [None, None]


def test_nothing_is_shown_more_often_than_wanted_and_sooner_while_nothing_is() -> None:
    ear, listener = ear_of(LONG)
    listener.shows = False
    hear(ear, 30_400)
    listen(ear)
    assert len(listener.partials) == 4
    quiet, listener = ear_of(LONG, EarSettings(partials=False))
    hear(quiet, 30_400)
    listen(quiet)
    assert listener.partials == []
