"""What is said to the servers: real and synthetic speech, as presses of a key and as one open microphone.

Half of the presses are released inside a word, the others 0.2-0.5 s after the end of speech. Nothing is drawn by
chance: the same clips give the same presses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from inference.audio import SAMPLE_RATE, float32_to_int16
from inference.media import read_clip
from tests.bench import marks
from tests.speech.noises import pink_noise
from tests.speech.synthesis import ESPEAK, LIBRIVOX, PIPER, librivox, spoken_notes

ROOM_LEVEL = 0.0006  # RMS of a quiet room, -64 dB: no microphone gives digital silence
RESTS_S = (0.2, 0.3, 0.4, 0.5)  # from the end of speech to the release
CUTS = (0.45, 0.6, 0.75, 0.9)  # of the speech, where a key is released in the middle of it
PAUSE_S, LEAST_S = 0.1, 1.0  # read speech is cut at such pauses, into pieces of at least so much
GAP_S = 1.5  # between two clips at an open microphone, so that each is an utterance of its own

PIPER_NOTES, ESPEAK_NOTES = 62, 24
SPOKEN = LIBRIVOX.parent  # short phrases by other people, from the same package: playing cards, and three orders


@dataclass(frozen=True, slots=True)
class Said:
    """A recording of one remark. ``text`` None: a part of a sentence, not scored."""

    name: str
    text: str | None
    samples: NDArray[np.int16]  # shape (n,), 16 kHz
    onset: int  # sample at which speech begins
    end: int  # the sample after the last of speech
    real: bool = False  # by a human being
    inside: bool = False  # it ends inside a word

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    @property
    def rest_s(self) -> float:
        """From the end of speech to the end of the recording."""
        return (len(self.samples) - self.end) / SAMPLE_RATE

    @property
    def speech_s(self) -> float:
        """From onset to end."""
        return (self.end - self.onset) / SAMPLE_RATE


def remarks() -> list[Said]:
    """Real speech (whole recordings, again cut at their pauses, short phrases) and notes by two voices, mixed."""
    whole = [marked(f"librivox {clip.id}", clip.text, clip.samples, real=True) for clip in librivox()]
    real = [*whole, *chain.from_iterable(_cut(said) for said in whole), *_phrases()]
    notes = [*spoken_notes(limit=PIPER_NOTES), *spoken_notes(ESPEAK, ESPEAK_NOTES)]
    piper, espeak = (
        [marked(f"{clip.voice} {clip.id}", clip.text, clip.samples) for clip in notes if clip.voice == voice]
        for voice in (PIPER, ESPEAK)
    )
    return _mixed(real, piper, espeak)


def presses(said: Sequence[Said]) -> list[Said]:
    """One press a remark, released in turn inside a word and after it; real speech is pressed both ways."""
    real, made = [one for one in said if one.real], [one for one in said if not one.real]
    both = [press(one, turn) for turn, one in enumerate(real) for press in (_rested, _released)]
    halves = [(_released if index % 2 else _rested)(one, index // 2) for index, one in enumerate(made)]
    return _mixed(both, halves)


def open_microphone(said: Sequence[Said]) -> tuple[NDArray[np.int16], list[Said]]:
    """One recording of all remarks with a quiet room between them, and the remarks with their place in it."""
    parts: list[NDArray[np.int16]] = [room(GAP_S, seed=0)]
    placed, at = [], len(parts[0])
    for index, one in enumerate(said):
        placed.append(replace(one, onset=at + one.onset, end=at + one.end))
        gap = room(GAP_S, seed=index + 1)
        parts += [one.samples, gap]
        at += len(one.samples) + len(gap)
    return np.concatenate(parts), placed


def marked(name: str, text: str | None, samples: NDArray[np.int16], *, real: bool = False) -> Said:
    """A recording in a quiet room, with its speech marked before the room is added."""
    onset, end = marks.speech(samples)
    return Said(name, text, _in_room(samples), onset, end, real)


def room(seconds: float, seed: int) -> NDArray[np.int16]:
    """A quiet room. Shape (seconds * 16,000,), int16."""
    return float32_to_int16(pink_noise(seconds, ROOM_LEVEL, seed))


def speech_s(said: Iterable[Said]) -> float:
    """Seconds of speech in all of them."""
    return sum(one.speech_s for one in said)


def _cut(whole: Said) -> list[Said]:
    """The parts of a recording between its pauses; none where it has no pause."""
    spans = marks.pieces(whole.samples, PAUSE_S, LEAST_S)
    if len(spans) < 2:
        return []
    parts = []
    for number, (first, last) in enumerate(spans, 1):
        samples = whole.samples[first:last]
        onset, end = marks.speech(samples)
        parts.append(Said(f"{whole.name} part {number}", None, samples, onset, end, real=True))
    return parts


def _phrases() -> list[Said]:
    """Short real speech that is not scored: names of cards, and orders."""
    waves = sorted((SPOKEN / "cards").glob("*.wav"))
    raws = [SPOKEN / name for name in ("goforward.raw", "something.raw", "numbers.raw")]
    recordings = [(path, read_clip(path).samples) for path in waves]
    recordings += [(path, np.fromfile(path, np.int16)) for path in raws]
    return [marked(path.name, None, samples, real=True) for path, samples in recordings]


def _rested(said: Said, turn: int) -> Said:
    """Released a little after the end of speech."""
    length = said.end + round(RESTS_S[turn % len(RESTS_S)] * SAMPLE_RATE)
    samples = np.concatenate((said.samples, room(max(RESTS_S), seed=turn)))[:length]
    return replace(said, samples=samples)


def _released(said: Said, turn: int) -> Said:
    """Released inside a word: the end of the recording is the end of speech."""
    at = marks.inside_a_word(said.samples, CUTS[turn % len(CUTS)])
    return replace(said, text=None, samples=said.samples[:at], end=at, inside=True)


def _in_room(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    noise = room(len(samples) / SAMPLE_RATE, seed=len(samples) % 1000)
    mixed: NDArray[np.int16] = np.clip(samples.astype(np.int32) + noise, -32768, 32767).astype(np.int16)
    return mixed


def _mixed(*kinds: list[Said]) -> list[Said]:
    """All of them, each kind spread evenly over the whole."""
    placed = [((index + 0.5) / len(kind), one) for kind in kinds for index, one in enumerate(kind)]
    return [one for _, one in sorted(placed, key=lambda each: (each[0], each[1].name))]
