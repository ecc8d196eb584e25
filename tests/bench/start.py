"""How long a person waits after `sidenote serve`, and whether the first utterance is as fast as the tenth.

Starts a server several times on one data folder, each time until it prints its address, and says the same sentence ten
times to the last one. The baseline of a start is the goal; that of the first utterance is the tenth.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from tests.bench.table import Row, against
from tests.flows.process import ROOT, ServerProcess, serving
from tests.speech.synthesis import SpokenClip, spoken_notes

STARTS = 5
GOAL_S = 4.0
UTTERANCES = 10
GAP_S = 1.0  # between two utterances

console = Console(stderr=True, width=110)


def rows() -> list[Row]:
    console.print(f"{STARTS} starts, and {UTTERANCES} utterances to the last; this takes about a minute")
    clip = spoken_notes(limit=1)[0]
    ready_s, cpu_s = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(STARTS):
            began = time.perf_counter()
            with serving(Path(folder)) as server:
                ready_s.append(time.perf_counter() - began)
                cpu_s.append(server.cpu_s())
                utterances = said(server, clip) if number == STARTS - 1 else []
    finals_ms = [1000 * (each["final_s"] - each["endpoint_s"]) for each in utterances]
    return [
        against("start → ready, the first", ready_s[0], "s", GOAL_S),
        against(f"start → ready, median of {STARTS}", median(ready_s), "s", GOAL_S),
        against(f"start → ready, the slowest of {STARTS}", max(ready_s), "s", GOAL_S),
        Row("CPU until ready, median", median(cpu_s), "s"),
        against("stop → final, first utterance", finals_ms[0], "ms", finals_ms[-1]),
        against("stop → final, median of the later nine", median(finals_ms[1:]), "ms", finals_ms[-1]),
    ]


def said(server: ServerProcess, clip: SpokenClip) -> list[dict[str, Any]]:
    """The utterances of a summary: the same sentence, one press each."""
    files = [str(clip.path)] * UTTERANCES
    options = ["--server", server.url, "--token", server.token, "--mode", "ptt", "--gap", str(GAP_S), "--json"]
    command = [sys.executable, "-m", "server.cli", "say", *files, *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    utterances: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])["utterances"]
    if len(utterances) != UTTERANCES or any(each["final_s"] is None for each in utterances):
        raise RuntimeError(f"{UTTERANCES} utterances were said, and not all were heard: {utterances}")
    return utterances
