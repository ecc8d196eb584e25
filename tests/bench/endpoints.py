"""Where notes end: streamed in real time to a server with an open microphone, several sessions at once.

Every note is said in two breaths, 0.3 to 1.2 s apart, and the next one follows 2 to 3 s later. A note in two pieces
was ended too early, two notes in one too late. Counted are the notes that are stored when all is settled.
"""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from inference.audio import float32_to_int16
from tests.bench.streams import notes_of_stream
from tests.bench.table import Row
from tests.flows.process import serving
from tests.speech.alignment import Notes, at_cuts, notes_of
from tests.speech.corpus import quiet_room
from tests.speech.pauses import Paused, paused_notes
from tests.speech.wer import WordErrors, word_errors

NOTES = 120
SESSIONS = 6
GAP_S = (2.0, 3.0)  # between two notes
LENGTHS = ((0.3, 0.6), (0.6, 0.9), (0.9, 1.2))  # of the pauses, as they are reported

console = Console(stderr=True, width=110)


@dataclass(frozen=True, slots=True)
class Session:
    """What was said in one session and the transcripts of its notes."""

    said: Sequence[Paused]
    transcripts: Sequence[str]

    @property
    def notes(self) -> Notes:
        return notes_of([note.text for note in self.said], self.transcripts)


def rows() -> list[Row]:
    """About three minutes."""
    notes = paused_notes(NOTES)
    sessions = [notes[number::SESSIONS] for number in range(SESSIONS)]
    console.print(f"{NOTES} notes with a pause inside, {SESSIONS} open microphones in real time")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:

        async def all_sessions() -> list[list[dict[str, Any]]]:
            streams = (
                notes_of_stream(
                    server, float32_to_int16(recording(said, number)), session_id=f"p{number}", mode="hands-free"
                )
                for number, said in enumerate(sessions)
            )
            return list(await asyncio.gather(*streams))

        made = asyncio.run(all_sessions())
    return scored(
        [Session(said, [note["transcript"] for note in notes]) for said, notes in zip(sessions, made, strict=True)]
    )


def recording(notes: Sequence[Paused], seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The notes of one session one after another, over a quiet room."""
    chance = random.Random(seed)
    parts = [quiet_room(1.0 + 0.3 * seed, seed)]
    for number, note in enumerate(notes):
        parts += [note.samples, quiet_room(chance.uniform(*GAP_S), 1000 * seed + number)]
    return np.concatenate([*parts, quiet_room(1.0, seed)])


def scored(sessions: Sequence[Session]) -> list[Row]:
    """Splits, merges, lost and doubled words over all sessions."""
    split, missing = Counter[str](), 0
    said = Counter(name for session in sessions for note in session.said for name in names(note))
    merged = lost = doubled = 0
    errors = WordErrors(0, 0)
    for session in sessions:
        found = session.notes
        merged += len(found.merged)
        missing += len(found.missing)
        for number in found.split:
            split.update(names(session.said[number]))
            console.print(f"  split at {session.said[number].pause_s} s: {session.said[number].text}")
        for number in (*found.merged,):
            console.print(f"  merged: {session.transcripts[number]}")
        whole = " ".join(note.text for note in session.said)
        cuts = at_cuts(whole, session.transcripts)
        lost, doubled = lost + cuts.lost, doubled + cuts.doubled
        errors += word_errors(whole, " ".join(session.transcripts))
    total = said["all"]
    kinds = [name for name in said if name != "all"]
    return [
        Row(f"notes with an inner pause of 0.3-1.2 s split in two, of {total}", 100 * split["all"] / total, "%"),
        *(Row(f"… {name}, of {said[name]}", 100 * split[name] / said[name], "%") for name in sorted(kinds)),
        Row("notes 2-3 s apart merged into one", 100 * merged / max(1, total - len(sessions)), "%"),
        Row("notes missing", missing, ""),
        Row("words lost between two notes", lost, ""),
        Row("words doubled between two notes", doubled, ""),
        Row("WER of what the notes hold", 100 * errors.rate, "%"),
    ]


def names(note: Paused) -> list[str]:
    """The lines of the table that the note counts in."""
    length = next(f"pause of {low}-{high} s" for low, high in LENGTHS if note.pause_s <= high)
    return ["all", length, {"phrase": "inside a phrase", "clause": "between clauses"}.get(note.where, "at a comma")]
