"""Who is on the topics of several processes: a sorted set for each topic in Redis, whose members have to be renewed.

A member is a key and a meta; its score is when it expires, by Redis's own clock. Each process renews the members that
are connected to it, and takes out those of others that have expired: whoever takes one out tells the topic.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from channels.hub import Hub
from channels.presence import Meta, State, diff, state_of
from channels.redis_link import LinkError, RedisLink, RedisUnavailable, Script

log = logging.getLogger(__name__)

CLOSE_LIMIT_S = 1.0  # for leaving, on closing

_NOW = """
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local function digits(number) return string.format('%.0f', number) end
"""

# time to live in ms, own members; the own ones that were not there, and those of others that have expired
_RENEW = Script(
    _NOW
    + """
local expires, new = digits(now_ms + ARGV[1]), {}
for at = 2, #ARGV do
  if redis.call('ZADD', KEYS[1], expires, ARGV[at]) == 1 then new[#new + 1] = ARGV[at] end
end
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(now_ms))
for _, member in ipairs(expired) do redis.call('ZREM', KEYS[1], member) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return {new, expired}
"""
)

_STATE = Script(_NOW + "return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. digits(now_ms), '+inf')")


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    renew_s: float = 5.0
    ttl_s: float = 15.0  # of a member that nobody renews


class RedisPresence:
    """A Presence. ``start`` it after its link and hub, ``close`` it before."""

    def __init__(
        self, link: RedisLink, hub: Hub, settings: PresenceSettings | None = None, prefix: str = "sidenote"
    ) -> None:
        self._link = link
        self._hub = hub
        self._settings = settings or PresenceSettings()
        self._prefix = prefix
        self._own: dict[str, set[bytes]] = {}  # members that are connected to this process, by topic
        self._told: set[str] = set()  # topics that were told something since the last renewal,
        self._told_before: set[str] = set()  # and before that, since the one before
        self._tasks: set[asyncio.Task[None]] = set()
        self._renewing: asyncio.Task[None] | None = None
        link.watch(lambda: None, self._back)

    async def start(self) -> None:
        self._renewing = self._spawn(self._run())

    async def close(self) -> None:
        """Tell who has left, if Redis takes it in time."""
        if self._renewing:
            self._renewing.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_LIMIT_S)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def enter(self, topic: str, key: str, meta: Meta) -> None:
        member = _packed(key, meta)
        self._own.setdefault(topic, set()).add(member)
        await self._renew(topic, [member])

    def leave(self, topic: str, key: str, meta: Meta) -> None:
        member = _packed(key, meta)
        own = self._own.get(topic, set())
        if member not in own:
            return
        own.remove(member)
        if not own:
            del self._own[topic]
        self._spawn(self._remove(topic, member))

    async def state(self, topic: str) -> State:
        """While Redis is away: whoever is connected to this process."""
        members: Iterable[bytes] = self._own.get(topic, ())
        with contextlib.suppress(LinkError):
            members = await self._link.evaluate(_STATE, [self._place(topic)], [])
        return _state(members)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._settings.renew_s)
            await self._link.until_up()
            self._told_before, self._told = self._told, set()
            await asyncio.gather(*(self._renew(topic, list(own)) for topic, own in list(self._own.items())))

    async def _renew(self, topic: str, members: Sequence[bytes]) -> None:
        try:
            ttl_ms = int(self._settings.ttl_s * 1000)
            new, expired = await self._link.evaluate(_RENEW, [self._place(topic)], [ttl_ms, *members])
        except RedisUnavailable:
            return  # again, when it is back
        except LinkError as error:
            log.warning("who is on a topic can't be kept: %s", error)
            return
        await self._tell(topic, joins=new, leaves=expired)

    async def _remove(self, topic: str, member: bytes) -> None:
        try:
            if await self._link.call("ZREM", self._place(topic), member):
                await self._tell(topic, leaves=[member])
        except LinkError:  # it has left, or it will expire
            self._told.add(topic)

    async def _tell(self, topic: str, *, joins: Sequence[bytes] = (), leaves: Sequence[bytes] = ()) -> None:
        if joins or leaves:
            self._told.add(topic)
            payload = diff(joins=map(_unpacked, joins), leaves=map(_unpacked, leaves))
            await self._hub.publish(topic, "presence_diff", payload, durable=False)

    def _back(self) -> None:
        self._spawn(self._tell_all())

    async def _tell_all(self) -> None:
        """Diffs were lost with the link, told or to be heard: everybody gets the whole state."""
        for topic in self._told | self._told_before | self._own.keys():
            await self._renew(topic, list(self._own.get(topic, ())))
            await self._hub.publish(topic, "presence_state", await self.state(topic), durable=False)

    def _place(self, topic: str) -> str:
        return f"{self._prefix}:presence:{{{topic}}}"

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.error("presence failed by a bug", exc_info=task.exception())


def _packed(key: str, meta: Meta) -> bytes:
    return orjson.dumps([key, meta], option=orjson.OPT_SORT_KEYS)


def _unpacked(member: bytes) -> tuple[str, Meta]:
    key, meta = orjson.loads(member)
    return key, meta


def _state(members: Iterable[bytes]) -> State:
    return state_of(map(_unpacked, members))
