"""inference/vad/silero.py"""

import sys
from pathlib import Path

import numpy as np
import pytest

from inference.errors import ModelDamaged, ModelMissing
from inference.vad.silero import WINDOW, SileroModel, SileroStream, find_model, shared_model, speech_probabilities
from tests.speech.noises import NOISES
from tests.speech.synthesis import librivox


def test_the_model_is_found_without_importing_faster_whisper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "faster_whisper", raising=False)
    assert find_model().is_file()
    assert "faster_whisper" not in sys.modules


def test_a_missing_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.vad.silero.find_spec", lambda _: None)
    with pytest.raises(ModelMissing, match="pip install --force-reinstall faster-whisper"):
        find_model()


@pytest.mark.model
def test_a_damaged_model_says_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "silero.onnx"
    path.write_bytes(find_model().read_bytes()[:1000])
    with pytest.raises(ModelDamaged, match="pip install --force-reinstall faster-whisper"):
        SileroModel(path)


@pytest.mark.model
def test_the_session_is_shared() -> None:
    assert shared_model() is shared_model()


@pytest.mark.model
@pytest.mark.speech
def test_a_stream_and_a_batch_agree() -> None:
    samples = librivox()[1].float_samples
    whole = len(samples) // WINDOW * WINDOW
    stream = SileroStream(shared_model())
    one_by_one = [stream.probability(samples[at : at + WINDOW]) for at in range(0, whole, WINDOW)]
    batch = speech_probabilities(samples)
    assert len(batch) == -(-len(samples) // WINDOW)
    assert np.allclose(batch[: len(one_by_one)], one_by_one, atol=1e-4)


@pytest.mark.model
@pytest.mark.speech
def test_speech_is_speech_and_streams_share_no_state() -> None:
    samples = librivox()[0].float_samples
    stream, other = SileroStream(shared_model()), SileroStream(shared_model())
    first = [stream.probability(samples[at : at + WINDOW]) for at in range(0, 32_000, WINDOW)]
    again = [other.probability(samples[at : at + WINDOW]) for at in range(0, 32_000, WINDOW)]
    assert first == again
    assert max(first) > 0.9
    stream.reset()
    assert stream.probability(samples[:WINDOW]) == first[0]


@pytest.mark.model
@pytest.mark.parametrize("name", NOISES)
def test_noise_is_no_speech(name: str) -> None:
    assert speech_probabilities(NOISES[name](3.0)).mean() < 0.2


@pytest.mark.model
def test_no_samples_no_probabilities() -> None:
    assert speech_probabilities(np.empty(0, np.float32)).shape == (0,)
