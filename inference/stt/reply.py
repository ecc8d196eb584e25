"""Reads what a transcription endpoint answered. Pure: bytes in, values out; believes nothing that it can't check."""

import json
import math
import unicodedata
from dataclasses import dataclass
from typing import Any

from inference.errors import EndpointDown
from inference.stt.contract import Segment
from inference.stt.language import code_of

UNKNOWN_LOGPROB = -0.5  # of an answer without probabilities: likely right, and not sure
_MOST_TEXT = 1000  # characters of the text, and besides
_MOST_TEXT_PER_S = 100  # for each second: five times as many as anybody says, and more than Whisper ever stutters
_LEAST_LOGPROB = -100.0  # nothing that was decoded has less


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as far as it could be read."""

    text: str
    segments: tuple[Segment, ...]
    language: str | None  # code
    avg_logprob: float  # <= 0
    no_speech_prob: float  # 0-1


def read_reply(body: bytes, audio_s: float) -> Reply:
    """``body``: JSON, plain or "verbose"; ``audio_s``: length of what was sent. Raises EndpointDown."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise EndpointDown(
            "The transcription endpoint answered with something that is no transcript. Check that its address in the "
            "settings ends in /v1 and speaks OpenAI's audio transcriptions."
        )
    if len(value["text"]) > _MOST_TEXT + _MOST_TEXT_PER_S * audio_s:
        raise EndpointDown(
            f"The transcription endpoint answered with more text than anybody says in {audio_s:.1f} s. Look at its "
            "log, or name another model in the settings."
        )
    parts = value.get("segments")
    known = [part for part in parts if _is_segment(part)] if isinstance(parts, list) else []
    language = value.get("language")
    return Reply(
        _clean(value["text"]),
        tuple(
            Segment(max(0.0, part["start"]), max(0.0, part["start"], min(part["end"], audio_s)), _clean(part["text"]))
            for part in known
            if part["start"] < audio_s
        ),
        code_of(language) if isinstance(language, str) else None,
        _avg_logprob(known),
        min((part["no_speech_prob"] for part in known if _is_probability(part.get("no_speech_prob"))), default=0.0),
    )


def _avg_logprob(parts: list[dict[str, Any]]) -> float:
    """The mean over the segments, by length of text. Some endpoints fill in zeros: that is no probability."""
    weighed = [
        (part["avg_logprob"], len(part["text"]))
        for part in parts
        if _is_number(part.get("avg_logprob")) and _LEAST_LOGPROB < part["avg_logprob"] < 0
    ]
    letters = sum(weight for _, weight in weighed)
    return sum(logprob * weight for logprob, weight in weighed) / letters if letters else UNKNOWN_LOGPROB


def _is_segment(part: object) -> bool:
    return (
        isinstance(part, dict)
        and isinstance(part.get("text"), str)
        and _is_number(part.get("start"))
        and _is_number(part.get("end"))
    )


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # JSON sets no limit to its integers
        return False


def _is_probability(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _clean(text: str) -> str:
    """One line of what can be stored and sent: no control characters, and no half of a surrogate pair."""
    plain = text.encode("utf-8", "replace").decode()
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in plain).split())
