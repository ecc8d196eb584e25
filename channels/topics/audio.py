"""``audio:{session}``: the uplink of a session's microphone, with the offsets that make it lossless.

Everything after the join is handed to the agent at once, in the order in which it came.
"""

import asyncio
import secrets
from typing import Any, Literal

from pydantic import Field

from agent.agent import Agent
from agent.events import Mode
from agent.supervisor import Supervisor
from channels.limits import Bucket
from channels.topics.book import unknown_event
from channels.topics.contract import LATER, SILENT, Outlet, Params, Refused, Response, Unanswered, parsed
from channels.videos import UnknownVideo, video_of
from channels.wire import AudioFrame, BinaryPush, Message, OpusFrame, WireError, decode_audio, decode_opus
from inference import opus
from inference.audio import SAMPLE_RATE
from inference.errors import BadAudio
from storage.videos import Videos

ACK_EVERY_S = 0.2
OPUS_PACE = 64.0 * SAMPLE_RATE  # samples a second; a few bytes can make many, and decoding is work
OPUS_BURST = 120.0 * SAMPLE_RATE

Encoding = Literal["pcm16", "opus"]


class AudioJoin(Params):
    """How a client means to record."""

    mode: Mode = Mode.PTT
    sample_rate: Literal[16000] = 16000
    encoding: Encoding = "pcm16"
    client_id: str | None = Field(None, min_length=1, max_length=64)
    video_id: str | None = Field(None, max_length=64)
    url: str | None = Field(None, max_length=2048)
    timestamp: float | None = Field(None, ge=0)  # where the player stands, seconds


class Stop(Params):
    capture: int = Field(ge=1, lt=2**32)
    samples: int = Field(ge=0, lt=2**32)


class Gap(Params):
    capture: int = Field(ge=1, lt=2**32)
    start: int = Field(alias="from", ge=0, lt=2**32)
    end: int = Field(alias="to", ge=0, lt=2**32)


class Anchor(Params):
    capture: int = Field(ge=1, lt=2**32)
    sample: int = Field(ge=0, lt=2**32)
    wall_ms: float = Field(ge=0)


class CaptureFailed(Params):
    reason: str = Field(min_length=1, max_length=200)


class Clock(Params):
    wall_ms: float = Field(ge=0)
    media_s: float = Field(ge=0)
    rate: float = Field(1.0, ge=0, le=16)
    paused: bool = False


class AudioTopic:
    """One connection as the session's microphone."""

    def __init__(self, session_id: str, outlet: Outlet, supervisor: Supervisor, videos: Videos) -> None:
        self._session_id = session_id
        self._outlet = outlet
        self._supervisor = supervisor
        self._videos = videos
        self._agent: Agent | None = None
        self._encoding: Encoding = "pcm16"
        self._opus = Bucket(OPUS_PACE, OPUS_BURST, asyncio.get_running_loop().time)
        self._held_ack: tuple[int, int] | None = None
        self._ack_timer: asyncio.TimerHandle | None = None

    async def join(self, params: Any) -> Response:
        join = parsed(AudioJoin, params)
        await self._supervisor.admit(self._session_id)
        video_id = await self._video(join)
        client_id = join.client_id or secrets.token_hex(8)
        agent = await self._supervisor.open(self._session_id, user_id=self._outlet.user_id, client_id=client_id)
        capture, samples = agent.attach(client_id, self, mode=join.mode, video_id=video_id, playhead_s=join.timestamp)
        self._agent, self._encoding = agent, join.encoding
        return {"video_id": video_id, "client_id": client_id, "capture": capture, "samples": samples}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        agent = self._agent
        if agent is None:
            raise Refused("unmatched topic", "Join the topic first.")
        if isinstance(push, BinaryPush):
            return self._hear(agent, push)
        match push.event:
            case "audio":
                raise Refused("invalid", "Samples are pushed as bytes; by phoenix.js, as an ArrayBuffer.")
            case "stop":
                stop = parsed(Stop, push.payload)
                agent.stop(stop.capture, stop.samples)
            case "gap":
                gap = parsed(Gap, push.payload)
                agent.hear_gap(gap.capture, gap.start, gap.end)
            case "anchor":
                anchor = parsed(Anchor, push.payload)
                agent.anchor(anchor.capture, anchor.sample, anchor.wall_ms)
            case "clock":
                clock = parsed(Clock, push.payload)
                agent.clock(clock.wall_ms, clock.media_s, clock.rate, clock.paused)
            case "capture_failed":
                agent.fail_capture(parsed(CaptureFailed, push.payload).reason)
            case "pause":
                agent.pause()
                return LATER
            case "resume":
                agent.resume()
                return LATER
            case "cancel":
                agent.cancel()
                return LATER
            case "transcript_partial" | "transcript_final":
                raise Refused("stt_is_local", "This server transcribes by itself: send audio.")
            case _:
                raise unknown_event(push.event)
        return {}

    async def handle(self, push: Message) -> Response:
        """A pause or a cancellation is in force already; it is answered once a crash can't undo it."""
        assert self._agent
        await self._agent.save()
        return {}

    def leave(self) -> None:
        if self._ack_timer:
            self._ack_timer.cancel()
        if self._agent:
            self._agent.detach(self)

    # For the agent

    def ack(self, capture: int, samples: int) -> None:
        """Passed on at once, and then at most every 200 ms; the last of a capture is always passed on."""
        if self._held_ack and self._held_ack[0] != capture:
            self._push_ack(self._held_ack)
        self._held_ack = (capture, samples)
        if self._ack_timer is None:
            self._flush_ack()

    def closed(self, reason: str, *, come_back: bool) -> None:
        if come_back:
            self._outlet.fail(reason)
        else:
            self._outlet.close(reason)

    def _flush_ack(self) -> None:
        held, self._held_ack, self._ack_timer = self._held_ack, None, None
        if held:
            self._push_ack(held)
            self._ack_timer = asyncio.get_running_loop().call_later(ACK_EVERY_S, self._flush_ack)

    def _push_ack(self, ack: tuple[int, int]) -> None:
        self._outlet.push("ack", {"capture": ack[0], "samples": ack[1]})

    def _hear(self, agent: Agent, push: BinaryPush) -> Unanswered:
        if push.event != "audio":
            raise unknown_event(push.event)
        try:
            frame = decode_audio(push.data) if self._encoding == "pcm16" else self._decoded(decode_opus(push.data))
        except WireError as error:
            raise Refused("audio_invalid", f"{error}.") from None
        except BadAudio as error:
            raise Refused("audio_invalid", str(error)) from None
        agent.hear(frame.capture, frame.offset, frame.pcm)
        return SILENT

    def _decoded(self, frame: OpusFrame) -> AudioFrame:
        if not self._opus.take(frame.skip + frame.samples):
            raise Refused("rate_limited", "Too much audio at once: send it again a little slower.")
        pcm = opus.decode(frame.packets, skip=frame.skip, samples=frame.samples)
        return AudioFrame(frame.capture, frame.offset, pcm)

    async def _video(self, join: AudioJoin) -> str:
        if join.video_id is not None:
            row = await self._videos.get(join.video_id, self._outlet.user_id)
            return str(row.id)
        if join.url is None:
            raise Refused("no_video", "Say which video this is about: video_id or url.")
        try:
            video = video_of(join.url)
        except UnknownVideo as error:
            raise Refused("no_video", str(error)) from None
        row = await self._videos.upsert(
            user_id=self._outlet.user_id, platform=video.platform, external_id=video.external_id, url=video.url
        )
        return str(row.id)
