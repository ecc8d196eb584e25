"""A connection on which every frame that comes is held against the wire's types: no field missing, none besides."""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, get_type_hints

import orjson
from pydantic import ConfigDict, TypeAdapter
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from channels import exchanges
from channels.auth import subprotocols_for
from channels.client import PATH
from channels.wire import AudioFrame, BinaryPush, Message, decode_server, encode, encode_audio

STRICT = ConfigDict(extra="forbid", strict=True)
EVENTS: dict[str, Any] = {
    "session": exchanges.SessionEvents,
    "audio": exchanges.AudioEvents,
    "video": exchanges.VideoEvents,
    "user": exchanges.UserEvents,
}
PUSHES: dict[str, Any] = {
    "session": exchanges.SessionPushes,
    "audio": exchanges.AudioPushes,
    "video": exchanges.VideoPushes,
    "user": exchanges.UserPushes,
}
PATIENCE_S = 10.0
UNTYPED = ("phx_close", "phx_error")  # phoenix.js keeps them to itself


@cache
def _adapter(named: Any) -> TypeAdapter[list[Any]]:
    """For lists of one, because a TypedDict by itself takes no settings."""
    return TypeAdapter(list[named], config=STRICT)


def check(named: Any, payload: Any) -> None:
    """Raises ValidationError."""
    _adapter(named).validate_json(orjson.dumps([payload]))


def event_type(topic: str, event: str) -> Any:
    kind = topic.partition(":")[0]
    hints = get_type_hints(EVENTS[kind])
    assert event in hints, f"{event} has no type on {kind}:"
    return hints[event]


def response_type(exchange: Any) -> Any:
    """What answers a push or a join, given as its type with arguments."""
    generic = exchange.__origin__
    filled = dict(zip(generic.__parameters__, exchange.__args__, strict=True))
    response = get_type_hints(generic)["response"]
    parameters = getattr(response, "__parameters__", ())
    return response[tuple(filled[each] for each in parameters)] if parameters else filled.get(response, response)


class Typed:
    """One client's connection, read by whoever waits for something."""

    def __init__(self, socket: ClientConnection) -> None:
        self.seen: set[tuple[str, str]] = set()  # kind of topic, and event
        self.refused: list[str] = []  # reasons
        self._socket = socket
        self._refs = itertools.count(1)
        self._join_refs: dict[str, str] = {}
        self._asked: dict[str, Any] = {}  # by ref, the type of the answer
        self._unread: deque[Message] = deque()

    async def join(self, topic: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The response, or the refusal."""
        ref = self._join_refs[topic] = str(next(self._refs))
        exchange = get_type_hints(exchanges.Joins)[topic.partition(":")[0]]
        self._asked[ref] = exchanges.Nothing if topic == "video:new" else response_type(exchange)
        return await self._ask(Message(ref, ref, topic, "phx_join", params or {}))

    async def push(self, topic: str, event: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """The response, or the refusal."""
        ref = str(next(self._refs))
        self._asked[ref] = response_type(get_type_hints(PUSHES[topic.partition(":")[0]])[event])
        return await self._ask(Message(self._join_refs[topic], ref, topic, event, payload or {}))

    async def say(self, topic: str, capture: int, start: int, samples: int) -> str:
        """Push silence, in which the detector finds what its script says; the ref."""
        ref = str(next(self._refs))
        self._asked[ref] = exchanges.Refusal
        for at in range(start, start + samples, 1_600):
            data = encode_audio(AudioFrame(capture, at, bytes(3_200)))
            await self._socket.send(encode(BinaryPush(self._join_refs[topic], ref, topic, "audio", data)))
        return ref

    async def answer(self, ref: str) -> dict[str, Any]:
        return await self._until(lambda frame: frame.event == "phx_reply" and frame.ref == ref)

    async def until(self, topic: str, *events: str, **where: Any) -> dict[str, Any]:
        """The next of these events on a topic whose payload says so."""
        return await self._until(
            lambda frame: frame.topic == topic and frame.event in events and where.items() <= frame.payload.items()
        )

    async def leave(self, topic: str) -> None:
        ref = str(next(self._refs))
        self._asked[ref] = exchanges.Nothing
        await self._ask(Message(self._join_refs[topic], ref, topic, "phx_leave", {}))

    async def _ask(self, message: Message) -> dict[str, Any]:
        await self._socket.send(encode(message))
        assert message.ref
        return dict((await self.answer(message.ref))["response"])

    async def _until(self, fits: Callable[[Message], bool]) -> dict[str, Any]:
        passed: list[Message] = []
        while self._unread:
            frame = self._unread.popleft()
            if fits(frame):
                self._unread.extendleft(reversed(passed))
                return dict(frame.payload)
            passed.append(frame)
        self._unread.extend(passed)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                came = decode_server(await self._socket.recv())
                assert isinstance(came, Message)
                self._check(came)
                if fits(came):
                    return dict(came.payload)
                self._unread.append(came)

    def _check(self, frame: Message) -> None:
        kind = frame.topic.partition(":")[0]
        if frame.event == "phx_reply":
            self._check_reply(frame)
        elif frame.event not in UNTYPED:
            check(event_type(frame.topic, frame.event), frame.payload)
            self.seen.add((kind, frame.event))

    def _check_reply(self, frame: Message) -> None:
        assert frame.ref
        response = frame.payload["response"]
        if frame.payload["status"] == "error":
            check(exchanges.Refusal, response)
            self.refused.append(response["reason"])
            return
        check(self._asked[frame.ref], response)
        for missed in response.get("events", ()):
            check(event_type(frame.topic, missed["event"]), missed["payload"])


@asynccontextmanager
async def typed(url: str, token: str) -> AsyncIterator[Typed]:
    offered = [Subprotocol(name) for name in subprotocols_for(token)]
    async with connect(url + PATH, subprotocols=offered, proxy=None, compression=None) as socket:
        yield Typed(socket)
