"""Sounds that are not speech, seeded: the same arguments give the same samples.

from tests.speech.noises import NOISES, mix
for name, make in NOISES.items():
    samples = make(5.0)               # float32, 16 kHz
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from inference.audio import SAMPLE_RATE

Sound = NDArray[np.float32]


def silence(seconds: float) -> Sound:
    """Digital silence."""
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def mains_hum(seconds: float, level: float = 0.05, hertz: float = 50.0) -> Sound:
    """Mains hum with its odd and even harmonics and a little noise."""
    t = _time(seconds)
    wave = sum(np.sin(2 * np.pi * hertz * n * t + n) / n**1.5 for n in range(1, 12))
    return _at_level(wave, level) + white_noise(seconds, level / 50, seed=1)


def white_noise(seconds: float, level: float = 0.03, seed: int = 0) -> Sound:
    """White noise."""
    return _at_level(np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE)), level)


def pink_noise(seconds: float, level: float = 0.03, seed: int = 0) -> Sound:
    """Noise with 1/f power, as rooms and fans have."""
    size = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
    return _at_level(np.fft.irfft(spectrum, size), level)


def keyboard(seconds: float, level: float = 0.3, seed: int = 0) -> Sound:
    """Typing: bursts of a few milliseconds, 5-8 a second, over a quiet room."""
    random = np.random.default_rng(seed)
    sound = pink_noise(seconds, 0.002, seed)
    at = 0.2
    while at < seconds - 0.1:
        for delay, loudness in ((0.0, 1.0), (random.uniform(0.06, 0.1), 0.4)):  # press and release
            start, length = round((at + delay) * SAMPLE_RATE), round(random.uniform(0.004, 0.012) * SAMPLE_RATE)
            click = random.standard_normal(length) * np.exp(-np.linspace(0, 6, length))
            end = min(len(sound), start + length)
            sound[start:end] += (level * loudness * random.uniform(0.5, 1) * click[: end - start]).astype(np.float32)
        at += random.uniform(0.12, 0.2)
    return np.clip(sound, -1, 1)


def music(seconds: float, level: float = 0.1, seed: int = 0) -> Sound:
    """Tones with harmonics and decay over a slow chord: no voice in it."""
    random = np.random.default_rng(seed)
    t = _time(seconds)
    wave = sum(0.3 * np.sin(2 * np.pi * hertz * t) for hertz in (130.81, 164.81, 196.0))
    wave = np.asarray(wave, np.float64)
    for start in np.arange(0, seconds, 0.25):
        hertz = 261.63 * 2 ** (random.choice([0, 2, 4, 7, 9, 12]) / 12)
        since = t - start
        envelope = np.where(since >= 0, np.exp(-6 * np.maximum(since, 0)), 0)
        wave += envelope * sum(np.sin(2 * np.pi * hertz * n * since) / n for n in range(1, 5))
    return _at_level(wave, level)


def babble(voices: Sequence[NDArray[np.int16]], seconds: float, level: float = 0.03, seed: int = 0) -> Sound:
    """Many people at once, none to be understood: the given recordings reversed, shifted and mixed."""
    random = np.random.default_rng(seed)
    size = round(seconds * SAMPLE_RATE)
    mixed = np.zeros(size)
    for voice in voices:
        looped = np.resize(voice[::-1].astype(np.float64), size + len(voice))
        shift = int(random.integers(len(voice)))
        mixed += looped[shift : shift + size]
    return _at_level(mixed, level)


def mix(speech: Sound, noise: Sound, snr_db: float) -> Sound:
    """``speech`` and ``noise`` (looped) at a signal-to-noise ratio over the whole clip, clipped to ±1."""
    noise = np.resize(noise, len(speech))
    powers = float(np.mean(speech**2)), max(1e-12, float(np.mean(noise**2)))
    ratio = np.sqrt(powers[0] / powers[1]) / 10 ** (snr_db / 20)
    mixed: Sound = np.clip(speech + ratio * noise, -1, 1).astype(np.float32)
    return mixed


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _at_level(wave: NDArray[np.float64], level: float) -> Sound:
    """Scaled to an RMS of ``level``."""
    return (wave * (level / max(1e-12, float(np.sqrt(np.mean(np.square(wave))))))).astype(np.float32)


NOISES: dict[str, Callable[[float], Sound]] = {
    "silence": silence,
    "mains hum": mains_hum,
    "white noise": white_noise,
    "pink noise": pink_noise,
    "keyboard": keyboard,
    "music": music,
}
