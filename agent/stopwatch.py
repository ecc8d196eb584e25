"""How long somebody has waited for an utterance; for the figures alone. Time is the event loop's."""

import asyncio

from agent.events import Span
from inference.audio import samples_to_s


class Stopwatch:
    """Runs from the moment an utterance is known to be over."""

    def __init__(self) -> None:
        self._closed: dict[int, tuple[float, float]] = {}  # utterance: loop time, seconds of silence before it

    def start(self, utterance: int, span: Span) -> None:
        silence_s = samples_to_s(span.endpoint - (span.last or span.endpoint))
        self._closed[utterance] = (asyncio.get_running_loop().time(), silence_s)

    def waited_s(self, utterance: int) -> tuple[float, float]:
        """Seconds since the utterance was known to be over, and since its last speech sample came in."""
        now = asyncio.get_running_loop().time()
        closed_at, silence_s = self._closed.get(utterance, (now, 0.0))
        return now - closed_at, now - closed_at + silence_s

    def forget(self, utterance: int) -> None:
        self._closed.pop(utterance, None)
