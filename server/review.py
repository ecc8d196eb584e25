"""One review over a real websocket: sends captures, follows the session, and knows when all is done.

Every time it notes is of one monotonic clock, zero at the first sample sent.
"""

import asyncio
import math
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from agent.events import Mode
from channels.client import Channel, Client, Event, PushRefused, State, Uplink
from channels.videos import PRACTICE_URL
from inference.audio import SAMPLE_RATE, Int16Samples, samples_to_s
from server.player import Player
from server.progress import Progress
from server.screen import Screen, connection_line
from server.summary import Received, Sent, SentCapture, Tally
from server.takes import Capture, Source
from server.timeline import METER_FLOOR_DB

T = TypeVar("T")

FAST_WINDOW = 5 * SAMPLE_RATE  # samples that may be unsafe when sent faster than spoken
SILENT_S = 90.0  # a step may take 60 s and its retries as long again, but each of them says so


class ReviewFailed(Exception):
    """The review did not come to its end. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a review goes."""

    mode: Mode
    url: str = PRACTICE_URL  # of the video
    at_s: float = 0.0  # where the player stands when it begins
    fast: bool = False  # as quickly as it is acked
    wait: bool = False  # for the confirm times too


@dataclass(frozen=True, slots=True)
class Outcome:
    summary: dict[str, Any]
    failures: tuple[str, ...]  # what the server said went wrong


