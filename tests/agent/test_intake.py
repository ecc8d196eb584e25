"""agent/intake.py, behind the ear that it is part of"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import events as e
from agent.errors import AudioBacklog, AudioInvalid, AudioSkipped, NotNow
from agent.intake import MAX_GAP
from inference.vad.contract import SpeechEnded
from tests.agent.ears import SECOND, SMALL, ear_of, hear, listen, pcm


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
