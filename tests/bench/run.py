"""``make bench``: what a person waits for, next to stock faster-whisper on the same clips in the same run.

Streams LibriVox and synthetic clips in real time through the websocket of a ``sidenote serve`` process, one press a clip
(push-to-talk) and again with open microphone (hands-free). The peer gets each whole clip at the moment its audio has
ended and is timed until it has text. Prints one table and writes ``build/bench.json``.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rich.console import Console

from inference.models import find_speech_model
from tests.bench.process import ServerProcess, say, serving
from tests.bench.table import Row, against, percentile, show, write
from tests.speech.synthesis import SpokenClip, librivox, spoken_notes
from tests.speech.wer import word_errors

OUTPUT = Path(__file__).parents[2] / "build" / "bench.json"
NOTES = 25
GAP_S = 1.5  # between two clips, so that each is an utterance of its own
STOCK_BEAM = 5  # faster-whisper's own default

console = Console(stderr=True, width=110)


def main() -> None:
    clips = [*librivox(), *spoken_notes(limit=NOTES)]
    audio_s = sum(len(clip.samples) for clip in clips) / 16_000
    console.print(f"{len(clips)} clips, {audio_s:.0f} s of audio; about {2.3 * audio_s / 60 + 1:.0f} minutes in all")
    stock_s, stock_wer, stock_cpu = stock(clips)
    with serving() as server:
        idle_mib = server.memory_mib("VmRSS")
        ptt, _ = stream(server, clips, "ptt")
        free, cpu_s = stream(server, clips, "hands-free")
        peak_mib = server.memory_mib("VmHWM")
    rows = [
        *figures("stop → final (push-to-talk)", [u["final_s"] - u["endpoint_s"] for u in ptt], stock_s),
        *figures("end of speech → final (hands-free)", [u["final_s"] - u["speech_end_s"] for u in free], stock_s),
        *figures("end of speech → note (push-to-talk)", waits_for_note(ptt), stock_s),
        *figures("end of speech → note (hands-free)", waits_for_note(free), stock_s),
        against("WER (push-to-talk, whole path)", wer(clips, ptt) * 100, "%", stock_wer * 100),
        against("CPU seconds per second of audio (hands-free)", cpu_s / (audio_s + GAP_S * len(clips)), "s", stock_cpu),
        Row("memory, warm and idle", idle_mib, "MiB"),
        Row("memory, highest", peak_mib, "MiB"),
    ]
    write(rows, OUTPUT)
    show(rows, "baseline: stock faster-whisper (tiny.en, int8, beam 5, 30 s window), whole clip → text, same run")


def stream(server: ServerProcess, clips: list[SpokenClip], mode: str) -> tuple[list[dict], float]:
    """Utterances of the summary, and the server's CPU seconds."""
    console.print(f"streaming in real time: {mode}")
    before = server.cpu_s()
    summary = say(server, [clip.path for clip in clips], "--mode", mode, "--gap", str(GAP_S))
    return [utterance for utterance in summary["utterances"] if utterance["final_s"]], server.cpu_s() - before


def stock(clips: list[SpokenClip]) -> tuple[list[float], float, float]:
    """Seconds from whole clip to text, WER, and CPU seconds per second of audio of the peer."""
    from faster_whisper import WhisperModel

    console.print("timing stock faster-whisper")
    model = WhisperModel(str(find_speech_model("tiny.en").folder), device="cpu", compute_type="int8")
    list(model.transcribe(clips[0].float_samples, language="en", beam_size=STOCK_BEAM)[0])
    took, errors, words, cpu_before = [], 0, 0, time.process_time()
    for clip in clips:
        began = time.perf_counter()
        segments, _ = model.transcribe(clip.float_samples, language="en", beam_size=STOCK_BEAM)
        text = " ".join(segment.text for segment in segments)
        took.append(time.perf_counter() - began)
        wrong, of = word_errors(clip.text, text)
        errors, words = errors + wrong, words + of
    audio_s = sum(len(clip.samples) for clip in clips) / 16_000
    return took, errors / words, (time.process_time() - cpu_before) / audio_s


def wer(clips: list[SpokenClip], utterances: list[dict]) -> float:
    heard = {utterance["n"]: utterance["text"] for utterance in utterances}
    pairs = [word_errors(clip.text, heard.get(n, "")) for n, clip in enumerate(clips, 1)]
    return sum(wrong for wrong, _ in pairs) / sum(of for _, of in pairs)


def waits_for_note(utterances: list[dict]) -> list[float]:
    return [u["note_s"] - u["speech_end_s"] for u in utterances if u["note_s"] is not None]


def figures(name: str, seconds: list[float], baseline: list[float]) -> list[Row]:
    return [against(f"{name} p{p}", percentile(seconds, p), "s", percentile(baseline, p)) for p in (50, 95)]


if __name__ == "__main__":
    main()
