"""Reads what a transcription endpoint answered. Pure: bytes in, values out; believes nothing that it can't check."""

import json
import math
from dataclasses import dataclass
from typing import Any

from inference.errors import EndpointDown
from inference.stt.contract import Segment
from inference.stt.language import code_of

UNKNOWN_LOGPROB = -0.5  # of an answer without probabilities: likely right, and not sure


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
    parts = value.get("segments")
    known = [part for part in parts if _is_segment(part)] if isinstance(parts, list) else []
    language = value.get("language")
    return Reply(
        " ".join(value["text"].split()),
        tuple(
            Segment(max(0.0, part["start"]), min(part["end"], audio_s), part["text"].strip())
            for part in known
            if part["start"] < audio_s
        ),
        code_of(language) if isinstance(language, str) else None,
        _avg_logprob(known),
        min((part["no_speech_prob"] for part in known if _is_number(part.get("no_speech_prob"))), default=0.0),
    )


def _avg_logprob(parts: list[dict[str, Any]]) -> float:
    """The mean over the segments, by length of text. Some endpoints fill in zeros: that is no probability."""
    weighed = [
        (part["avg_logprob"], len(part["text"]))
        for part in parts
        if _is_number(part.get("avg_logprob")) and part["avg_logprob"] < 0
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
    return isinstance(value, int | float) and math.isfinite(value)
