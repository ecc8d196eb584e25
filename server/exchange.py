"""How processes and clients hear of each other: hub, presence and peers, in memory or through Redis."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from agent.peering import NoPeers
from agent.ports import Payload, Peers
from channels.hub import Hub
from channels.hubs.local import LocalHub
from channels.presence import Presence
from channels.presences.local import LocalPresence
from channels.topics.contract import refusal_of
from server.settings import Settings

Answer = Callable[[Payload], Awaitable[dict[str, Any] | None]]


class ListenFor(Protocol):
    async def __call__(self, node: str, answer: Answer) -> None:
        """Be this process to the others, and answer what they ask."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    hub: Hub
    presence: Presence
    peers: Peers
    listen: ListenFor
    is_up: Callable[[], bool]
    name: str  # for people


@asynccontextmanager
async def open_exchange(settings: Settings) -> AsyncIterator[Exchange]:
    """In memory without REDIS_URL. Raises LinkError where Redis can't be reached."""
    if settings.redis_url is None:
        hub = LocalHub()
        yield Exchange(hub, LocalPresence(hub), NoPeers(), _alone, lambda: True, "in this process")
        return
    async with _through_redis(settings.redis_url.get_secret_value()) as exchange:
        yield exchange


async def _alone(node: str, answer: Answer) -> None:
    """Nobody asks."""


@asynccontextmanager
async def _through_redis(url: str) -> AsyncIterator[Exchange]:
    from channels.hubs.redis import RedisHub
    from channels.peers import RedisPeers
    from channels.presences.redis import RedisPresence
    from channels.redis_link import RedisLink

    async with AsyncExitStack() as stack:
        link = RedisLink(url)
        stack.push_async_callback(link.close)
        await link.start()
        hub = RedisHub(link)
        stack.push_async_callback(hub.close)
        await hub.start()
        presence = RedisPresence(link, hub)
        stack.push_async_callback(presence.close)
        await presence.start()
        peers = RedisPeers(link)
        stack.push_async_callback(peers.close)

        async def listen(node: str, answer: Answer) -> None:
            async def answered(question: Payload) -> Mapping[str, Any]:
                try:
                    return {"answer": await answer(question)}
                except Exception as error:
                    refusal = refusal_of(error)
                    if refusal is None:
                        raise
                    return {"refused": refusal}

            await peers.start(node, answered)

        yield Exchange(hub, presence, peers, listen, lambda: link.is_up, "through Redis")
