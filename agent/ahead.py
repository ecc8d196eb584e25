"""What an ear needs of whoever transcribes before an utterance is over; ``agent.foresight`` does."""

from typing import Protocol

from inference.stt.contract import Samples


class Ahead(Protocol):
    """None of this waits. Samples are float32 of shape (n,), at 16 kHz."""

    def partial(self, utterance: int, samples: Samples) -> bool:
        """Show what there is so far. False: nothing has been shown of this utterance yet."""
        ...

    def guess(self, utterance: int, start: int, end: int, samples: Samples) -> None:
        """It may be over: transcribe samples [start, end) of the capture now."""
        ...

    def settle(self, utterance: int) -> None:
        """Speech has followed on the guess, which is long enough to stand."""
        ...

    def discard(self, utterance: int) -> None:
        """Speech has followed on the guess, which is worth nothing now."""
        ...

    def forget(self, utterance: int) -> None:
        """Nothing of it is wanted any more."""
        ...
