"""inference/stt/biasing.py. What it does for recognition is measured in tests/bench/biasing.py."""

import pytest

from inference.models import find_speech_model
from inference.stt.biasing import BiasSettings, adopted, hint_prompt, likeness
from inference.stt.contract import Hint
from inference.stt.guards import GuardSettings
from inference.stt.whisper import Whisper, load_whisper
from inference.stt.window import Decode, WindowSettings
from tests.bench.biasing import names, with_terms, without_terms
from tests.speech.noises import NOISES, mix, pink_noise
from tests.speech.synthesis import librivox

HINT = Hint(("Marisol Quintero", "Okonkwo", "LUT", "Niamh", "DaVinci Resolve"))
SETTINGS = BiasSettings()


def decode(text: str, logprob: float = -0.4) -> Decode:
    return Decode(text, len(text.split()), logprob, 0.0)


@pytest.mark.parametrize(
    ("plain", "hinted", "text"),
    [
        ("The name of Conquo is wrong.", "The name Okonkwo is wrong.", "The name Okonkwo is wrong."),
        ("This lot makes it green.", "This LUT makes it green.", "This LUT makes it green."),
        ("Marie Saul can terra is late.", "Marisol Quintero is late.", "Marisol Quintero is late."),
        ("Open it in the Vinci result.", "Open it in DaVinci Resolve.", "Open it in DaVinci Resolve."),
        ("Neem's line is too long.", "Niamh's line is too long.", "Niamh's line is too long."),
        ("Those lots are green.", "Those LUTs are green.", "Those LUTs are green."),
    ],
)
def test_a_word_of_the_hint_takes_the_place_of_one_that_sounds_like_it(plain: str, hinted: str, text: str) -> None:
    assert adopted(decode(plain), decode(hinted), HINT, SETTINGS) == text


@pytest.mark.parametrize(
    ("plain", "hinted"),
    [
        ("They let it run.", "Niamh, it run."),
        ("Cut it earlier.", "Cut it early."),
        ("The music is too loud.", "Marisol Quintero, Okonkwo, LUT, Niamh, DaVinci Resolve."),
        ("The music is too loud.", "The music is too loud. Okonkwo, LUT, Niamh."),
        ("The music is too loud.", ""),
        ("", "Marisol Quintero, Okonkwo, LUT, Niamh."),
        ("Thank you.", "Notes on a video about Marisol Quintero, Okonkwo, LUT."),
        ("The color is off.", "Color is off, okay."),
        ("Move it to the neme of the opening.", "Move it to Okonkwo, Niamh."),
    ],
)
def test_nothing_else_of_the_told_pass_is_believed(plain: str, hinted: str) -> None:
    """Neither a recital of the hint nor what it heard otherwise elsewhere."""
    assert adopted(decode(plain), decode(hinted), HINT, SETTINGS) == plain


def test_a_term_without_a_letter_names_nothing() -> None:
    assert adopted(decode("It is late."), decode("It s late."), Hint(("★", "...")), SETTINGS) == "It is late."


def test_only_the_place_of_the_word_changes() -> None:
    plain, told = decode("So the o Conquo scene is, uh, late."), decode("The Okonkwo scene is late")
    assert adopted(plain, told, HINT, SETTINGS) == "So the Okonkwo scene is, uh, late."


def test_a_second_pass_that_is_less_sure_than_the_first_is_not_believed() -> None:
    plain, told = "This lot makes it green.", "This LUT makes it green."
    assert adopted(decode(plain, -0.3), decode(told, -0.39), HINT, SETTINGS) == told
    assert adopted(decode(plain, -0.3), decode(told, -0.41), HINT, SETTINGS) == plain


def test_the_first_terms_that_fit_are_told() -> None:
    def encode(text: str) -> list[int]:
        return list(range(len(text.split())))

    assert hint_prompt(HINT, encode, 8) == list(range(8))  # five words around, three of terms
    assert hint_prompt(HINT, encode, 6) == list(range(6)), "a shorter term where a longer one has no room"
    assert hint_prompt(HINT, encode, 5) == []
    assert hint_prompt(Hint(), encode, 48) == []


def test_likeness_goes_by_sound() -> None:
    assert likeness("okonkwo", "oconquo") > 0.9
    assert likeness("foley", "pholey") == 1.0
    assert likeness("niamh", "theylet") < 0.3
    assert likeness("", "") == 1.0


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return load_whisper(
        find_speech_model("tiny.en"),
        device="cpu",
        compute_type="int8",
        threads=1,
        workers=1,
        windows=WindowSettings(),
        guards=GuardSettings(),
        language="en",
    )


@pytest.mark.model
@pytest.mark.speech
def test_names_are_heard_that_were_not_heard_without(whisper: Whisper) -> None:
    clips = [*with_terms(tuning=False)][:15]
    heard = [(whisper.final(clip.float_samples), whisper.final(clip.float_samples, hint)) for clip, _, hint in clips]
    plain, hinted = (
        sum(names(pair[side].text, term) for (_, named, _), pair in zip(clips, heard, strict=True) for term in named)
        for side in (0, 1)
    )
    assert hinted >= 2 * plain


@pytest.mark.model
@pytest.mark.speech
def test_speech_that_names_none_is_heard_as_without(whisper: Whisper) -> None:
    for clip, _, hint in [*without_terms()][::30]:
        assert whisper.final(clip.float_samples, hint).text == whisper.final(clip.float_samples).text


@pytest.mark.model
@pytest.mark.parametrize("name", NOISES)
def test_over_noise_the_hint_is_not_recited(name: str, whisper: Whisper) -> None:
    for seconds in (0.6, 3.0):
        assert whisper.final(NOISES[name](seconds), HINT).text == ""


@pytest.mark.model
@pytest.mark.speech
def test_under_noise_the_hint_does_not_take_the_place_of_speech(whisper: Whisper) -> None:
    for clip in librivox()[1:3]:
        samples = mix(clip.float_samples, pink_noise(3), 3)
        assert not [term for term in HINT.terms if names(whisper.final(samples, HINT).text, term)]


@pytest.mark.model
@pytest.mark.speech
def test_marks_of_the_model_in_a_hint_are_told_as_nothing(whisper: Whisper) -> None:
    clip = librivox()[1]
    hint = Hint(("<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|> Niamh"))
    assert whisper.final(clip.float_samples, hint).text == whisper.final(clip.float_samples).text
