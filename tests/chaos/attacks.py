"""One hostile connection each: what is sent, and what the server owes for it. Breaking that is a Violation.

Every frame with a ref is answered, or its topic or the connection is closed with a reason.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

from tests.chaos.frames import MAX_FRAME, Attacker, Hostile
from tests.chaos.garbage import Garbage
from tests.chaos.rawsocket import BINARY, TEXT, Ended, RawSocket, frame
from tests.chaos.report import Violation

PATH = "/socket/websocket?vsn=2.0.0"
PATIENCE_S = 30.0  # far beyond what anything takes; whoever waits that long is owed something for ever
CUT_LIMIT_S = 120.0  # the server's kernel gives a peer that takes nothing a minute
BURST = 25
FLOOD = 600  # more than may wait for the database
CLOSES = {
    1008: ("malformed frame: ", "more than ", "too slow", "no topic was joined", "nothing came"),
    1009: ("a frame has at most", "frame with"),
}
"""Codes and beginnings of reasons with which a websocket that keeps to RFC 6455 may be closed."""
PROTOCOL_CLOSES = (1002, 1007, 1009)
DESPITE_BUGS = ("internal", "invalid_transition")


@dataclass(frozen=True, slots=True)
class Target:
    port: int
    token: str
    topics: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What was sent and what came of it."""

    frames: int = 0
    malformed: int = 0
    garbage: int = 0
    requests: int = 0
    connections: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.frames + self.malformed + self.garbage + self.requests


class Assault:
    """Hostile messages over one websocket, a burst at a time, until one of them breaks it or ``most`` are sent."""

    def __init__(self, target: Target, random: Random, tally: Tally, most: int) -> None:
        self._target = target
        self._random = random
        self._tally = tally
        self._most = most
        self._attacker = Attacker(random, target.topics)
        self._due: dict[str, Hostile] = {}
        self._recent: list[Hostile] = []

    async def run(self) -> None:
        """Raises Violation."""
        self._tally.connections += 1
        async with RawSocket(self._target.port) as socket:
            await self._open(socket)
            sent = 0
            broken = False
            while sent < self._most and not broken:
                burst = self._burst()
                broken = burst[-1].breaks
                sent += len(burst)
                try:
                    await self._exchange(socket, burst)
                except Ended as ended:
                    self._judge(ended, broken)
                    broken = True

    async def _open(self, socket: RawSocket) -> None:
        status = await socket.shake_hands(f"{PATH}&token={self._target.token}")
        if " 101 " not in status:
            raise Violation(f"an honest handshake was answered {status!r}")
        topics = self._random.sample(self._target.topics, self._random.randint(1, len(self._target.topics)))
        await self._exchange(socket, [self._attacker.honest_join(topic) for topic in topics])

    def _burst(self) -> list[Hostile]:
        """Up to the first frame that breaks the connection."""
        burst: list[Hostile] = []
        size = FLOOD if self._random.random() < 0.005 else self._random.randint(1, BURST)
        while len(burst) < size and not (burst and burst[-1].breaks):
            burst.append(self._attacker.frame())
        return burst

    async def _exchange(self, socket: RawSocket, burst: list[Hostile]) -> None:
        """Send, and wait for everything that is owed. Raises Ended."""
        self._recent = burst
        data = [
            frame(TEXT, each.data.encode()) if isinstance(each.data, str) else frame(BINARY, each.data)
            for each in burst
        ]
        for each in burst:
            if each.ends:
                self._forgive(each.topic)
            if each.ref is not None:
                self._due[each.ref] = each
        broken = burst[-1].breaks
        if not broken:
            ref, text = self._attacker.heartbeat()
            self._due[ref] = Hostile(text, ref=ref)
            data.append(frame(TEXT, text.encode()))
        self._tally.frames += len(burst) - broken
        self._tally.malformed += broken
        await socket.send(b"".join(data))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self._due or broken:
                    self._take(orjson.loads(await socket.message()))
        except TimeoutError:
            owed = [f"{each.data!r:.300}" for each in self._due.values()] or [f"{burst[-1].data!r:.300}"]
            burst_text = "\n".join(f"{each.data!r:.200}" for each in burst)
            raise Violation(f"neither answered nor closed: {owed}, in the burst\n{burst_text}") from None

    def _take(self, message: list[Any]) -> None:
        _, ref, topic, event, payload = message
        self._attacker.learn(message)
        if event == "phx_reply":
            asked = self._due.pop(ref, None)
            reason = payload["response"].get("reason", "error") if payload["status"] == "error" else "ok"
            self._tally.outcomes[reason] += 1
            if reason in DESPITE_BUGS:
                raise Violation(f"answered {reason!r}: {str(asked.data)[:2000] if asked else payload}")
        elif event in ("phx_close", "phx_error"):
            self._forgive(topic)
        elif event == "agent_error" and payload["reason"] in DESPITE_BUGS:
            raise Violation(f"{topic} had a bug: {payload}")

    def _forgive(self, topic: str) -> None:
        """The topic has ended: what was asked of it need not be answered."""
        self._due = {ref: each for ref, each in self._due.items() if each.topic != topic}

    def _judge(self, ended: Ended, broken: bool) -> None:
        self._tally.outcomes[f"closed {ended.code}"] += 1
        if ended.code is None and len(self._recent[-1].data) > MAX_FRAME:
            return  # a reset for what was still on its way can overtake the close frame
        beginnings = CLOSES.get(ended.code or 0, ())
        if not ended.reason.startswith(beginnings) or not beginnings:
            raise Violation(f"closed {ended.code} {ended.reason!r} after {self._recent[-1].data!r:.500}")
        if not broken and ended.reason.startswith("malformed"):
            raise Violation(f"closed {ended.code} {ended.reason!r} though every frame was well-formed")


