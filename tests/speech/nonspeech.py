"""A hundred recordings in which nobody says anything, seeded: what a microphone hears between two remarks.

from tests.speech.nonspeech import recordings
for one in recordings():
    one.kind, one.samples             # "wind", float32 at 16 kHz, 2-10 s
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.audio import SAMPLE_RATE
from tests.speech.noises import Sound, babble, keyboard, mains_hum, music, pink_noise, silence, white_noise
from tests.speech.synthesis import librivox, speak

EACH = 7  # of most kinds
Wave = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound that is no speech."""

    id: str
    kind: str
    samples: Sound


def clicks(seconds: float, level: float, seed: int) -> Sound:
    """A mouse and a switch now and then: single bursts of a few milliseconds over a faint room."""
    random = np.random.default_rng(seed)
    sound = random.standard_normal(_size(seconds)) * 0.001
    for at in random.uniform(0.1, seconds - 0.1, max(2, int(seconds * 1.5))):
        length = int(random.uniform(0.002, 0.03) * SAMPLE_RATE)
        burst = random.standard_normal(length) * np.exp(-np.linspace(0, random.uniform(4, 9), length))
        start = int(at * SAMPLE_RATE)
        sound[start : start + length] += 8 * level * burst[: len(sound) - start]
    return _limited(sound)


def wind(seconds: float, level: float, seed: int) -> Sound:
    """Gusts over a microphone: low noise whose strength and pitch come and go."""
    random = np.random.default_rng(seed)
    size = _size(seconds)
    low, high = _band(random, size, 20, 250), _band(random, size, 200, 900)
    gusts = np.interp(np.arange(size), np.linspace(0, size, 12), random.uniform(0.1, 1, 12))
    return _at_level(gusts * low + 0.4 * gusts**2 * high, level)


def doorbell(seconds: float, level: float, seed: int) -> Sound:
    """Two chimes, more than once, each a struck bar with inharmonic partials."""
    random = np.random.default_rng(seed)
    sound = random.standard_normal(_size(seconds)) * 0.0005
    base = random.uniform(500, 800)
    for ring in np.arange(0.3, seconds - 0.5, random.uniform(1.8, 2.6)):
        for delay, pitch in ((0.0, base), (0.45, base * 0.8)):
            _strike(sound, ring + delay, pitch, (1, 2.76, 5.4), 3.0)
    return _at_level(sound, level)


def telephone(seconds: float, level: float, seed: int) -> Sound:
    """An old telephone: two tones, twenty times a second, with pauses."""
    random = np.random.default_rng(seed)
    t = np.arange(_size(seconds)) / SAMPLE_RATE
    first, second = random.uniform(420, 480), random.uniform(1000, 1400)
    tones = np.sin(2 * np.pi * first * t) + np.sin(2 * np.pi * second * t) * (np.sin(2 * np.pi * 20 * t) > 0)
    return _at_level(tones * ((t % 2.0) < 1.0), level)


def breathing(seconds: float, level: float, seed: int) -> Sound:
    """Somebody close to the microphone who says nothing: in and out, noise in the bands of a throat."""
    random = np.random.default_rng(seed)
    size = _size(seconds)
    t = np.arange(size) / SAMPLE_RATE
    cycle = t / random.uniform(2.2, 3.5) % 1
    into = _band(random, size, 500, 2500) * np.clip(np.sin(np.pi * cycle / 0.4), 0, 1) * (cycle < 0.4)
    out = _band(random, size, 200, 1500) * np.clip(np.sin(np.pi * (cycle - 0.5) / 0.45), 0, 1) * (cycle >= 0.5)
    return _at_level(into + 0.8 * out, level)


