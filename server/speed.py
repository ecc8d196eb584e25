"""How fast this machine turns speech into text, and which settings would suit it better. Measures; changes nothing.

A final should be ready when the speech is known to be over: its decode, begun at the first silence, fits within the
wait for more speech. That is what advice goes by.
"""

import asyncio
import os
import time
from dataclasses import asdict, dataclass
from statistics import median

from inference.errors import InferenceError
from inference.stt.contract import Samples, SpeechToText
from server.findings import Found, Problem
from server.settings import Settings

FIRST_S, LAST_S = 0.3, 3.6  # of the demo's recording: its first sentence
DECODES = 5
FITS_MS = 200.0  # of a sentence: less than the wait for more speech, with room for a busy moment
LIKELY_MS = 50.0  # where tiny.en takes no longer, base should fit
CLEARLY = 0.75  # of the time, or less: worth a setting
PATIENCE_S = 2.0  # for the decodes of one measurement: a large model on a slow machine needs no five of them
ENOUGH_S = 6.0  # spent already: nothing else is tried
TINY, BASE = "tiny.en", "base"


@dataclass(frozen=True, slots=True)
class Speed:
    """What one choice of settings gave."""

    model: str
    engine: str  # with device and compute type
    threads: int
    workers: int
    ms: float  # median of one sentence
    together_ms: float  # median when as many sentences as workers come at once
    factor: float  # seconds of work for a second of speech


async def speech_speed(settings: Settings) -> Found:
    """Decode one sentence several times with these settings, then with the few others that may be better.

    Takes about ten seconds; longer only for a model of which one decode does. Raises Problem where speech comes faster
    than it is decoded, and what the engine raises.
    """
    began = time.monotonic()
    clip = await asyncio.to_thread(_sentence)
    if settings.stt == "openai":
        return await _of_endpoint(settings, clip)
    now = await _measure(settings, clip)
    if now.factor >= 1:
        todo = "Too slow to keep up: name a smaller model in SIDENOTE_STT_MODEL, or close other programs."
        raise Problem(_said(now, clip), todo)
    others, failures = [], []
    for other in _worth_trying(settings, now):
        if time.monotonic() - began < ENOUGH_S:
            try:
                others.append(await _measure(other, clip))
            except InferenceError as error:  # what is in force works all the same
                failures.append(f"{other.stt_model} could not be tried: {error}")
    said = [_said(now, clip), *map(_compared, others), *failures, *_disturbed(os.getloadavg()[0], os.cpu_count() or 1)]
    advised = [line for other in others if (line := advice(now, other))]
    if now.model == TINY and now.ms <= LIKELY_MS and not _has_base():
        advised.append(f"This machine is fast enough for a more accurate model: {_how_to_get_base()}.")
    return Found(
        "; ".join(said),
        " ".join(advised),
        {"now": asdict(now), "others": [asdict(speed) for speed in others]},
    )


def _worth_trying(settings: Settings, now: Speed) -> list[Settings]:
    """Few: the other packaged model, and one thread more or fewer."""
    found = []
    if now.model == TINY and _has_base():
        found.append(settings.model_copy(update={"stt_model": BASE}))
    elif now.model == BASE and settings.language == "en":
        found.append(settings.model_copy(update={"stt_model": TINY}))
    if "cpu" in now.engine and now.workers > 1:
        found.append(settings.model_copy(update={"stt_threads": 2 if now.threads == 1 else 1, "stt_workers": 1}))
    return found


def advice(now: Speed, other: Speed) -> str:
    """What a person may set, or nothing."""
    if other.model == BASE and other.ms <= FITS_MS:
        return f"Set SIDENOTE_STT_MODEL={BASE}: more accurate, and still ready when you stop speaking."
    if other.model == TINY and now.ms > FITS_MS:
        return f"Set SIDENOTE_STT_MODEL={TINY} where only English is spoken: its text is there sooner."
    if other.model == now.model and other.ms <= CLEARLY * now.ms:
        return (
            f"Set SIDENOTE_STT_THREADS={other.threads} and SIDENOTE_STT_WORKERS={other.workers} where one person "
            "speaks at a time."
        )
    return ""


