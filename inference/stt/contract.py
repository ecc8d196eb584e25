"""What a speech-to-text engine promises.

One engine serves a whole process. Finals are never dropped once accepted; speculations are finals asked for before it
is known that they are wanted; partials are latest-wins, one a stream, and may be dropped.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of decoded speech; times in seconds from the first sample given."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """One word and where it was said; times in seconds from the first sample given."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the speech that was heard has become text; times in seconds from the first sample given."""

    heard_s: float  # speech, as voice activity has it
    decoded_s: float  # of it, speech that lies under the words
    gaps: tuple[tuple[float, float], ...] = ()  # speech without words: (start, end)

    @property
    def share(self) -> float:
        """0-1; 1 where there was no speech."""
        return min(1.0, self.decoded_s / self.heard_s) if self.heard_s > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Hint:
    """What the speech is likely to name: words of the video and of the user's glossary, most likely first."""

    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """How busy an engine is."""

    waiting: int = 0  # finals that wait
    wait_s: float = 0.0  # what a final that came now would wait before it is decoded, estimated
    full: bool = False  # who comes now should be asked to come later


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. ``text`` is empty when nothing intelligible was."""

    text: str
    segments: tuple[Segment, ...] = ()
    language: str = "en"
    avg_logprob: float = 0.0  # mean log-probability of the tokens, <= 0
    no_speech_prob: float = 0.0  # 0-1
    audio_s: float = 0.0
    decode_s: float = 0.0  # compute time, without the wait in the lane
    engine: str = ""
    words: tuple[Word, ...] = ()  # where the engine can tell
    coverage: Coverage | None = None  # where the engine can tell

    @property
    def certainty(self) -> float:
        """exp(avg_logprob): the geometric mean probability of a token, 0-1."""
        return float(np.exp(min(0.0, self.avg_logprob))) if self.text else 0.0

    def text_from(self, at_s: float) -> str:
        """The text from the first word on of which at least half lies after ``at_s``; spaced as it was decoded."""
        position = 0
        for word in self.words:
            found = max(position, self.text.find(word.text, position))
            if (word.start_s + word.end_s) / 2 >= at_s:
                return self.text[found:]
            position = found + len(word.text)
        return ""


class Speculation(Protocol):
    """A final that was begun before it was known to be wanted."""

    async def transcript(self) -> Transcript | None:
        """Its text as soon as there is one; None where it was cancelled or failed. Adopts nothing."""
        ...

    async def adopt(self) -> Transcript:
        """It is wanted: from here on it is a final like any other. Raises as ``final`` does."""
        ...

    def cancel(self) -> None:
        """It is not wanted. Without effect once adopted."""
        ...


class SpeechToText(Protocol):
    """A speech-to-text engine."""

    @property
    def name(self) -> str:
        """What to show to a person: engine, model and device."""
        ...

    async def warm_up(self) -> None:
        """Load the model and decode once, so that the first utterance is as fast as the tenth.

        Raises ModelMissing or ModelDamaged.
        """
        ...

    @property
    def load(self) -> Load:
        """How busy it is now."""
        ...

    async def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript:
        """Transcribe ``samples`` (shape (n,), float32 in [-1, 1], 16 kHz). Never dropped once accepted.

        Raises EngineBusy when the finals lane is full, EngineFailed, BadAudio.
        """
        ...

    def speculate(self, stream: str, samples: Samples, hint: Hint | None = None) -> Speculation:
        """Begin what ``final`` would do, behind every final. Its caller adopts it or cancels it."""
        ...

    async def partial(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript | None:
        """Transcribe what has been said so far, if there is time. None: a newer request or a final came first."""
        ...

    async def close(self) -> None:
        """Stop the threads. Work under way is finished, work that waits is cancelled."""
        ...
