"""What a session says on its topic: durable events at once and in order, ephemeral ones when there is time."""

import asyncio
import contextlib
from typing import Any

from agent.ports import Hub

WAITING = 256  # ephemeral events; more are dropped


class Announcer:
    """Publishes for one session."""

    def __init__(self, hub: Hub, topic: str) -> None:
        self._hub = hub
        self._topic = topic
        self._murmurs: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(WAITING)

    async def announce(self, event: str, payload: dict[str, Any]) -> None:
        """Broadcast a durable event, after the ephemeral ones that came before it."""
        while not self._murmurs.empty():
            await self._publish(*self._murmurs.get_nowait())
        await self._hub.publish(self._topic, event, payload)

    def murmur(self, event: str, payload: dict[str, Any]) -> None:
        """Broadcast an ephemeral event soon. Never waits."""
        with contextlib.suppress(asyncio.QueueFull):
            self._murmurs.put_nowait((event, payload))

    async def run(self) -> None:
        """Publish what was murmured, until cancelled."""
        while True:
            await self._publish(*await self._murmurs.get())

    async def _publish(self, event: str, payload: dict[str, Any]) -> None:
        await self._hub.publish(self._topic, event, payload, durable=False)
