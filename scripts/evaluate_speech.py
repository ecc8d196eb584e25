"""Compares speech to text with stock faster-whisper (beam 5, 30 s window) on the same clips in the same run.

Prints word error rate, median and 95th percentile of decode seconds, and the ratio; ``--noise`` adds what noises give,
``--detector`` what the voice detector does, and ``--sweep`` other windows and beams. Run it from the repository:

    .venv/bin/python scripts/evaluate_speech.py [--held-out] [--sweep] [--noise] [--detector] [--json FILE]
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from inference.audio import Float32Samples, float32_to_pcm16  # after the path is set
from inference.models import find_speech_model
from inference.stt.guards import GuardSettings
from inference.stt.whisper import Whisper
from inference.stt.window import WindowSettings
from inference.vad.contract import SpeechEnded
from inference.vad.endpointer import Endpointer, EndpointSettings
from inference.vad.silero import SileroStream, shared_model
from inference.vad.webrtc import WebrtcGate
from tests.speech.corpus import held_out_corpus, tuning_corpus
from tests.speech.noises import NOISES, mix, pink_noise, silence
from tests.speech.synthesis import SpokenClip
from tests.speech.wer import corpus_wer

Transcribe = Callable[[Float32Samples], str]


@dataclass(frozen=True, slots=True)
class Row:
    """One system on one set of clips."""

    system: str
    clips: str
    errors: int
    words: int
    median_s: float
    p95_s: float

    @property
    def wer(self) -> float:
        return self.errors / self.words


def compare(systems: dict[str, Transcribe], sets: dict[str, list[SpokenClip]]) -> list[Row]:
    """Every system on every clip, taking turns, so that a busy machine is unfair to none."""
    rows: list[Row] = []
    everything: dict[str, list[tuple[str, str, float]]] = {name: [] for name in systems}
    for set_name, clips in sets.items():
        results: dict[str, list[tuple[str, str, float]]] = {name: [] for name in systems}
        for clip in clips:
            samples = clip.float_samples
            for name, transcribe in systems.items():
                began = time.perf_counter()
                heard = transcribe(samples)
                results[name].append((clip.text, heard, time.perf_counter() - began))
        for name, result in results.items():
            rows.append(row(name, set_name, result))
            everything[name] += result
    return rows + [row(name, "all", result) for name, result in everything.items()]


def row(system: str, clips: str, results: Sequence[tuple[str, str, float]]) -> Row:
    total = corpus_wer((reference, heard) for reference, heard, _ in results)
    seconds = [taken for *_, taken in results]
    return Row(system, clips, total.errors, total.words, float(np.median(seconds)), float(np.quantile(seconds, 0.95)))


def print_rows(rows: Sequence[Row], baseline: str) -> None:
    print(f"{'clips':24} {'system':32} {'WER':>7} {'errors':>9} {'median':>8} {'p95':>8} {'ratio':>6}")
    for one in rows:
        base = next(other for other in rows if other.system == baseline and other.clips == one.clips)
        print(
            f"{one.clips:24} {one.system:32} {100 * one.wer:6.2f}% {one.errors:4}/{one.words:<4} "
            f"{1000 * one.median_s:5.0f} ms {1000 * one.p95_s:5.0f} ms {base.median_s / one.median_s:5.1f}x"
        )


def print_noise(transcribe: Transcribe) -> None:
    print("\nnoise          what is heard in 0.6, 2 and 5 s")
    for name, make in NOISES.items():
        print(f"{name:14} {[transcribe(make(seconds)) for seconds in (0.6, 2.0, 5.0)]}")


class CountingJudge(SileroStream):
    """Silero that counts its calls."""

    calls = 0

    def probability(self, window: Float32Samples) -> float:
        self.calls += 1
        return super().probability(window)


def detect(pcm: bytes, gate: WebrtcGate | None) -> tuple[list[SpeechEnded], int]:
    """The utterances of a recording and how many windows Silero judged."""
    judge = CountingJudge(shared_model())
    found = Endpointer(EndpointSettings(), judge, gate).feed(0, pcm)
    return [one for one in found if isinstance(one, SpeechEnded)], judge.calls


def print_detector(clips: Sequence[SpokenClip]) -> None:
    """Gate and judge against the judge alone, on speech between two seconds of room, at several levels."""
    print(f"\ndetector       {len(clips)} clips: missed, split, latest onset against Silero alone, judge calls saved")
    for gain, snr_db in ((1.0, None), (1.0, 20.0), (1.0, 8.0), (0.1, 20.0), (0.01, 20.0), (0.003, None)):
        missed = split = calls = calls_alone = 0
        late_ms = 0.0
        for clip in clips:
            samples = np.concatenate((silence(2), clip.float_samples * np.float32(gain), silence(2)))
            pcm = float32_to_pcm16(samples if snr_db is None else mix(samples, pink_noise(5, seed=4), snr_db))
            (found, judged), (alone, judged_alone) = detect(pcm, WebrtcGate()), detect(pcm, None)
            calls, calls_alone = calls + judged, calls_alone + judged_alone
            missed += len(found) < len(alone)
            split += len(found) > 1
            if len(found) == len(alone) == 1:
                late_ms = max(late_ms, (found[0].onset - alone[0].onset) / 16)
        level = f"gain {gain}" + ("" if snr_db is None else f", {snr_db:.0f} dB SNR")
        print(f"{level:22} {missed:3} {split:3} {late_ms:6.0f} ms {100 * (1 - calls / calls_alone):4.0f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="tiny.en")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--held-out", action="store_true", help="score recordings that nothing was tuned on")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--noise", action="store_true")
    parser.add_argument("--detector", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    device = options.device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    compute_type = "float16" if device == "cuda" else "int8"
    folder = str(find_speech_model(options.model).folder)
    model = WhisperModel(folder, device=device, compute_type=compute_type, cpu_threads=options.threads)

    def stock(samples: Float32Samples) -> str:
        segments, _ = model.transcribe(samples, beam_size=5, language="en")
        return " ".join(segment.text for segment in segments)

    def engine(windows: WindowSettings) -> Whisper:
        return Whisper(model, engine="ours", language="en", windows=windows, guards=GuardSettings())

    def ours(windows: WindowSettings) -> Transcribe:
        whisper = engine(windows)
        return lambda samples: whisper.final(samples).text

    def partial(samples: Float32Samples) -> str:
        return default.partial(samples).text

    default = engine(WindowSettings())
    default.warm_up()
    systems: dict[str, Transcribe] = {"stock, beam 5, 30 s": stock, "final": ours(WindowSettings()), "partial": partial}
    if options.sweep:
        for floor_s, margin_s, beam in (
            (7, 2, 5),
            (8, 2, 5),
            (10, 2.5, 1),
            (10, 2.5, 2),
            (12, 2.5, 5),
            (12, 4, 5),
            (15, 5, 5),
        ):
            windows = WindowSettings(floor_s=floor_s, margin_s=margin_s, beam_size=beam)
            systems[f"final, max({floor_s}, d+{margin_s}), beam {beam}"] = ours(windows)
        for limit in (-0.5, -1.0):
            systems[f"final, second look at {limit}"] = ours(WindowSettings(min_logprob=limit))
    print(f"{options.model} on {device}, {compute_type}, {options.threads} threads")
    sets = held_out_corpus() if options.held_out else tuning_corpus()
    rows = compare(systems, sets)
    print_rows(rows, "stock, beam 5, 30 s")
    if options.noise:
        print_noise(ours(WindowSettings()))
    if options.detector:
        print_detector([clip for clips in sets.values() for clip in clips])
    if options.json:
        options.json.write_text(json.dumps([{**asdict(one), "wer": one.wer} for one in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
