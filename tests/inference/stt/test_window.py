"""inference/stt/window.py"""

from dataclasses import replace

import pytest

from inference.stt.window import Decode, WindowSettings, better, repeats, what_looks_wrong, windows_for

SETTINGS = WindowSettings(floor_s=10, margin_s=2.5, partial_floor_s=8, partial_margin_s=2)
GOOD = Decode("The logo fades in too slowly.", tokens=8, avg_logprob=-0.2, no_speech_prob=0.01)


@pytest.mark.parametrize("audio_s, window_s", [(0.5, 10), (7.5, 10), (7.6, 10.1), (20, 22.5), (27.5, 30), (60, 30)])
def test_the_window_has_a_floor_a_margin_and_an_end(audio_s: float, window_s: float) -> None:
    assert SETTINGS.window_s(audio_s) == pytest.approx(window_s)


def test_partials_have_their_own_window() -> None:
    assert (SETTINGS.partial_window_s(1), SETTINGS.partial_window_s(12)) == (8, 14)


@pytest.mark.parametrize("audio_s, window_s", [(1, 15), (7.5, 15), (12, 19.5), (24, 30)])
def test_a_second_look_is_wider(audio_s: float, window_s: float) -> None:
    assert SETTINGS.second_window_s(audio_s) == window_s


def test_tokens_are_bounded() -> None:
    assert SETTINGS.max_tokens(0.5) == 29
    assert SETTINGS.max_tokens(60) == 224


def test_a_good_decode_needs_no_second_look() -> None:
    assert what_looks_wrong(GOOD, 3, SETTINGS) is None


@pytest.mark.parametrize(
    "wrong, why",
    [
        (replace(GOOD, text=""), "nothing"),
        (replace(GOOD, tokens=54), "length"),
        (replace(GOOD, text="and then it was " * 20), "repetition"),
        (replace(GOOD, text="the cut the cut the cut"), "repetition"),
        (replace(GOOD, avg_logprob=-0.61), "log-probability"),
    ],
)
def test_what_looks_wrong_gets_one(wrong: Decode, why: str) -> None:
    assert what_looks_wrong(wrong, 3, SETTINGS) == why


@pytest.mark.parametrize(
    "text",
    [
        "no no no",
        "you, you. You!",
        "keep it now keep it now keep it now",
        "The logo fades in slowly. The logo fades in slowly.",
        "This section drags. We could lose it. This section drags. We could",
    ],
)
def test_a_sentence_said_again_repeats(text: str) -> None:
    assert repeats(text)


@pytest.mark.parametrize("text", ["", "no", "no no", "the cut and the cut and then the cut", "very very good"])
def test_ordinary_speech_does_not(text: str) -> None:
    assert not repeats(text)


STUTTER = replace(GOOD, text="the cut the cut the cut", tokens=12)
UNSURE = replace(GOOD, text="the cart", avg_logprob=-0.9)


@pytest.mark.parametrize(
    "first, second, chosen",
    [
        (STUTTER, GOOD, GOOD),
        (UNSURE, GOOD, GOOD),
        (UNSURE, replace(GOOD, text=""), UNSURE),
        (STUTTER, replace(STUTTER, tokens=20), STUTTER),
        (replace(STUTTER, tokens=20), STUTTER, STUTTER),
        (UNSURE, replace(UNSURE, avg_logprob=-1.2), UNSURE),
        (UNSURE, replace(UNSURE, avg_logprob=-0.7), replace(UNSURE, avg_logprob=-0.7)),
        (STUTTER, UNSURE, UNSURE),
    ],
)
def test_the_second_look_wins_when_it_is_better(first: Decode, second: Decode, chosen: Decode) -> None:
    assert better(first, second, 3, SETTINGS) == chosen


@pytest.mark.parametrize(
    "wrong",
    [
        {"floor_s": 0.5},
        {"floor_s": 31},
        {"second_floor_s": 31},
        {"margin_s": -1},
        {"beam_size": 0},
        {"partial_max_s": 29},
        {"longest_s": 29},
        {"cut_search_s": 25},
    ],
)
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must|between"):
        WindowSettings(**wrong)  # type: ignore[arg-type]  # one wrong value at a time, of either number type


def test_pieces_are_counted_in_windows_of_the_judge() -> None:
    settings = WindowSettings(longest_s=16, cut_search_s=8)
    assert (settings.longest, settings.cut_search) == (500, 250)


def test_a_model_that_nobody_measured_gets_a_wider_window() -> None:
    assert windows_for("tiny.en") == WindowSettings()
    assert windows_for("base") == WindowSettings()
    for audio_s in (1, 8, 20):
        assert windows_for("large-v3").window_s(audio_s) > windows_for("tiny.en").window_s(audio_s)
