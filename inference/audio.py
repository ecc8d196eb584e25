"""Audio in memory: one rate, two sample formats and a buffer addressed by sample offset.

Everything behind the capture is mono at 16 kHz. This module counts samples; it reads no clock and decodes no file
(``media.py`` does).
"""

import numpy as np
from numpy.typing import NDArray

from inference.errors import BadAudio

SAMPLE_RATE = 16_000  # hertz; what Whisper, Silero and webrtcvad all take
BYTES_PER_SAMPLE = 2  # PCM16
_FULL_SCALE = 32768.0  # 2**15: PCM16 -32768 is -1.0

Float32Samples = NDArray[np.float32]
Int16Samples = NDArray[np.int16]


def ms_to_samples(ms: float) -> int:
    """Milliseconds as the nearest whole number of samples."""
    return round(ms * SAMPLE_RATE / 1000)


def samples_to_s(samples: int) -> float:
    """Samples as seconds."""
    return samples / SAMPLE_RATE


def pcm16_samples(pcm: bytes | bytearray | memoryview) -> Int16Samples:
    """PCM16 LE mono as a read-only view of shape (n,), int16. Raises BadAudio for half a sample."""
    if len(pcm) % BYTES_PER_SAMPLE:
        raise BadAudio(f"{len(pcm)} bytes are not whole 16-bit samples. Send PCM16 little-endian mono at 16 kHz.")
    samples: Int16Samples = np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False)
    return samples


def int16_to_float32(samples: Int16Samples) -> Float32Samples:
    """Shape (n,), int16 to float32 in [-1, 1)."""
    scaled: Float32Samples = samples.astype(np.float32) / np.float32(_FULL_SCALE)
    return scaled


def pcm16_to_float32(pcm: bytes | bytearray | memoryview) -> Float32Samples:
    """PCM16 LE mono to shape (n,), float32 in [-1, 1). Raises BadAudio for half a sample."""
    return int16_to_float32(pcm16_samples(pcm))


def float32_to_int16(samples: Float32Samples) -> Int16Samples:
    """Shape (n,), float32 to int16, rounded; what lies outside [-1, 1) is clipped."""
    scaled: Int16Samples = np.clip(np.rint(samples * _FULL_SCALE), -32768, 32767).astype(np.int16)
    return scaled


def float32_to_pcm16(samples: Float32Samples) -> bytes:
    """Shape (n,), float32 to PCM16 LE mono; what lies outside [-1, 1) is clipped."""
    return float32_to_int16(samples).astype("<i2", copy=False).tobytes()


class AudioBuffer:
    """Audio of one capture: grows at the end, is dropped from the front, and is addressed by sample offset.

    Samples are kept as int16. An append costs the bytes appended, amortised: the store doubles when it is full and
    is compacted only then.
    """

    def __init__(self, base: int = 0, *, max_samples: int = 120 * SAMPLE_RATE) -> None:
        """An empty buffer whose first sample will have offset ``base``; holds at most ``max_samples`` at once."""
        if base < 0 or max_samples < 1:
            raise ValueError("base must be >= 0 and max_samples >= 1")
        self._store: Int16Samples = np.empty(0, np.int16)
        self._head = 0  # index in the store of sample ``start``
        self._length = 0
        self._start = base
        self._max = max_samples

    @property
    def start(self) -> int:
        """Offset of the first sample held."""
        return self._start

    @property
    def end(self) -> int:
        """Offset after the last sample held: the offset the next append gets."""
        return self._start + self._length

    def __len__(self) -> int:
        """Samples held."""
        return self._length

    def append(self, pcm: bytes | bytearray | memoryview) -> None:
        """Add PCM16 LE mono 16 kHz at ``end``. Raises BadAudio for half a sample or when the buffer is full."""
        new = pcm16_samples(pcm)
        self._reserve(len(new))
        tail = self._head + self._length
        self._store[tail : tail + len(new)] = new
        self._length += len(new)

    def append_silence(self, samples: int) -> None:
        """Add ``samples`` zeros at ``end``. Raises BadAudio when the buffer is full."""
        if samples < 0:
            raise ValueError("samples must be >= 0")
        self._reserve(samples)
        tail = self._head + self._length
        self._store[tail : tail + samples] = 0
        self._length += samples

    def slice(self, start: int, end: int) -> Float32Samples:
        """A copy of samples [start, end), clamped to what is held: shape (n,), float32 in [-1, 1)."""
        return int16_to_float32(self._view(start, end))

    def pcm(self, start: int, end: int) -> bytes:
        """Samples [start, end), clamped to what is held, as PCM16 LE."""
        return self._view(start, end).astype("<i2", copy=False).tobytes()

    def drop_before(self, sample: int) -> None:
        """Forget the samples before offset ``sample``. One past the end empties the buffer; ``end`` never moves."""
        dropped = min(max(0, sample - self._start), self._length)
        self._start += dropped
        self._head += dropped
        self._length -= dropped
        if not self._length:
            self._head = 0

    def clear(self, base: int) -> None:
        """Forget everything and its memory; the next sample has offset ``base``."""
        self._store = np.empty(0, np.int16)
        self._head = self._length = 0
        self._start = base

    def _view(self, start: int, end: int) -> Int16Samples:
        low = min(max(start, self._start), self.end)
        high = min(max(end, low), self.end)
        return self._store[self._head + low - self._start : self._head + high - self._start]

    def _reserve(self, extra: int) -> None:
        needed = self._length + extra
        if needed > self._max:
            raise BadAudio(
                f"The audio buffer holds {samples_to_s(self._max):.0f} s at most. "
                "Transcribe or drop what it holds before adding more."
            )
        if self._head + needed <= len(self._store):
            return
        capacity = max(2 * needed, SAMPLE_RATE)  # at least doubles what is live, so copying stays linear
        grown = np.empty(capacity, np.int16)
        grown[: self._length] = self._store[self._head : self._head + self._length]
        self._store, self._head = grown, 0
