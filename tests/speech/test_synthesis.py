"""tests/speech/synthesis.py and notes.json"""

import numpy as np
import pytest

from tests.speech.noises import NOISES, babble, mix, white_noise
from tests.speech.synthesis import ESPEAK, PIPER, command_texts, join, librivox, note_texts, speak


def test_there_are_enough_notes_and_commands() -> None:
    assert len(note_texts()) >= 60
    assert len(command_texts()) >= 15
    assert all(4 <= len(text.split()) <= 20 for _, text in note_texts())
    every = [*note_texts(), *command_texts()]
    assert len({name for name, _ in every}) == len({text for _, text in every}) == len(every)


@pytest.mark.speech
def test_librivox_has_five_clips_with_their_words() -> None:
    clips = librivox()
    assert [clip.id for clip in clips] == ["0870", "0880", "0890", "0920", "0930"]
    assert clips[1].text == "he was not an ill disposed young man"
    assert 2 < len(clips[1].samples) / 16_000 < 4


@pytest.mark.speech
@pytest.mark.parametrize("voice", [PIPER, ESPEAK])
def test_speech_is_made_once(voice: str) -> None:
    clip = speak("Scratch that.", voice)
    made = clip.path.stat().st_mtime_ns
    again = speak("Scratch that.", voice)
    assert again.path == clip.path
    assert again.path.stat().st_mtime_ns == made
    assert 0.4 < len(again.samples) / 16_000 < 2
    assert np.abs(again.samples).max() > 1000


def test_noises_are_seeded_and_never_clip() -> None:
    for make in NOISES.values():
        samples = make(1.5)
        assert samples.dtype == np.float32
        assert len(samples) == 24_000
        assert (make(1.5) == samples).all()
        assert np.abs(samples).max() <= 1


def test_mixing_keeps_the_ratio() -> None:
    speech, noise = white_noise(2, 0.1, seed=1), white_noise(1, 0.5, seed=2)
    added = mix(speech, noise, 10) - speech
    assert 10 * np.log10(np.mean(speech**2) / np.mean(added**2)) == pytest.approx(10, abs=0.1)


def test_babble_and_join() -> None:
    voice = np.arange(1000, dtype=np.int16)
    assert babble([voice, voice], 0.5).shape == (8000,)
    assert join([voice, voice], 1.0).shape == (3 * 16_000 + 2000,)
