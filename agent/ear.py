"""The ear of a session: samples in, utterances out, and every sample safe in the store before it is acknowledged.

What comes from the connection is queued by ``Intake``. Two tasks follow: one listens (voice activity, limits, what may
be transcribed ahead), one stores and acknowledges. All durations here count samples; no clock is read.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any, Protocol

from agent import events as e
from agent.ahead import Ahead
from agent.intake import PIECE, Broken, Intake, Item, PauseSet, Stopped
from agent.safekeeping import Heard, Keeper, Safekeeping
from agent.utterance import Closed, Open
from inference.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, AudioBuffer, ms_to_samples
from inference.stt.contract import Samples
from inference.vad.contract import Boundary, SpeechBegan, SpeechEnded, SpeechPaused, VoiceDetectorFactory

CATCH_UP = 50  # items: about a second of pushes


@dataclass(frozen=True, slots=True)
class EarSettings:
    """Limits and pads of the ear. docs/speech.md has the measurements behind the numbers."""

    max_utterance_s: float = 60.0
    max_utterance_bytes: int = 5_000_000
    cut_within_s: float = 10.0  # before a limit: the best pause in it is where the cut falls
    lead_pad_ms: int = 300  # audio kept before the first speech sample
    tail_pad_ms: int = 96  # and after the last one; at most the detector's ``pause_ms``
    finished_hangover_ms: int = 256  # silence that ends an utterance whose words sound finished
    rejoin_ms: int = 1_200  # speech that follows on an utterance this soon goes on with it
    rejoin_longest_s: float = 20.0  # of both together
    window_s: float = 10.0  # speech this long is transcribed for good at its next pause
    window_longest_s: float = 20.0  # and without one
    partials: bool = True  # text is shown while somebody speaks
    first_partial_ms: int = 320  # of speech, before anything is shown
    partial_every_ms: int = 700  # of speech, between two partials
    backlog_bytes: int = 8_000_000  # heard but not yet listened to
    idle_buffer_ms: int = 2_000  # of silence kept while nobody speaks
    let_go_ms: int = 10_000  # of audio that nobody needs, before the store is told


class Owner(Protocol):
    """What the ear tells its session."""

    def deliver(self, event: e.Event) -> object: ...
    def joinable(self, utterance: int) -> bool: ...
    def safe(self, capture: int, samples: int) -> None: ...
    def audio_unneeded(self) -> None: ...
    def listened(self, seconds: float) -> None: ...


class Ear(Intake):
    """One session's audio intake, and what it listens for."""

    def __init__(
        self,
        owner: Owner,
        keeper: Keeper,
        ahead: Ahead,
        make_detector: VoiceDetectorFactory,
        settings: EarSettings,
    ) -> None:
        super().__init__(Safekeeping(keeper, owner.safe, lambda: self._open is None), settings.backlog_bytes)
        self._owner = owner
        self._ahead = ahead
        self._detector = make_detector()
        self._settings = settings
        self._buffer = AudioBuffer()
        self._open: Open | None = None
        self._last: Closed | None = None
        self._listening_to = 0  # capture under way in the listening task
        self._closed = True  # nothing of that capture is under way
        self._dropped = 0  # captures up to this number were cancelled
        self._paused = False
        self._mode = e.Mode.PTT  # of the capture under way
        self._clips: dict[int, Samples] = {}  # of utterances that are not settled yet
        self._let_go_until = 0
        self.heard_until = 0  # what came before is part of a closed utterance, or silence
        self._next_utterance = 1

    def drop(self) -> None:
        """Let go of the open capture: nothing more of it becomes an utterance."""
        if self._open:
            self._ahead.forget(self._open.number)
        self.stopped, self._closed, self._open, self._last = True, True, None, None
        self._dropped = self.capture

    # The listening task

    async def listen(self) -> None:
        """Turn what was heard into utterances until cancelled."""
        while True:
            heard = self._listen_to(self._waited(await self._inbox.get()))
            while heard < PIECE and not self._inbox.empty():  # who is behind shall not wait for everybody's turn
                heard += self._listen_to(self._waited(self._inbox.get_nowait()))
            self._at_once = 0
            await asyncio.sleep(0)  # a long replay must not starve the loop

    def catch_up(self) -> None:
        """Listen now to what waits, as far as that takes no noticeable time."""
        for _ in range(min(CATCH_UP, self._inbox.qsize())):
            self._listen_to(self._waited(self._inbox.get_nowait()))

    def _listen_to(self, item: Item) -> int:
        match item:
            case Heard():
                if self._paused and item.capture == self._listening_to:  # nobody's business, not even the store's
                    item = Heard(item.capture, item.start, item.samples, None)
                self._keeping.put(item)
                self.take(item)
                if item.taken_s is not None:
                    self._owner.listened(time.perf_counter() - item.taken_s)
                return item.samples
            case PauseSet():
                self._paused = item.paused
            case Stopped():
                self._end_capture(item.capture)
            case Broken():
                raise item.error
        return 0

    def take(self, heard: Heard) -> None:
        """Listen to samples in order. Also used to go over stored audio again after a restart."""
        if heard.capture <= self._dropped:
            return
        if heard.capture != self._listening_to:
            self._end_capture(self._listening_to)  # where its end was heard, but not saved
            self._begin_capture(heard.capture, heard.start)
        pcm = heard.pcm if heard.pcm is not None else bytes(heard.samples * BYTES_PER_SAMPLE)
        self._buffer.append(pcm)
        self._follow(self._detector.feed(heard.start, pcm))
        self._enforce_limits(heard.end)
        self._offer_partial(heard.end)
        self._trim(heard.end)

    def finished(self, utterance: int, end: int) -> None:
        """The words up to sample ``end`` sound finished: less silence will do, unless speech has followed."""
        still = self._open and self._open.number == utterance and self._open.guessed == end
        if still and self._mode is e.Mode.HANDS_FREE:
            self._follow(self._detector.hurry(ms_to_samples(self._settings.finished_hangover_ms)))

    def _begin_capture(self, capture: int, start: int) -> None:
        self._listening_to, self._closed, self._paused, self._mode = capture, False, False, self.mode
        self.heard_until = self._let_go_until = start
        self._buffer = AudioBuffer(start)
        self._detector.reset(start)
        self._owner.deliver(e.MicOpened(capture, self._mode))
        if self._mode is e.Mode.PTT:
            self._open = self._number(start)

    def _follow(self, boundaries: Sequence[Boundary]) -> None:
        for boundary in boundaries:
            match boundary:
                case SpeechBegan():
                    self._speech_began(boundary.onset)
                case SpeechPaused():
                    self._speech_paused(boundary.last)
                case SpeechEnded():
                    if self._mode is e.Mode.HANDS_FREE:
                        self._close(self._after_speech(boundary.last), boundary.endpoint, "endpoint")
                case _:
                    self._speech_resumed()

    def _speech_began(self, onset: int) -> None:
        if self._open is None:
            start = max(self.heard_until, onset - ms_to_samples(self._settings.lead_pad_ms))
            self._open = self._number(start)
            if joined := self._joined_by(onset):
                self._open.joins = joined
                self._open.resumed = max(self.heard_until, (joined.last + onset) // 2)
        if self._open.onset is not None:
            self._speech_resumed()  # within a press
            return
        self._open.onset = onset
        self._open.partial_at = onset + ms_to_samples(self._settings.first_partial_ms)
        self._owner.deliver(e.UtteranceOpened(self._open.number, self._listening_to, onset, self.joins))

    def _joined_by(self, onset: int) -> Closed | None:
        """The utterance that speech which begins at ``onset`` goes on with, where it does."""
        last, settings = self._last, self._settings
        if last is None or last.capture != self._listening_to or not self._owner.joinable(last.number):
            return None
        soon = onset - last.last <= ms_to_samples(settings.rejoin_ms)
        return last if soon and onset - last.start <= settings.rejoin_longest_s * SAMPLE_RATE else None

    def _speech_paused(self, last: int) -> None:
        utterance = self._open
        if utterance and utterance.onset is not None:
            self._guess(utterance, min(self._after_speech(last), self._buffer.end))

    def _speech_resumed(self) -> None:
        utterance = self._open
        if utterance is None or utterance.guessed is None:
            return
        if utterance.guessed - utterance.undecoded >= self._settings.window_s * SAMPLE_RATE:
            self._ahead.settle(utterance.number)
            utterance.decoded = utterance.guessed
        else:
            self._ahead.discard(utterance.number)
        utterance.guessed = None

    def _guess(self, utterance: Open, end: int) -> None:
        start = utterance.undecoded
        if self._buffer.start <= start:  # what it joins may have been heard by another process
            utterance.guessed = end
            self._ahead.guess(utterance.number, start, end, self._buffer.slice(start, end))

    def _after_speech(self, last: int | None) -> int:
        """Where to cut after the last speech sample; the end of what is there when none was heard."""
        return self._buffer.end if last is None else last + ms_to_samples(self._settings.tail_pad_ms)

    def _number(self, start: int, *, continued: bool = False) -> Open:
        number, self._next_utterance = self._next_utterance, self._next_utterance + 1
        return Open(number, start, ms_to_samples(self._settings.lead_pad_ms), continued)

    def _close(self, end: int, endpoint: int, reason: str) -> None:
        """The open utterance is complete."""
        utterance, self._open, self._last = self._open, None, None
        if utterance is None:
            return
        start, end = utterance.begins, min(end, endpoint)
        self.heard_until = max(self.heard_until, end)
        if end <= start or (utterance.continued and utterance.onset is None):
            self._ahead.forget(utterance.number)
            self._owner.deliver(e.UtteranceDropped(utterance.number))
            return
        if self._buffer.start <= start:
            self._clips[utterance.number] = self._buffer.slice(start, end)
        last = None if utterance.onset is None else min(self._detector.last_speech or end, end)
        span = e.Span(self._listening_to, start, end, utterance.onset, endpoint, reason, last)
        if utterance.joins and utterance.onset is not None:
            span = replace(span, joins=utterance.joins.number, resumed=utterance.resumed)
        if reason == "endpoint" and last is not None and utterance.decoded is None:
            self._last = Closed(utterance.number, self._listening_to, start, last)
        self._owner.deliver(e.UtteranceClosed(utterance.number, span))

    def _enforce_limits(self, end: int) -> None:
        """At a limit what there is gets transcribed, and the samples after it open the next utterance."""
        settings = self._settings
        most = min(int(settings.max_utterance_s * SAMPLE_RATE), settings.max_utterance_bytes // BYTES_PER_SAMPLE)
        while self._open is not None and end - self._open.begins >= most:
            limit = self._open.begins + most
            earliest = max(limit - int(settings.cut_within_s * SAMPLE_RATE), self._open.undecoded + 1)
            cut = self._detector.best_cut(earliest, limit) if earliest < limit else limit
            self._close(cut, cut, "limit")
            spoken_since = self._detector.speaking or (self._detector.last_speech or 0) > cut
            if spoken_since or self._mode is e.Mode.PTT:
                self._open = self._number(cut, continued=True)
            if spoken_since:
                self._speech_began(cut)
        self._enforce_window(end)

    def _enforce_window(self, end: int) -> None:
        """Nobody pauses: what there is gets transcribed for good up to where that harms least."""
        utterance, settings = self._open, self._settings
        longest = int(settings.window_longest_s * SAMPLE_RATE)
        speaks_on = utterance and utterance.onset is not None and utterance.guessed is None
        if utterance and speaks_on and end - utterance.undecoded >= longest:
            cut = self._detector.best_cut(utterance.undecoded + int(settings.window_s * SAMPLE_RATE), end)
            self._guess(utterance, cut)
            self._speech_resumed()

    def _offer_partial(self, end: int) -> None:
        utterance, settings = self._open, self._settings
        if utterance and settings.partials and utterance.onset is not None and end >= utterance.partial_at:
            shown = self._ahead.partial(utterance.number, self._buffer.slice(utterance.undecoded, end))
            wait_ms = settings.partial_every_ms if shown else settings.first_partial_ms
            utterance.partial_at = end + ms_to_samples(wait_ms)

    def _trim(self, end: int) -> None:
        """Between utterances only a little silence is worth keeping, and what may still be gone on with."""
        if self._open is None:
            self.heard_until = max(self.heard_until, end - ms_to_samples(self._settings.idle_buffer_ms))
            kept_ms = self._settings.idle_buffer_ms + self._settings.rejoin_ms  # speech is noticed a little after it
            if self._last and end - self._last.last > ms_to_samples(kept_ms):
                self._last = None
        self._buffer.drop_before(self._kept_from)
        if self.needed_from - self._let_go_until >= ms_to_samples(self._settings.let_go_ms):
            self._let_go_until = self.needed_from
            self._owner.audio_unneeded()

    def _end_capture(self, capture: int) -> None:
        if capture != self._listening_to or self._closed:
            return
        self._close(self._after_speech(self._detector.last_speech), self._buffer.end, "stop")
        self._closed, self._last = True, None
        self._owner.deliver(e.MicClosed())

    # For the session

    @property
    def needed_from(self) -> int:
        """No sample of the capture before this one can become part of a later utterance."""
        return self._open.needed_from if self._open else self.heard_until

    @property
    def _kept_from(self) -> int:
        """The same, with the utterance that speech may go on with."""
        joined = self._open.joins if self._open else self._last
        return min(self.needed_from, joined.start) if joined else self.needed_from

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
        return self._kept_from if self.busy else None

    @property
    def next_utterance(self) -> int:
        """The number that what is said from ``needed_from`` on will get."""
        return self._open.number if self._open else self._next_utterance

    @property
    def joins(self) -> int | None:
        """The utterance that the open one goes on with."""
        return self._open.joins.number if self._open and self._open.joins else None

    def clip(self, utterance: int) -> Samples | None:
        """The audio of a closed utterance, float32 of shape (n,), or None where it is not in memory."""
        return self._clips.get(utterance)

    def forget(self, utterance: int) -> None:
        self._clips.pop(utterance, None)

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
            self._last = Closed(**saved["last"]) if saved.get("last") else None
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
        last = (self._open.joins if self._open else None) or self._last
        return {
            "capture": self._listening_to,
            "mode": self._mode,
            "stopped": self._closed,
            "paused": self._paused,
            "dropped": self._dropped,
            "needed_from": self.needed_from,
            "next_utterance": self.next_utterance,
            "last": asdict(last) if last else None,
        }
