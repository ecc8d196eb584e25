"""Recordings as a microphone would give them: captures in small pushes, at the pace at which they were spoken.

A take is one capture. In ptt each file is a press of its own; hands-free all files are one capture with silence between
them. Where speech lies in a take is marked beforehand on the whole recording, so that delays can be told from it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from agent.events import Mode
from inference.audio import SAMPLE_RATE, Int16Samples
from inference.media import read_clip
from inference.vad.contract import SpeechEnded
from inference.vad.endpointer import Endpointer, EndpointSettings
from inference.vad.silero import SileroStream, shared_model

PUSH = 640  # samples, 40 ms; the wire takes 20-100 ms a push
LEAST_PUSH = 320  # samples, 20 ms: a shorter rest goes with the push before it
_MARKING = EndpointSettings(hangover_ms=200)  # short, so that each stretch of speech has an end of its own

Span = tuple[int, int]
"""First sample and the one after the last."""


@dataclass(frozen=True, slots=True)
class Take:
    """One capture that has been recorded already."""

    samples: Int16Samples  # shape (n,), mono, 16 kHz
    speech: tuple[Span, ...]  # stretches of speech, in order
    gap_s: float = 0.0  # nothing is recorded for so long before it


class Capture(Protocol):
    """A stretch of sound from mic on to mic off, or from key down to key up."""

    @property
    def speech(self) -> tuple[Span, ...] | None:
        """Where speech lies, when that is known beforehand."""
        ...

    @property
    def gap_s(self) -> float:
        """Seconds before it in which nothing was recorded, when that is known beforehand."""
        ...

    @property
    def began(self) -> float:
        """When its first sample was heard, in seconds of the event loop's clock; known from the first push on."""
        ...

    def pushes(self) -> AsyncIterator[Int16Samples]:
        """The sound as it comes in."""
        ...


class Source(Protocol):
    """Where captures come from: files, or a microphone."""

    def captures(self) -> AsyncIterator[Capture]: ...


def read_takes(paths: Sequence[Path], mode: Mode, gap_s: float) -> list[Take]:
    """The takes that these files make, with their speech marked. Raises BadAudio."""
    clips = [read_clip(path).samples for path in paths]
    if mode is Mode.PTT:
        return [Take(clip, mark_speech(clip), gap_s if index else 0.0) for index, clip in enumerate(clips)]
    gap = np.zeros(round(gap_s * SAMPLE_RATE), np.int16)
    pieces = [piece for clip in clips for piece in (gap, clip)][1:]
    whole = np.concatenate(pieces)
    return [Take(whole, mark_speech(whole))]


def mark_speech(samples: Int16Samples) -> tuple[Span, ...]:
    """The stretches of speech in a whole recording, by the Silero judge alone, no gate before it."""
    judge = Endpointer(_MARKING, SileroStream(shared_model()), None)
    rest = np.zeros(SAMPLE_RATE, np.int16)  # silence that lets the last stretch end
    boundaries = judge.feed(0, np.concatenate((samples, rest)).tobytes())
    found = (b for b in boundaries if isinstance(b, SpeechEnded))
    return tuple((b.onset, min(b.last, len(samples))) for b in found if b.onset < len(samples))


def split(samples: Int16Samples) -> list[Int16Samples]:
    """Pieces of ``PUSH`` samples; the last is at least ``LEAST_PUSH`` long where the recording is."""
    edges = list(range(0, len(samples), PUSH))
    if len(edges) > 1 and len(samples) - edges[-1] < LEAST_PUSH:
        edges.pop()
    return [samples[edge:end] for edge, end in zip(edges, [*edges[1:], len(samples)], strict=True)]


class FileSource:
    """Takes, one after another, in real time by one schedule that does not drift, or as fast as they are taken."""

    def __init__(self, takes: Sequence[Take], *, fast: bool, now: Callable[[], float] | None = None) -> None:
        """``now``: seconds of a monotonic clock; the event loop's when not given."""
        self._takes = takes
        self._fast = fast
        self._now = now or asyncio.get_running_loop().time
        self._due: float | None = None

    async def captures(self) -> AsyncIterator[Capture]:
        for take in self._takes:
            if self._due is not None and not self._fast:
                self._due += take.gap_s
            yield _Played(self, take)

    async def play(self, take: Take) -> AsyncIterator[tuple[float, Int16Samples]]:
        """Each push with the instant at which its first sample is spoken, however late it is sent."""
        for piece in split(take.samples):
            yield await self._wait(), piece
            if self._due is not None:
                self._due += len(piece) / SAMPLE_RATE

    async def _wait(self) -> float:
        if self._fast:
            return self._now()
        if self._due is None:  # the first sample sets the clock
            self._due = self._now()
        await asyncio.sleep(max(0.0, self._due - self._now()))
        return self._due


@dataclass(slots=True)
class _Played:
    """A take on its way."""

    source: FileSource
    take: Take
    began: float = math.nan

    @property
    def speech(self) -> tuple[Span, ...]:
        return self.take.speech

    @property
    def gap_s(self) -> float:
        return self.take.gap_s

    async def pushes(self) -> AsyncIterator[Int16Samples]:
        async for spoken, piece in self.source.play(self.take):
            if math.isnan(self.began):
                self.began = spoken
            yield piece
