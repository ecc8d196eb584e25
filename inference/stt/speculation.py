"""Speculations for engines without priorities of their own: a final that begins early, or one that does not."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from inference.stt.contract import Transcript


class BegunEarly:
    """A Speculation. See ``contract.py`` for what its methods promise."""

    def __init__(self, final: Coroutine[Any, Any, Transcript]) -> None:
        self._task = asyncio.create_task(final)
        self._task.add_done_callback(_look)
        self._adopted = False

    async def transcript(self) -> Transcript | None:
        await asyncio.wait([self._task])
        if self._task.cancelled() or self._task.exception():
            return None
        return self._task.result()

    async def adopt(self) -> Transcript:
        self._adopted = True
        return await self._task

    def cancel(self) -> None:
        if not self._adopted:
            self._task.cancel()


class BegunWhenAdopted:
    """A Speculation where every request costs: nothing is asked for before it is wanted."""

    def __init__(self, final: Callable[[], Coroutine[Any, Any, Transcript]]) -> None:
        self._final = final
        self._begun: BegunEarly | None = None
        self._settled = asyncio.Event()  # adopted or cancelled

    async def transcript(self) -> Transcript | None:
        await self._settled.wait()
        return await self._begun.transcript() if self._begun else None

    async def adopt(self) -> Transcript:
        if self._begun is None:
            self._begun = BegunEarly(self._final())
            self._settled.set()
        return await self._begun.adopt()

    def cancel(self) -> None:
        self._settled.set()


def _look(task: "asyncio.Task[Transcript]") -> None:
    """What fails before anybody asked is nobody's error."""
    if not task.cancelled():
        task.exception()
