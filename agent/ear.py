"""The ear of a session: samples in, utterances out, and every sample safe in the store before it is acknowledged.

``hear`` and its sisters are called from a connection's reader and never wait. Two tasks follow: one listens (voice
activity, limits, partials), one stores and acknowledges. All durations here count samples; no clock is read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from agent import events as e
from agent.errors import AudioBacklog, AudioInvalid, AudioSkipped, NotNow
from agent.safekeeping import Heard, Keeper, Safekeeping
from inference.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, AudioBuffer, ms_to_samples
from inference.stt.contract import Samples
from inference.vad.contract import SpeechBegan, VoiceDetectorFactory

MAX_GAP = 600 * SAMPLE_RATE  # samples one ``gap`` may cover; longer silence comes in several
MAX_WAITING = 10_000  # items that wait to be listened to, before another gap
BACKLOG = "More audio waits than this session can take in; send it again later."
PIECE = SAMPLE_RATE  # samples listened to before other tasks get a turn
CATCH_UP = 50  # items: about a second of pushes


@dataclass(frozen=True, slots=True)
class EarSettings:
    """Limits and pads of the ear."""

    max_utterance_s: float = 60.0
    max_utterance_bytes: int = 5_000_000
    lead_pad_ms: int = 300  # audio kept before the first speech sample
    tail_pad_ms: int = 300  # and after the last one
    partial_every_ms: int = 700  # of speech, between two partials
    backlog_bytes: int = 8_000_000  # heard but not yet listened to
    idle_buffer_ms: int = 2_000  # of silence kept while nobody speaks
    let_go_ms: int = 10_000  # of audio that nobody needs, before the store is told


@dataclass(frozen=True, slots=True)
class Stopped:
    capture: int


@dataclass(frozen=True, slots=True)
class PauseSet:
    paused: bool


class Owner(Protocol):
    """What the ear tells its session."""

    def deliver(self, event: e.Event) -> object: ...
    def partial_due(self, utterance: int, samples: Samples) -> None: ...
    def safe(self, capture: int, samples: int) -> None: ...
    def audio_unneeded(self) -> None: ...


@dataclass(slots=True)
class _Open:
    """The utterance under way."""

    number: int
    start: int  # first sample that belongs to it
    continued: bool = False  # goes on where a limit cut the one before
    onset: int | None = None
    partial_at: int = 0  # sample at which the next partial is due


class Ear:
    """One session's audio intake."""

    def __init__(
        self, owner: Owner, keeper: Keeper, make_detector: VoiceDetectorFactory, settings: EarSettings
    ) -> None:
        self._owner = owner
        self._keeping = Safekeeping(keeper, owner.safe)
        self._detector = make_detector()
        self._settings = settings
        self._buffer = AudioBuffer()
        self._inbox: asyncio.Queue[Heard | Stopped | PauseSet] = asyncio.Queue()
        self._backlog = 0  # bytes that wait to be listened to
        self._open: _Open | None = None
        self._listening_to = 0  # capture under way in the listening task
        self._closed = True  # nothing of that capture is under way
        self._dropped = 0  # captures up to this number were cancelled
        self._paused = False
        self._mode = e.Mode.PTT  # of the capture under way
        self._clips: dict[int, Samples] = {}  # of utterances that are not settled yet
        self._let_go_until = 0
        self.heard_until = 0  # what came before is part of a closed utterance, or silence
        self.mode = e.Mode.PTT
        self.capture = 0
        self.received = 0  # samples of the capture
        self._before: dict[int, int] = {}  # the same of earlier captures that are not wholly safe yet
        self.stopped = True
        self._next_utterance = 1

    # From the connection: nothing here waits.

    def hear(self, capture: int, offset: int, pcm: bytes) -> None:
        """Take samples ``[offset, offset + len(pcm) / 2)`` of a capture; what is known already is dropped.

        Raises AudioSkipped when samples before these are missing, AudioBacklog when too much waits, AudioInvalid.
        """
        if len(pcm) % BYTES_PER_SAMPLE:
            raise AudioInvalid("An audio frame must hold whole 16-bit samples: send an even number of bytes.")
        samples = len(pcm) // BYTES_PER_SAMPLE
        fresh_from = self._advance(capture, offset, samples)
        if fresh_from is not None:
            if self._backlog + self._keeping.waiting_bytes + len(pcm) > self._settings.backlog_bytes:
                self.received = fresh_from
                raise AudioBacklog(BACKLOG, fresh_from)
            self._backlog += (offset + samples - fresh_from) * BYTES_PER_SAMPLE
            self._inbox.put_nowait(Heard(capture, offset, samples, pcm).cut(fresh_from))

    def hear_gap(self, capture: int, start: int, end: int) -> None:
        """Take silence that the client did not send. Raises as ``hear``."""
        if not 0 <= end - start <= MAX_GAP:
            raise AudioInvalid("A gap runs from a sample to a later one, at most ten minutes on: push several.")
        fresh_from = self._advance(capture, start, end - start)
        if fresh_from is not None and self._inbox.qsize() > MAX_WAITING:  # silence is cheap to send
            self.received = fresh_from
            raise AudioBacklog(BACKLOG, fresh_from)
        for piece in range(fresh_from or 0, end if fresh_from is not None else 0, PIECE):
            self._inbox.put_nowait(Heard(capture, piece, min(PIECE, end - piece), None))

    def stop(self, capture: int, samples: int) -> None:
        """The capture ends after ``samples`` samples. Raises NotNow, AudioSkipped."""
        if capture < self.capture or (capture == self.capture and self.stopped):
            raise NotNow(f"Capture {capture} is over already.")
        if capture > self.capture and samples == 0:
            raise NotNow("Nothing was recorded.")
        if capture != self.capture or samples != self.received:
            expected = self.received if capture == self.capture else 0
            raise AudioSkipped(f"Samples from {expected} on are missing: send them, then stop again.", expected)
        self.stopped = True
        self._inbox.put_nowait(Stopped(capture))

    def release(self) -> None:
        """Nobody feeds the capture any more: what was heard of it is what there is."""
        if not self.stopped:
            self.stop(self.capture, self.received)

    def prefer(self, mode: e.Mode) -> None:
        """Use this mode from the next capture on."""
        if self.stopped:
            self.mode = mode

    def pause(self, paused: bool) -> None:
        """Hear what follows as silence, or no longer. Samples go on counting."""
        self._inbox.put_nowait(PauseSet(paused))

    def drop(self) -> None:
        """Let go of the open capture: nothing more of it becomes an utterance."""
        self.stopped, self._closed, self._open = True, True, None
        self._dropped = self.capture

    def _advance(self, capture: int, start: int, samples: int) -> int | None:
        """Move on to ``start + samples``; the first sample that is new, or None where all are known."""
        if capture < self.capture and start + samples <= self._before.get(capture, 0):
            return None  # sent again: it was not safe yet when the client came back
        if capture < self.capture or (capture == self.capture and self.stopped and start + samples > self.received):
            raise AudioInvalid(f"Capture {capture} is over: number the next one above {self.capture}.")
        if capture > self.capture:
            if start != 0:
                raise AudioSkipped("A capture begins at sample 0.", 0)
            if self.capture and not self.stopped:
                self._inbox.put_nowait(Stopped(self.capture))
            self._before = {number: known for number, known in self._before.items() if number >= self.safe[0]}
            self._before[self.capture] = self.received
            self.capture, self.received, self.stopped = capture, 0, False
        if start > self.received:
            message = f"Samples {self.received} to {start} are missing: replay them, or push a gap."
            raise AudioSkipped(message, self.received)
        end = start + samples
        if end <= self.received:
            return None
        fresh_from, self.received = self.received, end
        return fresh_from

    # The listening task

    async def listen(self) -> None:
        """Turn what was heard into utterances until cancelled."""
        while True:
            self._listen_to(await self._inbox.get())
            await asyncio.sleep(0)  # a long replay must not starve the loop

    def catch_up(self) -> None:
        """Listen now to what waits, as far as that takes no noticeable time."""
        for _ in range(min(CATCH_UP, self._inbox.qsize())):
            self._listen_to(self._inbox.get_nowait())

    def _listen_to(self, item: Heard | Stopped | PauseSet) -> None:
        match item:
            case Heard():
                self._backlog -= len(item.pcm or b"")
                if self._paused and item.capture == self._listening_to:  # nobody's business, not even the store's
                    item = Heard(item.capture, item.start, item.samples, None)
                self._keeping.put(item)
                self.take(item)
            case PauseSet():
                self._paused = item.paused
            case Stopped():
                self._end_capture(item.capture)

    def take(self, heard: Heard) -> None:
        """Listen to samples in order. Also used to go over stored audio again after a restart."""
        if heard.capture <= self._dropped:
            return
        if heard.capture != self._listening_to:
            self._end_capture(self._listening_to)  # where its end was heard, but not saved
            self._begin_capture(heard.capture, heard.start)
        pcm = heard.pcm if heard.pcm is not None else bytes(heard.samples * BYTES_PER_SAMPLE)
        self._buffer.append(pcm)
        for boundary in self._detector.feed(heard.start, pcm):
            if isinstance(boundary, SpeechBegan):
                self._speech_began(boundary.onset)
            elif self._mode is e.Mode.HANDS_FREE:
                self._close(self._after_speech(boundary.last), boundary.endpoint, "endpoint")
        self._enforce_limits(heard.end)
        self._offer_partial(heard.end)
        self._trim(heard.end)

    def _begin_capture(self, capture: int, start: int) -> None:
        self._listening_to, self._closed, self._paused, self._mode = capture, False, False, self.mode
        self.heard_until = self._let_go_until = start
        self._buffer = AudioBuffer(start)
        self._detector.reset(start)
        self._owner.deliver(e.MicOpened(capture, self._mode))
        if self._mode is e.Mode.PTT:
            self._open = self._number(start)

    def _speech_began(self, onset: int) -> None:
        if self._open is None:
            start = max(self.heard_until, onset - ms_to_samples(self._settings.lead_pad_ms))
            self._open = self._number(start)
        if self._open.onset is None:
            self._open.onset = onset
            self._open.partial_at = onset + ms_to_samples(self._settings.partial_every_ms)
            self._owner.deliver(e.UtteranceOpened(self._open.number, self._listening_to, onset))

    def _after_speech(self, last: int | None) -> int:
        """Where to cut after the last speech sample; the end of what is there when none was heard."""
        return self._buffer.end if last is None else last + ms_to_samples(self._settings.tail_pad_ms)

    def _number(self, start: int, *, continued: bool = False) -> _Open:
        number, self._next_utterance = self._next_utterance, self._next_utterance + 1
        return _Open(number, start, continued)

    def _close(self, end: int, endpoint: int, reason: str) -> None:
        """The open utterance is complete."""
        utterance, self._open = self._open, None
        if utterance is None:
            return
        start, end = utterance.start, min(end, endpoint)
        if utterance.onset is not None:
            start = max(start, utterance.onset - ms_to_samples(self._settings.lead_pad_ms))
        self.heard_until = end
        if end <= start or (utterance.continued and utterance.onset is None):
            self._owner.deliver(e.UtteranceDropped(utterance.number))
            return
        self._clips[utterance.number] = self._buffer.slice(start, end)
        last = None if utterance.onset is None else min(self._detector.last_speech or end, end)
        span = e.Span(self._listening_to, start, end, utterance.onset, endpoint, reason, last)
        self._owner.deliver(e.UtteranceClosed(utterance.number, span))

    def _enforce_limits(self, end: int) -> None:
        """At a limit what there is gets transcribed, and the samples after it open the next utterance."""
        most = min(
            int(self._settings.max_utterance_s * SAMPLE_RATE), self._settings.max_utterance_bytes // BYTES_PER_SAMPLE
        )
        while self._open is not None and end - self._open.start >= most:
            cut = self._open.start + most
            speaking = self._detector.speaking
            self._close(cut, cut, "limit")
            if speaking or self._mode is e.Mode.PTT:
                self._open = self._number(cut, continued=True)
            if speaking:
                self._speech_began(cut)

    def _offer_partial(self, end: int) -> None:
        if self._open and self._open.onset is not None and end >= self._open.partial_at:
            self._open.partial_at = end + ms_to_samples(self._settings.partial_every_ms)
            start = max(self._open.start, self._open.onset - ms_to_samples(self._settings.lead_pad_ms))
            self._owner.partial_due(self._open.number, self._buffer.slice(start, end))

    def _trim(self, end: int) -> None:
        """Between utterances only a little silence is worth keeping."""
        if self._open is None:
            self.heard_until = max(self.heard_until, end - ms_to_samples(self._settings.idle_buffer_ms))
        self._buffer.drop_before(self.needed_from)
        if self.needed_from - self._let_go_until >= ms_to_samples(self._settings.let_go_ms):
            self._let_go_until = self.needed_from
            self._owner.audio_unneeded()

    def _end_capture(self, capture: int) -> None:
        if capture != self._listening_to or self._closed:
            return
        end = self._buffer.end
        ptt = self._mode is e.Mode.PTT
        self._close(self._after_speech(self._detector.last_speech) if ptt else end, end, "stop")
        self._closed = True
        self._owner.deliver(e.MicClosed())

    # For the session

    @property
    def needed_from(self) -> int:
        """No sample of the capture before this one can become part of a later utterance."""
        return self._open.start if self._open else self.heard_until

    @property
    def busy(self) -> bool:
        """A capture is open, or something of it is still to be listened to."""
        return not self._closed or not self._inbox.empty()

    def needed(self, capture: int) -> int | None:
        """The first sample of a capture that may become part of a later utterance, None where none can."""
        if capture <= self._dropped or capture < self._listening_to:
            return None
        if capture > self._listening_to:
            return 0
        return self.needed_from if self.busy else None

    @property
    def next_utterance(self) -> int:
        """The number that what is said from ``needed_from`` on will get."""
        return self._open.number if self._open else self._next_utterance

    def clip(self, utterance: int) -> Samples | None:
        """The audio of a closed utterance, float32 of shape (n,), or None where it is not in memory."""
        return self._clips.get(utterance)

    def forget(self, utterance: int) -> None:
        self._clips.pop(utterance, None)

    @property
    def safe(self) -> tuple[int, int]:
        """(capture, samples): so many samples of the capture are in the store."""
        return self._keeping.safe

    async def store(self) -> None:
        """Make what was heard safe, until cancelled."""
        await self._keeping.store()

    async def stored(self) -> None:
        """Wait until all that was listened to is safe, or has been given up."""
        await self._keeping.stored()

    def restore(self, saved: dict[str, Any], capture: int, received: int, next_utterance: int) -> None:
        """Take up where a saved ear was, with ``received`` samples of ``capture`` in the store.

        ``next_utterance``: where nothing was saved.
        """
        self.capture, self.received = capture, received
        self._keeping.safe = (capture, received)
        self._next_utterance = int(saved.get("next_utterance", next_utterance))  # what is heard again keeps its number
        self.mode = e.Mode(saved.get("mode", e.Mode.PTT))
        self._dropped = int(saved.get("dropped", 0))
        self._listening_to, self.heard_until = int(saved.get("capture", 0)), int(saved.get("needed_from", 0))
        closed = bool(saved.get("stopped", True))
        self.stopped = closed if self._listening_to == capture else capture <= self._dropped
        if not closed:
            self._begin_capture(self._listening_to, self.heard_until)
            if saved.get("paused"):
                self._paused = True
                self._owner.deliver(e.MicPaused())

    def hear_again(self, stored: Sequence[Heard]) -> None:
        """Go over stored audio after ``restore``, as far as its state does not know it.

        State is saved a little after audio is: what was said since is heard again, in the same order.
        """
        for capture, parts in groupby(stored, key=lambda heard: heard.capture):
            unheard = self._unheard(capture)
            for part in (heard.cut(unheard) for heard in parts if unheard is not None):
                if part.samples:
                    self.take(part)

    def _unheard(self, capture: int) -> int | None:
        """The sample of a capture from which it has to be heard, None where it has been."""
        if capture < self._listening_to or capture <= self._dropped:
            return None
        if capture > self._listening_to:
            return 0
        return None if self._closed else self.needed_from

    def saved(self) -> dict[str, Any]:
        return {
            "capture": self._listening_to,
            "mode": self._mode,
            "stopped": self._closed,
            "paused": self._paused,
            "dropped": self._dropped,
            "needed_from": self.needed_from,
            "next_utterance": self.next_utterance,
        }
