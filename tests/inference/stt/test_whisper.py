"""inference/stt/whisper.py, with the real model on real and synthetic speech."""

from dataclasses import replace

import numpy as np
import pytest
from faster_whisper import WhisperModel

from inference.audio import SAMPLE_RATE, int16_to_float32
from inference.models import find_speech_model
from inference.stt.contract import Samples
from inference.stt.guards import GuardSettings
from inference.stt.whisper import Whisper
from inference.stt.window import WindowSettings
from tests.speech.noises import NOISES, babble, mix, pink_noise
from tests.speech.synthesis import join, librivox, speak, spoken_commands, spoken_notes
from tests.speech.wer import WordErrors, corpus_wer, word_errors

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


@pytest.mark.parametrize("gap_s", [0.4, 0.0])
def test_long_audio_is_decoded_in_pieces_and_loses_no_word(whisper: Whisper, gap_s: float) -> None:
    clips = librivox() * 2
    transcript = whisper.final(int16_to_float32(join([clip.samples for clip in clips], gap_s)))
    assert transcript.audio_s > 45
    assert corpus_wer([(" ".join(clip.text for clip in clips), transcript.text)]).rate < 0.08
    assert transcript.text == " ".join(segment.text for segment in transcript.segments)
    assert len(transcript.segments) >= 2
    times = [time_s for segment in transcript.segments for time_s in (segment.start_s, segment.end_s)]
    assert times == sorted(times)
    assert all(segment.end_s - segment.start_s <= 25 for segment in transcript.segments)
    assert times[-1] <= transcript.audio_s
    assert transcript.certainty > 0.7
    assert transcript.coverage is not None
    assert transcript.coverage.share > 0.95


def test_words_lie_where_they_were_said(whisper: Whisper) -> None:
    first, second = (clip.float_samples for clip in librivox()[1:3])
    pause = np.zeros(32_000, np.float32)
    transcript = whisper.final(np.concatenate((pause, first, pause, second)))
    assert " ".join(word.text for word in transcript.words) == transcript.text
    starts = [word.start_s for word in transcript.words]
    assert starts == sorted(starts)
    assert all(word.start_s <= word.end_s <= transcript.audio_s for word in transcript.words)
    second_s = 4 + len(first) / 16_000
    assert starts[0] == pytest.approx(2.2, abs=0.3)
    (unless,) = (word for word in transcript.words if word.text == "Unless")
    assert unless.start_s == pytest.approx(second_s + 0.2, abs=0.3)
    assert not any(2 + len(first) / 16_000 < at_s < second_s for at_s in starts)  # none in the pause


@pytest.mark.parametrize("pause_s", [0.0, 0.6, 1.2])
def test_speech_that_became_text_leaves_no_gap(whisper: Whisper, pause_s: float) -> None:
    for clip in (*librivox(), *spoken_notes(limit=6), *spoken_commands(limit=3)):
        silence = np.zeros(round(pause_s * 16_000), np.float32)
        coverage = whisper.final(np.concatenate((silence, clip.float_samples, silence))).coverage
        assert coverage is not None
        assert coverage.share == 1.0, clip.text


def test_a_decode_that_stopped_early_is_completed(model: WhisperModel, monkeypatch: pytest.MonkeyPatch) -> None:
    whisper = build(model, WindowSettings())
    clip = librivox()[0]
    whole = whisper.final(clip.float_samples)
    decode, passes = whisper._decode_window, 0

    def stop_early(samples: Samples, window_s: float, beam_size: int, prompt: list[int]) -> object:
        nonlocal passes
        found = decode(samples, window_s, beam_size, prompt)
        passes += 1
        if passes > 1:
            return found
        tokens = found.tokens[: len(found.tokens) // 2]
        text = model.hf_tokenizer.decode(tokens).strip()
        return found._replace(tokens=tokens, decode=replace(found.decode, text=text, tokens=len(tokens)))

    monkeypatch.setattr(whisper, "_decode_window", stop_early)
    mended = whisper.final(clip.float_samples)
    assert passes == 2
    assert word_errors(whole.text, mended.text).errors <= 2
    assert mended.coverage is not None
    assert mended.coverage.gaps == ()


def test_of_several_sentences_alike_none_is_left_out(whisper: Whisper) -> None:
    """The model writes the first one and stops, in every window."""
    sentences = [f"Remark number {n}: the title in scene {n} stays on the screen for too long." for n in (24, 25)]
    speech = join([speak(text).samples for text in sentences], gap_s=0.25)
    speech = speech[round(1.3 * SAMPLE_RATE) :]  # from "the title" on
    heard = whisper.final(int16_to_float32(speech))
    assert word_errors(" ".join(sentences).split(":", 1)[1], heard.text).errors <= 6
    assert heard.coverage is not None
    assert heard.coverage.gaps == ()


def test_speech_that_is_no_text_stays_in_the_receipt(whisper: Whisper) -> None:
    """The words of the first half alone: the rest can't be decoded, and nobody is told that it could."""
    voices = [clip.samples for clip in spoken_notes(limit=6)]
    clip = librivox()[1].float_samples
    transcript = whisper.final(np.concatenate((clip, np.zeros(16_000, np.float32), babble(voices, 4.0))))
    assert word_errors(librivox()[1].text, transcript.text).errors <= 3
    assert transcript.coverage is not None
    assert transcript.coverage.heard_s > transcript.coverage.decoded_s
    assert all(start_s > len(clip) / 16_000 for start_s, _ in transcript.coverage.gaps)


def test_a_bad_decode_gets_a_second_look_in_a_wider_window(model: WhisperModel) -> None:
    """A window of barely the speech makes the model say everything twice; the second look mends it."""
    whisper = build(model, WindowSettings(floor_s=1, margin_s=0))
    clips = spoken_notes(limit=8)
    assert corpus_wer((clip.text, whisper.final(clip.float_samples).text) for clip in clips).rate < 0.1


def test_a_partial_of_long_speech_hears_the_newest_part(whisper: Whisper) -> None:
    samples = int16_to_float32(join([clip.samples for clip in librivox()], 0.8))
    transcript = whisper.partial(samples)
    assert transcript.text.startswith("… ")
    assert "amiable himself" in transcript.text
    assert "John Dashwood" not in transcript.text
    assert transcript.segments[0].start_s >= len(samples) / 16_000 - 20.1
