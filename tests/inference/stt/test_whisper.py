"""inference/stt/whisper.py, with the real model on real and synthetic speech."""

import numpy as np
import pytest
from faster_whisper import WhisperModel

from inference.audio import int16_to_float32
from inference.models import find_speech_model
from inference.stt.guards import GuardSettings
from inference.stt.whisper import Whisper
from inference.stt.window import WindowSettings
from tests.speech.noises import NOISES, babble, mix, pink_noise
from tests.speech.synthesis import join, librivox, spoken_commands, spoken_notes
from tests.speech.wer import WordErrors, corpus_wer

pytestmark = [pytest.mark.model, pytest.mark.speech]


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return WhisperModel(str(find_speech_model("tiny.en").folder), device="cpu", compute_type="int8", cpu_threads=2)


@pytest.fixture(scope="module")
def whisper(model: WhisperModel) -> Whisper:
    return build(model, WindowSettings())


def build(model: WhisperModel, windows: WindowSettings) -> Whisper:
    return Whisper(model, engine="test", language="en", windows=windows, guards=GuardSettings())


def test_notes_and_librivox_come_out_right(whisper: Whisper) -> None:
    """Stock faster-whisper has 3 errors in the 71 words of LibriVox; scripts/evaluate_speech.py compares all clips."""
    heard = [(clip.text, whisper.final(clip.float_samples).text) for clip in librivox()]
    assert corpus_wer(heard).errors <= 3
    heard = [(clip.text, whisper.final(clip.float_samples).text) for clip in spoken_notes(limit=25)]
    assert corpus_wer(heard).rate < 0.07


def test_short_commands_survive_the_guards(whisper: Whisper) -> None:
    for clip in spoken_commands():
        assert whisper.final(clip.float_samples).text, clip.text


@pytest.mark.parametrize("seconds", [0.6, 2.0, 6.0])
@pytest.mark.parametrize("name", NOISES)
def test_noise_is_no_text(whisper: Whisper, name: str, seconds: float) -> None:
    assert whisper.final(NOISES[name](seconds)).text == ""
    assert whisper.partial(NOISES[name](seconds)).text == ""


@pytest.mark.parametrize("level", [0.003, 0.02, 0.2])
@pytest.mark.parametrize("name", [name for name in NOISES if name != "silence"])
def test_noise_is_no_text_at_any_level(whisper: Whisper, name: str, level: float) -> None:
    assert whisper.final(NOISES[name](3.0, level=level)).text == ""  # type: ignore[call-arg]  # all but silence have one


def test_babble_is_no_text(whisper: Whisper) -> None:
    voices = [clip.samples for clip in spoken_notes(limit=6)]
    for seconds in (0.6, 2.0, 5.0):
        assert whisper.final(babble(voices, seconds)).text == ""


def test_soft_speech_and_speech_in_noise_are_heard(whisper: Whisper) -> None:
    total = WordErrors(0, 0)
    for clip in librivox():
        soft = whisper.final(clip.float_samples * np.float32(0.01)).text
        noisy = whisper.final(mix(clip.float_samples, pink_noise(3), 10)).text
        total += corpus_wer([(clip.text, soft), (clip.text, noisy)])
    assert total.rate < 0.12


def test_silence_around_speech_adds_no_words(whisper: Whisper) -> None:
    clip = librivox()[4]
    text = whisper.final(
        np.concatenate((np.zeros(48_000), clip.float_samples, np.zeros(64_000))).astype(np.float32)
    ).text
    assert corpus_wer([(clip.text, text)]).errors <= 1


def test_the_segment_lies_where_the_speech_is(whisper: Whisper) -> None:
    clip = librivox()[1]
    transcript = whisper.final(np.concatenate((np.zeros(32_000, np.float32), clip.float_samples)))
    (segment,) = transcript.segments
    assert segment.text == transcript.text
    assert segment.start_s == pytest.approx(2.2, abs=0.3)
    assert segment.end_s == pytest.approx(4.8, abs=0.4)


def test_long_audio_is_transcribed_to_its_end(whisper: Whisper) -> None:
    clips = librivox() * 2
    samples = int16_to_float32(join([clip.samples for clip in clips], 0.4))
    transcript = whisper.final(samples)
    assert transcript.audio_s > 50
    assert corpus_wer([(" ".join(clip.text for clip in clips), transcript.text)]).rate < 0.1
    assert len(transcript.segments) > 2
    assert transcript.segments[-1].end_s <= transcript.audio_s
    ends = [segment.end_s for segment in transcript.segments]
    assert ends == sorted(ends)


def test_a_bad_decode_gets_a_second_look_in_the_full_window(model: WhisperModel) -> None:
    """A window of barely the speech makes the model say everything twice; the second look mends it."""
    whisper = build(model, WindowSettings(floor_s=1, margin_s=0))
    clips = spoken_notes(limit=8)
    assert corpus_wer((clip.text, whisper.final(clip.float_samples).text) for clip in clips).rate < 0.1


def test_a_partial_of_long_speech_hears_the_newest_part(whisper: Whisper) -> None:
    samples = int16_to_float32(join([clip.samples for clip in librivox()], 0.3))
    transcript = whisper.partial(samples)
    assert transcript.text.startswith("… ")
    assert "amiable himself" in transcript.text
    assert "John Dashwood" not in transcript.text
    assert transcript.segments[0].start_s >= len(samples) / 16_000 - 12.1