def band(seconds: float, level: float, seed: int) -> Sound:
    """A small band: chords that change, a melody with vibrato, a bass, and drums."""
    random = np.random.default_rng(seed)
    size, beat = _size(seconds), 60 / random.uniform(80, 140)
    t = np.arange(size) / SAMPLE_RATE
    sound = np.zeros(size)
    root = random.uniform(110, 180)
    for number, start in enumerate(np.arange(0, seconds, beat)):
        chord = root * 2 ** (random.choice([0, 5, 7, 9]) / 12) if number % 4 == 0 else root
        note = 2 * root * 2 ** (random.choice([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
        on = slice(_size(start), _size(start + beat))
        now, since = t[on], t[on] - start
        for step in (0, 4, 7):
            sound[on] += 0.2 * np.sin(2 * np.pi * chord * 2 ** (step / 12) * now)
        phase = 2 * np.pi * note * now + 2 * np.sin(2 * np.pi * 5.5 * now)
        sound[on] += np.exp(-2 * since) * sum(np.sin(n * phase) / n for n in (1, 2, 3))
        sound[on] += 0.5 * np.exp(-14 * since) * np.sin(2 * np.pi * 60 * now)
        if number % 2:
            sound[on] += 0.4 * np.exp(-25 * since) * random.standard_normal(len(now))
    return _at_level(sound, level)


def crowd(seconds: float, level: float, seed: int) -> Sound:
    """Many voices at once, each backwards: a restaurant in a language that nobody knows."""
    voices = [clip.samples for clip in librivox()]
    voices += [speak("The numbers of the last quarter are better than we thought.", voice).samples for voice in _CROWD]
    return babble(voices, seconds, level, seed)


def traffic(seconds: float, level: float, seed: int) -> Sound:
    """Cars that pass: low noise and a motor whose pitch falls."""
    random = np.random.default_rng(seed)
    size = _size(seconds)
    t = np.arange(size) / SAMPLE_RATE
    sound = 0.3 * _band(random, size, 30, 300)
    for at in random.uniform(0, seconds, 3):
        near = np.exp(-(((t - at) / 0.9) ** 2))
        pitch = np.cumsum(70 + 25 / (1 + np.exp(4 * (t - at)))) / SAMPLE_RATE
        sound += near * (_band(random, size, 100, 1200) + sum(np.sin(2 * np.pi * n * pitch) / n for n in (1, 2, 3, 5)))
    return _at_level(sound, level)


def recordings() -> list[Recording]:
    """The hundred. Levels (RMS, full scale is 1) and lengths go in circles, so that each kind comes loud and soft."""
    made = [Recording(f"silence-{n}", "silence", silence(seconds)) for n, seconds in enumerate((2.0, 10.0))]
    for kind, (make, levels) in _KINDS.items():
        for number in range(EACH):
            seconds = (2.0, 3.0, 4.5, 6.0, 8.0, 10.0, 5.0)[(number + len(made)) % 7]
            sound = make(seconds, levels[number % len(levels)], 100 * len(made) + number)
            made.append(Recording(f"{kind}-{number}", kind, sound))
    return made


def _fifty(seconds: float, level: float, _seed: int) -> Sound:
    return mains_hum(seconds, level, 50.0)


def _sixty(seconds: float, level: float, _seed: int) -> Sound:
    return mains_hum(seconds, level, 60.0)


_CROWD = ("piper-joe", "espeak-en-gb@150", "espeak-en-us+f3@165", "espeak-en-us")
_LEVELS = (0.003, 0.03, 0.1)
_KINDS: dict[str, tuple[Callable[[float, float, int], Sound], tuple[float, ...]]] = {
    "hum 50 Hz": (_fifty, _LEVELS),
    "hum 60 Hz": (_sixty, _LEVELS),
    "white noise": (white_noise, _LEVELS),
    "pink noise": (pink_noise, _LEVELS),
    "keyboard": (keyboard, (0.05, 0.3, 0.8)),
    "clicks": (clicks, _LEVELS),
    "wind": (wind, _LEVELS),
    "doorbell": (doorbell, _LEVELS),
    "telephone": (telephone, _LEVELS),
    "breathing": (breathing, (0.003, 0.01, 0.03)),
    "music": (music, _LEVELS),
    "band": (band, _LEVELS),
    "traffic": (traffic, _LEVELS),
    "crowd": (crowd, _LEVELS),
}


def _size(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def _band(random: np.random.Generator, size: int, low: float, high: float) -> Wave:
    """Noise between two frequencies, RMS 1."""
    spectrum = np.fft.rfft(random.standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    wave = np.fft.irfft(np.where((hertz >= low) & (hertz <= high), spectrum, 0), size)
    return np.asarray(wave / max(1e-12, float(np.sqrt(np.mean(wave**2)))), np.float64)


def _strike(sound: Wave, at_s: float, hertz: float, partials: tuple[float, ...], decay: float) -> None:
    """Add a struck bar to ``sound``."""
    start = min(len(sound), _size(at_s))
    t = np.arange(len(sound) - start) / SAMPLE_RATE
    for number, partial in enumerate(partials, 1):
        sound[start:] += np.exp(-decay * number * t) * np.sin(2 * np.pi * hertz * partial * t) / number


def _at_level(wave: Wave, level: float) -> Sound:
    return _limited(wave * (level / max(1e-12, float(np.sqrt(np.mean(wave**2))))))


def _limited(wave: Wave) -> Sound:
    return np.clip(wave, -1, 1).astype(np.float32)
