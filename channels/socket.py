"""One websocket connection: a reader that routes and never waits, and an outbox that holds up nobody.

Speaks Phoenix Channels V2 (``channels/wire.py``) over plain ASGI. Malformed input is answered or closed with a reason;
no exception leaves the loop. It never closes with 1000: clients take that for a goodbye and don't come back.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from starlette.types import Receive, Send

from channels.auth import AuthError, Identity
from channels.joined import Joined
from channels.limits import Bucket, SocketSettings
from channels.outbox import Outbox
from channels.patience import in_time
from channels.topics.contract import LATER, Refused, Response, Topic, Unanswered, refusal_of
from channels.wire import BinaryPush, ClientFrame, Message, WireError, decode_client, encode, size_of

log = logging.getLogger(__name__)

CLOSE_LIMIT_S = 2.0  # for a client that no longer reads, to take note of the close
FRAMES_AT_ONCE = 64  # then everybody else has a turn: one read from a socket may bring thousands


class Close(IntEnum):
    """Close codes in use (RFC 6455, section 7.4, and its registry)."""

    FORCED = 1001
    POLICY = 1008
    TOO_LARGE = 1009
    RESTART = 1012
    TRY_LATER = 1013


class Ended(Exception):
    """The connection is over. ``gone``: the client has closed it or vanished."""

    def __init__(self, code: int, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.gone = gone


TopicMaker = Callable[[str, Joined], Topic]
"""Makes the topic of a name for an outlet. Raises Refused for a name that is no topic."""

Verify = Callable[[str | None], Identity]
"""Whose a token is. Raises AuthError."""


class Connection:
    """Serves one accepted websocket until it ends. Belongs to one event loop."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        identity: Identity,
        verify: Verify,
        make_topic: TopicMaker,
        settings: SocketSettings,
    ) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self.user_id = identity.user_id
        self.settings = settings
        self.outbox = Outbox(send, settings.outgoing_queue_bytes, self.fall_behind, self._unsendable)
        self._receive, self._send = receive, send
        self._verify = verify
        self._make_topic = make_topic
        self._joined: dict[str, Joined] = {}
        self._bytes = Bucket(settings.bytes_per_s, settings.bytes_burst, loop.time)
        self._joins = Bucket(settings.joins_per_s, settings.joins_burst, loop.time)
        self._over: asyncio.Future[Ended] = loop.create_future()
        self._heard_at = loop.time()
        self._idle = loop.call_later(settings.idle_timeout_s, self._check_idle)
        self._unjoined = loop.call_later(settings.prejoin_timeout_s, self._check_joined)
        self._draining = False
        self._waiting_bytes = 0  # of pushes that wait or are being handled, on all topics
        self._admit(identity)

    async def run(self) -> tuple[int, str]:
        """Serve until the client goes or has to; (close code, reason)."""
        reader = asyncio.create_task(self._read())
        try:
            ended = await self._over
        finally:
            for handle in (self._idle, self._unjoined, self._expiry):
                handle.cancel()
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            for joined in list(self._joined.values()):
                self._forget(joined)
        if not ended.gone:
            await self._close(ended)
        self.outbox.stop()
        return ended.code, str(ended)

    def end(self, code: Close, reason: str) -> None:
        """Close the connection, once what waits has been sent. Never waits itself."""
        self._end(Ended(code, reason))

    def drain(self) -> None:
        """Take no further joins: the server goes down soon."""
        self._draining = True

    def _end(self, ended: Ended) -> None:
        if not self._over.done():
            self._over.set_result(ended)

    async def _close(self, ended: Ended) -> None:
        with contextlib.suppress(Exception):  # whatever becomes of it, the connection is over
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self.outbox.flushed()
                await self._send({"type": "websocket.close", "code": int(ended.code), "reason": str(ended)[:120]})

    # What ends it

    async def _read(self) -> None:
        """Take what comes until the connection is over."""
        taken = 0
        try:
            while (received := await self._receive())["type"] != "websocket.disconnect":
                self._heard_at = self._loop.time()
                text, data = received.get("text"), received.get("bytes")
                self._route(text if text is not None else data or b"")
                taken += 1
                if taken % FRAMES_AT_ONCE == 0:
                    await asyncio.sleep(0)
            self._end(Ended(received.get("code") or 1005, received.get("reason") or "the client went", gone=True))
        except Ended as ended:
            self._end(ended)
        except Exception as error:
            log.exception("a connection ended by a bug", exc_info=error)
            self.end(Close.FORCED, "something went wrong here: connect again")

    def fall_behind(self) -> None:
        """More waits for the client than may wait."""
        self.end(Close.POLICY, "too slow: connect again and recover what was missed")

    def _unsendable(self, error: Exception) -> None:
        if not isinstance(error, (OSError, RuntimeError)):  # gone; or closed by uvicorn itself, which answers so
            log.error("a frame could not be sent", exc_info=error)
        self._end(Ended(1006, "the connection broke", gone=True))

    def _check_idle(self) -> None:
        left_s = self._heard_at + self.settings.idle_timeout_s - self._loop.time()
        if left_s > 0:
            self._idle = self._loop.call_later(left_s, self._check_idle)
        else:
            self.end(Close.POLICY, f"nothing came for {self.settings.idle_timeout_s:g} s")

    def _check_joined(self) -> None:
        if self._joined:  # being answered: a join may take longer than a client may to ask for it
            self._unjoined = self._loop.call_later(self.settings.prejoin_timeout_s, self._check_joined)
            return
        self.end(Close.POLICY, f"no topic was joined within {self.settings.prejoin_timeout_s:g} s")

    # The token

    def _admit(self, identity: Identity) -> None:
        self._expires_at = identity.expires_at
        self._expiry = self._loop.call_later(max(0.0, identity.expires_at - time.time()), self._expired)

    def _expired(self) -> None:
        """Say so on every topic, and close a little later unless a new token comes."""
        for joined in list(self._joined.values()):
            joined.push("token_expired", {"grace_s": self.settings.token_grace_s})
        message = "the token has expired: connect again with a new one"
        self._expiry = self._loop.call_later(self.settings.token_grace_s, self.end, Close.POLICY, message)

    def _renew_token(self, frame: ClientFrame) -> None:
        """``token`` in the middle of a connection."""
        given = frame.payload.get("token") if isinstance(frame, Message) and isinstance(frame.payload, dict) else None
        try:
            identity = self._verify(given if isinstance(given, str) else None)
        except AuthError as error:
            self._reply(frame, "error", {"reason": "bad_token", "message": str(error)})
            return
        if identity.user_id != self.user_id:
            message = "That token is another user's: make a connection of its own for it."
            self._reply(frame, "error", {"reason": "bad_token", "message": message})
            return
        self._expiry.cancel()
        self._admit(identity)
        self._reply(frame, "ok", {"expires_at": identity.expires_at})

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
        if frame.event == "phx_join":
            self._join(frame)
        elif frame.topic == "phoenix" and frame.event == "heartbeat":
            self._reply(frame, "ok", {})
        elif frame.event == "token" and (joined or frame.topic == "phoenix"):
            self._renew_token(frame)
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
            self._take(joined, frame, size)

    def _join(self, frame: ClientFrame) -> None:
        before = self._joined.get(frame.topic)
        if before:
            self._forget(before)
            self._tell(before, "phx_close", {})
        refusal = self._join_refusal(frame)
        if refusal:
            self._reply(frame, "error", refusal.response)
        elif isinstance(frame, Message):
            joined = self._joined[frame.topic] = Joined(self, frame.topic, frame.join_ref)
            joined.task = asyncio.create_task(self._serve_join(joined, frame))

    def _join_refusal(self, frame: ClientFrame) -> Refused | None:
        if isinstance(frame, BinaryPush):
            return Refused("invalid", "A join is a text frame.")
        if self._draining:
            return Refused("draining", "This server goes down: connect again in a moment.")
        if self._expires_at <= time.time():
            return Refused("token_expired", "The token has expired: push a new one (`token`), or connect with it.")
        if not self._joins.take(1):
            return Refused("rate_limited", "Too many joins: wait a little.")
        if len(self._joined) >= self.settings.max_topics:
            message = f"A connection joins at most {self.settings.max_topics} topics: leave one first."
            return Refused("too_many_topics", message)
        return None

    def _take(self, joined: Joined, frame: ClientFrame, size: int) -> None:
        if joined.topic is None or not joined.is_open:
            self._reply(frame, "error", {"reason": "unmatched topic", "message": "The join is not answered yet."})
            return
        try:
            answer = joined.topic.take(frame)
            if answer is LATER:
                self._take_later(joined, frame, size)
        except Exception as error:
            self._refuse(joined, frame, error)
        else:
            self._answer(frame, answer)

    def _take_later(self, joined: Joined, frame: ClientFrame, size: int) -> None:
        if isinstance(frame, BinaryPush):
            raise Refused("invalid", f"{frame.event!r} is pushed as a text frame.")
        waiting_bytes = self._waiting_bytes + size
        if len(joined.waiting) >= self.settings.waiting_pushes or waiting_bytes > self.settings.waiting_bytes:
            raise Refused("busy", "Too many commands wait: slow down.")
        self._waiting_bytes = waiting_bytes
        joined.waiting.append((frame, size))
        if joined.task is None:
            joined.task = asyncio.create_task(self._serve_pushes(joined))

    # The tasks of a topic

    async def _serve_join(self, joined: Joined, join: Message) -> None:
        try:
            joined.topic = self._make_topic(joined.name, joined)
            async with asyncio.timeout(self.settings.handling_timeout_s):
                response = await joined.topic.join(join.payload)
        except Exception as error:
            self._refuse(joined, join, error)
            self._forget(joined)
            return
        self._unjoined.cancel()
        self._reply(join, "ok", response)
        joined.open()
        joined.task = None

    async def _serve_pushes(self, joined: Joined) -> None:
        """Handle what the topic left for later, in order."""
        assert joined.topic
        while joined.waiting:
            push, size = joined.waiting.pop(0)
            try:
                self._answer(push, await in_time(joined.topic.handle(push), self.settings.handling_timeout_s))
            except Exception as error:
                self._refuse(joined, push, error)
            finally:
                self._waiting_bytes -= size
        joined.task = None

    def _forget(self, joined: Joined) -> None:
        """The topic is left: by the client, for a rejoin, or with the connection.

        A command that is being handled is finished, since cut off now it might be stored and never told.
        """
        if self._joined.get(joined.name) is joined:
            del self._joined[joined.name]
        self._waiting_bytes -= sum(size for _, size in joined.waiting)
        joined.waiting.clear()
        if joined.topic:
            joined.topic.leave()
        if joined.task and not joined.is_open and joined.task is not asyncio.current_task():
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
        if isinstance(error, TimeoutError):
            error = Refused("timeout", "That took too long: look whether it was done, then try again.")
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
