"""Transcribes before an utterance is over, so that its text is there when its end is.

At each pause what has been said is decoded: that *guess* is the final if no speech follows. If speech follows, the
guess is thrown away, or stands as a settled stretch where it is long. In between, partials feed the caption. Everything
here belongs to one session and its event loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from agent.caption import Caption, Shown
from agent.events import Span
from agent.ports import Telemetry
from inference.audio import samples_to_s
from inference.errors import InferenceError
from inference.stt.contract import Hint, Samples, Speculation, SpeechToText, Transcript
from inference.stt.joining import joined

log = logging.getLogger(__name__)

Audio = Callable[[int, int], Awaitable[Samples]]
"""Samples [start, end) of a capture."""


class Listener(Protocol):
    """Who wants to know."""

    def caption(self, utterance: int, shown: Shown) -> None: ...

    def foreseen(self, utterance: int, end: int, transcript: Transcript) -> None:
        """What was said up to sample ``end`` of the capture is this, if nothing follows."""
        ...


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Samples [start, end) on their way to text."""

    start: int
    end: int
    speculation: Speculation


@dataclass(eq=False, slots=True)
class _Foreseen:
    """What is known ahead of one utterance."""

    hint: Hint | None  # one for the whole utterance, so that a guess and the final hear alike
    caption: Caption = field(default_factory=Caption)
    shown: bool = False  # somebody has seen text of it
    settled: list[_Stretch] = field(default_factory=list)
    texts: list[Transcript | None] = field(default_factory=list)  # of the first of them; None: there is none
    settling: asyncio.Task[None] | None = None  # waits for the others
    guess: _Stretch | None = None

    @property
    def settled_known(self) -> bool:
        return len(self.texts) == len(self.settled)

    def whole(self, guess: _Stretch, transcript: Transcript) -> Transcript | None:
        """All that was said up to the end of the guess, None where that is not known."""
        known = [(each, text) for each, text in zip(self.settled, self.texts, strict=False) if text]
        if len(known) < len(self.settled):
            return None
        parts = [*known, (guess, transcript)]
        return joined([(samples_to_s(each.start - parts[0][0].start), text) for each, text in parts])


