"""One websocket connection: a reader that routes and never waits, a task for each joined topic, and a writer.

Speaks Phoenix Channels V2 (``channels/wire.py``). Malformed input is answered or closed with a reason; no exception
leaves the loop. Close codes: 1001 forced end, 1008 policy, 1009 frame too large, 1013 try again later; never 1000.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.auth import Identity
from channels.hub import Frame
from channels.limits import Bucket, SocketSettings
from channels.outbox import Outbox
from channels.topics.contract import LATER, Refused, Response, Topic, Unanswered, refusal_of
from channels.wire import BinaryPush, ClientFrame, Message, WireError, decode_client, encode, size_of

log = logging.getLogger(__name__)

CLOSE_LIMIT_S = 2.0  # for a client that no longer reads, to take note of the close


class Close(IntEnum):
    """Close codes in use (RFC 6455, section 7.4, and its registry)."""

    FORCED = 1001
    POLICY = 1008
    TOO_LARGE = 1009
    TRY_LATER = 1013


class Ended(Exception):
    """The connection is to be closed."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code


TopicMaker = Callable[[str, "Joined"], Topic]
"""Makes the topic of a name for an outlet. Raises Refused for a name that is no topic."""


class Joined:
    """One topic that this connection has joined: an Outlet for the topic and a Sink for the hub."""

    def __init__(self, connection: "Connection", topic: str, join_ref: str | None) -> None:
        self.name = topic
        self.join_ref = join_ref
        self.user_id = connection.user_id
        self.topic: Topic | None = None
        self.pushes: asyncio.Queue[Message] = asyncio.Queue(connection.settings.waiting_pushes)
        self.task: asyncio.Task[None] | None = None
        self._connection = connection
        self._held: list[tuple[str, tuple[str, str]]] | None = []  # until the join is answered
        self._held_bytes = 0

    @property
    def is_open(self) -> bool:
        """The join was answered, and granted: nothing is taken from the client before."""
        return self._held is None

    def send(self, frame: Frame) -> None:
        """An event of the hub."""
        self._put(frame.text, (frame.topic, frame.event))

    def broken(self, reason: str) -> None:
        """The hub has lost the thread."""
        self.fail(reason)

    def push(self, event: str, payload: Response) -> None:
        self._put(str(encode(Message(self.join_ref, None, self.name, event, payload))), (self.name, event))

    def close(self, reason: str) -> None:
        self._connection.end_topic(self, "phx_close", reason)

    def fail(self, reason: str) -> None:
        self._connection.end_topic(self, "phx_error", reason)

    def open(self) -> None:
        """The join is answered: what came meanwhile follows it."""
        held, self._held = self._held or [], None
        for text, key in held:
            self._connection.outbox.put(text, key)

    def _put(self, text: str, key: tuple[str, str]) -> None:
        if self._held is None:
            self._connection.outbox.put(text, key)
        else:
            self._held.append((text, key))
            self._held_bytes += size_of(text)
            if self._held_bytes > self._connection.settings.outgoing_queue_bytes:
                self._connection.outbox.overflowed.set()


