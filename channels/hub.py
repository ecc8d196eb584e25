"""What a hub promises: whoever subscribes to a topic gets its events in order, without making anybody else wait.

A durable event has the topic's next ``seq`` in its payload and stays in a bounded history; ``epoch`` names that count.
An ephemeral event has neither. Subscribing comes before reading history, so nothing falls between the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class HubUnavailable(Exception):
    """What carries the events can't be reached just now. Try again in a moment."""


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """Bounds of a topic's history; it is cut at whichever is reached first."""

    max_bytes: int = 262_144
    max_age_s: float = 600.0


Position = tuple[str, int]
"""(epoch, last seq): where a client that comes back had got to."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as every subscriber gets it, encoded once."""

    topic: str
    event: str
    text: str  # a text frame of the wire
    seq: int | None  # None: ephemeral


class Sink(Protocol):
    """A subscriber. Its methods never wait and never raise."""

    def send(self, frame: Frame) -> None: ...

    def broken(self, reason: str) -> None:
        """Events may have been missed for good: the hub has let go of this sink, which has to subscribe anew."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where the topic stands, and what a client that comes back has missed.

    ``recovered`` False: history does not reach back to the client's position, so it needs a snapshot.
    """

    epoch: str
    seq: int
    recovered: bool
    events: tuple[Mapping[str, Any], ...] = ()  # {"event", "payload"}


class Hub(Protocol):
    """Only ``subscribe`` raises, because of what becomes of others; none waits long for anybody."""

    async def publish(self, topic: str, event: str, payload: Mapping[str, Any], *, durable: bool = True) -> None:
        """Events that one process publishes on one topic keep their order."""
        ...

    async def subscribe(self, topic: str, sink: Sink, last: Position | None = None) -> Subscription:
        """From here on the sink gets every durable event after the Subscription's ``seq``, once and in order, until it
        is broken off or unsubscribed. Raises HubUnavailable."""
        ...

    def unsubscribe(self, topic: str, sink: Sink) -> None: ...

    async def renew(self, topic: str) -> None:
        """Begin a new epoch: something may have happened that was never published. Every subscriber is broken off."""
        ...