class Foresight:
    """One session's transcription ahead of time; an ``Ahead`` for its ear."""

    def __init__(
        self,
        stt: SpeechToText,
        stream: str,
        listener: Listener,
        telemetry: Telemetry,
        hint: Callable[[], Hint | None],
    ) -> None:
        """``stream``: names the session to the engine. ``hint``: what is likely to be named just now."""
        self._stt = stt
        self._stream = stream
        self._listener = listener
        self._telemetry = telemetry
        self._hint = hint
        self._foreseen: dict[int, _Foreseen] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._partial: asyncio.Task[None] | None = None

    # From the ear. None of these waits.

    def partial(self, utterance: int, samples: Samples) -> bool:
        foreseen = self._of(utterance)
        if self._partial is None or self._partial.done():
            self._partial = self._do(self._show_partial(utterance, foreseen, samples))
        return foreseen.shown

    def guess(self, utterance: int, start: int, end: int, samples: Samples) -> None:
        self.discard(utterance)
        foreseen = self._of(utterance)
        foreseen.guess = guess = _Stretch(start, end, self._stt.speculate(self._stream, samples, foreseen.hint))
        self._do(self._follow(utterance, foreseen, guess))

    def settle(self, utterance: int) -> None:
        foreseen = self._of(utterance)
        if foreseen.guess:
            if foreseen.settled_known:  # else the task that waits for an earlier one goes on to this one
                foreseen.settling = self._do(self._settle(utterance, foreseen))
            self._do(self._adopt(foreseen.guess))
            foreseen.settled.append(foreseen.guess)
            foreseen.guess = None

    def discard(self, utterance: int) -> None:
        foreseen = self._foreseen.get(utterance)
        if foreseen and foreseen.guess:
            foreseen.guess.speculation.cancel()
            foreseen.guess = None
            self._count("wasted")

    def forget(self, utterance: int) -> None:
        self.discard(utterance)
        foreseen = self._foreseen.pop(utterance, None)
        for stretch in foreseen.settled if foreseen else ():
            stretch.speculation.cancel()
            self._count("wasted")

    # For the session

    async def transcribe(self, utterance: int, span: Span, audio: Audio) -> Transcript:
        """The final of an utterance: what was foreseen of it, and the rest decoded now.

        Raises what the engine or ``audio`` raises; asked again it decodes the whole anew.
        """
        foreseen = self._of(utterance)
        self._foreseen[utterance] = _Foreseen(foreseen.hint, foreseen.caption, foreseen.shown)
        stretches = self._fitting(foreseen, span)
        foreseen.guess = None
        try:
            parts = [(samples_to_s(each.start - span.start), await each.speculation.adopt()) for each in stretches]
        finally:
            for each in stretches:
                each.speculation.cancel()  # where an earlier one failed: what is adopted stays
        start = stretches[-1].end if stretches else span.start
        if start < span.end:
            rest = await self._stt.final(self._stream, await audio(start, span.end), foreseen.hint)
            parts.append((samples_to_s(start - span.start), rest))
        return joined(parts)

    async def close(self) -> None:
        """Give up everything."""
        for utterance in list(self._foreseen):
            self.forget(utterance)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _fitting(self, foreseen: _Foreseen, span: Span) -> list[_Stretch]:
        """The stretches that make up the beginning of ``span``, or all of it; the others are not wanted."""
        fitting: list[_Stretch] = []
        end = span.start
        for stretch in [*foreseen.settled, *([foreseen.guess] if foreseen.guess else [])]:
            fits = stretch.start == end and (stretch.end == span.end or stretch is not foreseen.guess)
            if fits and stretch.end <= span.end:
                fitting.append(stretch)
                end = stretch.end
            else:
                stretch.speculation.cancel()
            self._count("adopted" if fitting and fitting[-1] is stretch else "wasted")
        return fitting

    def _of(self, utterance: int) -> _Foreseen:
        if utterance not in self._foreseen:
            self._foreseen[utterance] = _Foreseen(self._hint())
        return self._foreseen[utterance]

    def _do(self, work: Awaitable[None]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _show_partial(self, utterance: int, foreseen: _Foreseen, samples: Samples) -> None:
        settled = len(foreseen.settled)
        if not foreseen.settled_known:  # what comes before these words
            return
        try:
            transcript = await self._stt.partial(self._stream, samples, foreseen.hint)
        except InferenceError as error:  # the final will tell whoever needs to know
            log.debug("no partial: %s", error)
            return
        if transcript and transcript.text and settled == len(foreseen.settled):
            self._show(utterance, foreseen, foreseen.caption.hear(transcript.text))

    async def _follow(self, utterance: int, foreseen: _Foreseen, guess: _Stretch) -> None:
        transcript = await guess.speculation.transcript()
        if foreseen.settling:
            await asyncio.wait([foreseen.settling])
        if transcript and foreseen.guess is guess:
            if transcript.text:
                self._show(utterance, foreseen, foreseen.caption.hear(transcript.text))
            if whole := foreseen.whole(guess, transcript):
                self._listener.foreseen(utterance, guess.end, whole)

    async def _adopt(self, stretch: _Stretch) -> None:
        """It is wanted, whatever follows: an engine that begins only then may begin."""
        with contextlib.suppress(InferenceError):  # the final tells whoever needs to know
            await stretch.speculation.adopt()

    async def _settle(self, utterance: int, foreseen: _Foreseen) -> None:
        """Show the settled stretches in their order: they may be transcribed in another one."""
        while not foreseen.settled_known:
            transcript = await foreseen.settled[len(foreseen.texts)].speculation.transcript()
            foreseen.texts.append(transcript)
            self._show(utterance, foreseen, foreseen.caption.settle(transcript.text if transcript else ""))

    def _show(self, utterance: int, foreseen: _Foreseen, shown: Shown) -> None:
        if self._foreseen.get(utterance) is foreseen and shown.text:
            foreseen.shown = True
            self._listener.caption(utterance, shown)

    def _count(self, outcome: str) -> None:
        self._telemetry.record("speculations", 1, outcome=outcome)
