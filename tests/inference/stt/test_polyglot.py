"""inference/stt/polyglot.py, with the real packaged base on synthetic speech of several languages."""

import numpy as np
import pytest

from inference.models import find_speech_model
from inference.stt.guards import GuardSettings
from inference.stt.polyglot import Polyglot
from inference.stt.whisper import Whisper, load_whisper
from inference.stt.window import WindowSettings
from tests.speech.synthesis import GERMAN, SPANISH, librivox, speak
from tests.speech.wer import word_errors

pytestmark = [pytest.mark.model, pytest.mark.speech]

DEUTSCH = "Die Musik ist am Anfang viel zu laut, und das Bild ist leider sehr dunkel."
ESPANOL = "La música está demasiado alta al principio del vídeo."


def load(model: str, language: str) -> Whisper:
    return load_whisper(
        find_speech_model(model),
        device="cpu",
        compute_type=None,
        threads=1,
        workers=1,
        windows=WindowSettings(),
        guards=GuardSettings(),
        language=language,
    )


@pytest.fixture(scope="module")
def base() -> Whisper:
    return load("base", "en")


def test_each_stream_is_heard_in_its_own_language(base: Whisper) -> None:
    polyglot = Polyglot(base, "auto")
    german = polyglot.final(speak(DEUTSCH, GERMAN).float_samples, stream="a")
    assert german.language == "de"
    assert word_errors(DEUTSCH, german.text).rate < 0.5
    assert {"musik", "anfang"} <= {word.strip(".,").lower() for word in german.text.split()}
    spanish = polyglot.partial(speak(ESPANOL, SPANISH).float_samples, stream="b")
    assert spanish.language == "es"
    assert "principio" in spanish.text
    clip = librivox()[1]
    english = polyglot.final(clip.float_samples, stream="c")
    assert english.language == "en"
    assert word_errors(clip.text, english.text).errors <= 1


def test_a_stream_keeps_the_language_that_it_began_in(base: Whisper) -> None:
    polyglot = Polyglot(base, "auto")
    assert polyglot.partial(speak(DEUTSCH, GERMAN).float_samples, stream="a").language == "de"
    assert polyglot.final(librivox()[1].float_samples, stream="a").language == "de"


def test_silence_settles_nothing(base: Whisper) -> None:
    polyglot = Polyglot(base, "auto")
    assert polyglot.final(np.zeros(32_000, np.float32), stream="a").text == ""
    assert polyglot.final(speak(DEUTSCH, GERMAN).float_samples, stream="a").language == "de"


def test_a_language_that_is_set_is_never_doubted() -> None:
    polyglot = Polyglot(load("base", "de"), "de")
    assert polyglot.final(librivox()[1].float_samples, stream="a").language == "de"


def test_an_english_model_hears_english() -> None:
    polyglot = Polyglot(load("tiny.en", "en"), "auto")
    assert polyglot.final(speak(DEUTSCH, GERMAN).float_samples, stream="a").language == "en"


def test_base_hears_real_speech(base: Whisper) -> None:
    """The packaged model is whole and the right one: better than tiny.en, which has 3 errors here."""
    errors = [word_errors(clip.text, base.final(clip.float_samples).text).errors for clip in librivox()]
    assert sum(errors) <= 3
