"""Many microphones in one process and in real time: what ``capacity.py`` loads a server with.

Each is a connection of its own. Takes a ``Plan`` as JSON on its input; prints a line when those who come at first are
in, and one (an ``Outcome``) when all is over. Its own CPU time is part of that: it must not be what is measured.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from channels.auth import subprotocols_for
from channels.client import PATH
from channels.wire import AudioFrame, BinaryPush, encode, encode_audio
from inference.audio import SAMPLE_RATE, float32_to_pcm16
from inference.media import read_clip
from tests.speech.noises import pink_noise

PUSHES_MS = (20, 40, 60, 100)  # one of these for each microphone
ROOM = 0.002  # RMS of a quiet room: -54 dBFS
ROOM_S = 10.0  # of noise, again and again
PRESS_EVERY_S = (6.0, 8.0)  # from one press to the next
REST_S = 0.5  # at least, between two
BREATH_S = (0.7, 1.2)  # between the sentences of somebody who goes on and on: long enough to end an utterance
JOINS_A_SECOND = 40.0
OPENED_WITHIN_S = 5.0  # nobody opens two hundred microphones in the same moment
CLOCK_EVERY_S = 1.0
LEFT_S = 240.0  # for finals that are still to come
UNDECIDED = frozenset({"transcribing", "structuring", "retrying"})

Pushes = Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many microphones of which kind, for how long."""

    url: str  # ws://HOST:PORT
    token: str
    seconds: float  # from when those who come at first are in
    clips: tuple[str, ...] = ()  # WAV, 16 kHz mono
    quiet: int = 0  # open microphones in rooms where nobody speaks
    speaking: int = 0  # open microphones of people who never stop but to breathe
    pressing: int = 0  # push-to-talk: a clip every ``PRESS_EVERY_S``
    late: int = 0  # the same, but they come one by one over the first half


@dataclass(slots=True)
class Outcome:
    """What the microphones saw, all together."""

    cpu_s: float = 0.0  # of this process, from when the first were in
    wall_s: float = 0.0
    lateness_s: list[float] = field(default_factory=list)  # of pushes: how well this process kept up
    replies_s: list[float] = field(default_factory=list)  # push → reply, of pushes that are answered at once
    ended: int = 0  # utterances in which somebody spoke
    finals: int = 0  # of them
    waits_s: list[float] = field(default_factory=list)  # key up → final
    drained_s: float = 0.0  # the last key up → the last final
    refusals: int = 0  # of joins
    refused: int = 0  # microphones that were refused at least once
    let_in: int = 0  # of them, those that came in later
    message: str = ""  # of the last refusal
    errors: list[str] = field(default_factory=list)


