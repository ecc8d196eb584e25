"""The scripted twin of a structurer: answers what the test gave it, streams what the test asks for, fails on demand."""

import asyncio
from collections.abc import Mapping, Sequence

from inference.llm.contract import Category, Context, Delta, Intent, Reading


class ScriptedStructurer:
    """A Structurer that looks transcripts up.

    ``readings`` maps a transcript to its Reading; an unknown transcript becomes a note of its own words.
    ``deltas`` maps a transcript to the pieces passed to ``on_delta``. ``failures`` maps a transcript to exceptions
    raised one a call before the reading is given. ``gate``, when given, is awaited before each answer.
    ``calls`` records every (transcript, context) in order.
    """

    def __init__(
        self,
        readings: Mapping[str, Reading] | None = None,
        *,
        deltas: Mapping[str, Sequence[str]] | None = None,
        failures: Mapping[str, Sequence[Exception]] | None = None,
        gate: asyncio.Event | None = None,
    ) -> None:
        self._readings = dict(readings or {})
        self._deltas = dict(deltas or {})
        self._failures = {transcript: list(errors) for transcript, errors in (failures or {}).items()}
        self._gate = gate
        self.calls: list[tuple[str, Context]] = []
        self.warm = False
        self.closed = False

    @property
    def name(self) -> str:
        return "scripted"

    async def warm_up(self) -> None:
        self.warm = True

    async def structure(self, transcript: str, context: Context, on_delta: Delta) -> Reading:
        """The scripted reading, after the scripted deltas, wait or failure."""
        self.calls.append((transcript, context))
        for piece in self._deltas.get(transcript, ()):
            on_delta(piece)
        if self._gate is not None:
            await self._gate.wait()
        if self._failures.get(transcript):
            raise self._failures[transcript].pop(0)
        unknown = Reading(
            Intent.CREATE_NOTE, text=transcript, category=Category.OTHER, confidence=0.9, engine="scripted"
        )
        return self._readings.get(transcript, unknown)

    async def close(self) -> None:
        self.closed = True
