"""The microphone as a source, over a stand-in for sounddevice: no sound card is wanted in a test."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import numpy as np
import pytest

from agent.events import Mode
from inference.audio import SAMPLE_RATE
from server.microphone import MicrophoneSource, NoMicrophone, find_microphone
from server.takes import PUSH


class PortAudioError(Exception):
    pass


class Stream:
    """Gives ten blocks from a thread of its own, as PortAudio does."""

    def __init__(self, *, callback: Callable[..., None], **given: Any) -> None:
        assert given == {"samplerate": 16_000, "channels": 1, "dtype": "int16", "blocksize": PUSH}
        self._callback = callback
        self._thread = threading.Thread(target=self._give)

    def _give(self) -> None:
        for number in range(10):
            self._callback(self._block(number), PUSH, None, None)

    @staticmethod
    def _block(number: int) -> bytes:
        return np.full(PUSH, number, np.int16).tobytes()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._thread.join()


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    made = SimpleNamespace(
        RawInputStream=Stream, PortAudioError=PortAudioError, query_devices=lambda kind: {"name": f"Test {kind}"}
    )
    monkeypatch.setitem(sys.modules, "sounddevice", made)
    return made


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where to write what a person types."""
    reading, writing = os.pipe()
    with open(reading) as stdin, open(writing, "wb", buffering=0) as typed:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield typed.fileno()


def test_without_the_package_or_a_device_it_says_what_to_do(
    device: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_microphone() == "Test input"

    def none(kind: str) -> None:
        raise PortAudioError("no default device")

    device.query_devices = none
    with pytest.raises(NoMicrophone, match="Plug one in"):
        find_microphone()
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(NoMicrophone, match="pip install"):
        find_microphone()


async def test_hands_free_is_one_capture_until_it_is_stopped(device: SimpleNamespace) -> None:
    source = MicrophoneSource(Mode.HANDS_FREE, lambda _: None)
    captures = []
    before = asyncio.get_running_loop().time()
    async for capture in source.captures():
        pushes = []
        async for samples in capture.pushes():
            pushes.append(int(samples[0]))
            if len(pushes) == 10:
                source.stop()
                assert before - PUSH / SAMPLE_RATE <= capture.began < asyncio.get_running_loop().time()
        captures.append(pushes)
    assert captures == [list(range(10))]


async def test_in_ptt_enter_begins_and_ends_each_capture(device: SimpleNamespace, keyboard: int) -> None:
    said: list[str] = []
    source = MicrophoneSource(Mode.PTT, said.append)
    lengths = []
    os.write(keyboard, b"\n")
    async for capture in source.captures():
        count = 0
        async for _ in capture.pushes():
            count += 1
            if count == 10:
                os.write(keyboard, b"\n")
        lengths.append(count)
        if len(lengths) == 2:
            source.stop()
        else:
            os.write(keyboard, b"\n")
    assert lengths == [10, 10]
    assert [line.partition(".")[0] for line in said[:2]] == ["Press Enter to speak, Ctrl-C to end", "Recording"]


async def test_a_microphone_that_cannot_be_opened_says_so(device: SimpleNamespace) -> None:
    def refuse(**_: Any) -> None:
        raise PortAudioError("device busy")

    device.RawInputStream = refuse
    source = MicrophoneSource(Mode.HANDS_FREE, lambda _: None)

    async def record() -> None:
        async for capture in source.captures():
            async for _ in capture.pushes():
                pass

    with pytest.raises(NoMicrophone, match="device busy"):
        await asyncio.wait_for(record(), 5)
