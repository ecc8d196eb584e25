"""What a server told of each remark, and the figures that follow from it. Pure: every moment is given."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

from inference.audio import SAMPLE_RATE
from tests.bench.clips import Said, speech_s


@dataclass(frozen=True, slots=True)
class Shown:
    """Text shown while somebody speaks."""

    at_s: float
    text: str
    firm: int = 0  # leading characters that won't be rewritten


@dataclass(slots=True)
class Sending:
    """When the samples of one recording went out."""

    zero_s: float  # its first sample was recorded
    ends: list[int] = field(default_factory=list)  # the sample after each push
    times: list[float] = field(default_factory=list)  # of each push
    stop_s: float = 0.0  # when its end was told

    def spoken_s(self, sample: int) -> float:
        """When this many samples had been recorded."""
        return self.zero_s + sample / SAMPLE_RATE

    def sent_s(self, sample: int) -> float | None:
        """When the push went out with which the server had this many samples."""
        push = bisect_left(self.ends, sample)
        return self.times[push] if push < len(self.times) else None


@dataclass(slots=True)
class Heard:
    """What came of one remark; seconds of one clock."""

    said: Said
    onset_s: float
    end_s: float  # the last sample of speech had been recorded
    stop_s: float  # the end of the recording was told
    endpoint_s: float | None = None  # the sample that completed the silence of an endpoint was sent
    final_s: float | None = None
    note_s: float | None = None
    text: str = ""
    utterances: int = 0
    shown: list[Shown] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """What one server made of what it heard."""

    heard: list[Heard] = field(default_factory=list)
    cpu_s: float = 0.0
    speculations: dict[str, float] = field(default_factory=dict)  # by outcome
    idle_mib: float = 0.0
    peak_mib: float = 0.0

    @property
    def cpu_share(self) -> float:
        """CPU seconds a second of speech."""
        return self.cpu_s / speech_s(one.said for one in self.heard)


def waits(heard: Iterable[Heard], since: str, until: str) -> list[float]:
    """Seconds between two moments, of those that have both."""
    pairs = ((getattr(one, since), getattr(one, until)) for one in heard)
    return [end - begin for begin, end in pairs if begin is not None and end is not None]


def first_shown(heard: Iterable[Heard]) -> list[float]:
    """Seconds from the onset of speech to the first text; those without any are left out."""
    return [one.shown[0].at_s - one.onset_s for one in heard if one.shown]


def shown_a_second(heard: Sequence[Heard]) -> float:
    """Texts shown a second of speech."""
    return sum(len(one.shown) for one in heard) / sum(one.said.speech_s for one in heard)


def churn(heard: Iterable[Heard]) -> float:
    """Of all words ever shown while somebody spoke, the share that a later text, or the final, no longer has (0-1)."""
    words = rewritten = 0
    for one in heard:
        texts = [_words(text) for text in (*(shown.text for shown in one.shown), one.text)]
        for before, after in pairwise(texts):
            rewritten += len(before) - _kept(before, after)
        for before, after in pairwise([[], *texts[:-1]]):
            words += len(after) - _kept(before, after)
    return rewritten / words if words else 0.0


def broken_promises(heard: Iterable[Heard]) -> int:
    """How many texts changed what had been shown as firm; the final may."""
    broken = 0
    for one in heard:
        texts = [shown.text for shown in one.shown]
        for index, shown in enumerate(one.shown):
            broken += sum(not text.startswith(shown.text[: shown.firm]) for text in texts[index + 1 :])
    return broken


def _words(text: str) -> list[str]:
    """Words as they are read: case and punctuation are no change."""
    cleaned = (word.strip(".,;:!?…\"'").lower() for word in text.split())
    return [word for word in cleaned if word]


def _kept(before: Sequence[str], after: Sequence[str]) -> int:
    """How many words of ``before`` stand in ``after``, in the same order."""
    matching = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return sum(block.size for block in matching)
