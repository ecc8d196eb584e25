"""Opus: a few packets, decoded from a fresh start, become samples at 16 kHz.

Keeps nothing from one call to the next, so that what a client sends may be lost, sent again or cut anywhere. Measured
in docs/speech.md. Decodes through PyAV; encodes nothing.
"""

from collections.abc import Sequence

import av
import numpy as np
from av.error import FFmpegError

from inference.audio import SAMPLE_RATE, Float32Samples, Int16Samples, float32_to_pcm16, int16_to_float32
from inference.errors import BadAudio

MAX_SAMPLES = SAMPLE_RATE // 4  # of one call, with what is skipped: it holds up whoever asks
_STEP = 48_000 // SAMPLE_RATE  # Opus is decoded at 48 kHz
_TAPS = 49  # of the low pass in front of taking every third sample: 1 ms
_AROUND = np.arange(_TAPS) - _TAPS // 2
_LOW_PASS = (np.sinc(_AROUND / _STEP) * np.hamming(_TAPS) / _STEP).astype(np.float32)


def decode(packets: Sequence[bytes], *, skip: int, samples: int) -> bytes:
    """PCM16 LE mono 16 kHz: ``samples`` samples after the first ``skip``, which are the encoder's look-ahead.

    Raises BadAudio for what is not Opus, for too much at once, and where the packets hold less than that, or one of
    them nothing of it.
    """
    wanted = skip + samples
    if wanted > MAX_SAMPLES:
        raise BadAudio(
            f"{wanted} samples of Opus are too many at once: send at most {MAX_SAMPLES}, the skipped ones too."
        )
    at_48k = _decoded(packets, wanted * _STEP)
    return float32_to_pcm16(_thinned(at_48k)[skip:wanted])


def _decoded(packets: Sequence[bytes], wanted: int) -> Int16Samples:
    """Shape (n,), int16 at 48 kHz, n at least ``wanted``."""
    decoder = av.CodecContext.create("libopus", "r")
    decoder.layout = "mono"
    blocks: list[Int16Samples] = []
    held = 0
    for packet in packets:
        if held >= wanted:
            raise BadAudio("There are more Opus packets than samples: send only those that hold some.")
        try:
            frames = decoder.decode(av.Packet(packet))
        except FFmpegError:
            raise BadAudio("A packet is not Opus. Send packets as the encoder made them.") from None
        for frame in frames:
            blocks.append(frame.to_ndarray().reshape(-1).astype(np.int16, copy=False))
            held += len(blocks[-1])
    if held < wanted:
        raise BadAudio(f"The Opus packets hold {held // _STEP} samples, fewer than the {wanted // _STEP} promised.")
    return np.concatenate(blocks)


def _thinned(at_48k: Int16Samples) -> Float32Samples:
    """Shape (n,), int16 at 48 kHz to shape (n / 3,), float32 at 16 kHz; what lies beyond the ends is as they are."""
    extended = np.pad(int16_to_float32(at_48k), _TAPS // 2, mode="edge")
    thinned: Float32Samples = np.convolve(extended, _LOW_PASS, "valid")[::_STEP]
    return thinned
