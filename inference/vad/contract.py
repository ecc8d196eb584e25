"""What a voice activity detector promises: samples in, speech boundaries out.

All positions are sample offsets at 16 kHz on the capture's own clock; no wall clock is read.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody began to speak.

    ``onset`` is the first speech sample, lead pad not included; it may lie before the samples just fed.
    """

    onset: int  # samples


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The silence after speech has lasted for a moment: it may be the end.

    ``last`` is the sample after the last speech sample, ``at`` the one up to which there was silence.
    """

    onset: int  # samples
    last: int  # samples
    at: int  # samples


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """Speech has followed after a SpeechPaused; ``at`` is its first sample."""

    onset: int  # samples, of the whole speech
    at: int  # samples


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The silence after speech has lasted for the whole hangover.

    ``last`` is the sample after the last speech sample; ``endpoint`` the one at which silence was long enough.
    """

    onset: int  # samples
    last: int  # samples
    endpoint: int  # samples


Boundary = SpeechBegan | SpeechPaused | SpeechResumed | SpeechEnded


class VoiceDetector(Protocol):
    """One stream's detector. Keeps state, is cheap to make, and belongs to one task."""

    @property
    def speaking(self) -> bool:
        """Whether speech is open now."""
        ...

    @property
    def onset(self) -> int | None:
        """First sample of the open speech, or None."""
        ...

    @property
    def last_speech(self) -> int | None:
        """The sample after the newest one judged to be speech since the last ``reset``, or None."""
        ...

    def feed(self, offset: int, pcm: bytes) -> list[Boundary]:
        """Take PCM16 LE mono 16 kHz that begins at sample ``offset`` and follows on what was fed before."""
        ...

    def hurry(self, hangover: int) -> list[Boundary]:
        """Wait for only ``hangover`` samples of silence this time; the end, where they have passed already."""
        ...

    def best_cut(self, start: int, stop: int) -> int:
        """The sample in [start, stop) at which a cut harms least: amid the longest silence, else the softest spot."""
        ...

    def reset(self, offset: int) -> None:
        """Forget everything; the next samples begin at ``offset``."""
        ...


class VoiceDetectorFactory(Protocol):
    """Makes one detector a stream; the model behind it is shared."""

    def __call__(self) -> VoiceDetector: ...
