"""inference/audio.py"""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.audio import (
    SAMPLE_RATE,
    AudioBuffer,
    float32_to_pcm16,
    ms_to_samples,
    pcm16_to_float32,
    samples_to_s,
)
from inference.errors import BadAudio


def ramp(start: int, count: int) -> bytes:
    """PCM16 whose values are the low 15 bits of their own offsets."""
    return (np.arange(start, start + count) % 32768).astype("<i2").tobytes()


@given(st.lists(st.integers(-32768, 32767)))
def test_pcm16_survives_the_way_through_float(values: list[int]) -> None:
    pcm = np.array(values, "<i2").tobytes()
    samples = pcm16_to_float32(pcm)
    assert samples.dtype == np.float32
    assert (np.abs(samples) <= 1).all()
    assert float32_to_pcm16(samples) == pcm


def test_float_beyond_full_scale_is_clipped() -> None:
    assert float32_to_pcm16(np.array([2.0, -2.0], np.float32)) == np.array([32767, -32768], "<i2").tobytes()


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(BadAudio, match="16-bit"):
        pcm16_to_float32(b"abc")


def test_durations() -> None:
    assert ms_to_samples(20) == 320
    assert samples_to_s(SAMPLE_RATE) == 1


def test_buffer_is_addressed_by_offset() -> None:
    buffer = AudioBuffer(1000)
    buffer.append(ramp(1000, 500))
    buffer.append(ramp(1500, 500))
    assert (buffer.start, buffer.end, len(buffer)) == (1000, 2000, 1000)
    assert buffer.slice(1400, 1600).tolist() == (np.arange(1400, 1600) / 32768).tolist()
    assert buffer.pcm(1400, 1600) == ramp(1400, 200)


def test_slice_is_clamped_to_what_is_held() -> None:
    buffer = AudioBuffer(100)
    buffer.append(ramp(100, 10))
    assert buffer.slice(0, 1000).shape == (10,)
    assert buffer.slice(0, 50).shape == (0,)
    assert buffer.slice(500, 600).shape == (0,)
    assert buffer.slice(108, 104).shape == (0,)


def test_slice_is_a_copy() -> None:
    buffer = AudioBuffer()
    buffer.append(ramp(0, 10))
    buffer.slice(0, 10)[:] = 1
    assert buffer.pcm(0, 10) == ramp(0, 10)


def test_drop_before_keeps_the_rest() -> None:
    buffer = AudioBuffer()
    buffer.append(ramp(0, 1000))
    buffer.drop_before(300)
    buffer.drop_before(200)  # already gone
    assert (buffer.start, buffer.end, len(buffer)) == (300, 1000, 700)
    assert buffer.pcm(0, 1000) == ramp(300, 700)
    buffer.drop_before(5000)
    assert (buffer.start, buffer.end, len(buffer)) == (1000, 1000, 0)
    buffer.append(ramp(1000, 5))
    assert buffer.pcm(1000, 1005) == ramp(1000, 5)


def test_silence_counts_as_audio() -> None:
    buffer = AudioBuffer()
    buffer.append(ramp(1, 4))
    buffer.append_silence(3)
    assert buffer.pcm(3, 7) == ramp(4, 1) + bytes(6)


def test_a_full_buffer_refuses_and_keeps_what_it_has() -> None:
    buffer = AudioBuffer(max_samples=100)
    buffer.append(ramp(0, 90))
    with pytest.raises(BadAudio, match="drop"):
        buffer.append(ramp(90, 11))
    assert buffer.end == 90
    buffer.drop_before(50)
    buffer.append(ramp(90, 60))
    assert buffer.pcm(50, 150) == ramp(50, 100)


def test_clear_starts_elsewhere() -> None:
    buffer = AudioBuffer()
    buffer.append(ramp(0, 10))
    buffer.clear(7)
    assert (buffer.start, buffer.end, len(buffer)) == (7, 7, 0)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=40))
def test_any_mix_of_appends_and_drops_keeps_every_sample(steps: list[tuple[int, int]]) -> None:
    buffer = AudioBuffer()
    end = start = 0
    for count, dropped in steps:
        buffer.append(ramp(end, count))
        end += count
        start = min(end, start + dropped)
        buffer.drop_before(start)
        assert (buffer.start, buffer.end) == (start, end)
        assert buffer.pcm(start, end) == ramp(start, end - start)


def test_appends_copy_linearly() -> None:
    """An hour in 20 ms chunks with a sliding minute: the store stays small and the time is no square."""
    buffer = AudioBuffer()
    chunk = ramp(0, 320)
    began = time.perf_counter()
    for _ in range(20_000):
        buffer.append(chunk)
        buffer.drop_before(buffer.end - 60 * SAMPLE_RATE)
    assert len(buffer) == 60 * SAMPLE_RATE
    assert time.perf_counter() - began < 2
