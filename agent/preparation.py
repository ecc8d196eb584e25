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
    task: "asyncio.Task[tuple[Context, Reading]] | None" = None
    deltas: list[str] = field(default_factory=list)  # until somebody listens
    listener: Delta | None = None

    def on_delta(self, delta: str) -> None:
        if self.listener:
            self.listener(delta)
        else:
            self.deltas.append(delta)


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

    async def reading(self, utterance: int, text: str, context: Context, on_delta: Delta) -> Reading:
        """The reading of an utterance: the prepared one where it was made of the same. Raises as ``structure``."""
        prepared = self._prepared.pop(utterance, None)
        if prepared and prepared.task and prepared.text == text:
            for delta in prepared.deltas:
                on_delta(delta)
            prepared.listener = on_delta
            try:
                known, reading = await prepared.task
            except Exception:  # asked again below, where a failure can be told
                return await self._structurer.structure(text, context, on_delta)
            if (known.notes, known.certainty) == (context.notes, context.certainty):
                return reading
        elif prepared and prepared.task:
            prepared.task.cancel()
        return await self._structurer.structure(text, context, on_delta)

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

    async def _read(self, utterance: int, prepared: _Prepared, certainty: float) -> tuple[Context, Reading]:
        context = await self._context(utterance, certainty)
        return context, await self._structurer.structure(prepared.text, context, prepared.on_delta)