class Microphone:
    """The microphone of one session, and its follower."""

    def __init__(self, socket: ClientConnection, session: str, mode: str) -> None:
        self.reply_s: list[float] = []
        self.released_s: dict[int, float] = {}  # by capture
        self.capture_of: dict[int, int] = {}  # by utterance, of those in which somebody spoke
        self.final_s: dict[int, float] = {}  # by utterance
        self.errors: list[str] = []
        self._socket = socket
        self._session, self._audio = f"session:{session}", f"audio:{session}"
        self._mode = mode
        self._refs = itertools.count(1)
        self._asked: dict[str, tuple[float, asyncio.Future[dict[str, Any]]]] = {}
        self._join_ref: str | None = None
        self._capture = 0
        self._opened = 0  # captures that the server has begun to listen to
        self._shown: dict[str, Any] = {"microphone": "idle", "runs": []}
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def join(self) -> dict[str, Any] | None:
        """None when in, else why not."""
        if self._join_ref is None:
            await self._ask(self._session, "phx_join", {})
        params = {"mode": self._mode, "url": "sidenote:practice", "client_id": "microphone"}
        reply = await self._ask(self._audio, "phx_join", params)
        response: dict[str, Any] = reply["response"]
        return None if reply["status"] == "ok" else response

    async def record(self, pushes: Pushes, lateness_s: list[float]) -> None:
        """Send a capture as it is recorded, and end it."""
        self._capture += 1
        offset, told, began_s = 0, 0, time.monotonic()
        for pcm in pushes:
            due_s = began_s + (offset + len(pcm) // 2) / SAMPLE_RATE
            await asyncio.sleep(due_s - time.monotonic())
            lateness_s.append(time.monotonic() - due_s)
            frame = encode_audio(AudioFrame(self._capture, offset, pcm))
            await self._socket.send(encode(BinaryPush(self._join_ref, None, self._audio, "audio", frame)))
            offset += len(pcm) // 2
            if offset - told >= CLOCK_EVERY_S * SAMPLE_RATE:
                told = offset
                await self._push(self._audio, "clock", {"wall_ms": time.time() * 1000, "media_s": told / SAMPLE_RATE})
        self.released_s[self._capture] = time.monotonic()
        await self._ask(self._audio, "stop", {"capture": self._capture, "samples": offset})

    async def close(self) -> None:
        """Wait for what is still to come, then go."""
        try:
            async with asyncio.timeout(LEFT_S):
                while not self._is_settled:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self.errors.append(f"not done after {LEFT_S:g} s: {self._opened} of {self._capture} captures heard")
        self._reading.cancel()
        await self._socket.close()

    @property
    def _is_settled(self) -> bool:
        undecided = any(run["state"] in UNDECIDED for run in self._shown["runs"])
        return self._opened == self._capture and self._shown["microphone"] != "listening" and not undecided

    async def _ask(self, topic: str, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        return await (await self._push(topic, event, payload))

    async def _push(self, topic: str, event: str, payload: dict[str, Any]) -> "asyncio.Future[dict[str, Any]]":
        ref = str(next(self._refs))
        if event == "phx_join" and topic == self._audio:
            self._join_ref = ref
        join_ref = ref if event == "phx_join" else self._join_ref
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[ref] = (time.monotonic(), reply)
        await self._socket.send(orjson.dumps([join_ref, ref, topic, event, payload]).decode())
        return reply

    async def _read(self) -> None:
        try:
            await self._take_all()
        finally:
            for _, reply in self._asked.values():
                if not reply.done():
                    reply.set_exception(ConnectionError("the server closed a connection"))

    async def _take_all(self) -> None:
        async for data in self._socket:
            now_s = time.monotonic()
            _, ref, _, event, payload = orjson.loads(data)
            if event == "phx_reply":
                asked_s, reply = self._asked.pop(ref)
                self.reply_s.append(now_s - asked_s)
                reply.set_result(payload)
            elif event == "speech_ended" and payload["onset"] is not None:
                self.capture_of[payload["utterance"]] = payload["capture"]
            elif event == "asr_final":
                self.final_s[payload["utterance"]] = now_s
            elif event == "state_changed":
                self._opened += payload["microphone"] == "listening" != self._shown["microphone"]
                self._shown = payload
                self._news.set()
            elif event in ("agent_error", "phx_error", "refused"):
                self.errors.append(str(payload))


class Rooms:
    """What microphones hear."""

    def __init__(self, clips: tuple[str, ...], rng: random.Random) -> None:
        self._clips = [read_clip(Path(clip)).samples.astype("<i2").tobytes() for clip in clips]
        self._noise = float32_to_pcm16(pink_noise(ROOM_S, ROOM))
        self._rng = rng

    def quiet(self, push: int, seconds: float) -> Pushes:
        """A room where nobody speaks, in pushes of so many bytes."""
        at = self._rng.randrange(0, len(self._noise) // push) * push
        for _ in range(int(seconds * SAMPLE_RATE * 2 / push)):
            yield self._noise[at : at + push]
            at = at + push if at + 2 * push <= len(self._noise) else 0

    def speaking(self, push: int, seconds: float) -> Pushes:
        """Somebody who never stops but to breathe."""
        return itertools.islice(self._sentences(push), int(seconds * SAMPLE_RATE * 2 / push))

    def clip(self, push: int) -> Pushes:
        """One sentence."""
        said = self._rng.choice(self._clips)
        return (said[at : at + push] for at in range(0, len(said) - 1, push))

    def _sentences(self, push: int) -> Pushes:
        while True:
            yield from self.clip(push)
            yield from self.quiet(push, self._rng.uniform(*BREATH_S))


class Load:
    """Everybody of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._outcome = Outcome()
        self._rng = random.Random(plan.quiet + 1_000 * plan.speaking + 1_000_000 * plan.pressing)
        self._rooms = Rooms(plan.clips, self._rng)
        self._name = f"{time.time_ns():x}"
        self._all_in = asyncio.Event()
        self._until_s = 0.0
        self._in: list[Microphone] = []

    async def run(self) -> Outcome:
        plan = self._plan
        kinds = ["quiet"] * plan.quiet + ["speaking"] * plan.speaking + ["pressing"] * plan.pressing
        async with asyncio.TaskGroup() as group:
            for number, kind in enumerate(kinds):
                group.create_task(self._live(number, kind))
                await asyncio.sleep(1 / JOINS_A_SECOND)
            await self._all_in.wait()
            await asyncio.sleep(OPENED_WITHIN_S)
            began_s, cpu_s = time.monotonic(), time.process_time()
            print(json.dumps({"in": len(kinds)}), flush=True)
            for number in range(plan.late):
                group.create_task(self._live(len(kinds) + number, "pressing"))
                await asyncio.sleep(plan.seconds / 2 / plan.late)
        self._outcome.wall_s, self._outcome.cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
        self._add_up()
        return self._outcome

    async def _live(self, number: int, kind: str) -> None:
        """One microphone from its coming to its going."""
        offered = [Subprotocol(name) for name in subprotocols_for(self._plan.token)]
        url = self._plan.url + PATH
        socket = await connect(url, subprotocols=offered, compression=None, ping_interval=None, proxy=None)
        microphone = Microphone(socket, f"{self._name}-{number}", "ptt" if kind == "pressing" else "hands-free")
        if await self._come_in(microphone):
            self._in.append(microphone)
            if len(self._in) == self._plan.quiet + self._plan.speaking + self._plan.pressing:
                self._until_s = time.monotonic() + OPENED_WITHIN_S + self._plan.seconds
                self._all_in.set()
            if not self._all_in.is_set():
                await self._all_in.wait()
                await asyncio.sleep(self._rng.uniform(0, OPENED_WITHIN_S))
            await self._talk(microphone, kind, self._rng.choice(PUSHES_MS) * SAMPLE_RATE // 1000 * 2)
        await microphone.close()

    async def _come_in(self, microphone: Microphone) -> bool:
        refusals = 0
        while refusal := await microphone.join():
            if refusal["reason"] != "busy":
                raise RuntimeError(f"a join was refused: {refusal}")
            refusals += 1
            self._outcome.message = refusal["message"]
            wait_s = refusal["retry_after_ms"] / 1000 * self._rng.uniform(1.0, 1.5)
            if self._all_in.is_set() and time.monotonic() + wait_s > self._until_s:
                break
            await asyncio.sleep(wait_s)
        self._outcome.refusals += refusals
        self._outcome.refused += refusals > 0
        self._outcome.let_in += refusals > 0 and refusal is None
        return refusal is None

    async def _talk(self, microphone: Microphone, kind: str, push: int) -> None:
        lateness_s = self._outcome.lateness_s
        if kind != "pressing":
            room = self._rooms.quiet if kind == "quiet" else self._rooms.speaking
            await microphone.record(room(push, self._until_s - time.monotonic()), lateness_s)
            return
        press_s = time.monotonic() + self._rng.uniform(0, PRESS_EVERY_S[0])
        while press_s < self._until_s:
            await asyncio.sleep(press_s - time.monotonic())
            await microphone.record(self._rooms.clip(push), lateness_s)
            press_s = max(press_s + self._rng.uniform(*PRESS_EVERY_S), time.monotonic() + REST_S)

    def _add_up(self) -> None:
        outcome, last_released_s, last_final_s = self._outcome, 0.0, 0.0
        for each in self._in:
            finals = each.capture_of.keys() & each.final_s.keys()
            outcome.ended += len(each.capture_of)
            outcome.finals += len(finals)
            outcome.replies_s += each.reply_s
            outcome.errors += each.errors
            if self._plan.pressing:
                of_capture = {each.capture_of[utterance]: each.final_s[utterance] for utterance in sorted(finals)}
                outcome.waits_s += [at_s - each.released_s[capture] for capture, at_s in of_capture.items()]
            last_released_s = max([last_released_s, *each.released_s.values()])
            last_final_s = max([last_final_s, *each.final_s.values()])
        outcome.drained_s = max(0.0, last_final_s - last_released_s)


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(Load(Plan(**json.loads(sys.stdin.readline()))).run()))))