class Review:
    """Made for one run."""

    def __init__(self, client: Client, plan: Plan, make_screen: Callable[[Tally], Screen]) -> None:
        self._client = client
        self._plan = plan
        self._sent = Sent()
        self._tally = Tally(plan.mode, self._sent, paced=not plan.fast)
        self._screen = make_screen(self._tally)
        self._progress = Progress(wait=plan.wait)
        self._player = Player(plan.at_s)
        self._now = asyncio.get_running_loop().time
        self._zero: float | None = None
        self._wall_zero_ms = 0.0
        self._played_s = 0.0  # of the recordings, when sent faster than spoken
        self._ticked_s = -1
        self._early: list[tuple[float, Event]] = []
        self._news = asyncio.Event()
        self._captures = 0  # sent
        self._asked = False  # for a snapshot
        self._listeners: list[asyncio.Task[None]] = []

    def say(self, line: str) -> None:
        """Show a line that is no event."""
        self._screen.say(line)

    async def run(self, source: Source) -> Outcome:
        """Send all captures and wait for what comes of them. Raises ReviewFailed, ClientError, TimeoutError."""
        session_id = secrets.token_hex(8)
        session = await self._client.join(f"session:{session_id}")
        join = {"mode": self._plan.mode, "sample_rate": SAMPLE_RATE, "encoding": "pcm16"}
        join |= {"url": self._plan.url, "timestamp": self._plan.at_s}
        audio = await self._client.join(f"audio:{session_id}", join)
        uplink = Uplink(audio)
        self._listeners = [asyncio.create_task(self._follow(session)), asyncio.create_task(self._refusals(audio))]
        self._client.on_state(self._connection)
        try:
            with self._screen:
                await self._unless_broken(self._send(source, uplink))
                await self._unless_broken(self._finish(session, uplink))
                summary = self._tally.summary()
                self._screen.end(summary)
        finally:
            for listener in self._listeners:
                listener.cancel()
            await asyncio.gather(*self._listeners, return_exceptions=True)
        return Outcome(summary, tuple(self._progress.failures))

    async def _unless_broken(self, work: Awaitable[T]) -> T:
        """The result of ``work``, or why the connection ended before."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task, *self._listeners], return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            for listener in self._listeners:
                if listener.done():
                    listener.result()
            raise ReviewFailed("The server ended the session: look at its log, then try again.")
        finally:
            task.cancel()

    # Sending

    async def _send(self, source: Source, uplink: Uplink) -> None:
        async for capture in source.captures():
            self._captures += await self._send_capture(capture, uplink)

    async def _send_capture(self, capture: Capture, uplink: Uplink) -> bool:
        """Whether anything was recorded."""
        sent: SentCapture | None = None
        async for samples in capture.pushes():
            if self._plan.fast:
                await self._in_time(uplink.wait_until_unacked(FAST_WINDOW))
            if sent is None:
                self._start()
                self._played_s += capture.gap_s
                number = uplink.begin(self._wall_ms(self._position_s(capture.began)))
                sent = self._sent.captures[number] = SentCapture(capture.speech)
            self._tick(uplink)
            sent.push(len(samples), self._since())
            uplink.send(samples.astype("<i2", copy=False).tobytes())
            self._played_s += samples_to_s(len(samples))
            self._screen.level(level_db(samples))
        if sent is None:
            return False
        sent.stopped = self._since()
        self._screen.level(METER_FLOOR_DB)
        await self._in_time(uplink.stop())
        return True

    async def _in_time(self, storing: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(SILENT_S):
                await storing
        except TimeoutError:
            message = (
                f"The server has stored nothing for {SILENT_S:.0f} s: look at its log and its disk, then try again."
            )
            raise ReviewFailed(message) from None

    def _start(self) -> None:
        """The first sample is about to be sent."""
        if self._zero is not None:
            return
        self._zero, self._wall_zero_ms = self._now(), time.time() * 1000
        for at, event in self._early:
            self._take(event, at)
        self._early.clear()

    def _since(self, at: float | None = None) -> float:
        return 0.0 if self._zero is None else (self._now() if at is None else at) - self._zero

    def _position_s(self, at: float | None = None) -> float:
        """Seconds since the review began, as they would pass for whoever spoke the recording."""
        return self._played_s if self._plan.fast else self._since(at)

    def _wall_ms(self, position_s: float) -> float:
        return self._wall_zero_ms + position_s * 1000

    def _tick(self, uplink: Uplink) -> None:
        """Say each second where the player stands, as a page does."""
        position_s = self._position_s()
        if math.floor(position_s) > self._ticked_s:
            self._ticked_s = math.floor(position_s)
            media_s, paused = self._player.media_s(position_s), self._player.paused
            uplink.clock(self._wall_ms(position_s), media_s, paused=paused)

    # Receiving

    async def _follow(self, session: Channel) -> None:
        async for event in session:
            if self._zero is None:
                self._early.append((self._now(), event))
            else:
                self._take(event, self._now())

    def _take(self, event: Event, at: float) -> None:
        received = Received(at - (self._zero or 0.0), event.topic, event.event, event.seq, event.payload)
        self._tally.take(received)
        self._progress.take(received)
        if event.event == "snapshot":
            self._take_snapshot(event, received.t)
        self._screen.take(received)
        if event.event == "player_command":
            self._player.obey(event.payload, self._position_s())
            self._ticked_s = -1  # the next push says where the player stands now
        self._news.set()

    def _take_snapshot(self, event: Event, t: float) -> None:
        """Events were missed for good: take the notes that they told of."""
        for note in event.payload.get("notes", ()):
            self._tally.take(Received(t, event.topic, "note_updated", None, {"note": note}))
        if self._asked:
            self._asked = False
            self._progress.renew(event.payload, self._captures)

    def _connection(self, state: State) -> None:
        if line := connection_line(state):
            self._screen.say(line)

    async def _refusals(self, audio: Channel) -> None:
        """Raise what the uplink could not mend."""
        async for event in audio:
            if event.event == "refused":
                raise PushRefused(event.payload)

    async def _finish(self, session: Channel, uplink: Uplink) -> None:
        """Wait until everything that was said has come to its end."""
        while not self._progress.over(self._captures):
            self._news.clear()
            try:
                async with asyncio.timeout(SILENT_S):
                    if self._progress.stale and not self._asked:  # taken before all was heard: not to be relied on
                        await uplink.settled()
                        await uplink.wait_until_unacked(0)
                        self._asked = True
                        session.refresh()
                    await self._news.wait()
            except TimeoutError:
                message = f"The server has said nothing for {SILENT_S:.0f} s and is not done: look at its log."
                raise ReviewFailed(message) from None


def level_db(samples: Int16Samples) -> float:
    """Loudness (RMS) in dB below full scale."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return max(METER_FLOOR_DB, 20 * math.log10(rms / 32768)) if rms else METER_FLOOR_DB
