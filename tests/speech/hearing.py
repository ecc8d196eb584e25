"""The server's way from samples to a transcript and a note, without server: voice detector, engine, structurer.

Cuts as the agent does: from the lead pad before the first speech to the tail pad after the last. Its settings are the
product's own defaults, so what is scored here is what people get.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from agent.ear import EarSettings
from inference.audio import Float32Samples, float32_to_pcm16, ms_to_samples
from inference.llm.basic import BasicStructurer
from inference.llm.contract import Context, Reading
from inference.stt.contract import Transcript
from inference.stt.local import LocalWhisper
from inference.vad.contract import SpeechBegan, SpeechEnded
from inference.vad.endpointer import make_detector_factory

PUSH = 320  # samples: 20 ms, as a browser sends them


@dataclass(frozen=True, slots=True)
class Heard:
    """What the engine made of a piece, and the structurer of its text; None where there was no text."""

    transcript: Transcript
    reading: Reading | None


class Hearing:
    """One engine, one structurer, and a fresh voice detector for each recording."""

    def __init__(self, model: str = "tiny.en", ear: EarSettings | None = None) -> None:
        self._detector = make_detector_factory()
        self._engine = LocalWhisper(model)
        self._structurer = BasicStructurer()
        self._lead = ms_to_samples((ear or EarSettings()).lead_pad_ms)
        self._tail = ms_to_samples((ear or EarSettings()).tail_pad_ms)

    async def __aenter__(self) -> "Hearing":
        await asyncio.gather(self._engine.warm_up(), self._structurer.warm_up())
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(self._engine.close(), self._structurer.close())

    def speech(self, samples: Float32Samples) -> list[tuple[int, int]]:
        """Where the detector hears speech: first sample and the sample after the last, without pads."""
        detector = self._detector()
        found: list[tuple[int, int]] = []
        began: int | None = None
        for at in range(0, len(samples), PUSH):
            for boundary in detector.feed(at, float32_to_pcm16(samples[at : at + PUSH])):
                if isinstance(boundary, SpeechBegan):
                    began = boundary.onset
                elif isinstance(boundary, SpeechEnded):
                    found.append((boundary.onset, boundary.last))
                    began = None
        if began is not None:
            found.append((began, detector.last_speech or len(samples)))
        return found

    def cut(self, samples: Float32Samples, spans: Iterable[tuple[int, int]]) -> Float32Samples:
        """One press: from the first of ``spans`` to the last, with the agent's pads; empty where there is none."""
        both = list(spans)
        if not both:
            return samples[:0]
        return samples[max(0, both[0][0] - self._lead) : both[-1][1] + self._tail]

    async def final(self, samples: Float32Samples) -> Transcript:
        """What is heard in ``samples``, all of which were cut already."""
        return await self._engine.final("bench", samples)

    async def transcript(self, samples: Float32Samples) -> Transcript:
        """What is heard in one press of ``samples``; empty where the detector hears no speech."""
        return await self.final(self.cut(samples, self.speech(samples)))

    async def understood(self, samples: Float32Samples) -> Heard:
        """The transcript of one press and how it is read, in a session without notes."""
        return await self.read(await self.transcript(samples))

    async def read(self, transcript: Transcript, notes: tuple[str, ...] = ()) -> Heard:
        """How a transcript is read after ``notes``."""
        if not transcript.text:
            return Heard(transcript, None)
        context = Context(notes=notes, certainty=transcript.certainty)
        return Heard(transcript, await self._structurer.structure(transcript.text, context, lambda _: None))
