"""One topic over as many connections as it takes: joins again, recovers what was missed, and shows no seam.

An event with a ``seq`` is handed on once and in order. Where one is missing the topic is joined again, so that the
server sends it; where the server no longer has it, a ``snapshot`` takes its place.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, Self

from channels.client.backoff import Backoff
from channels.client.connection import Connection
from channels.client.errors import ClientError, Disconnected, PushRefused
from channels.wire import BinaryPush, Message, WireError

REPLY_LIMIT_S = 10.0
MAX_WAITING = 10_000  # messages that nobody has read yet

REFUSED_FOR_GOOD = frozenset(
    {"forbidden", "not_found", "second_microphone", "unknown_topic", "invalid", "no_video", "token_expired"}
)
"""Reasons for which a topic is not joined again."""

Params = dict[str, Any] | Callable[[], dict[str, Any]] | None
"""What a join says; a function is asked anew at each join."""


@dataclass(frozen=True, slots=True)
class Event:
    """What came on a joined topic. ``snapshot``: events were missed for good; its payload is how things stand."""

    topic: str
    event: str
    payload: dict[str, Any]

    @property
    def seq(self) -> int | None:
        seq = self.payload.get("seq")
        return seq if isinstance(seq, int) else None


class Connections(Protocol):
    """The client, as far as one topic is concerned."""

    @property
    def backoff(self) -> Backoff | None:
        """None: one connection, and one join of a topic."""
        ...

    @property
    def ended(self) -> Disconnected | None: ...

    async def connected(self) -> Connection:
        """The connection, as soon as there is one. Raises Disconnected."""
        ...

    def expired(self, connection: Connection) -> bool:
        """Give the connection a new token. False where there is none to be had."""
        ...

    async def renewed(self, connection: Connection) -> bool:
        """As ``expired``; returns when that is settled."""
        ...

    def forget(self, channel: "Channel") -> None: ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...


class Tap(Protocol):
    """Who hears of a topic before its readers do. Nothing here may wait."""

    def take(self, event: Event, ref: str | None) -> bool:
        """Whether the event is dealt with; readers don't get it then. ``ref``: of the push it answers."""
        ...

    def joined(self, reply: dict[str, Any]) -> None:
        """Joined again."""
        ...

    def left(self) -> None:
        """Not joined now."""
        ...

    def over(self, error: ClientError | None) -> None:
        """Never joined again."""
        ...


