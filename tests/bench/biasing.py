"""What a hint is worth: names that the model does not know, with and without being told them, and at what price.

Each sentence of ``tests/speech/terms.json`` names one or two of its video's terms; the whole list is the hint, in a
random order. The same lists are told over sentences and noises that name none of them.
"""

import json
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from inference.models import find_speech_model
from inference.stt.contract import Hint, Samples
from inference.stt.guards import GuardSettings
from inference.stt.whisper import Whisper, load_whisper
from inference.stt.window import WindowSettings
from tests.bench.table import Row, against, percentile
from tests.speech.noises import NOISES
from tests.speech.synthesis import ESPEAK, PIPER, SpokenClip, librivox, speak, spoken_commands, spoken_notes
from tests.speech.wer import corpus_wer

TERMS = Path(__file__).parents[1] / "speech" / "terms.json"
VOICES = (PIPER, ESPEAK)
LEVELS = (0.003, 0.02, 0.2)

console = Console(stderr=True, width=110)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, the terms of the hint that are in it, and what became of it."""

    text: str
    named: Sequence[str]
    hint: Sequence[str]
    plain: str
    hinted: str
    more_cpu_s: float

    def found(self, text: str) -> int:
        return sum(names(text, term) for term in self.named)

    def invented(self, text: str) -> list[str]:
        """Terms of the hint in ``text`` that nobody said."""
        return [term for term in self.hint if names(text, term) and not names(self.text, term)]


def names(text: str, term: str) -> bool:
    """Whether ``term`` stands in ``text``: whole words, whatever their case, blanks and hyphens; a plural counts."""
    words = [_squashed(word) for word in re.split(r"[\s-]+", re.sub(r"['’]s\b", "", text))]
    wanted = _squashed(term)
    runs = ("".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    return any(run in (wanted, wanted + "s") for run in runs)


def videos() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(TERMS.read_text(encoding="utf-8"))["videos"]
    return found


def sound_alikes() -> list[str]:
    """Sentences with words that sound a little like terms."""
    found: list[str] = json.loads(TERMS.read_text(encoding="utf-8"))["sound_alikes"]
    return found


def with_terms(*, tuning: bool | None = None) -> Iterator[tuple[SpokenClip, Sequence[str], Hint]]:
    """Clips that name terms of their hint. ``tuning``: only those that settings were chosen on, or only the others."""
    sentences = [(each, text, named) for each in videos() for text, named in each["sentences"]]
    for voice in VOICES:
        for number, (video, text, named) in enumerate(sentences):
            if tuning in (None, video["tuning"]):
                yield speak(text, voice), named, shuffled(video, number)


def without_terms() -> Iterator[tuple[SpokenClip, Sequence[str], Hint]]:
    """Clips that name none; the hints of all videos take turns."""
    clips = [
        *librivox(),
        *(
            clip
            for voice in VOICES
            for clip in (
                *spoken_notes(voice),
                *spoken_commands(voice),
                *(speak(text, voice) for text in sound_alikes()),
            )
        ),
    ]
    lists = videos()
    for number, clip in enumerate(clips):
        yield clip, (), shuffled(lists[number % len(lists)], number)


def shuffled(video: dict[str, Any], seed: int) -> Hint:
    terms = list(video["terms"])
    random.Random(seed).shuffle(terms)
    return Hint(tuple(terms))


def measure(whisper: Whisper, clips: Iterator[tuple[SpokenClip, Sequence[str], Hint]]) -> list[Said]:
    said = []
    for clip, named, hint in clips:
        samples = clip.float_samples
        plain, plain_s = timed(whisper, samples, None)
        hinted, hinted_s = timed(whisper, samples, hint)
        said.append(Said(clip.text, named, hint.terms, plain, hinted, hinted_s - plain_s))
    return said


def timed(whisper: Whisper, samples: Samples, hint: Hint | None) -> tuple[str, float]:
    """Text and CPU seconds of all threads of this process."""
    began = time.process_time()
    text = whisper.final(samples, hint).text
    return text, time.process_time() - began


def recited(whisper: Whisper) -> int:
    """Noises that become text when a list is told."""
    hints = [shuffled(video, 0) for video in videos()]
    sounds = [
        make(seconds) if name == "silence" else make(seconds, level=level)  # type: ignore[call-arg]  # all but silence have one
        for name, make in NOISES.items()
        for seconds in (0.6, 2.0, 6.0)
        for level in LEVELS
    ]
    return sum(bool(whisper.final(sound, hints[number % len(hints)]).text) for number, sound in enumerate(sounds))


def rows() -> list[Row]:
    whisper = load_whisper(
        find_speech_model("tiny.en"),
        device="cpu",
        compute_type="int8",
        threads=1,
        workers=1,
        windows=WindowSettings(),
        guards=GuardSettings(),
        language="en",
    )
    console.print("names that are told to the recogniser, and sentences without them")
    chosen_on, held_out = (measure(whisper, with_terms(tuning=tuning)) for tuning in (True, False))
    named, other = [*chosen_on, *held_out], measure(whisper, without_terms())
    more_ms = [1000 * one.more_cpu_s for one in (*named, *other)]
    return [
        *(recall(name, said) for name, said in (("all", named), ("held out", held_out))),
        word_errors("WER of sentences with terms", named),
        word_errors(f"WER of {len(other)} sentences without", other),
        Row(
            "terms that nobody said, in sentences with others", sum(len(one.invented(one.hinted)) for one in named), ""
        ),
        Row("terms that nobody said, in sentences without", sum(len(one.invented(one.hinted)) for one in other), ""),
        Row("noises that became text", recited(whisper), ""),
        Row("more CPU a final, mean", sum(more_ms) / len(more_ms), "ms"),
        *(Row(f"more CPU a final, p{p}", percentile(more_ms, p), "ms") for p in (50, 95)),
    ]


def recall(name: str, said: list[Said]) -> Row:
    total = sum(len(one.named) for one in said)
    hinted, plain = (sum(one.found(text) for one, text in texts) / total * 100 for texts in _both(said))
    return Row(f"recall of {total} terms, {name}", hinted, "%", plain, hinted / plain)


def word_errors(name: str, said: list[Said]) -> Row:
    hinted, plain = (corpus_wer((one.text, text) for one, text in texts).rate * 100 for texts in _both(said))
    return against(name, hinted, "%", plain)


def _both(said: list[Said]) -> tuple[list[tuple[Said, str]], list[tuple[Said, str]]]:
    return [(one, one.hinted) for one in said], [(one, one.plain) for one in said]


def _squashed(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
