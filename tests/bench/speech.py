"""What a person waits for, next to stock faster-whisper on the same clips in the same run.

Streams LibriVox and synthetic clips in real time through the websocket of a ``sidenote serve`` process, one press a
clip (push-to-talk) and again with an open microphone (hands-free). The peer gets each whole clip at the moment its
audio has ended and is timed until it has text.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from inference.audio import SAMPLE_RATE
from inference.models import find_speech_model
from tests.bench.table import Row, against, percentile
from tests.flows.process import ROOT, ServerProcess, serving
from tests.speech.synthesis import SpokenClip, librivox, spoken_notes
from tests.speech.wer import corpus_wer

NOTES = 25
GAP_S = 1.5  # between two clips, so that each is an utterance of its own
STOCK_BEAM = 5  # faster-whisper's own default

console = Console(stderr=True, width=110)
Utterance = dict[str, Any]


def rows() -> list[Row]:
    clips = [*librivox(), *spoken_notes(limit=NOTES)]
    audio_s = sum(len(clip.samples) for clip in clips) / SAMPLE_RATE
    minutes = 2 * (audio_s + GAP_S * len(clips)) / 60 + 1
    console.print(f"{len(clips)} clips, {audio_s:.0f} s of audio; this takes about {minutes:.0f} minutes")
    stock_s, stock_wer, stock_cpu = stock(clips)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        idle_mib = server.memory_mib("VmRSS")
        held, _ = stream(server, clips, "ptt")
        free, cpu_s = stream(server, clips, "hands-free")
        peak_mib = server.memory_mib("VmHWM")
    pairs = [(clip.text, utterance["text"] or "") for clip, utterance in zip(clips, held, strict=True)]
    return [
        *figures("stop → final (push-to-talk)", waits(held, "endpoint_s", "final_s"), stock_s),
        *figures("end of speech → final (push-to-talk)", waits(held, "speech_end_s", "final_s"), stock_s),
        *figures("end of speech → note (push-to-talk)", waits(held, "speech_end_s", "note_s"), stock_s),
        *figures("end of speech → final (hands-free)", waits(free, "speech_end_s", "final_s"), stock_s),
        *figures("end of speech → note (hands-free)", waits(free, "speech_end_s", "note_s"), stock_s),
        against("WER through the whole path", corpus_wer(pairs).rate * 100, "%", stock_wer * 100),
        against("CPU seconds per second of audio", cpu_s / (audio_s + GAP_S * len(clips)), "s", stock_cpu),
        Row("memory, warm and idle", idle_mib, "MiB"),
        Row("memory, highest", peak_mib, "MiB"),
    ]


def stream(server: ServerProcess, clips: list[SpokenClip], mode: str) -> tuple[list[Utterance], float]:
    """Utterances of the summary, and the server's CPU seconds."""
    console.print(f"streaming in real time: {mode}")
    files = [str(clip.path) for clip in clips]
    options = ["--server", server.url, "--token", server.token, "--mode", mode, "--gap", str(GAP_S), "--json"]
    before = server.cpu_s()
    command = [sys.executable, "-m", "server.cli", "say", *files, *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    summary = json.loads(done.stdout.splitlines()[-1])
    return summary["utterances"], server.cpu_s() - before


def stock(clips: list[SpokenClip]) -> tuple[list[float], float, float]:
    """The peer: seconds from whole clip to text, WER, and CPU seconds per second of audio."""
    from faster_whisper import WhisperModel

    console.print("timing stock faster-whisper")
    model = WhisperModel(str(find_speech_model("tiny.en").folder), device="cpu", compute_type="int8")
    list(model.transcribe(clips[0].float_samples, language="en", beam_size=STOCK_BEAM)[0])
    took, pairs, cpu_before = [], [], time.process_time()
    for clip in clips:
        began = time.perf_counter()
        segments, _ = model.transcribe(clip.float_samples, language="en", beam_size=STOCK_BEAM)
        pairs.append((clip.text, " ".join(segment.text for segment in segments)))
        took.append(time.perf_counter() - began)
    audio_s = sum(len(clip.samples) for clip in clips) / SAMPLE_RATE
    return took, corpus_wer(pairs).rate, (time.process_time() - cpu_before) / audio_s


def waits(utterances: list[Utterance], since: str, until: str) -> list[float]:
    """Seconds between two moments, of the utterances that have both."""
    return [each[until] - each[since] for each in utterances if each[until] is not None and each[since] is not None]


def figures(name: str, seconds: list[float], baseline: list[float]) -> list[Row]:
    return [against(f"{name} p{p}", percentile(seconds, p), "s", percentile(baseline, p)) for p in (50, 95)]
