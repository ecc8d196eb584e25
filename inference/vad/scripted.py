"""The detector's twin: speech lies where the script says. For tests of the parts around a detector."""

from collections.abc import Sequence

from inference.audio import BYTES_PER_SAMPLE
from inference.vad.contract import Boundary, SpeechBegan, SpeechEnded


class ScriptedDetector:
    """Finds speech at given samples of the capture's clock, whatever the audio holds.

    ``SpeechBegan`` comes with the chunk that holds sample ``onset``, ``SpeechEnded`` with the one that reaches
    ``endpoint``.
    """

    def __init__(self, spans: Sequence[SpeechEnded]) -> None:
        """``spans``: stretches of speech in order, apart. After ``reset`` those from its offset on are due."""
        self._spans = tuple(spans)
        self.fed: list[tuple[int, bytes]] = []
        self._due = list(self._spans)
        self._open: SpeechEnded | None = None
        self._last: int | None = None

    @property
    def speaking(self) -> bool:
        return self._open is not None

    @property
    def onset(self) -> int | None:
        return None if self._open is None else self._open.onset

    @property
    def last_speech(self) -> int | None:
        return self._last

    def feed(self, offset: int, pcm: bytes) -> list[Boundary]:
        self.fed.append((offset, pcm))
        end = offset + len(pcm) // BYTES_PER_SAMPLE
        found: list[Boundary] = []
        while True:
            if self._open is None:
                if not self._due or self._due[0].onset >= end:
                    return found
                self._open = self._due.pop(0)
                found.append(SpeechBegan(self._open.onset))
            self._last = min(self._open.last, end)
            if self._open.endpoint > end:
                return found
            found.append(self._open)
            self._open = None

    def reset(self, offset: int) -> None:
        self._due = [span for span in self._spans if span.onset >= offset]
        self._open = None
        self._last = None
