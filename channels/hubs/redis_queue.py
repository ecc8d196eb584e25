"""What one process has to publish: in order, bounded in bytes, and sent by one task, many at a time.

Waits while Redis is away. What can't be kept is made up for: the topic is renewed, so that its followers look at it
anew. What may have been carried out before the link was lost is sent again with the same number, and Redis leaves out
what it has; ephemeral events are not sent again.
"""

import asyncio
import itertools
import logging
import secrets
from collections import deque
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from channels.hubs.redis_scripts import PUBLISH, RENEW, ephemeral
from channels.redis_link import RedisLink, RedisRefused, RedisUnavailable, Script, UnknownScript
from channels.wire import size_of

log = logging.getLogger(__name__)

MANY = 128  # events in one go
REFUSED_PAUSE_S = 1.0  # before a topic is renewed that Redis refused something for
OVERHEAD = 200  # bytes that an event takes besides its text

Arguments = Sequence[str | bytes | int]
Keys = Callable[[str], tuple[str, str]]
Bounds = Callable[[], Arguments]


@dataclass(frozen=True, slots=True)
class _Due:
    """Something to be sent. Without a script: an ephemeral message."""

    topic: str
    script: Script | None
    arguments: Arguments
    size: int  # bytes


class PublishQueue:
    """``run`` it in a task. Nothing else in it waits."""

    def __init__(self, link: RedisLink, keys: Keys, bounds: Bounds, max_bytes: int) -> None:
        """``keys`` of a topic; ``bounds``: what every script is told first."""
        self._link = link
        self._keys = keys
        self._bounds = bounds
        self._max_bytes = max_bytes
        self._publisher = secrets.token_hex(6)
        self._numbers = itertools.count(1)
        self._due: deque[_Due] = deque()
        self._bytes = 0
        self._stale: dict[str, float] = {}  # topics to renew, and from when on; nothing is published on them before
        self._loaded = False
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def publish(self, topic: str, event: str, before: str, after: str) -> None:
        """A durable event: its text before and after the seq."""
        arguments = (self._publisher, next(self._numbers), event, before, after)
        self._put(_Due(topic, PUBLISH, arguments, size_of(before) + OVERHEAD))

    def murmur(self, topic: str, event: str, text: str) -> None:
        """An ephemeral event."""
        if self._link.is_up:
            self._put(_Due(topic, None, (ephemeral(event, text),), size_of(text) + OVERHEAD))

    def renew(self, topic: str) -> None:
        self._put(_Due(topic, RENEW, (), OVERHEAD))

    async def flush(self) -> None:
        """Until nothing waits."""
        await self._idle.wait()

    def reload(self) -> None:
        """This may be another Redis: it has to be told the scripts."""
        self._loaded = False

    async def run(self) -> None:
        while True:
            await self._link.until_up()
            if not self._loaded:
                await self._load()
            self._renew_stale()
            if not self._due:
                if not self._stale:
                    self._idle.set()
                self._news.clear()
                await self._news.wait()
                continue
            await self._send([self._due.popleft() for _ in range(min(MANY, len(self._due)))])

    def _put(self, due: _Due) -> None:
        if due.topic in self._stale:
            return
        self._due.append(due)
        self._bytes += due.size
        self._wake()
        if self._bytes > self._max_bytes:
            self._shorten()

    def _shorten(self) -> None:
        """Leave out the topics of what has waited longest, until a quarter is free."""
        size, topics = self._bytes, set()
        for due in self._due:
            if size <= self._max_bytes * 3 // 4:
                break
            size -= due.size
            topics.add(due.topic)
        log.warning("too much waits for Redis: %d topics are left out, and renewed when it is back", len(topics))
        self._give_up(topics)

    def _wake(self) -> None:
        self._idle.clear()
        self._news.set()

    def _give_up(self, topics: Set[str], pause_s: float = 0.0) -> None:
        loop = asyncio.get_running_loop()
        self._stale.update(dict.fromkeys(topics, loop.time() + pause_s))
        self._due = deque(due for due in self._due if due.topic not in topics)
        self._bytes = sum(due.size for due in self._due)
        self._wake()
        if pause_s:
            loop.call_later(pause_s, self._wake)

    def _renew_stale(self) -> None:
        now = asyncio.get_running_loop().time()
        for topic in [topic for topic, from_s in self._stale.items() if from_s <= now]:
            del self._stale[topic]  # what is published from here on comes after the renewal
            self._due.appendleft(_Due(topic, RENEW, (), OVERHEAD))
            self._bytes += OVERHEAD

    async def _send(self, batch: Sequence[_Due]) -> None:
        self._bytes -= sum(due.size for due in batch)
        calls: list[asyncio.Future[object]] = []
        try:
            calls += [self._call(due) for due in batch]
        except RedisUnavailable:
            self._put_back(batch)
            return
        replies = await asyncio.gather(*calls, return_exceptions=True)
        outcomes = list(zip(batch, replies, strict=True))
        done = {due.topic for due, reply in outcomes if due.script and not isinstance(reply, BaseException)}
        again: list[_Due] = []
        for due, reply in outcomes:
            match reply:
                case RedisUnavailable():  # carried out or not; ``PUBLISH`` tells by the number
                    again += [due] if due.script else []
                case UnknownScript() if due.topic not in done:
                    self._loaded = False
                    again.append(due)
                case RedisRefused() if due.script:
                    log.warning("an event is left out and its topic renewed: %s", reply)
                    self._give_up({due.topic}, REFUSED_PAUSE_S)
                case RedisRefused():
                    log.warning("an ephemeral event is left out: %s", reply)
                case BaseException():
                    raise reply
        self._put_back(again)

    def _call(self, due: _Due) -> asyncio.Future[object]:
        keys = self._keys(due.topic)
        if due.script is None:
            return self._link.call("PUBLISH", keys[0], *due.arguments)
        return self._link.call_script(due.script, keys, (*self._bounds(), *due.arguments))

    def _put_back(self, batch: Sequence[_Due]) -> None:
        kept = [due for due in batch if due.topic not in self._stale]
        self._due.extendleft(reversed(kept))
        self._bytes += sum(due.size for due in kept)

    async def _load(self) -> None:
        try:
            await asyncio.gather(self._link.load(PUBLISH), self._link.load(RENEW))
            self._loaded = True
        except RedisUnavailable:
            pass  # once more when it is back
        except RedisRefused as error:
            log.error("Redis has to be able to run scripts, and can't: %s", error)
            await asyncio.sleep(REFUSED_PAUSE_S)