class Channel:
    """One joined topic. Iterating yields what comes, until the topic ends or the client gives up."""

    def __init__(self, client: Connections, topic: str, params: Params = None) -> None:
        self.topic = topic
        self.reply: dict[str, Any] = {}  # to the first join
        self.epoch: str | None = None
        self.last_seq: int | None = None  # of the epoch, handed on
        self._client = client
        self._params = params
        self._wants_snapshot = False
        self._same: dict[str, Any] = {}  # what the server made up for us: the same at each join
        self._connection: Connection | None = None
        self._join_ref: str | None = None
        self._is_joined = False
        self._was_joined = False
        self._joined_at_s = 0.0
        self._held_s = 0.0  # how long the last join held
        self._lost = asyncio.Event()  # has to be joined again
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._over = False
        self._error: ClientError | None = None
        self._tap: Tap | None = None
        self._keeper: asyncio.Task[None] | None = None

    # For the user

    async def push(self, event: str, payload: Any = None, *, timeout_s: float = REPLY_LIMIT_S) -> dict[str, Any]:
        """The response. Where the topic is not joined at the moment, it goes out as soon as it is.

        Raises PushRefused; Disconnected where the connection ended before the answer, so that nobody knows whether
        the push was carried out (not every command may be repeated); TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            while not self._is_joined:
                if self._over and self._error is None:
                    raise PushRefused({"reason": "unmatched topic", "message": "The topic is over: join it again."})
                self._raise_if_ended()
                await self._next_news()
            assert self._connection
            ref = self._connection.next_ref()
            return await self._connection.request(Message(self._join_ref, ref, self.topic, event, payload or {}))

    def send(self, event: str, payload: Any = None, *, numbered: bool = False) -> str | None:
        """Push without waiting for an answer; dropped where the topic is not joined at the moment.

        For what is soon out of date. A refusal comes as an event ``refused``. Returns the ref of a numbered push.
        """
        if not self._is_joined or self._connection is None:
            return None
        ref = self._connection.next_ref() if numbered else None
        self._connection.send(Message(self._join_ref, ref, self.topic, event, payload or {}))
        return ref

    def send_binary(self, event: str, data: bytes) -> str | None:
        """Push bytes, numbered, as ``send`` does."""
        if not self._is_joined or self._connection is None:
            return None
        ref = self._connection.next_ref()
        self._connection.send(BinaryPush(self._join_ref, ref, self.topic, event, data))
        return ref

    async def leave(self) -> None:
        """The topic ends here; what came before can still be read. Raises TimeoutError."""
        connection = self._connection if self._is_joined else None
        self.finish()
        if connection:
            leave = Message(self._join_ref, connection.next_ref(), self.topic, "phx_leave", {})
            with contextlib.suppress(Disconnected):  # it is left all the same
                async with asyncio.timeout(REPLY_LIMIT_S):
                    await connection.request(leave)

    def refresh(self) -> None:
        """Ask for a ``snapshot``. No event is missed for it: those up to it may still follow it."""
        self._wants_snapshot = True
        self.lose("A snapshot was asked for.")

    async def next(self) -> Event | None:
        """What comes next; None once the topic has ended. Raises what ended it: Disconnected, PushRefused."""
        while not self._waiting:
            if self._over and self._error is None:
                return None
            self._raise_if_ended()
            await self._next_news()
        event = self._waiting.popleft()
        if len(self._waiting) == MAX_WAITING // 2:
            self._tell()  # there is room again
        return event

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await self.next()
        if event is None:
            raise StopAsyncIteration
        return event

    def _raise_if_ended(self) -> None:
        error = self._error or self._client.ended
        if error:
            raise error

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _tell(self) -> None:
        self._news.set()

    # For the client

    async def join(self, timeout_s: float) -> None:
        """The first join; a busy server is asked again for a while. Raises PushRefused, Disconnected, TimeoutError."""
        loop = asyncio.get_running_loop()
        attempt, asked_since_s = 0, loop.time()
        while True:
            connection = await self._client.connected()
            try:
                async with asyncio.timeout(timeout_s):
                    self.reply = await self._ask(connection)
                break
            except PushRefused as refused:
                backoff = self._client.backoff
                if refused.is_busy and backoff and loop.time() < asked_since_s + backoff.give_up_after_s:
                    await asyncio.sleep(refused.retry_after_s + backoff.wait_s(attempt))
                    attempt += 1
                elif refused.reason != "token_expired" or not await self._client.renewed(connection):
                    raise
            except Disconnected:
                if self._over or self._client.backoff is None:
                    raise
        if not self._over:
            self._keeper = self._client.spawn(self._stay())

    def lose(self, why: str) -> None:
        """Not joined any more: the connection or the topic broke off, or events are missing."""
        self._lost.set()
        if not self._is_joined:
            return
        self._is_joined = False
        self._held_s = asyncio.get_running_loop().time() - self._joined_at_s
        if self._connection:
            self._connection.abandon(self._join_ref, f"{self.topic} broke off before the answer came: {why}")
        if self._tap:
            self._tap.left()

    def finish(self, error: ClientError | None = None) -> None:
        """The topic has ended; what came before can still be read."""
        if self._over:
            return
        if error and self._is_joined and self._connection and not self._client.ended:
            self._connection.send(Message(self._join_ref, None, self.topic, "phx_leave", {}))
        self.lose(str(error or "It is over."))
        self._over, self._error = True, error
        self._client.forget(self)
        if self._keeper and self._keeper is not asyncio.current_task():
            self._keeper.cancel()
        if self._tap:
            self._tap.over(error)
        self._tell()

    def attach(self, tap: Tap) -> None:
        self._tap = tap

    @property
    def joined(self) -> bool:
        return self._is_joined

    def take(self, message: Message) -> None:
        """A message of the topic. Raises WireError."""
        if not self._is_joined or message.join_ref not in (None, self._join_ref):
            return
        match message.event:
            case "phx_close":
                self.finish()
            case "phx_error" if self._client.backoff is None:
                self.finish()
            case "phx_error":
                self.lose(str(message.payload.get("reason", "The server broke it off.")))
            case "token_expired" if self._connection and self._client.expired(self._connection):
                pass
            case "phx_reply":
                if message.payload.get("status") == "error":
                    self._hand_on(Event(self.topic, "refused", message.payload.get("response") or {}), message.ref)
            case _:
                self._take_event(Event(self.topic, message.event, message.payload))

    # Joining

    async def _stay(self) -> None:
        """Join again whenever the topic was lost."""
        loop = asyncio.get_running_loop()
        attempt, out_since_s, busy_s = 0, loop.time(), 0.0
        while True:
            await self._lost.wait()
            backoff = self._client.backoff
            if backoff is None:
                return self.finish(self._client.ended or Disconnected(f"Messages of {self.topic} are missing."))
            if self._held_s >= backoff.steady_s:
                attempt, out_since_s, self._held_s = 0, loop.time(), 0.0
            try:
                if self._connection and not self._connection.ended:  # the topic alone was lost
                    await asyncio.sleep(busy_s + backoff.wait_s(attempt))
                    attempt, busy_s = attempt + 1, 0.0
                connection = await self._client.connected()
                while len(self._waiting) > MAX_WAITING // 2:
                    await self._next_news()
                self._lost.clear()
                async with asyncio.timeout(REPLY_LIMIT_S):
                    await self._ask(connection)
            except PushRefused as refused:
                if refused.is_busy:  # it is there, and it will have room
                    out_since_s, busy_s = loop.time(), refused.retry_after_s
                renewed = refused.reason == "token_expired" and await self._client.renewed(connection)
                if (
                    refused.reason in REFUSED_FOR_GOOD and not renewed
                ) or loop.time() > out_since_s + backoff.give_up_after_s:
                    return self.finish(refused)
                self._lost.set()
            except TimeoutError:
                if loop.time() > out_since_s + backoff.give_up_after_s:
                    why = f"The server has not answered a join of {self.topic} for {backoff.give_up_after_s:g} s."
                    return self.finish(Disconnected(why))
                self._lost.set()
            except Disconnected:
                if self._client.ended:
                    return self.finish(self._client.ended)
                self._lost.set()

    async def _ask(self, connection: Connection) -> dict[str, Any]:
        """Join, once."""
        given = self._params() if callable(self._params) else self._params
        if isinstance(given, dict) or given is None:
            knows = self.epoch is not None and not self._wants_snapshot
            place = {"epoch": self.epoch, "last_seq": self.last_seq} if knows else {}
            given = {**(given or {}), **self._same, **place}
        ref = self._join_ref = connection.next_ref()
        self._connection = connection
        join = Message(ref, ref, self.topic, "phx_join", given)
        return await connection.request(join, at_once=self._entered)

    def _entered(self, reply: dict[str, Any]) -> None:
        """The join was granted. Raises WireError."""
        again, self._is_joined, self._was_joined = self._was_joined, True, True
        self._joined_at_s = asyncio.get_running_loop().time()
        if "client_id" in reply:
            self._same = {"client_id": reply["client_id"]}
        if isinstance(reply.get("epoch"), str) and isinstance(reply.get("seq"), int):
            self._recover(reply, again=again)
        if again and self._tap and self._is_joined:
            self._tap.joined(reply)
        self._tell()

    def _recover(self, reply: dict[str, Any], *, again: bool) -> None:
        """Hand on what was missed."""
        if again and reply.get("recovered") and reply["epoch"] == self.epoch:
            for missed in reply.get("events") or ():
                if not isinstance(missed, dict) or not isinstance(missed.get("payload"), dict):
                    raise WireError("a missed event is an object with event and payload")
                self._take_event(Event(self.topic, str(missed.get("event")), missed["payload"]))
            if self.last_seq != reply["seq"] and len(self._waiting) < MAX_WAITING:
                self.epoch = None  # the server has forgotten some
                self.lose("Missed events are missing.")
            return
        if again:
            self._hand_on(Event(self.topic, "snapshot", reply.get("snapshot") or {}), None)
        asked, self._wants_snapshot = self._wants_snapshot, False
        if asked and reply["epoch"] == self.epoch and reply["seq"] != self.last_seq:
            self.lose("Events came before the snapshot.")  # and are still to be had
        else:
            self.epoch, self.last_seq = reply["epoch"], reply["seq"]

    # Events

    def _take_event(self, event: Event) -> None:
        """Each event with a seq once, and none left out."""
        seq = event.seq
        if seq is None or self.last_seq is None:
            self._hand_on(event, None)
        elif seq == self.last_seq + 1:
            if self._hand_on(event, None):
                self.last_seq = seq
        elif seq > self.last_seq:
            self.lose(f"An event is missing before number {seq}.")

    def _hand_on(self, event: Event, ref: str | None) -> bool:
        """Whether there was room. What is not recovered must have room: the topic ends otherwise."""
        if self._tap and self._tap.take(event, ref):
            return True
        if len(self._waiting) >= MAX_WAITING and event.event != "snapshot":
            why = f"{MAX_WAITING} messages of {self.topic} wait unread: read faster"
            if event.seq is not None and self.last_seq is not None and self._client.backoff:
                self.lose(why)  # joined again when there is room
            elif self.last_seq is None or not self._client.backoff:
                self.finish(Disconnected(f"{why}."))
            return False
        self._waiting.append(event)
        self._tell()
        return True
