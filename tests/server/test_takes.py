"""Recordings as captures: order, pace and marks."""

import wave
from pathlib import Path

import numpy as np
import pytest

from agent.events import Mode
from inference.audio import SAMPLE_RATE, Int16Samples
from server.demo import RECORDING
from server.takes import LEAST_PUSH, PUSH, FileSource, Take, mark_speech, read_takes, split


def silence(seconds: float) -> Int16Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.int16)


def write(path: Path, samples: Int16Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return path


@pytest.mark.parametrize("length", [1, LEAST_PUSH, PUSH - 1, PUSH, PUSH + 1, PUSH + LEAST_PUSH, 10 * PUSH, 12345])
def test_pieces_make_up_the_whole_and_keep_to_the_size_of_a_push(length: int) -> None:
    samples = np.arange(length, dtype=np.int16)
    pieces = split(samples)
    assert np.array_equal(np.concatenate(pieces), samples)
    assert all(len(piece) <= 1600 for piece in pieces)
    assert length < LEAST_PUSH or all(len(piece) >= LEAST_PUSH for piece in pieces)


class Clock:
    """Time that passes only while somebody sleeps, and a little more each time."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds + 0.007


async def test_pushes_keep_to_one_schedule_that_does_not_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("server.takes.asyncio.sleep", clock.sleep)
    source = FileSource([Take(silence(2), ()), Take(silence(1), (), gap_s=0.5)], fast=False, now=clock)
    began, sent = [], []
    async for capture in source.captures():
        sent.append([clock.time async for _ in capture.pushes()])
        began.append(capture.began)
    first, second = sent
    assert began == pytest.approx([100.0, 102.5]), "by the schedule, however late it was sent"
    assert (len(first), len(second)) == (50, 25)
    for index, at in enumerate(first):
        assert at == pytest.approx(100.0 + index * 0.04, abs=0.008)
    for index, at in enumerate(second):
        assert at == pytest.approx(102.5 + index * 0.04, abs=0.008)


async def test_fast_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("server.takes.asyncio.sleep", clock.sleep)
    source = FileSource([Take(silence(2), ()), Take(silence(1), (), gap_s=0.5)], fast=True, now=clock)
    async for capture in source.captures():
        assert len([piece async for piece in capture.pushes()]) in (50, 25)
    assert clock.time == 100.0


@pytest.mark.model
def test_each_file_is_a_press_or_all_are_one_capture(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.wav", silence(n)) for n in (1, 2)]
    presses = read_takes(files, Mode.PTT, 0.5)
    assert [(len(take.samples) / SAMPLE_RATE, take.gap_s, take.speech) for take in presses] == [
        (1, 0, ()),
        (2, 0.5, ()),
    ]
    (capture,) = read_takes(files, Mode.HANDS_FREE, 0.5)
    assert len(capture.samples) / SAMPLE_RATE == 3.5


@pytest.mark.model
def test_speech_is_marked_where_it_is() -> None:
    (take,) = read_takes([RECORDING], Mode.HANDS_FREE, 0)
    assert len(take.speech) >= 8
    assert take.speech[0][0] / SAMPLE_RATE == pytest.approx(0.65, abs=0.15)  # the recording opens with 0.6 s of silence
    assert all(begin < end for begin, end in take.speech)
    assert mark_speech(silence(1)) == ()
