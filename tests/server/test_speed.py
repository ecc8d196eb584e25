"""server/speed.py: measured with the real models, and what is made of the figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.stt.scripted import ScriptedStt
from server.doctor import CHECKS, examine
from server.findings import Verdict
from server.settings import Settings, load_settings
from server.speed import DECODES, FITS_MS, Speed, _several, advice, speech_speed
from tests.inference.stt.endpoint import Endpoint, hears, serving

NOW = Speed("tiny.en", "faster-whisper tiny.en (cpu, int8)", 1, 2, 90.0, 100.0, 0.03)
BASE = replace(NOW, model="base", ms=FITS_MS)


def settings(folder: Path, **more: object) -> Settings:
    return load_settings(env_file=None, data_dir=folder, **more)


@pytest.mark.parametrize(
    ("now", "other", "said"),
    [
        (NOW, BASE, "SIDENOTE_STT_MODEL=base"),
        (NOW, replace(BASE, ms=FITS_MS + 1), ""),
        (BASE, NOW, ""),
        (replace(BASE, ms=400.0), NOW, "SIDENOTE_STT_MODEL=tiny.en"),
        (NOW, replace(NOW, threads=2, workers=1, ms=60.0), "SIDENOTE_STT_THREADS=2 and SIDENOTE_STT_WORKERS=1"),
        (NOW, replace(NOW, threads=2, workers=1, ms=80.0), ""),
    ],
)
def test_advice_goes_by_what_fits_before_speech_is_over(now: Speed, other: Speed, said: str) -> None:
    assert said in advice(now, other)
    assert bool(advice(now, other)) is bool(said)


@pytest.mark.model
async def test_the_models_of_this_machine_are_measured(tmp_path: Path) -> None:
    found = await speech_speed(settings(tmp_path))
    now, others = found.figures["now"], found.figures["others"]
    assert found.found.startswith(f"{now['engine']}, 1 thread: {now['ms']:.0f} ms for 3.3 s of speech")
    assert now["engine"] == "faster-whisper tiny.en (cpu, int8)"
    assert 5 < now["ms"] <= 2 * now["together_ms"] + 5
    assert now["factor"] == pytest.approx(now["ms"] / 3300, abs=0.001)
    assert all(other["ms"] > 5 and f"{other['model']}" in found.found for other in others)


async def test_a_model_that_is_not_here_is_not_fetched_to_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []

    def download(name: str, local_files_only: bool = False) -> str:
        fetched.append(local_files_only)
        raise OSError("not in the cache")

    monkeypatch.setattr("faster_whisper.utils.download_model", download)
    (finding,) = await examine(settings(tmp_path, stt_model="large-v3"), {"speech speed": CHECKS["speech speed"]})
    assert (finding.verdict, fetched) == (Verdict.PROBLEM, [True])
    assert "large-v3" in finding.found


async def test_a_slow_engine_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stt = ScriptedStt()
    monkeypatch.setattr("server.speed.PATIENCE_S", 0.0)
    assert len(await _several(stt, np.zeros(16_000, np.float32), 2)) == 1
    assert len(stt.final_calls) == 2
    monkeypatch.undo()
    assert len(await _several(stt, np.zeros(16_000, np.float32), 1)) == DECODES


@pytest.mark.model
async def test_another_model_that_does_not_work_is_no_problem_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = settings(tmp_path, stt_model=str(tmp_path / "nowhere"))
    monkeypatch.setattr("server.speed._worth_trying", lambda *_: [broken])
    found = await speech_speed(settings(tmp_path))
    assert found.figures["others"] == []
    assert "nowhere could not be tried: There is no speech model folder" in found.found


@pytest.mark.model
async def test_an_endpoint_is_measured_there_and_back(tmp_path: Path) -> None:
    endpoint = Endpoint()
    endpoint.behave = hears
    with serving(endpoint) as url:
        chosen = settings(tmp_path, stt="openai", stt_model="m", stt_base_url=url)
        (finding,) = await examine(chosen, {"speech speed": CHECKS["speech speed"]})
    assert finding.verdict is Verdict.OK
    assert finding.found.startswith("openai m (127.0.0.1): ")
    assert finding.payload()["figures"]["now"]["ms"] > 5
    assert len(endpoint.asked) == 2
