"""The gate: tells cheaply whether a window may hold speech, so that the judge need not look at silence.

WebRTC's detector costs 2-3 µs a 10 ms frame. It calls noise speech and misses soft speech, so it never decides
anything: it can only spare judge calls.
"""

import math

import numpy as np
import webrtcvad

from inference.audio import SAMPLE_RATE, Int16Samples, ms_to_samples

FRAME_MS = 10  # webrtcvad takes 10, 20 or 30 ms
FRAME = ms_to_samples(FRAME_MS)  # samples


class WebrtcGate:
    """One stream's gate: webrtcvad, or a level above the stream's own noise floor.

    webrtcvad alone misses soft speech, hence the level. The floor follows the quietest audio at once and rises by
    ``_FLOOR_RISE`` a window, so a gate held open by new steady noise closes again within seconds.
    """

    _FLOOR_RISE = 10 ** (0.05 / 20)  # 0.05 dB a 32 ms window: 1.5 dB a second
    _MIN_FLOOR = 1.0  # int16 units; below it is digital silence

    def __init__(self, aggressiveness: int = 2, margin_db: float = 4.0) -> None:
        """``aggressiveness`` 0-3 as in webrtcvad, 0 lets most through; ``margin_db`` above the floor counts as open."""
        self._aggressiveness = aggressiveness
        self._margin = math.pow(10, margin_db / 20)
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self._vad = webrtcvad.Vad(self._aggressiveness)
        self._rest: Int16Samples = np.empty(0, np.int16)
        self._floor: float | None = None

    def may_be_speech(self, window: Int16Samples) -> bool:
        """Whether ``window`` (shape (n,), int16, following on the last one) may hold speech."""
        voiced = self._voiced(window)
        return self._above_floor(window) or voiced

    def _voiced(self, window: Int16Samples) -> bool:
        samples = np.concatenate((self._rest, window)) if len(self._rest) else window
        whole = len(samples) // FRAME * FRAME
        self._rest = samples[whole:].copy()
        voiced = False
        for start in range(0, whole, FRAME):  # every frame, because webrtcvad adapts to what it hears
            voiced |= self._vad.is_speech(samples[start : start + FRAME].tobytes(), SAMPLE_RATE)
        return voiced

    def _above_floor(self, window: Int16Samples) -> bool:
        wide = window.astype(np.float32)
        level = max(self._MIN_FLOOR, float(np.sqrt(np.dot(wide, wide) / max(1, len(wide)))))
        if self._floor is None:
            self._floor = level
            return level > self._MIN_FLOOR  # nothing to compare with yet
        above = level > self._floor * self._margin
        self._floor = min(level, self._floor * self._FLOOR_RISE)
        return above
