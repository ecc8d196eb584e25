"""The local engine: faster-whisper in this process, one model for all sessions.

Joins the lanes (who is next) to the decoder (what was said) and brings the answers back to asyncio. Nothing leaves the
machine, save that a hub name is downloaded the first time it is used.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from inference.audio import samples_to_s
from inference.errors import EngineFailed, InferenceError
from inference.models import PACKAGED_NAME, find_speech_model
from inference.priority import give_way
from inference.stt.contract import Hint, Load, Samples, Speculation, Transcript
from inference.stt.guards import GuardSettings
from inference.stt.incoming import checked, too_short
from inference.stt.lanes import Final, Lanes
from inference.stt.language import AUTO
from inference.stt.speculation import BegunEarly
from inference.stt.window import WindowSettings, windows_for

if TYPE_CHECKING:
    from collections.abc import Callable


class Decoder(Protocol):
    """A loaded model; its methods run in the lanes' threads."""

    engine: str
    workers: int  # decodes at the same time that it is made for

    def final(self, samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript: ...
    def partial(self, samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript: ...


class LocalWhisper:
    """A SpeechToText. See ``contract.py`` for what its methods promise."""

    def __init__(
        self,
        model: str | Path = PACKAGED_NAME,
        *,
        device: str = "auto",
        compute_type: str | None = None,
        threads: int = 0,
        workers: int = 0,
        windows: WindowSettings | None = None,
        guards: GuardSettings | None = None,
        language: str = "en",
        max_queue: int = 32,
        busy_above_s: float = 2.0,
        load: "Callable[[], Decoder] | None" = None,
    ) -> None:
        """Nothing is loaded before ``warm_up`` or the first request.

        ``model``: see ``inference.models.find_speech_model``. ``device``: "auto", "cpu" or "cuda". ``compute_type``:
        None is int8 on a CPU and float16 on a GPU. ``threads``: CPU threads a decode, 0 is one: more make no decode
        of this size faster. ``workers``: decodes at the same time, 0 is one a core up to 4, and one on a GPU.
        ``windows``: None is what was measured for the model. ``language``: code such as "en", or "auto": each stream's
        own is heard; English-only models ignore it. ``max_queue``: finals that may wait. ``busy_above_s``: estimated
        wait for which ``load`` says full. ``load``: makes the decoder, for tests of what lies around it.
        """
        self._model = model
        self._device = device
        self._compute_type = compute_type
        self._threads = threads or 1
        self._workers = workers
        self._windows = windows or windows_for(str(model))
        self._guards = guards or GuardSettings()
        self._language = language
        self._max_queue = max_queue
        self._busy_above_s = busy_above_s
        self._load = load or self._load_whisper
        self._loading = asyncio.Lock()
        self._decoder: Decoder | None = None
        self._lanes: Lanes | None = None
        self._closed = False

    @property
    def name(self) -> str:
        return self._decoder.engine if self._decoder else f"faster-whisper {self._model}"

    async def warm_up(self) -> None:
        await self._ready()

    @property
    def workers(self) -> int:
        """Decodes at the same time, once the model is loaded."""
        return self._decoder.workers if self._decoder else self._workers

    @property
    def load(self) -> Load:
        return self._lanes.load if self._lanes else Load()

    async def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript:
        samples = checked(samples)
        lanes = await self._ready()
        if too_short(samples):
            return self._nothing(samples)
        return await asyncio.wrap_future(lanes.final(stream, samples, hint))

    def speculate(self, stream: str, samples: Samples, hint: Hint | None = None) -> Speculation:
        if self._lanes is None or too_short(samples):
            return BegunEarly(self.final(stream, samples, hint))  # loads the model first, or has nothing to decode
        return _Speculated(self._lanes, self._lanes.speculate(stream, checked(samples), hint))

    async def partial(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript | None:
        samples = checked(samples)
        lanes = await self._ready()
        if too_short(samples):
            return self._nothing(samples)
        return await asyncio.wrap_future(lanes.partial(stream, samples, hint))

    async def close(self) -> None:
        async with self._loading:
            self._closed = True
            lanes, self._lanes, self._decoder = self._lanes, None, None
        if lanes is not None:
            await asyncio.to_thread(lanes.close)

    async def _ready(self) -> Lanes:
        if self._lanes is not None:
            return self._lanes
        async with self._loading:
            if self._closed:
                raise EngineFailed("The speech engine is shut down. Start the server again.")
            if self._lanes is None:
                # A thread of its own: those that CTranslate2 starts have the priority of the one that loads.
                with ThreadPoolExecutor(1, "stt-load", give_way) as thread:
                    self._decoder = await asyncio.wrap_future(thread.submit(self._load))
                self._lanes = Lanes(
                    self._decoder.final,
                    self._decoder.partial,
                    workers=self._decoder.workers,
                    max_queue=self._max_queue,
                    busy_above_s=self._busy_above_s,
                )
            return self._lanes

    def _load_whisper(self) -> Decoder:
        from inference.stt.polyglot import Polyglot
        from inference.stt.whisper import load_whisper  # imported here: brings CTranslate2 and ffmpeg, 0.3 s

        whisper = load_whisper(
            find_speech_model(self._model),
            device=self._device,
            compute_type=self._compute_type,
            threads=self._threads,
            workers=self._workers,
            windows=self._windows,
            guards=self._guards,
            language="en" if self._language == AUTO else self._language,
        )
        return Polyglot(whisper, self._language)

    def _nothing(self, samples: Samples) -> Transcript:
        return Transcript("", language=self._language, audio_s=samples_to_s(len(samples)), engine=self.name)


class _Speculated:
    """A Speculation in the lanes."""

    def __init__(self, lanes: Lanes, job: Final) -> None:
        self._lanes = lanes
        self._job = job
        self._answer = asyncio.wrap_future(job.future)
        self._answer.add_done_callback(_look)
        self._adopted = False

    async def transcript(self) -> Transcript | None:
        await asyncio.wait([self._answer])
        if self._answer.cancelled() or self._answer.exception():
            return None
        return self._answer.result()

    async def adopt(self) -> Transcript:
        try:
            self._lanes.adopt(self._job)
        except InferenceError:
            self.cancel()  # who waits for its text is told that there will be none
            raise
        self._adopted = True
        return await self._answer

    def cancel(self) -> None:
        if not self._adopted:
            self._lanes.cancel(self._job)
            self._answer.cancel()  # at once, where it is being decoded


def _look(answer: "asyncio.Future[Transcript]") -> None:
    """What fails before anybody asked is nobody's error."""
    if not answer.cancelled():
        answer.exception()
