"""Stock faster-whisper as its README runs it: each whole clip at once, timed until there is text.

In a process of its own, so that nothing that ours sets there (threads of a library) makes it faster or slower.
``python tests/bench/peers/stock.py MODEL FOLDER`` hears all WAV files of a folder, one JSON line each.
"""

import json
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.clips import Said
    from tests.bench.peers.contract import PeerRun
    from tests.bench.stages import Stages

NAME = "stock faster-whisper"
BEAM = 5  # its own default
WARM_UPS = 3


def run(said: "Sequence[Said]", model: Path, stages: "Stages", label: str = NAME) -> "PeerRun":
    """Its answers to all presses, one at a time."""
    from tests.bench.peers.contract import Answer, PeerRun
    from tests.speech.synthesis import write_wav

    done = stages.begin(label, len(said))
    answers, cpu_s = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        for index, one in enumerate(said):
            write_wav(Path(folder) / f"{index:04}.wav", one.samples)
        command = [sys.executable, __file__, str(model), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for one, line in zip(said, process.stdout, strict=True):
                told = json.loads(line)
                answers.append(Answer(one, told["wait_s"], told["text"], cpu_s=told["cpu_s"]))
                cpu_s += told["cpu_s"]
                done(len(answers))
    return PeerRun(NAME, answers, cpu_s)


def main() -> None:
    """Read by ``run``: waits, CPU seconds and texts."""
    import numpy as np
    from faster_whisper import WhisperModel

    model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8")
    paths = sorted(Path(sys.argv[2]).glob("*.wav"))
    clips = []
    for path in paths:
        with wave.open(str(path)) as file:
            clips.append(np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768)
    for clip in clips[:WARM_UPS]:
        list(model.transcribe(clip, language="en", beam_size=BEAM)[0])
    for clip in clips:
        began_s, cpu_s = time.perf_counter(), time.process_time()
        segments, _ = model.transcribe(clip, language="en", beam_size=BEAM)
        text = " ".join(segment.text for segment in segments)
        told = {"wait_s": time.perf_counter() - began_s, "cpu_s": time.process_time() - cpu_s, "text": text}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
