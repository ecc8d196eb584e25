"""Timers that can stand still. One a key; time is the event loop's, so tests can make it virtual."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Timer:
    left_s: float
    action: Callable[[], None]
    handle: asyncio.TimerHandle | None = None


class Timers:
    """Starts, holds, resumes and stops timers by key. Belongs to one event loop."""

    def __init__(self) -> None:
        self._timers: dict[int, _Timer] = {}

    def start(self, key: int, seconds: float, action: Callable[[], None], *, held: bool = False) -> None:
        """Call ``action`` after ``seconds`` of running time. A timer of that key that exists is replaced."""
        self.stop(key)
        self._timers[key] = _Timer(seconds, action)
        if not held:
            self.resume(key)

    def hold(self, key: int) -> None:
        """Let the timer stand still. Unknown or held already: nothing happens."""
        timer = self._timers.get(key)
        if timer and timer.handle:
            timer.left_s = max(0.0, timer.handle.when() - asyncio.get_running_loop().time())
            timer.handle.cancel()
            timer.handle = None

    def resume(self, key: int) -> None:
        """Let the timer go on with the time it had left. Unknown or running already: nothing happens."""
        timer = self._timers.get(key)
        if timer and timer.handle is None:
            timer.handle = asyncio.get_running_loop().call_later(timer.left_s, self._end, key)

    def stop(self, key: int) -> None:
        timer = self._timers.pop(key, None)
        if timer and timer.handle:
            timer.handle.cancel()

    def stop_all(self) -> None:
        for key in list(self._timers):
            self.stop(key)

    def _end(self, key: int) -> None:
        self._timers.pop(key).action()
