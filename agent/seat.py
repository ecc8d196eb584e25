"""The place of a session's one microphone: which connection has it, and what is done when nobody comes back to it."""

import asyncio
from collections.abc import Callable

from agent.errors import SecondMicrophone
from agent.ports import Microphone


class Seat:
    """Held by one connection at a time. Belongs to one event loop."""

    def __init__(self, orphan_s: float, release: Callable[[], None]) -> None:
        """``release`` is called when an open capture has had nobody to go on with it for ``orphan_s`` seconds."""
        self._orphan_s = orphan_s
        self._release = release
        self._holder: tuple[str, Microphone] | None = None
        self._waiting: asyncio.TimerHandle | None = None

    @property
    def taken(self) -> bool:
        return self._holder is not None

    def take(self, client_id: str, microphone: Microphone) -> None:
        """The same client replaces its own half-open predecessor. Raises SecondMicrophone for another one."""
        self.replace(client_id)
        self._holder = (client_id, microphone)
        self.await_client()

    def replace(self, client_id: str | None) -> None:
        """Send this client's connection away for good: a newer one is there. Raises as ``take``."""
        if self._holder is None:
            return
        if self._holder[0] != client_id:
            message = "Another client records in this session: stop it there first, or start a session of your own."
            raise SecondMicrophone(message)
        (_, microphone), self._holder = self._holder, None
        microphone.closed("replaced by a newer connection of this client", come_back=False)

    def leave(self, microphone: Microphone) -> None:
        """The connection is gone, unless a newer one has replaced it."""
        if self._holder and self._holder[1] is microphone:
            self._holder = None
            self.await_client()

    def clear(self, reason: str) -> None:
        """Send the connection away; it should join again."""
        self.expect_nobody()
        holder, self._holder = self._holder, None
        if holder:
            holder[1].closed(reason, come_back=True)

    def ack(self, capture: int, samples: int) -> None:
        if self._holder:
            self._holder[1].ack(capture, samples)

    def await_client(self) -> None:
        """An open capture that nobody goes on with counts as released after a while."""
        self.expect_nobody()
        self._waiting = asyncio.get_running_loop().call_later(self._orphan_s, self._release)

    def expect_nobody(self) -> None:
        """Somebody goes on, or all is over."""
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
