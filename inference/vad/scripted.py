"""The detector's twin: speech lies where the script says. For tests of the parts around a detector."""

from collections.abc import Sequence
from dataclasses import replace

from inference.audio import BYTES_PER_SAMPLE
from inference.vad.contract import Boundary, SpeechBegan, SpeechEnded, SpeechPaused, SpeechResumed


class ScriptedDetector:
    """Finds speech at given samples of the capture's clock, whatever the audio holds.

    ``SpeechBegan`` comes with the chunk that holds sample ``onset``, ``SpeechPaused`` and ``SpeechResumed`` with the
    one that reaches ``at``, ``SpeechEnded`` with the one that reaches ``endpoint``.
    """

    def __init__(
        self, spans: Sequence[SpeechEnded], inside: Sequence[SpeechPaused | SpeechResumed] = (), cut: int | None = None
    ) -> None:
        """``spans``: stretches of speech in order, apart. After ``reset`` those from its offset on are due.

        ``inside``: what happens within them, in order. ``cut``: where ``best_cut`` cuts if it may, else at ``stop``.
        """
        self._spans = tuple(spans)
        self._inside = tuple(inside)
        self._cut = cut
        self.fed: list[tuple[int, bytes]] = []
        self._open: SpeechEnded | None = None
        self.reset(0)

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
        self._end = offset + len(pcm) // BYTES_PER_SAMPLE
        found: list[Boundary] = []
        while True:
            if self._open is None:
                if not self._due or self._due[0].onset >= self._end:
                    return found
                self._open = self._due.pop(0)
                found.append(SpeechBegan(self._open.onset))
            self._tell_inside(self._open, found)
            if self._open.endpoint > self._end:
                return found
            found.append(self._close(self._open))

    def hurry(self, hangover: int) -> list[Boundary]:
        if self._open is None:
            return []
        last = self._open.last if self._quiet_since is None else self._quiet_since
        self._open = replace(self._open, last=last, endpoint=min(self._open.endpoint, last + hangover))
        return [] if self._open.endpoint > self._end else [self._close(replace(self._open, endpoint=self._end))]

    def best_cut(self, start: int, stop: int) -> int:
        return self._cut if self._cut is not None and start <= self._cut < stop else stop

    def reset(self, offset: int) -> None:
        self._due = [span for span in self._spans if span.onset >= offset]
        self._due_inside = [event for event in self._inside if event.at >= offset]
        self._open = None
        self._last: int | None = None
        self._quiet_since: int | None = None  # within the open speech
        self._end = offset

    def _tell_inside(self, speech: SpeechEnded, found: list[Boundary]) -> None:
        while self._due_inside and self._due_inside[0].at <= min(self._end, speech.endpoint):
            event = self._due_inside.pop(0)
            self._quiet_since = event.last if isinstance(event, SpeechPaused) else None
            found.append(event)
        self._last = min(speech.last, self._end) if self._quiet_since is None else self._quiet_since

    def _close(self, speech: SpeechEnded) -> SpeechEnded:
        self._open, self._quiet_since, self._last = None, None, speech.last
        return speech
