"""The gate: tells cheaply whether a window may hold speech, so that the judge need not look at silence.

WebRTC's detector costs a few microseconds a frame. It calls noise speech and misses soft speech, so it never decides
anything: it can only spare judge calls.
"""

import math

import numpy as np
import webrtcvad

from inference.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, Float32Samples, Int16Samples, ms_to_samples

FRAME_MS = 30  # webrtcvad takes 10, 20 or 30 ms; what a call costs is mostly the call
FRAME_BYTES = ms_to_samples(FRAME_MS) * BYTES_PER_SAMPLE


class WebrtcGate:
    """One stream's gate: webrtcvad, or a level above the stream's own noise floor.

    webrtcvad alone misses soft speech, hence the level. The floor follows the quietest audio at once and rises by
    ``_FLOOR_RISE`` a window, so a gate held open by new steady noise closes again within seconds. The level is that of
    the change over a millisecond: a voice changes in that time, the rumble of a room hardly does, and it is the
    rumble that comes and goes.
    """

    _FLOOR_RISE = 10 ** (0.05 / 20)  # 0.05 dB a 32 ms window: 1.5 dB a second
    _MIN_FLOOR = 0.25  # int16 units; below it is digital silence
    _CHANGE = 16  # samples: a millisecond

    def __init__(self, aggressiveness: int = 2, margin_db: float = 4.0) -> None:
        """``aggressiveness`` 0-3 as in webrtcvad, 0 lets most through; ``margin_db`` above the floor counts as open."""
        self._aggressiveness = aggressiveness
        self._margin = math.pow(10, margin_db / 20)
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self._vad = webrtcvad.Vad(self._aggressiveness)
        self._rest = b""  # less than a frame
        self._wide: Float32Samples = np.zeros(self._CHANGE, np.float32)  # the newest window, after the end of its last
        self._floor: float | None = None

    def may_be_speech(self, window: Int16Samples) -> bool:
        """Whether ``window`` (shape (n,), int16, following on the last one) may hold speech."""
        voiced = self._voiced(window)
        return self._above_floor(window) or voiced

    def _voiced(self, window: Int16Samples) -> bool:
        pcm = self._rest + window.tobytes()
        whole = len(pcm) // FRAME_BYTES * FRAME_BYTES
        self._rest = pcm[whole:]
        voiced = False
        for start in range(0, whole, FRAME_BYTES):  # every frame, because webrtcvad adapts to what it hears
            voiced |= self._vad.is_speech(pcm[start : start + FRAME_BYTES], SAMPLE_RATE)
        return voiced

    def _above_floor(self, window: Int16Samples) -> bool:
        size, before = len(window) + self._CHANGE, self._wide
        if len(before) != size:
            self._wide = np.zeros(size, np.float32)
        self._wide[: self._CHANGE] = before[-self._CHANGE :]
        self._wide[self._CHANGE :] = window
        change = self._wide[self._CHANGE :] - self._wide[: -self._CHANGE]
        level = max(self._MIN_FLOOR, math.sqrt(float(np.dot(change, change)) / max(1, len(change))))
        if self._floor is None:
            self._floor = level
            return level > self._MIN_FLOOR  # nothing to compare with yet
        above = level > self._floor * self._margin
        self._floor = min(level, self._floor * self._FLOOR_RISE)
        return above
