"""inference/stt/reply.py"""

import json
from typing import Any

import pytest

from inference.errors import EndpointDown
from inference.stt.contract import Segment
from inference.stt.reply import UNKNOWN_LOGPROB, read_reply

PART = {"start": 0.5, "end": 2.0, "text": " Too loud.", "avg_logprob": -0.3, "no_speech_prob": 0.1}


def reply(**more: Any) -> bytes:
    return json.dumps({"text": " Too  loud.\n", **more}).encode()


def test_a_whole_answer() -> None:
    read = read_reply(reply(language="english", segments=[PART]), 3.0)
    assert (read.text, read.language) == ("Too loud.", "en")
    assert read.segments == (Segment(0.5, 2.0, "Too loud."),)
    assert read.avg_logprob == pytest.approx(-0.3)
    assert read.no_speech_prob == 0.1


def test_a_plain_answer_is_likely_right_and_not_sure() -> None:
    read = read_reply(reply(), 3.0)
    assert (read.segments, read.language, read.avg_logprob, read.no_speech_prob) == ((), None, UNKNOWN_LOGPROB, 0.0)


def test_segments_stay_within_the_audio() -> None:
    late = PART | {"start": 3.5, "end": 4.0}
    (segment,) = read_reply(reply(segments=[PART | {"end": 9.0}, late]), 3.0).segments
    assert (segment.start_s, segment.end_s) == (0.5, 3.0)


def test_a_long_segment_weighs_more() -> None:
    parts = [PART | {"text": "a" * 9, "avg_logprob": -1.0}, PART | {"text": "a", "avg_logprob": -0.1}]
    assert read_reply(reply(segments=parts), 3.0).avg_logprob == pytest.approx(-0.91)


def test_more_text_than_anybody_says_is_no_transcript() -> None:
    assert len(read_reply(reply(text="la " * 400), 3.0).text) == 1199
    with pytest.raises(EndpointDown, match=r"more text than anybody says in 3\.0 s"):
        read_reply(reply(text="la " * 440), 3.0)


def test_a_segment_never_ends_before_it_starts() -> None:
    (segment,) = read_reply(reply(segments=[PART | {"start": 2.0, "end": -1.0}]), 3.0).segments
    assert (segment.start_s, segment.end_s) == (2.0, 2.0)


@pytest.mark.parametrize("probability", [-1, 2, None, "much", float("nan"), 10**400])
def test_a_probability_of_no_speech_is_one(probability: object) -> None:
    read = read_reply(reply(segments=[PART | {"no_speech_prob": probability}]), 3.0)
    assert read.no_speech_prob == 0.0


def test_what_no_store_takes_is_left_out_of_the_text() -> None:
    odd = "too\x00 loud\ud800 \x1b[31m"
    read = read_reply(json.dumps({"text": odd, "segments": [PART | {"text": odd}]}).encode(), 3.0)
    assert read.text == read.segments[0].text == "too loud? [31m"
    persian = "می\u200cخواهم"  # joined by a character that prints as nothing
    assert read_reply(json.dumps({"text": persian}).encode(), 3.0).text == persian


@pytest.mark.parametrize("logprob", [0, 0.0, 1.5, None, "high", float("nan"), -1e308, -(10**400)])
def test_what_is_no_probability_does_not_count(logprob: object) -> None:
    assert read_reply(reply(segments=[PART | {"avg_logprob": logprob}]), 3.0).avg_logprob == UNKNOWN_LOGPROB


@pytest.mark.parametrize(
    "segments",
    [
        "many",
        {"a": 1},
        [5, None],
        [{"text": "x"}],
        [PART | {"text": None}],
        [PART | {"end": None}],
        [PART | {"end": 10**400}],
    ],
)
def test_segments_of_another_kind_are_left_out(segments: object) -> None:
    read = read_reply(reply(segments=segments), 3.0)
    assert (read.text, read.segments) == ("Too loud.", ())


@pytest.mark.parametrize(
    ("said", "code"), [("german", "de"), ("German", "de"), ("fr", "fr"), ("klingon", None), ("und", None), ("", None)]
)
def test_languages_come_by_name_or_code(said: str, code: str | None) -> None:
    assert read_reply(reply(language=said), 3.0).language == code
