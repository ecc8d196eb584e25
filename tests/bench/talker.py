"""Somebody who talks to a running server in real time, and notes when everything was said, sent and heard.

A push goes out when its last sample has been recorded, as from a microphone. Runs in this process; the server is
another one, and all moments are of this process's clock.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from channels.client import Channel, Client, Uplink
from inference.audio import SAMPLE_RATE
from server.takes import split
from tests.bench.clips import Said, open_microphone
from tests.bench.heard import Heard, Sending, Shown
from tests.bench.stages import Stages
from tests.flows.process import ServerProcess

BETWEEN_S = 0.3  # from what came of a press to the next one
FINAL_LIMIT_S = 15.0
NOTE_LIMIT_S = 3.0  # after the final; not every remark becomes a note
TOLD = ("note_created", "note_updated", "tool_result", "agent_error")  # what becomes of an utterance in the end

Payload = dict[str, Any]


def press_each(server: ServerProcess, said: Sequence[Said], stages: Stages, label: str) -> list[Heard]:
    """One press a remark, each answered before the next."""

    async def run() -> list[Heard]:
        async with _talking(server, "ptt") as talker:
            done, heard = stages.begin(label, len(said)), []
            for one in said:
                heard.append(await talker.press(one))
                done(len(heard))
                await asyncio.sleep(BETWEEN_S)
            return heard

    return asyncio.run(run())


def speak_freely(server: ServerProcess, said: Sequence[Said], stages: Stages, label: str) -> list[Heard]:
    """All remarks at one open microphone."""
    recording, placed = open_microphone(said)

    async def run() -> list[Heard]:
        async with _talking(server, "hands-free") as talker:
            return await talker.speak(recording, placed, stages.begin(label, len(recording)))

    return asyncio.run(run())


class _Talker:
    """One microphone and one follower of a session."""

    def __init__(self, uplink: Uplink) -> None:
        self._uplink = uplink
        self._now = asyncio.get_running_loop().time
        self._events: list[tuple[float, str, Payload]] = []
        self._news = asyncio.Condition()

    async def follow(self, session: Channel) -> None:
        """Note when each event came."""
        async for event in session:
            at_s = self._now()
            async with self._news:
                self._events.append((at_s, event.event, event.payload))
                self._news.notify_all()

    async def press(self, said: Said) -> Heard:
        """Hold the key for the length of the recording, and wait for what comes of it."""
        number, sending = await self._play(said.samples)
        await self._uplink.stop()
        await self._until(lambda: self._final(number), FINAL_LIMIT_S)
        await self._until(lambda: self._told(number), NOTE_LIMIT_S)
        return self._heard(said, sending, self._ended(number))

    async def speak(
        self, recording: NDArray[np.int16], placed: Sequence[Said], moved: Callable[[int], None]
    ) -> list[Heard]:
        """Play one recording of many remarks."""
        number, sending = await self._play(recording, moved)
        await self._uplink.stop()
        await self._until(lambda: self._final(number), FINAL_LIMIT_S)
        await self._until(lambda: self._told(number), NOTE_LIMIT_S)
        ended = self._ended(number)
        return [self._heard(one, sending, [span for span in ended if _overlap(span, one)]) for one in placed]

    async def _play(
        self, samples: NDArray[np.int16], moved: Callable[[int], None] | None = None
    ) -> tuple[int, Sending]:
        """The capture's number, and when its samples went out."""
        number = self._uplink.begin(time.time() * 1000)
        sending, sent = Sending(self._now()), 0
        for piece in split(samples):
            sent += len(piece)
            await asyncio.sleep(max(0.0, sending.spoken_s(sent) - self._now()))
            self._uplink.send(piece.astype("<i2", copy=False).tobytes())
            sending.ends.append(sent)
            sending.times.append(self._now())
            if moved:
                moved(sent)
        sending.stop_s = self._now()
        return number, sending

    # What came

    def _ended(self, capture: int) -> list[Payload]:
        """The utterances of a capture, as ``speech_ended`` tells of them."""
        return [told for _, event, told in self._events if event == "speech_ended" and told["capture"] == capture]

    def _final(self, capture: int) -> bool:
        """Every utterance of the capture has its text."""
        ended = {told["utterance"] for told in self._ended(capture)}
        return bool(ended) and ended <= {told["utterance"] for _, _, told in self._named("asr_final")}

    def _told(self, capture: int) -> bool:
        """It is known what becomes of every utterance of the capture."""
        ended = {told["utterance"] for told in self._ended(capture)}
        return ended <= {told.get("utterance") for _, _, told in self._named(*TOLD)}

    def _named(self, *names: str) -> Iterable[tuple[float, str, Payload]]:
        return (each for each in self._events if each[1] in names)

    def _heard(self, said: Said, sending: Sending, ended: Sequence[Payload]) -> Heard:
        heard = Heard(said, sending.spoken_s(said.onset), sending.spoken_s(said.end), sending.stop_s)
        numbers = [told["utterance"] for told in ended]
        heard.utterances = len(numbers)
        if not numbers:
            return heard
        if ended[-1]["reason"] == "endpoint":
            heard.endpoint_s = sending.sent_s(ended[-1]["endpoint"])
        finals = {told["utterance"]: (at_s, told["text"]) for at_s, _, told in self._named("asr_final")}
        joined = {told["joins"] for _, _, told in self._named("asr_final") if "joins" in told}
        last = numbers[-1]
        numbers = [number for number in numbers if number not in joined]  # their words are in the text that goes on
        texts = [finals[number][1] for number in numbers if number in finals]
        heard.text = " ".join(texts)
        heard.final_s = finals[last][0] if last in finals else None
        changed = self._named("note_created", "note_updated")
        made = (at_s for at_s, _, told in changed if told.get("utterance") == last)
        heard.note_s = next(made, None)
        for at_s, _, told in self._named("asr_partial"):
            if told["utterance"] in numbers:
                before = "".join(f"{text} " for text in texts[: numbers.index(told["utterance"])])
                firm = len(before) + told["firm"] if "firm" in told else 0
                heard.shown.append(Shown(at_s, before + told["text"], firm))
        return heard

    async def _until(self, over: Callable[[], bool], limit_s: float) -> None:
        """Wait for it, but not for ever: what never came is counted as missing."""
        try:
            async with asyncio.timeout(limit_s), self._news:
                await self._news.wait_for(over)
        except TimeoutError:
            return


def _overlap(span: Payload, said: Said) -> bool:
    return bool(span["start"] < said.end and span["end"] > said.onset)


@asynccontextmanager
async def _talking(server: ServerProcess, mode: str) -> AsyncIterator[_Talker]:
    session_id = secrets.token_hex(8)
    async with Client(server.url, server.token) as client:
        session = await client.join(f"session:{session_id}")
        join = {"mode": mode, "url": "sidenote:practice", "timestamp": 0.0, "sample_rate": SAMPLE_RATE}
        audio = await client.join(f"audio:{session_id}", join)
        talker = _Talker(Uplink(audio))
        following = asyncio.create_task(talker.follow(session))
        try:
            yield talker
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
