"""inference/opus.py, on packets of real speech"""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import opus
from inference.audio import Int16Samples, pcm16_samples
from inference.errors import BadAudio
from tests.speech.packets import LOOK_AHEAD, PUSH, packets_of
from tests.speech.synthesis import librivox

pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def speech() -> Int16Samples:
    return librivox()[0].samples


def through(samples: Int16Samples) -> tuple[Int16Samples, int]:
    """What comes out of a push of these samples, and the bytes of its packets."""
    packets = packets_of(samples)
    pcm = opus.decode(packets, skip=LOOK_AHEAD, samples=len(samples))
    return pcm16_samples(pcm), sum(map(len, packets))


def likeness(one: Int16Samples, other: Int16Samples) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def test_pushes_that_are_decoded_by_themselves_are_the_speech_again_in_less_than_a_sixth(speech: Int16Samples) -> None:
    pushes = [through(speech[at : at + PUSH]) for at in range(0, len(speech), PUSH)]
    heard = np.concatenate([samples for samples, _ in pushes])
    assert len(heard) == len(speech)
    assert likeness(speech, heard) > 0.95
    moved = max(range(-8, 9), key=lambda by: likeness(speech[100:-100], np.roll(heard, by)[100:-100]))
    assert abs(moved) <= 1, "samples are where they were"
    assert sum(size for _, size in pushes) < 2 * len(speech) / 8


def test_a_push_ends_as_well_as_it_begins(speech: Int16Samples) -> None:
    """No click where two meet: the last millisecond is as near to the original as the others."""
    starts = range(0, len(speech) - PUSH, PUSH)
    wrong = np.array([through(speech[at : at + PUSH])[0] - speech[at : at + PUSH].astype(float) for at in starts])
    power = (wrong**2).mean(axis=0)
    assert power[-16:].mean() < 1.5 * power.mean()


@pytest.mark.parametrize("samples", [1, 100, 216, 217, 320, PUSH - 1, PUSH, opus.MAX_SAMPLES - LOOK_AHEAD])
def test_any_number_of_samples_comes_out_exactly(speech: Int16Samples, samples: int) -> None:
    assert len(through(speech[16_000 : 16_000 + samples])[0]) == samples


def test_the_same_packets_are_the_same_samples_whatever_came_between(speech: Int16Samples) -> None:
    packets = packets_of(speech[:PUSH])
    first = opus.decode(packets, skip=LOOK_AHEAD, samples=PUSH)
    opus.decode(packets_of(speech[8_000 : 8_000 + PUSH]), skip=LOOK_AHEAD, samples=PUSH)
    assert opus.decode(packets, skip=LOOK_AHEAD, samples=PUSH) == first


@pytest.mark.parametrize("packets", [[b"\x03"], [b"\xff\xff\xff"], [bytes.fromhex("4b4105")]])
def test_what_is_not_opus_is_refused(packets: list[bytes]) -> None:
    with pytest.raises(BadAudio, match="not Opus"):
        opus.decode(packets, skip=0, samples=100)


def test_packets_that_hold_less_or_more_than_the_samples_are_refused(speech: Int16Samples) -> None:
    packets = packets_of(speech[:PUSH])
    with pytest.raises(BadAudio, match="hold 1600 samples, fewer than the 1920 promised"):
        opus.decode(packets[:-1], skip=LOOK_AHEAD, samples=PUSH)
    with pytest.raises(BadAudio, match="more Opus packets than samples"):
        opus.decode([*packets, packets[-1]], skip=LOOK_AHEAD, samples=PUSH)


def test_more_than_a_moment_is_refused_before_anything_is_decoded() -> None:
    with pytest.raises(BadAudio, match="at most 4000"):
        opus.decode([], skip=1, samples=opus.MAX_SAMPLES)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.integers(0, 500), st.integers(1, 3_000))
def test_any_bytes_are_samples_or_refused(packets: list[bytes], skip: int, samples: int) -> None:
    try:
        pcm = opus.decode(packets, skip=skip, samples=samples)
    except BadAudio:
        return
    assert len(pcm) == 2 * samples


def test_a_push_does_not_hold_the_event_loop_up(speech: Int16Samples) -> None:
    packets = packets_of(speech[:PUSH])

    def once_s() -> float:
        began = time.perf_counter()
        opus.decode(packets, skip=LOOK_AHEAD, samples=PUSH)
        return time.perf_counter() - began

    assert min(once_s() for _ in range(20)) < 0.001
