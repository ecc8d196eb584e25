"""A microphone's side of ``audio:{session}``: every sample is kept until the server has it safe.

While the topic is joined and nothing is owed, samples go out as they are recorded. After a lost connection, or a
refusal, a task catches up: it sends what is missing in order, no faster than the server stores it, and each ``stop``
after the last sample of its capture. Nothing of a capture goes out before the one before it is over.
"""

import asyncio
import contextlib
from collections import deque
from typing import Any

from channels.client.backoff import DEFAULT
from channels.client.channel import Channel, Event
from channels.client.errors import ClientError, Disconnected, PushRefused, TooMuchUnacked
from channels.client.tape import BYTES_PER_SAMPLE, Anchor, Capture
from channels.limits import SocketSettings
from channels.wire import AudioFrame, encode_audio

RATE = 16_000  # samples a second
REPLAY_BYTES_PER_S = SocketSettings().bytes_per_s / 2  # of what a server takes from one connection
PACE_S = 0.02  # waits of a replay are at least so long
PATIENCE_S = 5.0  # without an ack, before more is sent all the same
MAX_REPORTS = 600  # of the player: ten minutes at one a second

SEND_AGAIN = frozenset({"audio_skipped", "audio_backlog"})
JOIN_AGAIN = frozenset({"session_ended", "stale_fence", "audio_out_of_order", "unmatched topic"})


