"""Samples in, utterances out; offsets, limits and what is refused."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import events as e
from agent.ear import Ear, EarSettings
from agent.errors import AudioBacklog, AudioInvalid, AudioSkipped, NotNow
from agent.intake import MAX_GAP
from agent.safekeeping import Heard
from inference.stt.contract import Samples
from inference.vad.contract import SpeechEnded
from inference.vad.scripted import ScriptedDetector
from tests.agent.virtual import run_virtually

SECOND = 16_000
SMALL = EarSettings(max_utterance_s=2.0, backlog_bytes=SECOND * 2)


class Listener:
    """An owner, keeper and foresight that remembers."""

    def __init__(self) -> None:
        self.events: list[e.Event] = []
        self.partials: list[tuple[int, int]] = []
        self.ahead: list[tuple[str | int, ...]] = []
        self.may_join, self.shows = True, True
        self.kept: list[Heard] = []
        self.acked: list[tuple[int, int]] = []
        self.unneeded = 0

    def deliver(self, event: e.Event) -> None:
        self.events.append(event)

    def joinable(self, utterance: int) -> bool:
        return self.may_join

    def partial(self, utterance: int, samples: Samples) -> bool:
        self.partials.append((utterance, len(samples)))
        return self.shows

    def guess(self, utterance: int, start: int, end: int, samples: Samples) -> None:
        assert len(samples) == end - start
        self.ahead.append(("guess", utterance, start, end))

    def settle(self, utterance: int) -> None:
        self.ahead.append(("settle", utterance))

    def discard(self, utterance: int) -> None:
        self.ahead.append(("discard", utterance))

    def forget(self, utterance: int) -> None:
        self.ahead.append(("forget", utterance))

    def safe(self, capture: int, samples: int) -> None:
        self.acked.append((capture, samples))

    def audio_unneeded(self) -> None:
        self.unneeded += 1

    async def keep(self, heard: Heard) -> int:
        self.kept.append(heard)
        return heard.start + heard.samples

    def spans(self) -> list[e.Span]:
        return [event.span for event in self.events if isinstance(event, e.UtteranceClosed)]


def ear_of(speech: list[SpeechEnded], settings: EarSettings | None = None) -> tuple[Ear, Listener]:
    listener = Listener()
    ear = Ear(listener, listener, listener, lambda: ScriptedDetector(speech), settings or EarSettings())
    return ear, listener


def pcm(samples: int) -> bytes:
    return bytes(2 * samples)


def hear(ear: Ear, samples: int, *, capture: int = 1, start: int = 0, push: int = 800) -> None:
    for offset in range(start, start + samples, push):
        ear.hear(capture, offset, pcm(min(push, start + samples - offset)))


def listen(ear: Ear) -> None:
    """Let the ear take in what waits."""

    async def main() -> None:
        tasks = [asyncio.ensure_future(ear.listen()), asyncio.ensure_future(ear.store())]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()

    run_virtually(main())


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


def test_an_earlier_capture_that_is_sent_again_is_known_as_long_as_it_was_taken() -> None:
    """A client that comes back has been told what is safe, and that may lag behind what was taken by a capture."""
    ear, listener = ear_of([])
    hear(ear, SECOND)
    ear.stop(1, SECOND)
    hear(ear, SECOND, capture=2)
    hear(ear, 800, start=SECOND - 800)
    with pytest.raises(NotNow):
        ear.stop(1, SECOND)
    with pytest.raises(AudioInvalid, match="number the next one above 2"):
        hear(ear, 800, start=SECOND - 799)
    listen(ear)
    assert sum(heard.samples for heard in listener.kept) == 2 * SECOND
    assert listener.acked[-1] == (2, SECOND)


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


def test_replayed_samples_count_once() -> None:
    ear, listener = ear_of([])
    hear(ear, SECOND)
    hear(ear, SECOND)
    ear.hear(1, SECOND - 400, pcm(800))
    listen(ear)
    assert sum(heard.samples for heard in listener.kept) == SECOND + 400
    assert listener.acked[-1] == (1, SECOND + 400)


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 3_000)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_every_sample_is_kept_once_and_in_order_however_it_is_pushed(pushes: list[tuple[int, int]]) -> None:
    ear, listener = ear_of([])
    marked = bytes(i % 251 for i in range(2 * 9_000))
    for offset, samples in pushes:
        known = ear.received
        if offset > known or (known == 0 and offset > 0):
            with pytest.raises(AudioSkipped) as skipped:
                ear.hear(1, offset, marked[2 * offset : 2 * (offset + samples)])
            assert skipped.value.expected == known
        else:
            ear.hear(1, offset, marked[2 * offset : 2 * (offset + samples)])
    listen(ear)
    kept = b"".join(heard.pcm or b"" for heard in listener.kept)
    assert kept == marked[: 2 * ear.received]


def test_missing_samples_are_asked_for() -> None:
    ear, _ = ear_of([])
    hear(ear, 800)
    with pytest.raises(AudioSkipped, match=r"800 to 1600.*replay") as caught:
        ear.hear(1, 1600, pcm(800))
    assert caught.value.expected == 800
    with pytest.raises(AudioSkipped):
        ear.stop(1, 1600)
    with pytest.raises(AudioSkipped):
        ear.hear(2, 5, pcm(10))


def test_a_capture_that_is_over_takes_no_more() -> None:
    ear, _ = ear_of([])
    hear(ear, 800, capture=7)
    ear.stop(7, 800)
    hear(ear, 800, capture=7)  # a replay of what is known does no harm
    with pytest.raises(AudioInvalid, match="above 7"):
        ear.hear(7, 800, pcm(10))
    with pytest.raises(AudioInvalid):
        ear.hear(3, 0, pcm(10))
    with pytest.raises(NotNow):
        ear.stop(7, 800)


def test_too_much_at_once_is_put_off_and_loses_nothing() -> None:
    ear, listener = ear_of([], SMALL)
    hear(ear, SECOND)
    with pytest.raises(AudioBacklog) as caught:
        ear.hear(1, SECOND, pcm(800))
    assert caught.value.expected == SECOND
    listen(ear)
    ear.hear(1, SECOND, pcm(800))
    listen(ear)
    assert listener.acked[-1] == (1, SECOND + 800)


def test_more_silence_than_can_be_listened_to_is_put_off_and_loses_nothing() -> None:
    """A push of a hundred bytes stands for ten minutes."""
    ear, listener = ear_of([])
    for number in range(17):
        ear.hear_gap(1, number * MAX_GAP, (number + 1) * MAX_GAP)
    with pytest.raises(AudioBacklog) as caught:
        ear.hear_gap(1, 17 * MAX_GAP, 18 * MAX_GAP)
    assert ear.received == caught.value.expected == 17 * MAX_GAP
    listen(ear)
    assert listener.acked[-1] == (1, 17 * MAX_GAP)
    ear.hear_gap(1, 17 * MAX_GAP, 18 * MAX_GAP)
    assert ear.received == 18 * MAX_GAP


def test_odd_frames_and_absurd_gaps_are_refused() -> None:
    ear, _ = ear_of([])
    with pytest.raises(AudioInvalid, match="even"):
        ear.hear(1, 0, b"abc")
    with pytest.raises(AudioInvalid, match="ten minutes"):
        ear.hear_gap(1, 0, 10**9)
    with pytest.raises(AudioInvalid):
        ear.hear_gap(1, 10, 5)


def test_withheld_silence_is_counted_and_kept_as_silence() -> None:
    ear, listener = ear_of([SpeechEnded(40_000, 48_000, 60_000)])
    ear.prefer(e.Mode.HANDS_FREE)
    hear(ear, 800)
    ear.hear_gap(1, 800, 2 * SECOND)
    hear(ear, 2 * SECOND, start=2 * SECOND)
    listen(ear)
    silence = [heard for heard in listener.kept if heard.pcm is None]
    assert (silence[0].start, sum(heard.samples for heard in silence)) == (800, 2 * SECOND - 800)
    assert [span.onset for span in listener.spans()] == [40_000]


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
