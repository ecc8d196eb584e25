"""Going down at a signal, in good order and in bounded time; at once at a second one."""

import asyncio
import signal

from server.screen import make_console


def stop_at_signal(within_s: float, what: str) -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets. The calling task is cancelled ``within_s`` later, or at a second signal.

    ``what``: what is done meanwhile, for the person.
    """
    stop, task = asyncio.Event(), asyncio.current_task()
    loop = asyncio.get_running_loop()

    def signalled() -> None:
        assert task
        if stop.is_set():
            task.cancel()
            return
        stop.set()
        loop.call_later(within_s, task.cancel)  # a store that hangs must not keep a process for ever
        make_console().print(f"Stopping: {what}, in {within_s:g} s at most. Again: at once.")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signalled)
    return stop