def _said(speed: Speed, clip: Samples) -> str:
    threads = "1 thread" if speed.threads == 1 else f"{speed.threads} threads"
    together = f", {speed.workers} at once {speed.together_ms:.0f} ms" if speed.workers > 1 else ""
    return (
        f"{speed.engine}, {threads}: {speed.ms:.0f} ms for {len(clip) / 16_000:.1f} s of speech "
        f"(factor {speed.factor:.2f}){together}"
    )


def _compared(speed: Speed) -> str:
    threads = "" if speed.threads == 1 else f" with {speed.threads} threads"
    return f"{speed.model}{threads} {speed.ms:.0f} ms"


def _disturbed(load: float, cores: int) -> list[str]:
    """A word of caution where other programs kept the cores busy (``load``: of the last minute)."""
    if load <= cores:
        return []
    return [f"other programs are busy (load {load:.1f}, {cores} cores): look again when they are done"]


async def _measure(settings: Settings, clip: Samples) -> Speed:
    from inference.models import find_speech_model
    from inference.stt.local import LocalWhisper

    await asyncio.to_thread(find_speech_model, settings.stt_model, download=False)  # looking must not fetch gigabytes
    engine = LocalWhisper(
        settings.stt_model,
        device=settings.stt_device,
        threads=settings.stt_threads,
        workers=settings.stt_workers,
        language=settings.language,
    )
    try:
        await engine.warm_up()
        alone = await _several(engine, clip, 1)
        workers, name = engine.workers, engine.name
        together = await _several(engine, clip, workers) if workers > 1 else alone
    finally:
        await engine.close()
    took_s = median(alone)
    return Speed(
        settings.stt_model,
        name,
        settings.stt_threads or 1,
        workers,
        round(1000 * took_s, 1),
        round(1000 * median(together), 1),
        round(took_s / (len(clip) / 16_000), 3),
    )


async def _several(engine: SpeechToText, clip: Samples, count: int) -> list[float]:
    """``_took_s`` as often as ``DECODES``; less often, but once, where that takes longer than ``PATIENCE_S``."""
    began = time.monotonic()
    took_s: list[float] = []
    while len(took_s) < DECODES and (not took_s or time.monotonic() - began < PATIENCE_S):
        took_s.append(await _took_s(engine, clip, count))
    return took_s


async def _took_s(engine: SpeechToText, clip: Samples, count: int) -> float:
    """Seconds until so many finals that came at once are all there."""
    began = time.perf_counter()
    await asyncio.gather(*(engine.final(f"doctor {n}", clip) for n in range(count)))
    return time.perf_counter() - began


async def _of_endpoint(settings: Settings, clip: Samples) -> Found:
    from server.wiring import build_stt

    engine = build_stt(settings)
    try:
        await engine.warm_up()
        took_s = min([await _took_s(engine, clip, 1) for _ in range(2)])
    finally:
        await engine.close()
    found = f"{engine.name}: {1000 * took_s:.0f} ms for {len(clip) / 16_000:.1f} s of speech, there and back"
    return Found(found, figures={"now": {"engine": engine.name, "ms": round(1000 * took_s, 1)}, "others": []})


def _sentence() -> Samples:
    from inference.audio import SAMPLE_RATE, int16_to_float32
    from inference.media import read_clip
    from server.demo import RECORDING

    return int16_to_float32(read_clip(RECORDING).samples[round(FIRST_S * SAMPLE_RATE) : round(LAST_S * SAMPLE_RATE)])


def _has_base() -> bool:
    from inference.parts import is_installed

    return is_installed()


def _how_to_get_base() -> str:
    from inference.models import MULTILINGUAL

    return f"{MULTILINGUAL}, then look again"
