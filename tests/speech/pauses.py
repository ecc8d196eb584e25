"""Speech with pauses of a known length, over a room that is never digitally silent. Seeded.

``with_pause`` says a sentence in two breaths, ``without_pauses`` lets nobody take one, ``dictation`` strings notes
together as somebody does who talks for ten minutes.
"""

import random
from dataclasses import dataclass

import numpy as np

from inference.audio import SAMPLE_RATE, Float32Samples
from tests.speech.corpus import blind_notes, quiet_room
from tests.speech.synthesis import ESPEAK, PIPER, PIPERS, speak

FRAME = 160  # samples: 10 ms
QUIET = 0.006  # RMS below it is a pause: 40 dB below speech
BORDERS = frozenset("and but because when while where which that so until before after if as with although".split())
LEAST_WORDS = 3  # on either side of a pause, so that neither half is a word alone
LONGEST_PAUSE_S, SHORTEST_PAUSE_S = 1.2, 0.3
HURRIED_S = 76.0  # of a dictation without a pause to cut at: 70 s and the sentence that it begins after
HURRIED_PAUSE_S = 0.09


@dataclass(frozen=True, slots=True)
class Paused:
    """A sentence with a pause in it."""

    text: str
    samples: Float32Samples
    pause_s: float
    where: str  # "punctuation", "clause" or "phrase"


@dataclass(frozen=True, slots=True)
class Dictation:
    """Many sentences in one recording."""

    sentences: tuple[str, ...]
    samples: Float32Samples

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def paused_notes(count: int, seed: int = 0) -> list[Paused]:
    """Notes said in two breaths of 0.3 to 1.2 s apart: at commas, at the borders of clauses and inside phrases."""
    chance = random.Random(seed)
    texts = [one.case["t"] for one in blind_notes() if len(one.case["t"].split()) >= 2 * LEAST_WORDS]
    made: list[Paused] = []
    while len(made) < count:
        text = texts[len(made) % len(texts)]
        at, where = _break(text.split(), chance)
        pause_s = round(chance.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S), 2)
        voice = (PIPER, PIPERS[1], PIPERS[2], ESPEAK)[len(made) % 4]
        made.append(Paused(text, with_pause(text, at, pause_s, voice, seed=len(made)), pause_s, where))
    return made


def with_pause(text: str, at: int, pause_s: float, voice: str, seed: int) -> Float32Samples:
    """``text`` with ``pause_s`` of room between word ``at - 1`` and word ``at``; each half is said by itself."""
    words = text.split()
    first, second = " ".join(words[:at]), " ".join(words[at:])
    first = first if first.endswith((",", ".", "?")) else first + ","  # the voice stays up: there is more to come
    halves = [trimmed(speak(half, voice).float_samples) for half in (first, second)]
    return np.concatenate((halves[0], quiet_room(pause_s, seed), halves[1]))


def trimmed(samples: Float32Samples) -> Float32Samples:
    """Without the silence at both ends."""
    loud = np.flatnonzero(_levels(samples) >= QUIET)
    return samples[loud[0] * FRAME : (loud[-1] + 1) * FRAME] if len(loud) else samples[:0]


def without_pauses(samples: Float32Samples, longest_s: float = HURRIED_PAUSE_S) -> Float32Samples:
    """Every pause cut down to ``longest_s``."""
    levels = _levels(samples)
    longest = round(longest_s * SAMPLE_RATE / FRAME)
    keep = np.ones(len(levels), bool)
    quiet = 0
    for frame, level in enumerate(levels):
        quiet = quiet + 1 if level < QUIET else 0
        keep[frame] = quiet <= longest
    return samples[: len(levels) * FRAME].reshape(-1, FRAME)[keep].reshape(-1)


def longest_pause_s(samples: Float32Samples) -> float:
    """Seconds of the longest pause inside ``samples``."""
    longest = quiet = 0
    for level in _levels(samples):
        quiet = quiet + 1 if level < QUIET else 0
        longest = max(longest, quiet)
    return longest * FRAME / SAMPLE_RATE


def dictation(seconds: float, seed: int = 0) -> Dictation:
    """``seconds`` of notes with 0.15 to 0.9 s between them; from 60 s on, for 70 s, without a pause above 150 ms."""
    chance = random.Random(seed)
    notes = blind_notes()
    pieces: list[Float32Samples] = [quiet_room(0.5, seed)]
    sentences: list[str] = []
    length_s = 0.5
    while length_s < seconds:
        text = notes[len(sentences) % len(notes)].case["t"]
        sentence = trimmed(speak(text, PIPERS[len(sentences) // len(notes) % len(PIPERS)]).float_samples)
        if 60 <= length_s < 60 + HURRIED_S:
            sentence, gap_s = without_pauses(sentence), 0.03
        else:
            gap_s = chance.uniform(0.15, 0.9)
        pieces += [sentence, quiet_room(gap_s, seed + len(sentences))]
        sentences.append(text)
        length_s += len(sentence) / SAMPLE_RATE + gap_s
    return Dictation(tuple(sentences), np.concatenate(pieces))


def _break(words: list[str], chance: random.Random) -> tuple[int, str]:
    """Before which word to pause, and what kind of place that is."""
    inside = range(LEAST_WORDS, len(words) - LEAST_WORDS + 1)
    commas = [at for at in inside if words[at - 1].endswith(",")]
    borders = [at for at in inside if words[at] in BORDERS and at not in commas]
    phrase = [at for at in inside if at not in commas and at not in borders]
    kinds = [(name, places) for name, places in (("punctuation", commas), ("clause", borders)) if places]
    if phrase and (not kinds or chance.random() < 0.4):
        return chance.choice(phrase), "phrase"
    name, places = kinds[0]
    return chance.choice(places), name


def _levels(samples: Float32Samples) -> Float32Samples:
    """RMS of each 10 ms, shape (frames,)."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    levels: Float32Samples = np.sqrt(np.mean(frames**2, axis=1))
    return levels
