"""Opus packets for tests, encoded by PyAV from a fresh start, as the extension's offscreen document does."""

from fractions import Fraction

import av
import numpy as np

from inference.audio import SAMPLE_RATE, Int16Samples

FRAME = 320  # samples: 20 ms
LOOK_AHEAD = 104  # samples that are decoded before the first
PUSH = 6 * FRAME - LOOK_AHEAD  # samples that fill six packets


def packets_of(samples: Int16Samples) -> list[bytes]:
    """24 kbit/s, 20 ms a packet; the last sample is held until the last packet is full."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "mono", "s16"
    encoder.bit_rate, encoder.time_base = 24_000, Fraction(1, SAMPLE_RATE)
    encoder.options = {"application": "audio", "frame_duration": "20"}
    held = np.pad(samples, (0, LOOK_AHEAD + -(len(samples) + LOOK_AHEAD) % FRAME), mode="edge")
    made: list[bytes] = []
    for number, piece in enumerate(held.reshape(-1, FRAME)):
        frame = av.AudioFrame.from_ndarray(piece[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, number * FRAME
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made
