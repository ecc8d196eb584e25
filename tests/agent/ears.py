"""Ears to try: a listener that remembers, and ways to feed them."""

import asyncio
from collections.abc import Sequence

from agent import events as e
from agent.ear import Ear, EarSettings
from agent.safekeeping import CALM_S, Heard
from inference.stt.contract import Samples
from inference.vad.contract import SpeechEnded, SpeechPaused, SpeechResumed
from inference.vad.scripted import ScriptedDetector
from tests.agent.virtual import run_virtually

SECOND = 16_000
SMALL = EarSettings(max_utterance_s=2.0, backlog_bytes=SECOND * 2)


class Listener:
    """An owner, keeper and foresight that remembers."""

    def __init__(self) -> None:
        self.events: list[e.Event] = []
        self.partials: list[tuple[int, int]] = []
        self.ahead: list[tuple[str | int, ...]] = []
        self.may_join, self.shows = True, True
        self.kept: list[Heard] = []
        self.acked: list[tuple[int, int]] = []
        self.unneeded = 0

    def deliver(self, event: e.Event) -> None:
        self.events.append(event)

    def joinable(self, utterance: int) -> bool:
        return self.may_join

    def partial(self, utterance: int, samples: Samples) -> bool:
        self.partials.append((utterance, len(samples)))
        return self.shows

    def guess(self, utterance: int, start: int, end: int, samples: Samples) -> None:
        assert len(samples) == end - start
        self.ahead.append(("guess", utterance, start, end))

    def settle(self, utterance: int) -> None:
        self.ahead.append(("settle", utterance))

    def discard(self, utterance: int) -> None:
        self.ahead.append(("discard", utterance))

    def forget(self, utterance: int) -> None:
        self.ahead.append(("forget", utterance))

    def safe(self, capture: int, samples: int) -> None:
        self.acked.append((capture, samples))

    def audio_unneeded(self) -> None:
        self.unneeded += 1

    def listened(self, seconds: float) -> None:
        assert 0 <= seconds < 60

    async def keep(self, heard: Heard) -> int:
        self.kept.append(heard)
        return heard.start + heard.samples

    def spans(self) -> list[e.Span]:
        return [event.span for event in self.events if isinstance(event, e.UtteranceClosed)]


def ear_of(
    speech: list[SpeechEnded],
    settings: EarSettings | None = None,
    inside: Sequence[SpeechPaused | SpeechResumed] = (),
    cut: int | None = None,
) -> tuple[Ear, Listener]:
    listener = Listener()
    ear = Ear(listener, listener, listener, lambda: ScriptedDetector(speech, inside, cut), settings or EarSettings())
    return ear, listener


def pcm(samples: int) -> bytes:
    return bytes(2 * samples)


def hear(ear: Ear, samples: int, *, capture: int = 1, start: int = 0, push: int = 800) -> None:
    for offset in range(start, start + samples, push):
        ear.hear(capture, offset, pcm(min(push, start + samples - offset)))


def listen(ear: Ear) -> None:
    """Let the ear take in what waits."""

    async def main() -> None:
        tasks = [asyncio.ensure_future(ear.listen()), asyncio.ensure_future(ear.store())]
        await asyncio.sleep(2 * CALM_S)
        for task in tasks:
            task.cancel()

    run_virtually(main())
