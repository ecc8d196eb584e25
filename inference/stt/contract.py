"""What a speech-to-text engine promises.

One engine serves a whole process. It has two lanes: finals are never dropped and go first come, first served;
partials are latest-wins, one a stream, and may be dropped.
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

    @property
    def certainty(self) -> float:
        """exp(avg_logprob): the geometric mean probability of a token, 0-1."""
        return float(np.exp(min(0.0, self.avg_logprob))) if self.text else 0.0


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

    async def final(self, stream: str, samples: Samples) -> Transcript:
        """Transcribe ``samples`` (shape (n,), float32 in [-1, 1], 16 kHz). Never dropped once accepted.

        Raises EngineBusy when the finals lane is full, EngineFailed, BadAudio.
        """
        ...

    async def partial(self, stream: str, samples: Samples) -> Transcript | None:
        """Transcribe what has been said so far, if there is time. None: a newer request or a final came first."""
        ...

    async def close(self) -> None:
        """Stop the threads. Work under way is finished, work that waits is cancelled."""
        ...
