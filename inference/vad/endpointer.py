"""Finds where speech begins and ends: gate, then judge, then hysteresis, minimum speech and hangover.

All durations count samples; no clock is read. Audio is judged in windows of 32 ms from the stream's first sample on, so
the boundaries don't depend on the size of the chunks that bring it.
"""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inference.audio import SAMPLE_RATE, Float32Samples, Int16Samples, int16_to_float32, ms_to_samples, pcm16_samples
from inference.errors import BadAudio
from inference.vad.contract import (
    Boundary,
    SpeechBegan,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    VoiceDetectorFactory,
)
from inference.vad.cuts import best_cut
from inference.vad.silero import WINDOW, SileroStream, shared_model
from inference.vad.webrtc import WebrtcGate


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What counts as speech and when it is over. docs/speech.md has the measurements behind the numbers."""

    threshold: float = 0.5  # judge probability at which silence turns to speech (Silero's own default)
    release_threshold: float = 0.35  # probability below which speech turns to silence (Silero: threshold - 0.15)
    pause_ms: int = 96  # silence after which what was said may be complete
    hangover_ms: int = 448  # silence that ends speech, unless somebody is told to hurry
    min_speech_ms: int = 96  # speech it takes to open an utterance; a click or a cough is shorter
    gate_hold_ms: int = 320  # the judge goes on this long after the gate's last hint of speech
    preroll_ms: int = 320  # audio the judge hears again when the gate opens, to find its bearings
    gate_aggressiveness: int = 2  # webrtcvad mode, 0 (lets most through) to 3
    gate_margin_db: float = 4.0  # level above the noise floor that opens the gate without webrtcvad

    def __post_init__(self) -> None:
        if not 0 < self.release_threshold <= self.threshold < 1:
            raise ValueError("Thresholds must satisfy 0 < release_threshold <= threshold < 1.")
        if min(self.pause_ms, self.min_speech_ms) <= 0:
            raise ValueError("pause_ms and min_speech_ms must be positive.")
        if self.hangover_ms < self.pause_ms:
            raise ValueError("hangover_ms must not be less than pause_ms.")
        if min(self.gate_hold_ms, self.preroll_ms) < 0:
            raise ValueError("gate_hold_ms and preroll_ms must not be negative.")
        if self.gate_aggressiveness not in range(4):
            raise ValueError("gate_aggressiveness must be 0, 1, 2 or 3.")


REMEMBERED = 90 * SAMPLE_RATE // WINDOW  # windows whose probability is known; an utterance has a minute at most


class Gate(Protocol):
    """Cheap and allowed to be wrong in one direction: it may call silence speech."""

    def may_be_speech(self, window: Int16Samples) -> bool: ...
    def reset(self) -> None: ...


class JudgeStream(Protocol):
    """One stream's judge: probability of speech for consecutive windows of 512 samples."""

    def probability(self, window: Float32Samples) -> float: ...
    def reset(self) -> None: ...


