"""Ten minutes of talk: notes one after another, short pauses, and 70 s in which nobody takes a breath.

Sent faster than real time (positions count samples, not seconds), once with the key held down all the time, where only
the limits cut, and once with an open microphone.
"""

import asyncio
import tempfile
from pathlib import Path

from rich.console import Console

from inference.audio import SAMPLE_RATE, float32_to_int16
from tests.bench.streams import notes_of_stream
from tests.bench.table import Row
from tests.flows.process import serving
from tests.speech.alignment import at_cuts
from tests.speech.pauses import Dictation, dictation
from tests.speech.wer import word_errors

LENGTH_S = 600.0
PACE = 4.0  # times real time

console = Console(stderr=True, width=110)


def rows() -> list[Row]:
    """About six minutes."""
    said = dictation(LENGTH_S)
    return [*measure(said, "ptt", "key held"), *measure(said, "hands-free", "open microphone")]


def measure(said: Dictation, mode: str, name: str) -> list[Row]:
    """One way of talking, on a server of its own."""
    minutes = len(said.samples) / SAMPLE_RATE / 60
    console.print(f"dictation of {minutes:.0f} minutes, {len(said.sentences)} sentences: {name}")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        notes = asyncio.run(
            notes_of_stream(server, float32_to_int16(said.samples), session_id="dictation", mode=mode, pace=PACE)
        )
    return scored(said, [note["transcript"] for note in notes], name)


def scored(said: Dictation, transcripts: list[str], name: str) -> list[Row]:
    """Word errors, and what happened where one note ends and the next begins."""
    errors = word_errors(said.text, " ".join(transcripts))
    cuts = at_cuts(said.text, transcripts)
    prefix = f"dictation, {name}"
    return [
        Row(f"{prefix}: WER, {errors.words} words", 100 * errors.rate, "%"),
        Row(f"{prefix}: notes from {len(said.sentences)} sentences", len(transcripts), ""),
        Row(f"{prefix}: words lost at {cuts.cuts} cuts", cuts.lost, ""),
        Row(f"{prefix}: words doubled at cuts", cuts.doubled, ""),
    ]
