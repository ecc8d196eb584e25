"""Structures what is foreseen, so that the reading is there when the final is.

A reading prepared for the same words and the same notes is the one that would be made now; nothing it means is done
before the machine commits to it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from inference.llm.contract import Context, Delta, Reading, Structurer


@dataclass(eq=False, slots=True)
class _Prepared:
    text: str
    task: "asyncio.Task[Reading] | None" = None
    context: Context | None = None  # that it is read in; None until that is known
    deltas: list[str] = field(default_factory=list)
    listener: Delta | None = None

    def on_delta(self, delta: str) -> None:
        self.deltas.append(delta)
        if self.listener:
            self.listener(delta)

    def fits(self, text: str, context: Context) -> bool:
        """Whether its reading is the one that would be made now."""
        known = self.context
        return known is not None and (self.text, known.notes, known.certainty) == (
            text,
            context.notes,
            context.certainty,
        )


class Preparation:
    """One session's readings ahead of time."""

    def __init__(self, structurer: Structurer, context: Callable[[int, float], Awaitable[Context]]) -> None:
        """``context``: what may be known of the session at an utterance, for a transcript of that certainty."""
        self._structurer = structurer
        self._context = context
        self._prepared: dict[int, _Prepared] = {}

    def begin(self, utterance: int, text: str, certainty: float) -> None:
        """Structure ``text`` unless that is under way. Never waits."""
        known = self._prepared.get(utterance)
        if known and known.text == text:
            return
        self.forget(utterance)
        prepared = self._prepared[utterance] = _Prepared(text)
        prepared.task = asyncio.create_task(self._read(utterance, prepared, certainty))
        prepared.task.add_done_callback(_look)

    async def reading(self, utterance: int, text: str, context: Context, on_delta: Delta) -> Reading:
        """The reading of an utterance: the prepared one where it was made of the same. Raises as ``structure``."""
        prepared = self._prepared.get(utterance)
        if prepared is None or prepared.task is None or not prepared.fits(text, context):
            self.forget(utterance)
            return await self._structurer.structure(text, context, on_delta)
        del self._prepared[utterance]
        for delta in prepared.deltas:
            on_delta(delta)
        prepared.listener = on_delta
        try:
            return await prepared.task
        except Exception:  # asked again, where a failure can be told; what has been shown is not shown again
            return await self._structurer.structure(text, context, on_delta if not prepared.deltas else _unheard)

    def forget(self, utterance: int) -> None:
        prepared = self._prepared.pop(utterance, None)
        if prepared and prepared.task:
            prepared.task.cancel()

    async def close(self) -> None:
        """Give up everything."""
        tasks = [prepared.task for prepared in self._prepared.values() if prepared.task]
        for utterance in list(self._prepared):
            self.forget(utterance)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, utterance: int, prepared: _Prepared, certainty: float) -> Reading:
        prepared.context = await self._context(utterance, certainty)
        return await self._structurer.structure(prepared.text, prepared.context, prepared.on_delta)


def _unheard(delta: str) -> None:
    """Nobody listens."""


def _look(task: "asyncio.Task[Reading]") -> None:
    """What fails before anybody asked is nobody's error."""
    if not task.cancelled():
        task.exception()
