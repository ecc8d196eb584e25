"""One transcript from the transcripts of consecutive stretches of audio. Pure."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inference.stt.contract import Coverage, Segment, Transcript, Word


def joined(parts: Sequence[tuple[float, Transcript]]) -> Transcript:
    """The whole of ``parts``: (seconds from the first sample of the whole, transcript), in order.

    Log-probabilities are weighted by the length of the text. Raises ValueError without parts.
    """
    if len(parts) == 1 and not parts[0][0]:
        return parts[0][1]
    if not parts:
        raise ValueError("There is nothing to join.")
    whole = [transcript for _, transcript in parts]
    spoken = [each for each in whole if each.text]
    receipts = [(at_s, each.coverage) for at_s, each in parts if each.coverage]
    last_at_s, last = parts[-1]
    return Transcript(
        " ".join(each.text for each in spoken),
        segments=tuple(
            Segment(at_s + part.start_s, at_s + part.end_s, part.text) for at_s, each in parts for part in each.segments
        ),
        language=(spoken or whole)[0].language,
        avg_logprob=_mean([each.avg_logprob for each in spoken], [len(each.text) for each in spoken]),
        no_speech_prob=min(each.no_speech_prob for each in whole),
        audio_s=last_at_s + last.audio_s,
        decode_s=sum(each.decode_s for each in whole),
        engine=last.engine,
        words=tuple(_moved(word, at_s) for at_s, each in parts for word in each.words),
        coverage=_covered(receipts) if len(receipts) == len(parts) else None,
    )


def _mean(values: Sequence[float], weights: Sequence[int]) -> float:
    return float(np.average(values, weights=weights)) if values else 0.0


def _moved(word: Word, by_s: float) -> Word:
    return replace(word, start_s=word.start_s + by_s, end_s=word.end_s + by_s)


def _covered(receipts: Sequence[tuple[float, Coverage]]) -> Coverage:
    return Coverage(
        sum(each.heard_s for _, each in receipts),
        sum(each.decoded_s for _, each in receipts),
        tuple((at_s + start_s, at_s + end_s) for at_s, each in receipts for start_s, end_s in each.gaps),
    )
