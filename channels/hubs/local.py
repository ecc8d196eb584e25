"""The hub of one process: topics in memory, gone with it. A new process therefore always has new epochs."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.hub import Frame, HistorySettings, Position, Sink, Subscription
from channels.wire import Message, encode, size_of

MAX_TOPICS = 10_000  # without a subscriber; the oldest are forgotten
MAX_BYTES = 67_108_864  # of all histories together; the oldest events are forgotten


@dataclass(frozen=True, slots=True)
class _Past:
    seq: int
    event: str
    payload: Mapping[str, Any]
    size: int


@dataclass(slots=True)
class _Topic:
    name: str
    epoch: str
    seq: int = 0
    history: deque[_Past] = field(default_factory=deque)
    size: int = 0
    sinks: dict[Sink, None] = field(default_factory=dict)  # in the order of subscription


class LocalHub:
    """A Hub. Every method runs on one event loop; nothing in it waits."""

    def __init__(
        self,
        settings: HistorySettings | None = None,
        now_s: Callable[[], float] | None = None,
        *,
        max_topics: int = MAX_TOPICS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._settings = settings or HistorySettings()
        self._max_topics = max_topics
        self._max_bytes = max_bytes
        self._bytes = 0  # of all histories
        self._order: deque[tuple[float, _Topic, int]] = deque()  # time, topic and seq of every event, oldest first
        self._now_s = now_s or (lambda: asyncio.get_running_loop().time())
        self._topics: dict[str, _Topic] = {}

    async def publish(self, topic: str, event: str, payload: Mapping[str, Any], *, durable: bool = True) -> None:
        known = self._topics.get(topic)
        if known is None:
            if not durable:
                return
            known = self._begin(topic)
        seq = None
        if durable:
            known.seq = seq = known.seq + 1
            payload = {**payload, "seq": seq}
        text = str(encode(Message(None, None, topic, event, payload)))
        if seq is not None:
            self._remember(known, _Past(seq, event, payload, size_of(text)))
        frame = Frame(topic, event, text, seq)
        for sink in list(known.sinks):
            sink.send(frame)

    async def subscribe(self, topic: str, sink: Sink, last: Position | None = None) -> Subscription:
        known = self._topics.get(topic) or self._begin(topic)
        known.sinks[sink] = None
        self._forget_old()
        if last is None or last[0] != known.epoch or not self._reaches(known, last[1]):
            return Subscription(known.epoch, known.seq, recovered=False)
        missed = tuple({"event": past.event, "payload": past.payload} for past in known.history if past.seq > last[1])
        return Subscription(known.epoch, known.seq, True, missed)

    def unsubscribe(self, topic: str, sink: Sink) -> None:
        known = self._topics.get(topic)
        if known:
            known.sinks.pop(sink, None)
            if not known.sinks and not known.history:
                del self._topics[topic]

    async def renew(self, topic: str) -> None:
        known = self._topics.get(topic)
        if known is None or known.seq == 0:  # nothing has been said in this epoch
            return
        self._forget(known)
        for sink in list(known.sinks):
            sink.broken("what happened here may be more than was told: join again")

    def __len__(self) -> int:
        """Topics that are remembered."""
        return len(self._topics)

    def _begin(self, topic: str) -> _Topic:
        if len(self._topics) >= self._max_topics:
            quiet = [known for known in self._topics.values() if not known.sinks]
            for known in quiet[: len(quiet) // 4 + 1]:
                self._forget(known)
        known = self._topics[topic] = _Topic(topic, secrets.token_hex(6))
        return known

    def _forget(self, topic: _Topic) -> None:
        del self._topics[topic.name]
        self._bytes -= topic.size
        topic.history.clear()

    def _remember(self, topic: _Topic, past: _Past) -> None:
        topic.history.append(past)
        topic.size += past.size
        self._bytes += past.size
        self._order.append((self._now_s(), topic, past.seq))
        while topic.size > self._settings.max_bytes:
            self._forget_oldest(topic)
        self._forget_old()

    def _forget_oldest(self, topic: _Topic) -> None:
        size = topic.history.popleft().size
        topic.size -= size
        self._bytes -= size

    def _forget_old(self) -> None:
        """Cut every topic's history at its age, and all of them at their bytes."""
        oldest_s = self._now_s() - self._settings.max_age_s
        while self._order and (self._order[0][0] < oldest_s or self._bytes > self._max_bytes):
            _, topic, seq = self._order.popleft()
            if topic.history and topic.history[0].seq == seq:  # else it was cut before
                self._forget_oldest(topic)
                if not topic.history and not topic.sinks:
                    self._forget(topic)

    @staticmethod
    def _reaches(topic: _Topic, last_seq: int) -> bool:
        first = topic.history[0].seq if topic.history else topic.seq + 1
        return first - 1 <= last_seq <= topic.seq