async def spoil(target: Target, garbage: Garbage, tally: Tally) -> None:
    """Bytes on an open websocket that RFC 6455 forbids, or allows and hardly anybody sends. Raises Violation."""
    tally.connections += 1
    tally.garbage += 1
    async with RawSocket(target.port) as socket:
        await socket.shake_hands(f"{PATH}&token={target.token}")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await socket.send(garbage.data)
                if not garbage.fatal:
                    await socket.send(frame(TEXT, b'[null,"after","phoenix","heartbeat",{}]'))
                while True:
                    message = orjson.loads(await socket.message())
                    if message[1] == "after":
                        break
        except TimeoutError:
            raise Violation(f"{garbage.name}: the server neither answered nor ended the connection") from None
        except Ended as ended:
            tally.outcomes[f"closed {ended.code}"] += 1
            if not garbage.fatal or ended.code not in (*PROTOCOL_CLOSES, None):
                raise Violation(f"{garbage.name}: closed {ended.code} {ended.reason!r}") from None
            return
        if garbage.fatal:
            raise Violation(f"{garbage.name}: the server went on as if nothing had been")


async def knock(target: Target, name: str, request: bytes, tally: Tally) -> None:
    """A handshake that no honest client sends. Raises Violation where it is taken, or neither answered nor cut."""
    tally.connections += 1
    tally.requests += 1
    async with RawSocket(target.port) as socket:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await socket.send(request)
                answer = await socket.everything()
        except Ended:
            answer = b""
        except TimeoutError:
            raise Violation(f"{name}: the server neither answered nor ended the connection") from None
    status = answer[:12].decode("latin-1")
    tally.outcomes[status or "cut"] += 1
    if " 101" in status or " 500" in status:
        raise Violation(f"{name}: answered {status!r}")


async def idle_reader(target: Target, tally: Tally) -> None:
    """Ask for much and read nothing: the server has to cut the connection, whatever waits for it. Raises Violation."""
    tally.connections += 1
    async with RawSocket(target.port) as socket:
        await socket.shake_hands(f"{PATH}&token={target.token}")
        beat = frame(TEXT, orjson.dumps([None, "x" * 200_000, "phoenix", "heartbeat", {}]))
        try:
            async with asyncio.timeout(CUT_LIMIT_S):
                while True:
                    await socket.send(beat)
        except Ended:
            tally.outcomes["cut for reading nothing"] += 1
        except TimeoutError:
            raise Violation("a client that reads nothing is kept, and all that waits for it") from None
