"""What is shown of an utterance while it is spoken. Text once shown as firm is not rewritten while the person speaks.

Words become firm when two hypotheses in a row agree on them: LocalAgreement-2 (Macháček, Dabre, Bojar: Turning Whisper
into Real-Time Transcription System, 2023, arXiv:2307.14743). Pure.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """A caption; its first ``firm`` characters stay as they are."""

    text: str
    firm: int


class Caption:
    """The caption of one utterance."""

    def __init__(self) -> None:
        self._firm: list[str] = []
        self._settled = 0  # firm words before the stretch that is being heard
        self._loose: list[str] = []  # of the newest hypothesis, after its firm words

    def hear(self, hypothesis: str) -> Shown:
        """Take a hypothesis of everything since ``settle`` was called last."""
        rest = self._after_firm(hypothesis.split())
        agreed = 0
        # The newest word is never firm: it may have been cut in the middle, and what follows decides its punctuation.
        while agreed < min(len(self._loose), len(rest) - 1) and _plain(self._loose[agreed]) == _plain(rest[agreed]):
            agreed += 1
        self._firm += rest[:agreed]
        self._loose = rest[agreed:]
        return self._shown()

    def settle(self, text: str) -> Shown:
        """Take the final text of what was heard so far; the next hypotheses begin after it."""
        self._firm += self._after_firm(text.split())
        self._loose = []
        self._settled = len(self._firm)
        return self._shown()

    def _shown(self) -> Shown:
        return Shown(" ".join(self._firm + self._loose), len(" ".join(self._firm)))

    def _after_firm(self, words: list[str]) -> list[str]:
        """What of ``words`` follows on the firm words, which they may spell otherwise."""
        firm = [_plain(word) for word in self._firm[self._settled :]]
        plain = [_plain(word) for word in words]
        costs = list(range(len(plain) + 1))  # edit distance of the firm words and the first n of ``words``
        for row, word in enumerate(firm, 1):
            diagonal, costs[0] = costs[0], row
            for column, other in enumerate(plain, 1):
                diagonal, costs[column] = (
                    costs[column],
                    min(costs[column] + 1, costs[column - 1] + 1, diagonal + (word != other)),
                )
        least = min(costs)
        near = min((at for at, cost in enumerate(costs) if cost == least), key=lambda at: abs(at - len(firm)))
        return words[near:]


def _plain(word: str) -> str:
    return "".join(character for character in word.lower() if character.isalnum()) or word
