"""The local engine: faster-whisper in this process, one model for all sessions.

Joins the lanes (who is next) to the decoder (what was said) and brings the answers back to asyncio. Nothing leaves the
machine, save that a hub name is downloaded the first time it is used.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from inference.audio import SAMPLE_RATE, samples_to_s
from inference.errors import BadAudio, EngineFailed
from inference.models import PACKAGED_NAME, find_speech_model
from inference.stt.contract import Hint, Load, Samples, Speculation, Transcript
from inference.stt.guards import GuardSettings
from inference.stt.lanes import Final, Lanes
from inference.stt.speculation import BegunEarly
from inference.stt.window import WindowSettings, windows_for

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_AUDIO_S = 0.1  # shorter holds no word; Whisper makes one up
MAX_AUDIO_S = 600.0  # ten times the longest utterance


class Decoder(Protocol):
    """A loaded model; its methods run in the lanes' threads."""

    engine: str
    language: str
    workers: int  # decodes at the same time that it is made for

    def final(self, samples: Samples, hint: Hint | None = None) -> Transcript: ...
    def partial(self, samples: Samples, hint: Hint | None = None) -> Transcript: ...


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
        ``windows``: None is what was measured for the model. ``language``: code such as "en"; English-only models
        ignore it. ``max_queue``: finals that may wait. ``busy_above_s``: estimated wait for which ``load`` says full.
        ``load``: makes the decoder, for tests of what lies around it.
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
    def load(self) -> Load:
        return self._lanes.load if self._lanes else Load()

    async def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript:
        samples = _checked(samples)
        lanes = await self._ready()
        if len(samples) < MIN_AUDIO_S * SAMPLE_RATE:
            return self._nothing(samples)
        return await asyncio.wrap_future(lanes.final(stream, samples, hint))

    def speculate(self, stream: str, samples: Samples, hint: Hint | None = None) -> Speculation:
        if self._lanes is None or len(samples) < MIN_AUDIO_S * SAMPLE_RATE:
            return BegunEarly(self.final(stream, samples, hint))  # loads the model first, or has nothing to decode
        return _Speculated(self._lanes, self._lanes.speculate(stream, _checked(samples), hint))

    async def partial(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript | None:
        samples = _checked(samples)
        lanes = await self._ready()
        if len(samples) < MIN_AUDIO_S * SAMPLE_RATE:
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
                self._decoder = await asyncio.to_thread(self._load)
                self._lanes = Lanes(
                    self._decoder.final,
                    self._decoder.partial,
                    workers=self._decoder.workers,
                    max_queue=self._max_queue,
                    busy_above_s=self._busy_above_s,
                )
            return self._lanes

    def _load_whisper(self) -> Decoder:
        from inference.stt.whisper import load_whisper  # imported here: brings CTranslate2 and ffmpeg, 0.3 s

        return load_whisper(
            find_speech_model(self._model),
            device=self._device,
            compute_type=self._compute_type,
            threads=self._threads,
            workers=self._workers,
            windows=self._windows,
            guards=self._guards,
            language=self._language,
        )

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
        self._adopted = True
        self._lanes.adopt(self._job)
        return await self._answer

    def cancel(self) -> None:
        if not self._adopted:
            self._lanes.cancel(self._job)
            self._answer.cancel()  # at once, where it is being decoded


def _look(answer: "asyncio.Future[Transcript]") -> None:
    """What fails before anybody asked is nobody's error."""
    if not answer.cancelled():
        answer.exception()


def _checked(samples: Samples) -> Samples:
    """A copy nobody else writes to. Raises BadAudio."""
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise BadAudio(
            "Speech to text takes float32 samples of shape (n,) at 16 kHz. Convert them with inference.audio."
        )
    if len(samples) > MAX_AUDIO_S * SAMPLE_RATE:
        raise BadAudio(f"{samples_to_s(len(samples)):.0f} s is too long. Cut it into {MAX_AUDIO_S:.0f} s or less.")
    if not np.isfinite(samples).all():
        raise BadAudio("The samples hold NaN or infinity. Check the conversion of the recording.")
    return samples.copy()