class Connection:
    """Serves one accepted websocket until it ends."""

    def __init__(
        self, websocket: WebSocket, identity: Identity, make_topic: TopicMaker, settings: SocketSettings
    ) -> None:
        loop = asyncio.get_running_loop()
        self.user_id = identity.user_id
        self.settings = settings
        self.outbox = Outbox(settings.outgoing_queue_bytes)
        self._websocket = websocket
        self._expires_at = identity.expires_at
        self._make_topic = make_topic
        self._joined: dict[str, Joined] = {}
        self._bytes = Bucket(settings.bytes_per_s, settings.bytes_burst, loop.time)
        self._joins = Bucket(settings.joins_per_s, settings.joins_burst, loop.time)
        self._has_joined = asyncio.Event()

    async def run(self) -> tuple[int, str]:
        """Serve until the client goes or has to; (close code, reason)."""
        chores = [self._read(), self._write(), self._await_overflow(), self._await_first_join()]
        tasks = [asyncio.create_task(chore) for chore in chores]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            ended = next(iter(done)).exception() or WebSocketDisconnect()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for joined in list(self._joined.values()):
                self._forget(joined)
        if isinstance(ended, WebSocketDisconnect):
            return ended.code, ended.reason or "the client went"
        if not isinstance(ended, Ended):
            log.error("a connection ended by a bug", exc_info=ended)
            ended = Ended(Close.FORCED, "something went wrong here: connect again")
        await self._close(ended)
        return ended.code, str(ended)

    async def _close(self, ended: Ended) -> None:
        with contextlib.suppress(Exception):  # whatever becomes of it, the connection is over
            async with asyncio.timeout(CLOSE_LIMIT_S):
                if not self.outbox.overflowed.is_set():
                    while not self.outbox.empty:
                        await self._send(await self.outbox.get())
                await self._websocket.close(ended.code, str(ended)[:120])

    # Tasks

    async def _read(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self.settings.idle_timeout_s):
                    received = await self._websocket.receive()
            except TimeoutError:
                raise Ended(Close.POLICY, f"nothing came for {self.settings.idle_timeout_s:g} s") from None
            if received["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(received.get("code", 1005), received.get("reason"))
            text, data = received.get("text"), received.get("bytes")
            self._route(text if text is not None else data or b"")

    async def _write(self) -> None:
        while True:
            await self._send(await self.outbox.get())

    async def _send(self, data: str | bytes) -> None:
        if isinstance(data, str):
            await self._websocket.send_text(data)
        else:
            await self._websocket.send_bytes(data)

    async def _await_overflow(self) -> None:
        await self.outbox.overflowed.wait()
        raise Ended(Close.POLICY, "too slow: connect again and recover what was missed")

    async def _await_first_join(self) -> None:
        try:
            async with asyncio.timeout(self.settings.prejoin_timeout_s):
                await self._has_joined.wait()
        except TimeoutError:
            message = f"no topic was joined within {self.settings.prejoin_timeout_s:g} s"
            raise Ended(Close.POLICY, message) from None
        await asyncio.Event().wait()

    # Routing: nothing here waits

    def _route(self, data: str | bytes) -> None:
        size = size_of(data)
        if size > self.settings.max_frame_bytes:
            raise Ended(Close.TOO_LARGE, f"a frame has at most {self.settings.max_frame_bytes} bytes")
        if not self._bytes.take(max(size, self.settings.least_bytes)):
            raise Ended(Close.POLICY, f"more than {self.settings.bytes_per_s:g} bytes a second")
        try:
            frame = decode_client(data)
        except WireError as error:
            raise Ended(Close.POLICY, f"malformed frame: {error}") from None
        joined = self._joined.get(frame.topic)
        if frame.topic == "phoenix" and frame.event == "heartbeat":
            self._reply(frame, "ok", {})
        elif frame.event == "phx_join":
            self._join(frame)
        elif joined is None:
            if frame.event == "phx_leave":
                self._reply(frame, "ok", {})
            else:
                self._reply(frame, "error", {"reason": "unmatched topic", "message": "Join the topic first."})
        elif frame.join_ref is not None and frame.join_ref != joined.join_ref:
            pass  # from before a rejoin
        elif frame.event == "phx_leave":
            self._forget(joined)
            self._reply(frame, "ok", {})
            self._tell(joined, "phx_close", {})
        else:
            self._take(joined, frame)

    def _join(self, frame: ClientFrame) -> None:
        before = self._joined.get(frame.topic)
        if before:
            self._forget(before)
            self._tell(before, "phx_close", {})
        if isinstance(frame, BinaryPush):
            self._reply(frame, "error", {"reason": "invalid", "message": "A join is a text frame."})
        elif self._expires_at <= time.time():
            message = "The token has expired: connect again with a new one (`sidenote token`)."
            self._reply(frame, "error", {"reason": "token_expired", "message": message})
        elif not self._joins.take(1):
            self._reply(frame, "error", {"reason": "rate_limited", "message": "Too many joins: wait a little."})
        elif len(self._joined) >= self.settings.max_topics:
            message = f"A connection joins at most {self.settings.max_topics} topics: leave one first."
            self._reply(frame, "error", {"reason": "too_many_topics", "message": message})
        else:
            joined = self._joined[frame.topic] = Joined(self, frame.topic, frame.join_ref)
            joined.task = asyncio.create_task(self._serve(joined, frame))

    def _take(self, joined: Joined, frame: ClientFrame) -> None:
        if joined.topic is None or not joined.is_open:
            self._reply(frame, "error", {"reason": "unmatched topic", "message": "The join is not answered yet."})
            return
        try:
            answer = joined.topic.take(frame)
            if answer is LATER:
                if isinstance(frame, BinaryPush):
                    raise Refused("invalid", f"{frame.event!r} is pushed as a text frame.")
                joined.pushes.put_nowait(frame)
        except asyncio.QueueFull:
            self._reply(frame, "error", {"reason": "busy", "message": "Too many commands wait: slow down."})
        except Exception as error:
            self._refuse(joined, frame, error)
        else:
            self._answer(frame, answer)

    async def _serve(self, joined: Joined, join: Message) -> None:
        """Join, then handle what the topic leaves for later, in order."""
        try:
            joined.topic = self._make_topic(joined.name, joined)
            response = await self._in_time(joined.topic.join(join.payload))
        except Exception as error:
            self._refuse(joined, join, error)
            self._forget(joined)
            return
        self._has_joined.set()
        self._reply(join, "ok", response)
        joined.open()
        while True:
            push = await joined.pushes.get()
            try:
                self._answer(push, await self._in_time(joined.topic.handle(push)))
            except Exception as error:
                self._refuse(joined, push, error)

    async def _in_time(self, work: Awaitable[Response]) -> Response:
        """What a topic answers. Raises Refused when it takes too long."""
        try:
            async with asyncio.timeout(self.settings.handling_timeout_s):
                return await work
        except TimeoutError:
            raise Refused("timeout", "That took too long here and was given up: try again.") from None

    def _forget(self, joined: Joined) -> None:
        """The topic is left: by the client, for a rejoin, or with the connection."""
        if self._joined.get(joined.name) is joined:
            del self._joined[joined.name]
        if joined.topic:
            joined.topic.leave()
        if joined.task and joined.task is not asyncio.current_task():
            joined.task.cancel()

    def end_topic(self, joined: Joined, event: str, reason: str) -> None:
        """The server ends a topic of this connection."""
        if self._joined.get(joined.name) is joined:
            self._forget(joined)
            self._tell(joined, event, {"reason": reason})

    # Answers

    def _answer(self, frame: ClientFrame, answer: Response | Unanswered) -> None:
        if not isinstance(answer, Unanswered):
            self._reply(frame, "ok", answer)

    def _refuse(self, joined: Joined, frame: ClientFrame, error: Exception) -> None:
        response = refusal_of(error)
        if response is None:
            kind = joined.name.partition(":")[0]
            log.error("a push failed by a bug: %.64s %.64s", kind, frame.event, exc_info=error)
            response = {"reason": "internal", "message": "Something went wrong here: try again."}
        self._reply(frame, "error", response)

    def _reply(self, frame: ClientFrame, status: str, response: Any) -> None:
        if frame.ref is None and status == "ok":
            return
        payload = {"status": status, "response": response}
        self.outbox.put(str(encode(Message(frame.join_ref, frame.ref, frame.topic, "phx_reply", payload))))

    def _tell(self, joined: Joined, event: str, payload: Response) -> None:
        self.outbox.put(str(encode(Message(joined.join_ref, joined.join_ref, joined.name, event, payload))))
