"""A typed client of the wire, for the command line and for tests. Runs on one event loop.

async with Client(url, token) as client:
    session = await client.join("session:s1")
    async for message in session: ...
"""

import asyncio
import contextlib
import itertools
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Origin, Subprotocol

from channels.auth import subprotocols_for
from channels.wire import (
    AudioFrame,
    BinaryPush,
    ClientFrame,
    Message,
    WireError,
    decode_server,
    encode,
    encode_audio,
)

PATH = "/socket/websocket?vsn=2.0.0"
HEARTBEAT_S = 20.0
OPEN_LIMIT_S = 10.0
REPLY_LIMIT_S = 10.0
MAX_FRAME = 8 * 1024 * 1024  # bytes; snapshots are the largest
MAX_WAITING = 10_000  # messages of one channel that nobody has read yet

BYTES_PER_SAMPLE = 2


class ClientError(Exception):
    """Base of what goes wrong for a client. The message says what to do."""


class ConnectFailed(ClientError):
    """The server is not there, or refuses the connection."""


class PushRefused(ClientError):
    """The server answered with an error."""

    def __init__(self, response: dict[str, Any]) -> None:
        self.reason = str(response.get("reason", "error"))
        self.response = response
        super().__init__(str(response.get("message", self.reason)))


class Disconnected(ClientError):
    """The connection ended."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Event:
    """What came on a joined topic."""

    topic: str
    event: str
    payload: dict[str, Any]

    @property
    def seq(self) -> int | None:
        seq = self.payload.get("seq")
        return seq if isinstance(seq, int) else None


class Channel:
    """One joined topic. Iterating yields what comes, until the topic or the connection ends."""

    def __init__(self, client: "Client", topic: str, join_ref: str) -> None:
        self.topic = topic
        self.join_ref = join_ref
        self.reply: dict[str, Any] = {}
        self._client = client
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._over = False  # the topic has ended

    async def push(self, event: str, payload: Any = None, *, timeout_s: float = REPLY_LIMIT_S) -> dict[str, Any]:
        """The response. Raises PushRefused, Disconnected, TimeoutError."""
        return await self._client.request(self.topic, event, payload or {}, self.join_ref, timeout_s)

    def send(self, event: str, payload: Any = None) -> None:
        """Push without waiting for an answer; a refusal is not noticed."""
        self._client.send(Message(self.join_ref, None, self.topic, event, payload or {}))

    def send_binary(self, event: str, data: bytes) -> None:
        """Push bytes without waiting. A refusal comes as an event ``refused``."""
        self._client.send(BinaryPush(self.join_ref, self._client.next_ref(), self.topic, event, data))

    async def leave(self) -> None:
        await self._client.request(self.topic, "phx_leave", {}, self.join_ref, REPLY_LIMIT_S)

    async def next(self) -> Event | None:
        """What comes next; None once the topic has ended. Raises Disconnected once the connection has."""
        while not self._waiting:
            if self._over:
                return None
            if self._client.ended:
                raise self._client.ended
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await self.next()
        if event is None:
            raise StopAsyncIteration
        return event

    def deliver(self, event: Event) -> None:
        """Raises Disconnected when too much waits."""
        if len(self._waiting) >= MAX_WAITING:
            raise Disconnected(f"{MAX_WAITING} messages of {self.topic} wait unread: read faster.")
        self._waiting.append(event)
        self._news.set()

    def finish(self) -> None:
        """The topic has ended; what came before can still be read."""
        self._over = True
        self._news.set()

    def wake(self) -> None:
        self._news.set()


class Client:
    """One connection."""

    def __init__(self, url: str, token: str, *, origin: str | None = None) -> None:
        """``url``: ws://HOST:PORT or http://HOST:PORT of the server."""
        self._url = "ws" + url.rstrip("/").removeprefix("http").removeprefix("ws") + PATH
        self._token = token
        self._origin = Origin(origin) if origin else None
        self._refs = itertools.count(1)
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._channels: dict[str, Channel] = {}
        self._outgoing: asyncio.Queue[ClientFrame] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._socket: ClientConnection | None = None
        self.ended: Disconnected | None = None

    async def __aenter__(self) -> Self:
        """Raises ConnectFailed."""
        try:
            self._socket = await connect(
                self._url,
                subprotocols=[Subprotocol(name) for name in subprotocols_for(self._token)],
                origin=self._origin,
                compression=None,
                max_size=MAX_FRAME,
                open_timeout=OPEN_LIMIT_S,
                proxy=None,
            )
        except InvalidStatus as error:
            body = (error.response.body or b"").decode(errors="replace").strip()
            raise ConnectFailed(body or f"The server answered {error.response.status_code}.") from None
        except (OSError, WebSocketException, TimeoutError, ValueError) as error:
            where = self._url.split("/socket")[0]
            raise ConnectFailed(f"No Sidenote server answers at {where} ({error}): start one, or check it.") from None
        self._tasks = [asyncio.create_task(work) for work in (self._read(), self._write(), self._beat())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket:
            await self._socket.close()

    async def join(self, topic: str, params: Any = None, *, timeout_s: float = REPLY_LIMIT_S) -> Channel:
        """Join a topic; its response is ``channel.reply``. Raises PushRefused, Disconnected, TimeoutError."""
        join_ref = self.next_ref()
        before = self._channels.get(topic)
        if before:
            before.finish()
        channel = self._channels[topic] = Channel(self, topic, join_ref)
        channel.reply = await self.request(topic, "phx_join", params or {}, join_ref, timeout_s, ref=join_ref)
        return channel

    async def request(
        self, topic: str, event: str, payload: Any, join_ref: str | None, timeout_s: float, *, ref: str | None = None
    ) -> dict[str, Any]:
        """Push and wait for the reply."""
        if self.ended:
            raise self.ended
        ref = ref or self.next_ref()
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._replies[ref] = reply
        self.send(Message(join_ref, ref, topic, event, payload))
        try:
            async with asyncio.timeout(timeout_s):
                answer = await reply
        finally:
            self._replies.pop(ref, None)
        if answer.get("status") != "ok":
            raise PushRefused(answer.get("response") or {})
        return dict(answer.get("response") or {})

    def send(self, frame: ClientFrame) -> None:
        self._outgoing.put_nowait(frame)

    def next_ref(self) -> str:
        return str(next(self._refs))

    async def _write(self) -> None:
        assert self._socket
        with contextlib.suppress(ConnectionClosed):  # the reader notices
            while True:
                await self._socket.send(encode(await self._outgoing.get()))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self.send(Message(None, self.next_ref(), "phoenix", "heartbeat", {}))

    async def _read(self) -> None:
        assert self._socket
        try:
            async for data in self._socket:
                self._route(data)
            self._end(Disconnected("The server closed the connection.", self._socket.close_code))
        except ConnectionClosed as closed:
            reason = closed.rcvd.reason if closed.rcvd else ""
            code = closed.rcvd.code if closed.rcvd else None
            self._end(Disconnected(f"The connection ended: {reason or 'the server went away'}.", code))
        except (Disconnected, WireError) as error:
            self._end(error if isinstance(error, Disconnected) else Disconnected(f"The server sent nonsense: {error}."))

    def _route(self, data: str | bytes) -> None:
        frame = decode_server(data)
        if not isinstance(frame, Message):
            return
        reply = self._replies.get(frame.ref or "")
        channel = self._channels.get(frame.topic)
        if frame.event == "phx_reply" and reply:
            if not reply.done():
                reply.set_result(frame.payload)
        elif channel and frame.join_ref in (None, channel.join_ref):
            if frame.event in ("phx_close", "phx_error"):
                channel.finish()
            elif frame.event != "phx_reply":
                channel.deliver(Event(frame.topic, frame.event, frame.payload))
            elif frame.payload.get("status") == "error":
                channel.deliver(Event(frame.topic, "refused", frame.payload["response"]))

    def _end(self, reason: Disconnected) -> None:
        self.ended = reason
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(reason)
        for channel in self._channels.values():
            channel.wake()


class Uplink:
    """A microphone's side of ``audio:{session}``: numbers captures and samples, and knows what is safe."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.capture = int(channel.reply.get("capture", 0))
        self.sent = 0  # samples of the capture
        self._acked = (self.capture, int(channel.reply.get("samples", 0)))
        self._news = asyncio.Condition()

    def begin(self, wall_ms: float) -> int:
        """Begin the next capture (key down, mic on) at ``wall_ms``; its number."""
        self.capture, self.sent = self.capture + 1, 0
        self.anchor(wall_ms)
        return self.capture

    def anchor(self, wall_ms: float) -> None:
        """The next sample is recorded at ``wall_ms``."""
        self._channel.send("anchor", {"capture": self.capture, "sample": self.sent, "wall_ms": wall_ms})

    def send(self, pcm: bytes) -> None:
        """Samples that follow on, PCM16 LE mono 16 kHz."""
        self._channel.send_binary("audio", encode_audio(AudioFrame(self.capture, self.sent, pcm)))
        self.sent += len(pcm) // BYTES_PER_SAMPLE

    async def stop(self) -> None:
        """End the capture (key up, mic off). Raises PushRefused."""
        await self._channel.push("stop", {"capture": self.capture, "samples": self.sent})

    async def note_ack(self, event: Event) -> None:
        """Take note of an ``ack``."""
        async with self._news:
            self._acked = max(self._acked, (int(event.payload["capture"]), int(event.payload["samples"])))
            self._news.notify_all()

    @property
    def unacked(self) -> int:
        """Samples of this capture that are not safe yet."""
        capture, samples = self._acked
        return self.sent - samples if capture == self.capture else self.sent

    async def wait_until_unacked(self, at_most: int) -> None:
        """Until no more than ``at_most`` samples of the capture are unsafe."""
        async with self._news:
            await self._news.wait_for(lambda: self.unacked <= at_most)
