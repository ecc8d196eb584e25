"""Video times said in words, and the durations that are none."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.llm.times import contrasted, find_moments, seek_offset, timestamp, whole_time

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: E501 - one table
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}


def in_words(number: int) -> str:
    if number < 20:
        return ONES[number]
    return TENS[number // 10] + (f" {ONES[number % 10]}" if number % 10 else "")


@pytest.mark.parametrize(
    "words, seconds",
    [
        ("at two minutes ten", 130),
        ("a minute and a half in", 90),
        ("two and a half minutes in the flute drops out", 150),
        ("at 0:38", 38),
        ("around one fifteen", 75),
        ("at the forty five second mark", 45),
        ("the 45-second mark", 45),
        ("at the five-minute mark the hat is gone", 300),
        ("take me to four thirty", 270),
        ("at two hours five minutes", 7500),
        ("at two oh five", 125),
        ("at 115 the shot is soft", 75),
        ("at 2 minutes, 10 seconds the choir enters", 130),
        ("at 2.10 the choir enters", 130),
        ("at 1m30s", 90),
        ("go to 1:02:03", 3723),
        ("at minute three", 180),
        ("half a minute in", 30),
        ("an hour in", 3600),
        ("at a hundred and ten seconds", 110),
        ("one minute thirty the logo jumps", 90),
        ("like a minute in", 60),
        ("at 45 the logo pops", 45),
    ],
)
def test_times(words: str, seconds: float) -> None:
    assert timestamp(words) == seconds


@pytest.mark.parametrize(
    "words",
    [
        "hold it for three seconds",
        "the subtitles are half a second behind",
        "cut ten seconds out of this",
        "in the first thirty seconds nothing moves",
        "at fifty percent opacity",
        "at 24 frames a second",
        "ten seconds later she leaves",
        "the opener is two minutes thirty long",
        "at least ten seconds of black",
        "trim the applause down to a second or two",
        "at the thirty second ad",
        "keep two seconds in the middle",
        "it was built in nineteen eighty four",
        "it's twenty thirty not twenty twenty nine on the poster",
        "the 9:16 version is cropped badly",
        "the second shot is better",
        "at five thirty pm on the invitation",
        "",
    ],
)
def test_durations_and_quantities_are_no_times(words: str) -> None:
    assert timestamp(words) is None


@pytest.mark.parametrize(
    "words, seconds",
    [
        ("from around two twenty to two forty it is flat", 140),
        ("between 1:10 and 1:20 the fog is murky", 70),
        ("at three forty not three fourteen", 220),
        ("not at three fourteen at three forty", 220),
        ("at one fifteen no sorry one twenty", 80),
    ],
)
def test_ranges_take_the_start_and_corrections_the_last(words: str, seconds: float) -> None:
    assert timestamp(words) == seconds


@pytest.mark.parametrize(
    "words, seconds",
    [
        ("go back ten seconds", -10),
        ("go back like a minute and a half", -90),
        ("skip ahead half a minute", 30),
        ("forward thirty", 30),
        ("rewind five", -5),
        ("back a bit", -10),
        ("play it again", -10),
        ("the title is small", None),
    ],
)
def test_seek_offsets(words: str, seconds: float | None) -> None:
    assert seek_offset(words) == seconds


def test_a_contrast_names_the_right_time_and_the_wrong_one() -> None:
    assert contrasted("no I meant one forty not one fourteen") == (100, 74)
    assert contrasted("at 2:50 instead of 2:15") == (170, 135)
    assert contrasted("not one fourteen, one forty") == (100, 74)
    assert contrasted("the fourth clip not the third") is None


def test_a_whole_time_is_nothing_but_a_time() -> None:
    assert whole_time("around 2:10") == 130
    assert whole_time("the two minute mark") == 120
    assert whole_time("two ten the logo") is None
    assert whole_time("") is None


@given(st.integers(0, 59), st.integers(0, 59))
@example(9, 16)
def test_clock_times_round_trip(minutes: int, seconds: int) -> None:
    assert timestamp(f"so at {minutes}:{seconds:02} the light flickers") == minutes * 60 + seconds


@given(st.integers(1, 59), st.integers(1, 59))
def test_spoken_minutes_and_seconds_round_trip(minutes: int, seconds: int) -> None:
    unit = "minute" if minutes == 1 else "minutes"
    assert timestamp(f"at {in_words(minutes)} {unit} {in_words(seconds)}") == minutes * 60 + seconds
    assert timestamp(f"at {minutes} {unit} and {seconds} seconds the light flickers") == minutes * 60 + seconds


@given(st.integers(1, 19), st.integers(10, 59))
def test_spoken_pairs_round_trip(minutes: int, seconds: int) -> None:
    assert timestamp(f"at {in_words(minutes)} {in_words(seconds)} the light flickers") == minutes * 60 + seconds


@given(st.integers(1, 12), st.integers(1, 9))
def test_spoken_pairs_with_oh_round_trip(minutes: int, seconds: int) -> None:
    assert timestamp(f"around {in_words(minutes)} oh {in_words(seconds)}") == minutes * 60 + seconds


@given(st.text(max_size=200))
def test_any_text_is_survived_and_places_lie_inside_it(text: str) -> None:
    for moment in find_moments(text):
        assert 0 <= moment.start < moment.end <= len(text)
        assert moment.at_s >= 0
