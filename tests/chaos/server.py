"""``sidenote serve`` whose hearing and understanding are scripted: everything else is the program's own.

For attacks that would keep a real model busy for hours. Run as a program; takes the options of ``sidenote serve``.
While a file ``held-SESSION`` lies in the data folder, nothing of that session is transcribed.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from inference.llm.contract import Context, Delta, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.contract import Hint, Samples, Transcript
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import Boundary, SpeechEnded, VoiceDetectorFactory
from inference.vad.scripted import ScriptedDetector
from server import wiring
from server.cli import main
from server.settings import Settings

WORDS = "The music is too loud."
SPEECH = SpeechEnded(onset=1_600, last=8_000, endpoint=12_000)


class Stt(ScriptedStt):
    """Says the same every time, and keeps no record of it: this process has its memory measured."""

    def __init__(self, folder: Path) -> None:
        super().__init__(otherwise=WORDS)
        self._folder = folder

    async def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript:
        self.final_calls.clear()
        while (self._folder / f"held-{stream}").exists():  # noqa: ASYNC110 - another process removes it
            await asyncio.sleep(0.01)
        return await super().final(stream, samples, hint)

    async def partial(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript | None:
        self.partial_calls.clear()
        return await super().partial(stream, samples, hint)


class Structurer(ScriptedStructurer):
    async def structure(self, transcript: str, context: Context, on_delta: Delta) -> Reading:
        self.calls.clear()
        return await super().structure(transcript, context, on_delta)


class Detector(ScriptedDetector):
    def feed(self, offset: int, pcm: bytes) -> list[Boundary]:
        self.fed.clear()
        return super().feed(offset, pcm)


def build_stt(settings: Settings) -> ScriptedStt:
    return Stt(settings.data_dir)


def build_structurer(settings: Settings) -> ScriptedStructurer:
    return Structurer()


def build_detector_factory(settings: Settings) -> VoiceDetectorFactory:
    return lambda: Detector([SPEECH])


if __name__ == "__main__":
    wiring.build_stt = build_stt
    wiring.build_structurer = build_structurer
    wiring.build_detector_factory = build_detector_factory
    sys.argv.insert(1, "serve")
    main()
