"""A speculation for engines without priorities of their own: a final that simply begins early."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from inference.errors import InferenceError
from inference.stt.contract import Transcript


class BegunEarly:
    """A Speculation. See ``contract.py`` for what its methods promise."""

    def __init__(self, final: Coroutine[Any, Any, Transcript]) -> None:
        self._task = asyncio.create_task(final)
        self._task.add_done_callback(_look)
        self._adopted = False

    async def transcript(self) -> Transcript | None:
        await asyncio.wait([self._task])
        if self._task.cancelled() or isinstance(self._task.exception(), InferenceError):
            return None
        return self._task.result()

    async def adopt(self) -> Transcript:
        self._adopted = True
        return await self._task

    def cancel(self) -> None:
        if not self._adopted:
            self._task.cancel()


def _look(task: "asyncio.Task[Transcript]") -> None:
    """What fails before anybody asked is nobody's error."""
    if not task.cancelled():
        task.exception()
