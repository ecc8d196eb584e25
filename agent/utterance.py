"""Utterances as the ear has them: the one under way, and the newest that is over. All positions are samples."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Closed:
    """An utterance that silence ended. Speech may follow on it."""

    number: int
    capture: int
    start: int
    last: int  # the sample after its last speech


@dataclass(slots=True)
class Open:
    """The utterance under way."""

    number: int
    start: int  # first sample that belongs to it
    lead: int  # samples kept before its first speech
    continued: bool = False  # goes on where a limit cut the one before
    joins: Closed | None = None  # goes on with the one before after a pause
    resumed: int | None = None  # a sample in that pause
    onset: int | None = None
    decoded: int | None = None  # what came before this sample is transcribed for good
    guessed: int | None = None  # where the guess ends
    partial_at: int = 0  # sample at which the next partial is due

    @property
    def begins(self) -> int:
        """The first sample of what gets transcribed."""
        if self.joins:
            return self.joins.start
        return self.start if self.onset is None else max(self.start, self.onset - self.lead)

    @property
    def needed_from(self) -> int:
        """The first sample that it may need without the one that it joins."""
        return self.start if self.resumed is None else min(self.start, self.resumed)

    @property
    def undecoded(self) -> int:
        """The first sample that is not transcribed for good."""
        return self.begins if self.decoded is None else self.decoded
