"""A question to one other server process, and its answer. Both are JSON objects of bounded size.

Each process follows a channel of its own name, on which questions and the answers to its own questions come. Nothing is
kept: whoever is not there is not asked.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from agent.errors import NoAnswer
from channels.patience import in_time
from channels.redis_link import LinkError, RedisLink, RedisUnavailable

log = logging.getLogger(__name__)

Payload = Mapping[str, Any]
Answer = Callable[[Payload], Coroutine[Any, Any, Payload]]


@dataclass(frozen=True, slots=True)
class PeerSettings:
    answer_s: float = 2.0  # for a question and its answer
    max_bytes: int = 65_536  # of either
    max_questions: int = 100  # that are being answered at a time


class RedisPeers:
    """Peers that have the same Redis. ``start`` it after its link, ``close`` it before."""

    def __init__(self, link: RedisLink, settings: PeerSettings | None = None, prefix: str = "sidenote") -> None:
        self._link = link
        self._settings = settings or PeerSettings()
        self._prefix = prefix
        self._node = ""
        self._answer: Answer | None = None
        self._asked: dict[str, asyncio.Future[Payload]] = {}
        self._answering: set[asyncio.Task[None]] = set()

    async def start(self, node: str, answer: Answer) -> None:
        """Be ``node``, a name that no other process has, and answer its questions."""
        self._node, self._answer = node, answer
        try:
            await self._link.follow(self._channel(node), self._hear)
        except RedisUnavailable:
            log.warning("Redis is away: other processes can ask this one when it is back")

    async def close(self) -> None:
        self._link.unfollow(self._channel(self._node))
        for task in list(self._answering):
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    async def ask(self, node: str, question: Payload) -> Payload | None:
        number = secrets.token_hex(8)
        data = orjson.dumps({"number": number, "from": self._node, "question": question})
        if len(data) > self._settings.max_bytes:
            log.warning("a question of %d bytes to another process is not asked", len(data))
            raise NoAnswer
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._settings.answer_s):
                if not await self._link.call("PUBLISH", self._channel(node), data):
                    return None  # nobody is there
                answer: Payload = await asked
                return answer
        except (LinkError, TimeoutError):
            raise NoAnswer from None
        finally:
            del self._asked[number]

    def _hear(self, data: bytes) -> None:
        if len(data) > self._settings.max_bytes:
            return
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            return  # not from one of us
        match message:
            case {"number": str(number), "answer": dict(answer)}:
                asked = self._asked.get(number)
                if asked and not asked.done():
                    asked.set_result(answer)
            case {"number": str(number), "from": str(node), "question": dict(question)}:
                busy = len(self._answering) >= self._settings.max_questions
                task = asyncio.create_task(self._reply(node, number, question, busy))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    async def _reply(self, node: str, number: str, question: Payload, busy: bool) -> None:
        answer = orjson.dumps({"error": "busy"}) if busy else await self._answered(question)
        data = orjson.dumps({"number": number, "answer": orjson.Fragment(answer)})
        if len(data) > self._settings.max_bytes:
            log.warning("an answer of %d bytes to another process is not given", len(data))
            data = orjson.dumps({"number": number, "answer": {"error": "too large"}})
        try:
            await self._link.call("PUBLISH", self._channel(node), data)
        except LinkError as error:
            log.warning("an answer to another process was lost: %s", error)

    async def _answered(self, question: Payload) -> bytes:
        assert self._answer
        try:
            return orjson.dumps(await in_time(self._answer(question), self._settings.answer_s))
        except Exception as error:
            log.exception("a question of another process was not answered")
            return orjson.dumps({"error": type(error).__name__})

    def _channel(self, node: str) -> str:
        return f"{self._prefix}:peer:{node}"
