"""The hub of several processes: Redis counts, keeps history and passes on; each process hands out to its own followers.

Live events come by pub/sub and are checked against (epoch, seq): a hole is filled from history, and where that can't be
done, followers are broken off. After the connection was lost every topic is checked, silent ones too. Why it is done
this way is in ``docs/decisions/0003-pubsub-with-history.md``.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from channels.hub import Frame, HistorySettings, HubUnavailable, Position, Sink, Subscription
from channels.hubs.redis_queue import Arguments, PublishQueue
from channels.hubs.redis_scripts import READ, Announcement, Standing, announcement, standing
from channels.redis_link import RedisLink, RedisRefused, RedisUnavailable
from channels.wire import Message, encode

log = logging.getLogger(__name__)

MISSED = "what happened here may be more than was told: join again"
NOWHERE: Position = ("", 0)  # the position of somebody who comes for the first time


@dataclass(frozen=True, slots=True)
class RedisHubSettings:
    queue_bytes: int = 8_388_608  # of events that wait for Redis
    join_s: float = 2.0  # for a subscription, then it is refused
    flush_s: float = 2.0  # for what still waits, on closing
    keep_s: float = 86_400.0  # an epoch without events or followers; longer than any history


@dataclass(slots=True, eq=False)
class _Seat:
    """A follower. While it is being told where the topic stands, events are held for it."""

    sink: Sink
    since: int  # it has been offered every durable event after this one
    after: int | None = None  # it is given every durable event after this one
    held: list[Frame] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Topic:
    """A topic that this process follows."""

    name: str
    epoch: str = ""  # empty: not known yet
    seq: int = 0  # the last durable event that was handed out
    seats: dict[Sink, _Seat] = field(default_factory=dict)  # in the order of subscription
    held: list[Announcement] | None = field(default_factory=list)  # until the position is checked; None: it is
    checking: bool = False


class RedisHub:
    """A Hub. ``start`` it after its link, ``close`` it before."""

    def __init__(
        self,
        link: RedisLink,
        history: HistorySettings | None = None,
        settings: RedisHubSettings | None = None,
        prefix: str = "sidenote",
    ) -> None:
        """``prefix``: of every key and channel."""
        self.link = link
        self._history = history or HistorySettings()
        self._settings = settings or RedisHubSettings()
        self._prefix = prefix
        self._topics: dict[str, _Topic] = {}
        self._queue = PublishQueue(link, self._keys, self._bounds, self._settings.queue_bytes)
        self._tasks: set[asyncio.Task[None]] = set()
        link.watch(self._queue.reload, self._back)

    async def start(self) -> None:
        self._spawn(self._queue.run())

    async def flush(self) -> None:
        """Until everything that was published so far is in Redis."""
        await self._queue.flush()

    async def close(self) -> None:
        """Publish what waits, if Redis takes it in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.flush_s if self.link.is_up else 0):
                await self.flush()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def publish(self, topic: str, event: str, payload: Mapping[str, Any], *, durable: bool = True) -> None:
        """Returns when the event is in the queue."""
        if not durable:
            self._queue.murmur(topic, event, str(encode(Message(None, None, topic, event, payload))))
            return
        counted = {key: value for key, value in payload.items() if key != "seq"}
        before = str(encode(Message(None, None, topic, event, counted))).removesuffix("}]")
        self._queue.publish(topic, event, before + (',"seq":' if counted else '"seq":'), "}]")

    async def renew(self, topic: str) -> None:
        """Returns when it is in the queue."""
        self._queue.renew(topic)

    async def subscribe(self, topic: str, sink: Sink, last: Position | None = None) -> Subscription:
        cause: Exception | None = None
        try:
            async with asyncio.timeout(self._settings.join_s):
                while True:
                    await self.link.until_up()
                    with contextlib.suppress(RedisUnavailable):  # again, when it is back
                        subscription = await self._join(topic, sink, last)
                        if subscription:
                            return subscription
        except TimeoutError as error:
            cause = error
        except RedisRefused as error:
            cause = error
            log.error("a topic can't be followed: %s", error)
        raise HubUnavailable("Live updates can't be reached just now: try again in a moment.") from cause

    def unsubscribe(self, topic: str, sink: Sink) -> None:
        known = self._topics.get(topic)
        if known and known.seats.pop(sink, None):
            self._release(known)

    def __len__(self) -> int:
        """Topics that are followed."""
        return len(self._topics)

    # Following

    async def _join(self, name: str, sink: Sink, last: Position | None) -> Subscription | None:
        """Follow first, then read, then leave out what was read. None: the topic began anew meanwhile."""
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = _Topic(name)
        seat = topic.seats[sink] = _Seat(sink, topic.seq)
        try:
            await self.link.follow(self._keys(name)[0], partial(self._hear, topic))
            found = await self._read(name, last or NOWHERE)
            seated = self._seat(topic, seat, found)
        except BaseException:
            self._leave(topic, seat)
            raise
        if not seated:
            self._leave(topic, seat)
            self._check(topic)
            return None
        if found.missed is None or last is None:
            return Subscription(found.epoch, found.seq, recovered=False)
        missed = tuple({"event": past.event, "payload": orjson.loads(past.text)[4]} for past in found.missed)
        return Subscription(found.epoch, found.seq, True, missed)

    def _seat(self, topic: _Topic, seat: _Seat, found: Standing) -> bool:
        """Hand out what was held, from where the reader stands. False: that is not the count which is handed out."""
        if not topic.epoch:
            topic.epoch, topic.seq = found.epoch, found.seq
            self._settle(topic)
        if found.epoch != topic.epoch or found.seq < seat.since:
            return False
        seat.after = found.seq
        held, seat.held = seat.held, []
        for frame in held:
            if frame.seq is None or frame.seq > found.seq:
                seat.sink.send(frame)
        return True

    def _leave(self, topic: _Topic, seat: _Seat) -> None:
        if topic.seats.get(seat.sink) is seat:
            del topic.seats[seat.sink]
        self._release(topic)

    def _release(self, topic: _Topic) -> None:
        if not topic.seats and self._topics.get(topic.name) is topic:
            del self._topics[topic.name]
            self.link.unfollow(self._keys(topic.name)[0])

    # Handing out

    def _hear(self, topic: _Topic, data: bytes) -> None:
        """A message of the topic's channel."""
        self._hold_or_take(topic, announcement(topic.name, data))

    def _hold_or_take(self, topic: _Topic, heard: Announcement) -> None:
        if topic.held is None:
            self._take(topic, heard)
        else:
            topic.held.append(heard)

    def _take(self, topic: _Topic, heard: Announcement) -> None:
        frame = heard.frame
        if frame and frame.seq is None:
            self._hand_out(topic, frame)
        elif heard.epoch != topic.epoch:
            self._restart(topic, heard.epoch, heard.seq)
        elif heard.seq > topic.seq + 1:
            topic.held = [heard]
            self._check(topic)
        elif heard.seq == topic.seq + 1 and frame:
            topic.seq = heard.seq
            self._hand_out(topic, frame)

    def _hand_out(self, topic: _Topic, frame: Frame) -> None:
        for seat in list(topic.seats.values()):
            if seat.after is None:
                seat.held.append(frame)
            elif frame.seq is None or frame.seq > seat.after:
                seat.sink.send(frame)

    def _restart(self, topic: _Topic, epoch: str, seq: int) -> None:
        """The count is another one from here on: whoever followed the old one is broken off."""
        topic.epoch, topic.seq = epoch, seq
        seats, topic.seats = topic.seats, {}
        for sink, seat in seats.items():
            if seat.after is None:  # not told yet where the topic stands
                topic.seats[sink] = seat
                seat.since, seat.held = seq, []
        self._release(topic)
        for sink, seat in seats.items():
            if seat.after is not None:
                sink.broken(MISSED)

    # Checking

    def _back(self) -> None:
        for topic in list(self._topics.values()):
            self._check(topic)

    def _check(self, topic: _Topic) -> None:
        """Compare with Redis; until that is done, what comes is held."""
        topic.held = topic.held or []
        if topic.epoch and not topic.checking:
            topic.checking = True
            self._spawn(self._compare(topic))

    async def _compare(self, topic: _Topic) -> None:
        try:
            found = await self._read(topic.name, (topic.epoch, topic.seq))
        except RedisUnavailable:
            return  # again, when it is back
        except RedisRefused as error:
            log.error("a topic can't be checked: %s", error)
            self._restart(topic, "", 0)
            return
        finally:
            topic.checking = False
        if found.missed is not None:
            for frame in found.missed:
                topic.seq += 1
                self._hand_out(topic, frame)
        else:
            self._restart(topic, found.epoch, found.seq)
        self._settle(topic)

    def _settle(self, topic: _Topic) -> None:
        """The position is known: go on with what was held."""
        held, topic.held = topic.held or [], None
        for heard in held:
            self._hold_or_take(topic, heard)

    async def _read(self, name: str, position: Position) -> Standing:
        arguments = (*self._bounds(), position[0], position[1])
        return standing(name, await self.link.evaluate(READ, self._keys(name), arguments))

    # Redis

    def _keys(self, topic: str) -> tuple[str, str]:
        place = f"{self._prefix}:hub:{{{topic}}}"
        return place, f"{place}:past"

    def _bounds(self) -> Arguments:
        """What every script is told first: the epoch to begin where one is due, and the bounds."""
        keep_s = max(self._settings.keep_s, 2 * self._history.max_age_s)
        age_ms = int(self._history.max_age_s * 1000)
        return secrets.token_hex(6), self._history.max_bytes, age_ms, int(keep_s * 1000)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.error("the hub failed by a bug", exc_info=task.exception())
