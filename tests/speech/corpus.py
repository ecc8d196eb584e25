"""What the recognition is scored on: reference words, samples, and which part nothing may be tuned on.

The **tuning** sets are the clips that windows, beam and thresholds were chosen on. The **held-out** sets are scored
and never tuned on: their sentences (``blind.json``) were written for the purpose, with their labels, before any result
was seen, and their voices but one were not heard before.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.audio import SAMPLE_RATE, Float32Samples, float32_to_int16
from tests.speech.rooms import ROOMS
from tests.speech.synthesis import (
    CACHE,
    ESPEAK,
    ESPEAKS,
    PIPER,
    PIPERS,
    SpokenClip,
    librivox,
    speak,
    spoken_commands,
    spoken_notes,
    write_wav,
)

HERE = Path(__file__).parent
TRANSCRIPTS = HERE.parent / "inference" / "llm" / "data"
TUNING_ESPEAK = 30  # notes by espeak-ng that thresholds were chosen on; the rest of its speech is held out
TUNING_LABELLED = 160  # labelled transcripts of the structurer's development set that are spoken too


@dataclass(frozen=True, slots=True)
class Labelled:
    """A spoken note and what it should become; ``case`` as scripts/evaluate_structuring.py describes it."""

    case: dict[str, Any]
    clip: SpokenClip


def tuning_corpus() -> dict[str, list[SpokenClip]]:
    """What windows, beam and thresholds were chosen on."""
    return {
        "librivox": librivox(),
        "notes": spoken_notes(),
        "commands": spoken_commands(),
        "notes, espeak": spoken_notes(ESPEAK, TUNING_ESPEAK),
    }


def held_out_corpus() -> dict[str, list[SpokenClip]]:
    """What no choice was made on. The first two sets share their sentences with the tuning sets, not their voice."""
    labelled = blind_notes()
    return {
        "notes, espeak, held out": spoken_notes(ESPEAK)[TUNING_ESPEAK:],
        "commands, espeak": spoken_commands(ESPEAK),
        "blind notes, piper": [one.clip for one in labelled if one.clip.voice in PIPERS],
        "blind notes, espeak": [one.clip for one in labelled if one.clip.voice not in PIPERS],
        "blind notes in rooms": in_rooms(),
    }


@functools.cache
def blind_notes() -> tuple[Labelled, ...]:
    """The labelled notes that nothing was tuned on, by turns of all voices."""
    return tuple(_spoken(cases("blind.json"), (*PIPERS, *ESPEAKS[:3], *PIPERS, *ESPEAKS[3:])))


@functools.cache
def unseen_notes() -> tuple[Labelled, ...]:
    """Labelled notes written after the blind ones had been looked at, each in three voices."""
    voices = (*PIPERS, *ESPEAKS[:3])
    turns = (voices[first:] + voices[:first] for first in range(3))
    return tuple(note for turn in turns for note in _spoken(cases("unseen.json"), turn))


@functools.cache
def labelled_notes() -> tuple[Labelled, ...]:
    """Labelled notes of the structurer's development set, spoken: what the confidence may be tuned on."""
    notes = [case for case in cases("development.json", TRANSCRIPTS) if _is_note(case)][:TUNING_LABELLED]
    return tuple(_spoken(notes, (*PIPERS, ESPEAKS[0], *PIPERS, ESPEAKS[1])))


def sentences_with_command_words() -> tuple[str, ...]:
    """Notes that speak of scratches, posts and the like: ours for speech, and those of the structurer's tests."""
    return (*cases("command_words.json"), *(case["t"] for case in cases("not_commands.json", TRANSCRIPTS)))


def spoken_command_cases() -> list[dict[str, Any]]:
    """``t``, what is said, and ``means``, what it should do."""
    return cases("spoken_commands.json")


def in_rooms() -> list[SpokenClip]:
    """Half of the blind notes in another voice than theirs, each in one of the rooms."""
    kinds = list(ROOMS)
    clips = []
    for number, one in enumerate(blind_notes()[::2]):
        voice = (PIPER, ESPEAKS[number % 3], PIPERS[1], PIPERS[2])[number % 4]
        kind = kinds[number // 4 % len(kinds)]
        clips.append(_in_room(speak(one.case["t"], voice), kind, number))
    return clips


def cases(name: str, folder: Path = HERE) -> list[Any]:
    """The entries of a JSON list."""
    entries: list[Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return entries


def written(text: str) -> str:
    """A transcript as a person would write it: a capital at the start, a full stop at the end."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else text + "."


def _spoken(notes: list[dict[str, Any]], voices: tuple[str, ...]) -> list[Labelled]:
    return [
        Labelled(case, speak(written(case["t"]), voices[number % len(voices)])) for number, case in enumerate(notes)
    ]


def _is_note(case: dict[str, Any]) -> bool:
    return case["intent"] == "create_note" and bool(case.get("cat")) and "last" not in case and "notes" not in case


def _in_room(clip: SpokenClip, kind: str, seed: int) -> SpokenClip:
    """The clip as heard in that room, kept beside the dry one."""
    path = CACHE / f"{clip.path.stem}-{kind}-{seed}.wav"
    if not path.is_file():
        write_wav(path, float32_to_int16(ROOMS[kind](clip.float_samples, seed)))
    return SpokenClip(f"{clip.id}-{kind}", clip.text, path, f"{clip.voice}, {kind}")


def seconds(clips: list[SpokenClip]) -> float:
    """How long the recordings are together."""
    return sum(len(clip.samples) for clip in clips) / SAMPLE_RATE


def quiet_room(duration_s: float, seed: int, level: float = 0.0006) -> Float32Samples:
    """A room in which nobody speaks, about 50 dB below speech."""
    random = np.random.default_rng(seed)
    return (random.standard_normal(round(duration_s * SAMPLE_RATE)) * level).astype(np.float32)