class Endpointer:
    """A VoiceDetector. See ``contract.py`` for what its methods promise."""

    def __init__(self, settings: EndpointSettings, judge: JudgeStream, gate: Gate | None) -> None:
        """Without a ``gate`` the judge hears every window."""
        self._settings = settings
        self._judge = judge
        self._gate = gate
        self._pause = ms_to_samples(settings.pause_ms)
        self._patience = ms_to_samples(settings.hangover_ms)
        self._min_speech = ms_to_samples(settings.min_speech_ms)
        self._hold = ms_to_samples(settings.gate_hold_ms)
        self._preroll: deque[Int16Samples] = deque(maxlen=ms_to_samples(settings.preroll_ms) // WINDOW)
        self._probabilities: deque[float] = deque(maxlen=REMEMBERED)  # of the newest windows
        self._begin(None)

    def _begin(self, offset: int | None) -> None:
        self._placed = offset is not None  # False: the first chunk will say where the stream begins
        self._judged = offset or 0  # samples before this one have been judged
        self._rest: Int16Samples = np.empty(0, np.int16)  # less than a window, not judged yet
        self._voiced = False  # the hysteresis
        self._candidate: int | None = None  # first sample of speech that is not long enough yet
        self._candidate_speech = 0  # samples of it that are speech
        self._onset: int | None = None
        self._last_speech: int | None = None
        self._paused = False  # SpeechPaused was the last that was said of the open speech
        self._hangover = self._patience
        self._probabilities.clear()
        self._gate_until: int | None = None  # the judge listens up to this sample; None: it sleeps
        self._preroll.clear()
        self._judge.reset()
        if self._gate is not None:
            self._gate.reset()

    @property
    def speaking(self) -> bool:
        return self._onset is not None

    @property
    def onset(self) -> int | None:
        return self._onset

    @property
    def last_speech(self) -> int | None:
        return self._last_speech

    def reset(self, offset: int) -> None:
        self._begin(offset)

    def feed(self, offset: int, pcm: bytes) -> list[Boundary]:
        """Raises BadAudio when ``pcm`` does not follow on what was fed before or ends in half a sample."""
        samples = pcm16_samples(pcm)
        if not self._placed:
            self._begin(offset)
        expected = self._judged + len(self._rest)
        if offset != expected:
            raise BadAudio(f"Audio at sample {offset} does not follow on {expected}. Send it in order, or start again.")
        samples = np.concatenate((self._rest, samples))
        found: list[Boundary] = []
        whole = len(samples) // WINDOW * WINDOW
        for start in range(0, whole, WINDOW):
            self._hear(samples[start : start + WINDOW], found)
        self._rest = samples[whole:].copy()
        return found

    def _hear(self, window: Int16Samples, found: list[Boundary]) -> None:
        """Pass one window through gate and judge."""
        start = self._judged
        self._judged = start + WINDOW
        self._probabilities.append(0.0)
        if self._gate is not None:
            if self._gate.may_be_speech(window):
                if self._gate_until is None:
                    self._wake(start, found)
                self._gate_until = self._judged + self._hold
            elif self._gate_until is None or (self._judged > self._gate_until and self._quiet):
                self._gate_until = None
                self._preroll.append(window)
                return
        self._judge_window(start, window, found)

    @property
    def _quiet(self) -> bool:
        """Nothing is open that the judge would have to close."""
        return not self.speaking and self._candidate is None

    def _wake(self, start: int, found: list[Boundary]) -> None:
        """Let the judge hear what the gate kept back just before sample ``start``; what is older it forgets."""
        self._judge.reset()
        at = start - len(self._preroll) * WINDOW
        for window in self._preroll:
            self._judge_window(at, window, found)
            at += WINDOW
        self._preroll.clear()

    def _judge_window(self, start: int, window: Int16Samples, found: list[Boundary]) -> None:
        probability = self._judge.probability(int16_to_float32(window))
        self._probabilities[(start - self._judged) // WINDOW] = probability
        edge = self._settings.release_threshold if self._voiced else self._settings.threshold
        self._voiced = probability >= edge
        end = start + WINDOW
        if self._voiced:
            self._last_speech = end
            self._hangover = self._patience
        if self._onset is not None:
            if self._voiced and self._paused:
                self._paused = False
                found.append(SpeechResumed(self._onset, start))
            self._look_for_the_end(end, found)
        elif self._voiced:
            self._open_if_enough(start, found)
        elif self._candidate is not None and end - (self._last_speech or end) >= self._min_speech:
            self._candidate = None  # a blip: as much silence after it as speech was wanted

    def _open_if_enough(self, start: int, found: list[Boundary]) -> None:
        if self._candidate is None:
            self._candidate, self._candidate_speech = start, 0
        self._candidate_speech += WINDOW
        if self._candidate_speech >= self._min_speech:
            self._onset, self._candidate = self._candidate, None
            found.append(SpeechBegan(self._onset))

    def _look_for_the_end(self, end: int, found: list[Boundary]) -> None:
        """Say once that speech has paused, and that it is over."""
        last = self._last_speech
        if self._onset is None or last is None:
            return
        if not self._paused and end - last >= self._pause:
            self._paused = True
            found.append(SpeechPaused(self._onset, last, end))
        if end - last >= self._hangover:
            found.append(SpeechEnded(self._onset, last, end))
            self._onset, self._paused = None, False

    def hurry(self, hangover: int) -> list[Boundary]:
        self._hangover = min(self._hangover, max(hangover, self._pause))
        found: list[Boundary] = []
        self._look_for_the_end(self._judged, found)
        return found

    def best_cut(self, start: int, stop: int) -> int:
        """See the contract. Looks back a minute and a half at most; what is older or to come counts as silence."""
        oldest = self._judged - len(self._probabilities) * WINDOW
        first = min(max(0, (start - oldest) // WINDOW), len(self._probabilities))
        after = min(max(first, -(-(stop - oldest) // WINDOW)), len(self._probabilities))
        if first == after:
            return start
        window = best_cut(np.array(self._probabilities, np.float32), first, after)
        return min(max(start, oldest + window * WINDOW), stop - 1)


def make_detector_factory(settings: EndpointSettings | None = None) -> VoiceDetectorFactory:
    """A factory of detectors that share one Silero session. Raises ModelMissing or ModelDamaged here, not later."""
    chosen = settings or EndpointSettings()
    model = shared_model()

    def make() -> Endpointer:
        gate = WebrtcGate(chosen.gate_aggressiveness, chosen.gate_margin_db)
        return Endpointer(chosen, SileroStream(model), gate)

    return make