class Uplink:
    """Numbers captures and samples, and sends them until they are safe."""

    def __init__(self, channel: Channel, *, max_unacked_s: float = 600.0, window_s: float = 10.0) -> None:
        """``window_s``: how much audio is on its way at most when it is sent again."""
        self._channel = channel
        self._max_unacked_s = max_unacked_s
        self._window = int(window_s * RATE)
        self._allowed = self._window  # samples on their way
        self._captures: deque[Capture] = deque()
        self._server_capture = int(channel.reply.get("capture", 0))
        self._top = self._server_capture  # highest number in use
        self._reports: deque[tuple[tuple[int, int], dict[str, Any]]] = deque(maxlen=MAX_REPORTS)
        self._stale_ref = 0  # refusals of pushes up to this one are about what was sent again since
        self._last_ref = 0
        self._setbacks = 0  # since the last ack
        self._hold_s = 0.0  # before more is sent again
        self._catching_up: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._ended: ClientError | None = None
        channel.attach(self)

    # Recording

    def begin(self, wall_ms: float) -> int:
        """Begin the next capture (key down, mic on) at ``wall_ms``; its number."""
        self._raise_if_ended()
        if self._captures:
            before = self._captures[-1]
            if before.samples == 0 and before.stop is None:
                self._captures.pop()
            else:
                self._want_stop(before)
        self._top += 1
        self._captures.append(Capture(self._top))
        self.anchor(wall_ms)
        return self._top

    def anchor(self, wall_ms: float) -> None:
        """The next sample is recorded at ``wall_ms``."""
        capture = self._newest()
        capture.anchor(wall_ms)
        if self._is_live:
            self._send_anchors(capture)

    def send(self, pcm: bytes) -> None:
        """Samples that follow on, PCM16 LE mono 16 kHz. Raises TooMuchUnacked, and what ended the topic."""
        self._raise_if_ended()
        self._raise_if_too_much(len(pcm) // BYTES_PER_SAMPLE)
        self._newest().record(pcm)
        self._send_if_live()

    def gap(self, samples: int) -> None:
        """Silence that follows on and is not sent."""
        self._raise_if_ended()
        self._newest().record_silence(samples)
        self._send_if_live()

    async def stop(self) -> None:
        """End the capture (key up, mic off); returns when the server knows, however long that takes.

        Raises PushRefused, and what ended the topic.
        """
        self._raise_if_ended()
        stop = self._want_stop(self._newest())
        await asyncio.shield(stop)

    def clock(self, wall_ms: float, media_s: float, *, rate: float = 1.0, paused: bool = False) -> None:
        """Where the player stands. Sent again with the audio that it is needed for."""
        report = {"wall_ms": wall_ms, "media_s": media_s, "rate": rate, "paused": paused}
        self._reports.append(((self.capture, self.sent), report))
        self._channel.send("clock", report)

    @property
    def capture(self) -> int:
        """The number of the newest capture. It may grow after a lost connection: see ``_go_on_anew``."""
        return self._captures[-1].number if self._captures else self._top

    @property
    def sent(self) -> int:
        """Samples recorded in this capture."""
        return self._captures[-1].samples if self._captures else 0

    @property
    def unacked(self) -> int:
        """Samples of this capture that are not safe yet."""
        return max(0, self._captures[-1].samples - self._captures[-1].safe) if self._captures else 0

    async def wait_until_unacked(self, at_most: int) -> None:
        """Until no more than ``at_most`` samples of the capture are unsafe. Raises what ended the topic."""
        while self.unacked > at_most:
            self._raise_if_ended()
            await self._next_news()

    async def settled(self) -> None:
        """Until nothing is owed to the server but new samples. Raises what ended the topic."""
        while not self._is_live:
            self._raise_if_ended()
            await self._next_news()

    # What the channel tells

    def take(self, event: Event, ref: str | None) -> bool:
        if event.event == "ack":
            self._acked(int(event.payload["capture"]), int(event.payload["samples"]))
            return True
        return event.event == "refused" and self._refused(event.payload, ref)

    def joined(self, reply: dict[str, Any]) -> None:
        number, samples = int(reply.get("capture", 0)), int(reply.get("samples", 0))
        foreign = number > self._top  # recorded by somebody else with this client's id
        self._server_capture = number
        self._setbacks, self._hold_s, self._allowed = 0, 0.0, self._window
        if not foreign:
            self._note_safe(number, samples)
        for capture in self._captures:
            capture.rewind(capture.safe)
            capture.over, capture.rejoined, capture.unheard = capture.number < number, True, True
        if foreign and self._captures:
            self._go_on_anew(self._captures[0])
        owed = any(capture.unsent for capture in self._captures)
        for _, report in list(self._reports) if owed else list(self._reports)[-1:]:
            self._channel.send("clock", report)
        self._catch_up()
        self._news.set()

    def left(self) -> None:
        pass

    def over(self, error: ClientError | None) -> None:
        self._ended = error or Disconnected(f"{self._channel.topic} is over: join it again.")
        if self._catching_up:
            self._catching_up.cancel()
        for capture in self._captures:
            _settle(capture.stop, self._ended)
        self._news.set()

    def _acked(self, number: int, samples: int) -> None:
        self._server_capture = max(self._server_capture, number)
        self._setbacks, self._allowed = 0, self._window
        self._note_safe(number, samples)
        while self._reports and self._reports[0][0] < (number, samples):
            self._reports.popleft()
        self._forget_done()
        self._news.set()

    def _note_safe(self, number: int, samples: int) -> None:
        for capture in self._captures:
            if capture.number < number:  # a later one has begun: the server has heard all of this one
                capture.keep_from(capture.samples)
                _settle(capture.stop)
            elif capture.number == number:
                capture.keep_from(min(samples, capture.samples))
                capture.unheard = False

    def _refused(self, refusal: dict[str, Any], ref: str | None) -> bool:
        """Whether it could be mended. Nothing is sent twice for one loss."""
        number = int(ref) if ref and ref.isdecimal() else 0
        if 0 < number <= self._stale_ref:
            return True
        capture = next((c for c in self._captures if any(piece.ref == ref for piece in c.sent)), None)
        if capture is None or ref is None:
            return False
        reason, expected = refusal.get("reason"), refusal.get("expected")
        if reason in SEND_AGAIN and isinstance(expected, int):
            self._set_back(capture, expected, at_once=reason == "audio_skipped")
        elif reason in JOIN_AGAIN:
            self._channel.lose(str(refusal.get("message", reason)))
        elif reason == "audio_invalid" and capture.unheard:
            self._go_on_anew(capture)
            self._catch_up()
        else:
            self._stale_ref = self._last_ref
            capture.drop()
            return False
        return True

    # Sending

    @property
    def _is_live(self) -> bool:
        """Nothing is owed: what is recorded goes out at once."""
        return self._channel.joined and self._catching_up is None

    def _send_if_live(self) -> None:
        if self._is_live:
            capture = self._captures[-1]
            while capture.unsent:
                self._send_piece(capture)

    def _send_piece(self, capture: Capture) -> int:
        """Send the next piece; its bytes."""
        self._send_anchors(capture)
        piece = capture.unsent[0]
        if piece.pcm is None:
            silence = {"capture": capture.number, "from": piece.start, "to": piece.end}
            ref = self._channel.send("gap", silence, numbered=True)
        else:
            ref = self._channel.send_binary("audio", encode_audio(AudioFrame(capture.number, piece.start, piece.pcm)))
        capture.took(ref)
        self._last_ref = int(ref) if ref else self._last_ref
        return len(piece.pcm or b"")

    def _send_anchors(self, capture: Capture) -> None:
        for anchor in capture.due_anchors():
            self._channel.send("anchor", _anchor_payload(capture.number, anchor))

    def _catch_up(self) -> None:
        """Send what is owed, unless that is under way."""
        if self._catching_up is None and self._ended is None and self._owed():
            self._catching_up = asyncio.create_task(self._catching_up_now())

    def _owed(self) -> Capture | None:
        """The first capture that the server does not know wholly."""
        return next((c for c in self._captures if c.unsent or (c.stop is not None and not c.over)), None)

    async def _catching_up_now(self) -> None:
        due_s = 0.0
        try:
            while self._channel.joined and (capture := self._owed()):
                if self._hold_s:
                    hold_s, self._hold_s = self._hold_s, 0.0
                    await asyncio.sleep(hold_s)
                elif not capture.unsent:
                    await self._stop(capture)
                elif sum(c.in_flight for c in self._captures) >= self._allowed:
                    await self._wait_for_ack()
                else:
                    due_s += self._send_piece(capture) / REPLAY_BYTES_PER_S
                    if due_s >= PACE_S:
                        await asyncio.sleep(due_s)
                        due_s = 0.0
        finally:
            self._catching_up = None
            self._news.set()

    async def _wait_for_ack(self) -> None:
        """Wait for news; without any, let more go out: the server may know these samples and be unable to store."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._next_news()
        except TimeoutError:
            self._allowed += self._window

    def _set_back(self, capture: Capture, sample: int, *, at_once: bool) -> None:
        """The server wants samples from this one on."""
        if not capture.rewind(sample):
            self._go_on_anew(capture)
        self._stale_ref = self._last_ref
        if self._setbacks or not at_once:
            self._hold_s = DEFAULT.wait_s(self._setbacks)
        self._setbacks += 1
        self._catch_up()

    def _go_on_anew(self, capture: Capture) -> None:
        """The server takes no more of this capture (it waited too long, or has lost its beginning): what is not safe
        becomes a capture of its own, and those after it get higher numbers."""
        at = self._captures.index(capture)
        following = list(self._captures)[at + 1 :]
        while len(self._captures) > at:
            self._captures.pop()
        self._stale_ref = self._last_ref
        number = max(self._server_capture, capture.number)
        if capture.samples > capture.safe or not capture.stop:
            number += 1
            self._captures.append(capture.rest(number))
        else:
            _settle(capture.stop)
        for later in following:
            number += 1
            later.number = number
            self._captures.append(later)
        self._top = max(self._top, number)

    # Ending captures

    def _want_stop(self, capture: Capture) -> "asyncio.Future[None]":
        if capture.stop is None:
            capture.stop = asyncio.get_running_loop().create_future()
            capture.stop.add_done_callback(_seen)
            self._catch_up()
        return capture.stop

    async def _stop(self, capture: Capture) -> None:
        """Tell the server that the capture is over."""
        assert capture.stop
        try:
            await self._channel.push("stop", {"capture": capture.number, "samples": capture.samples})
        except (Disconnected, TimeoutError):
            capture.rejoined = True  # it may have been heard
            return
        except PushRefused as refused:
            if capture in self._captures and not capture.unsent:  # else it is mended already
                self._stop_refused(capture, refused)
            return
        self._stopped(capture)

    def _stop_refused(self, capture: Capture, refused: PushRefused) -> None:
        expected = refused.response.get("expected")
        if refused.reason in SEND_AGAIN and isinstance(expected, int):
            self._set_back(capture, expected, at_once=True)
        elif refused.reason in JOIN_AGAIN:
            self._channel.lose(str(refused))
        elif refused.reason == "not_now" and capture.rejoined and capture.samples:
            self._stopped(capture)  # all was taken, and an earlier stop was heard
        else:
            _settle(capture.stop, refused)
            capture.drop()
            self._stopped(capture)

    def _stopped(self, capture: Capture) -> None:
        capture.over = True
        _settle(capture.stop)
        self._forget_done()

    def _forget_done(self) -> None:
        """The newest capture is kept: its stop is said again after a reconnect."""
        while len(self._captures) > 1 and self._captures[0].done:
            self._captures.popleft()

    def _newest(self) -> Capture:
        if not self._captures:
            raise PushRefused({"reason": "not_now", "message": "Nothing is being recorded: begin first."})
        return self._captures[-1]

    def _raise_if_ended(self) -> None:
        if self._ended:
            raise self._ended

    def _raise_if_too_much(self, more: int) -> None:
        most = self._max_unacked_s * RATE
        if more + sum(capture.samples - capture.safe for capture in self._captures) > most:  # silence is counted too
            held = sum(capture.held_bytes for capture in self._captures)
            if more + held / BYTES_PER_SAMPLE > most:
                last = f"the last {self._max_unacked_s:g} s"
                raise TooMuchUnacked(f"The server has stored nothing of {last}: stop recording, and look at it.")

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()


def _anchor_payload(capture: int, anchor: Anchor) -> dict[str, Any]:
    return {"capture": capture, "sample": anchor.sample, "wall_ms": anchor.wall_ms}


def _settle(stop: "asyncio.Future[None] | None", error: ClientError | None = None) -> None:
    if stop is not None and not stop.done():
        if error:
            stop.set_exception(error)
        else:
            stop.set_result(None)


def _seen(stop: "asyncio.Future[None]") -> None:
    """Nobody has to wait for it."""
    with contextlib.suppress(asyncio.CancelledError):
        stop.exception()
