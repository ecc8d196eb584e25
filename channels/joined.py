"""One topic that a connection has joined: an Outlet for the topic, a Sink for the hub.

What comes while the join is being answered is held, so that it follows the reply. Routes nothing: the connection does.
"""

import asyncio
from typing import Protocol

from channels.hub import Frame
from channels.limits import SocketSettings
from channels.outbox import Outbox
from channels.topics.contract import Response, Topic
from channels.wire import Message, encode, size_of


class Owner(Protocol):
    """The connection, as far as one of its topics is concerned."""

    user_id: str
    settings: SocketSettings
    outbox: Outbox

    def end_topic(self, joined: "Joined", event: str, reason: str) -> None: ...
    def fall_behind(self) -> None: ...


class Joined:
    """A topic of one connection, from its join until it is left."""

    __slots__ = ("_held", "_held_bytes", "_outbox", "_owner", "join_ref", "name", "task", "topic", "user_id", "waiting")

    def __init__(self, owner: Owner, topic: str, join_ref: str | None) -> None:
        self.name = topic
        self.join_ref = join_ref
        self.user_id = owner.user_id
        self.topic: Topic | None = None
        self.waiting: list[tuple[Message, int]] = []  # pushes that the topic handles later, and their bytes
        self.task: asyncio.Task[None] | None = None  # while it joins or handles
        self._owner = owner
        self._outbox = owner.outbox
        self._held: list[tuple[str, tuple[str, str]]] | None = []  # until the join is answered
        self._held_bytes = 0

    @property
    def is_open(self) -> bool:
        """The join was answered, and granted: nothing is taken from the client before."""
        return self._held is None

    def send(self, frame: Frame) -> None:
        """An event of the hub."""
        if self._held is None:
            self._outbox.put(frame.text, None if frame.seq else (frame.topic, frame.event))
        else:
            self._hold(frame.text, (frame.topic, frame.event))

    def broken(self, reason: str) -> None:
        """The hub has lost the thread: the client joins again."""
        self.fail(reason)

    def push(self, event: str, payload: Response) -> None:
        text = str(encode(Message(self.join_ref, None, self.name, event, payload)))
        if self._held is None:
            self._outbox.put(text, (self.name, event))
        else:
            self._hold(text, (self.name, event))

    def close(self, reason: str) -> None:
        self._owner.end_topic(self, "phx_close", reason)

    def fail(self, reason: str) -> None:
        self._owner.end_topic(self, "phx_error", reason)

    def open(self) -> None:
        """The join is answered: what came meanwhile follows it."""
        held, self._held = self._held or [], None
        for text, key in held:
            self._outbox.put(text, key)

    def _hold(self, text: str, key: tuple[str, str]) -> None:
        assert self._held is not None
        self._held.append((text, key))
        self._held_bytes += size_of(text)
        if self._held_bytes > self._owner.settings.outgoing_queue_bytes:
            self._owner.fall_behind()
