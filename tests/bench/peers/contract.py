"""What is known of a peer after it has heard the presses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench.clips import Said, speech_s
from tests.speech.wer import corpus_wer

WARM_UPS = 3  # presses that are not counted, so that the peer is warm


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer made of one press."""

    said: Said
    wait_s: float  # from the end of the audio being told to the whole text
    text: str
    first_s: float | None = None  # from the onset of speech to the first text, where it shows any
    cpu_s: float = 0.0  # of this press, where the peer can tell


@dataclass(frozen=True, slots=True)
class PeerRun:
    """What a peer made of all presses."""

    name: str
    answers: list[Answer]
    cpu_s: float  # of its process, for all answers

    @property
    def waits_s(self) -> list[float]:
        return [answer.wait_s for answer in self.answers]

    @property
    def cpu_share(self) -> float:
        """CPU seconds a second of speech."""
        return self.cpu_s / speech_s(answer.said for answer in self.answers)

    def cpu_share_of(self, said: Sequence[Said]) -> float:
        """CPU seconds a second of speech over these presses; the peer has to know them by press."""
        known = {id(answer.said): answer.cpu_s for answer in self.answers}
        return sum(known[id(one)] for one in said) / speech_s(said)

    @property
    def wer(self) -> float:
        """Over the presses with a known text."""
        return wer((answer.said, answer.text) for answer in self.answers)


def wer(heard: Iterable[tuple[Said, str]]) -> float:
    """Word error rate (0-1) over the remarks with a known text."""
    return corpus_wer((said.text, text) for said, text in heard if said.text is not None).rate
