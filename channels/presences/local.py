"""Who is on the topics of one process, in memory."""

import asyncio
from typing import Any

from channels.hub import Hub
from channels.presence import Meta, State, diff, state_of


class LocalPresence:
    """A Presence, for a hub of this process alone."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._topics: dict[str, dict[str, tuple[str, Meta]]] = {}  # by phx_ref, in the order of entering
        self._telling: set[asyncio.Task[None]] = set()

    async def enter(self, topic: str, key: str, meta: Meta) -> None:
        self._topics.setdefault(topic, {})[meta["phx_ref"]] = (key, meta)
        await self._tell(topic, diff(joins=[(key, meta)]))

    def leave(self, topic: str, key: str, meta: Meta) -> None:
        members = self._topics.get(topic, {})
        if members.pop(meta["phx_ref"], None) is None:
            return
        if not members:
            del self._topics[topic]
        task = asyncio.create_task(self._tell(topic, diff(leaves=[(key, meta)])))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def state(self, topic: str) -> State:
        return state_of(self._topics.get(topic, {}).values())

    async def _tell(self, topic: str, payload: Any) -> None:
        await self._hub.publish(topic, "presence_diff", payload, durable=False)
