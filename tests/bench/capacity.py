"""How many people one server can listen to, and what becomes of those who are too many.

A ``sidenote serve`` process with the real model, and a process of microphones (``microphones.py``) that speak in real
time. Writes the series behind the picture to ``build/capacity.json``.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench.microphones import Outcome, Plan
from tests.bench.scrape import Look, look
from tests.bench.table import Row, percentile
from tests.flows.process import ROOT, ServerProcess, serving
from tests.speech.synthesis import spoken_notes

CONNECTED = 200
SPEAKING = CONNECTED // 10  # more than two cores can transcribe
FEW = 4  # what they can
ROOMS = 20
TALKERS = (1, 2, 4, 8, 16, 24, 32, 48, 64)
LIMIT_S = 1.0  # key up → final, 19 times of 20
WINDOW_S = 30.0
LADDER_S = 30.0  # for each number of talkers
CLIPS = 40
LONGEST_S = 5.0  # of a clip, so that it fits between two presses
SETTINGS = {"SIDENOTE_MAX_CONNECTIONS_PER_USER": "1000", "SIDENOTE_TOKEN_TTL_S": "86400"}
SERIES = ROOT / "build" / "capacity.json"

console = Console(stderr=True, width=110)


@dataclass(frozen=True, slots=True)
class Measured:
    """One plan, as the server and its clients saw it."""

    outcome: Outcome
    cpu_s: float  # of the server, from when all were in until all was over
    wall_s: float
    before: Look
    after: Look
    memory_mib: float  # the highest so far

    def percentile(self, name: str, percent: float) -> float:
        return self.after.percentile(name, percent, self.before)


@dataclass(frozen=True, slots=True)
class Step:
    """So many talkers at once."""

    sessions: int
    utterances: int
    p50_s: float
    p95_s: float
    loop_lag_p99_s: float


class Bench:
    """One server, loaded with one plan after another."""

    def __init__(self, server: ServerProcess, clips: tuple[str, ...]) -> None:
        self._server = server
        self._clips = clips

    def load(self, seconds: float, **microphones: int) -> Measured:
        """Have that many microphones of each kind for so long."""
        shown = ", ".join(f"{count} {kind}" for kind, count in microphones.items())
        console.print(f"{shown}: {seconds:.0f} s")
        plan = Plan(self._server.url, self._server.token, seconds, self._clips, **microphones)
        command = [sys.executable, "tests/bench/microphones.py"]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin
            assert process.stdout
            try:
                print(json.dumps(asdict(plan)), file=process.stdin, flush=True)
                if not process.stdout.readline():
                    raise RuntimeError("the microphones did not come in: see above")
                before, cpu_s = look(self._server.port), self._server.cpu_s()
                said = process.stdout.readline()
                after, spent_s = look(self._server.port), self._server.cpu_s() - cpu_s
            finally:
                process.kill()
        outcome = Outcome(**json.loads(said))
        if outcome.errors:
            raise RuntimeError(f"the server refused or failed: {outcome.errors[:3]}")
        memory_mib = self._server.memory_mib("VmHWM")
        return Measured(outcome, spent_s, outcome.wall_s, before, after, memory_mib)

    def step(self, talkers: int) -> Step:
        measured = self.load(LADDER_S, pressing=talkers)
        p50_s, p95_s = (percentile(measured.outcome.waits_s, p) for p in (50, 95))
        console.print(f"  key up → final: p50 {p50_s:.3f} s, p95 {p95_s:.3f} s, {len(measured.outcome.waits_s)} times")
        lag_s = measured.percentile("sidenote_event_loop_lag_seconds", 99)
        return Step(talkers, len(measured.outcome.waits_s), p50_s, p95_s, lag_s)

    def ladder(self) -> list[Step]:
        """More and more talkers, until it takes too long."""
        steps: list[Step] = []
        for talkers in TALKERS:
            steps.append(self.step(talkers))
            if steps[-1].p95_s > 2 * LIMIT_S:
                break
        return steps


def rows() -> list[Row]:
    clips = [clip for clip in spoken_notes(limit=CLIPS) if len(clip.samples) <= LONGEST_S * 16_000]
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), settings=SETTINGS) as server:
        bench = Bench(server, tuple(str(clip.path) for clip in clips))
        alone = live(bench)
        together = [*many(bench, FEW), *many(bench, SPEAKING)]
        steps = bench.ladder()
        most = max((step.sessions for step in steps if step.p95_s < LIMIT_S), default=0)
        beyond, found = past(bench, max(1, most))
    write({"limit_s": LIMIT_S, "most": most, "talkers": [asdict(step) for step in steps], "past": found})
    return [
        *alone,
        *together,
        *(
            Row(f"key up → final p{p}, {step.sessions} talkers", value, "s", at=step.sessions)
            for step in steps
            for p, value in ((50, step.p50_s), (95, step.p95_s))
        ),
        Row(f"talkers with key up → final p95 under {LIMIT_S:g} s", most, ""),
        *beyond,
    ]


def live(bench: Bench) -> list[Row]:
    """What an open microphone costs."""
    silence, speech = bench.load(WINDOW_S, quiet=ROOMS), bench.load(WINDOW_S, speaking=1)
    return [
        Row("CPU a second of an open microphone, silence", silence.cpu_s * 1000 / (ROOMS * WINDOW_S), "ms"),
        Row("CPU a second of an open microphone, speech", speech.cpu_s * 1000 / WINDOW_S, "ms"),
    ]


def many(bench: Bench, speaking: int) -> list[Row]:
    """Two hundred microphones, some of them speaking without an end."""
    busy = bench.load(WINDOW_S, quiet=CONNECTED - speaking, speaking=speaking)
    outcome, who = busy.outcome, f"{CONNECTED} microphones, {speaking} speaking"
    return [
        Row(f"frame → voice activity, {who} p99", busy.percentile("sidenote_frame_to_vad_seconds", 99) * 1000, "ms"),
        Row(f"event loop lag, {who} p99", busy.percentile("sidenote_event_loop_lag_seconds", 99) * 1000, "ms"),
        *(Row(f"push → reply, {who} p{p}", percentile(outcome.replies_s, p) * 1000, "ms") for p in (50, 95, 99)),
        Row(f"server CPU, {who}", busy.cpu_s / busy.wall_s * 100, "%"),
        Row(f"load generator CPU, {who}", outcome.cpu_s / outcome.wall_s * 100, "%"),
        Row(f"load generator late, {who} p99", percentile(outcome.lateness_s, 99) * 1000, "ms"),
        Row(f"memory, {who}", busy.memory_mib, "MiB"),
        Row(f"utterances without a final, {who}", outcome.ended - outcome.finals, ""),
    ]


def past(bench: Bench, most: int) -> tuple[list[Row], dict[str, Any]]:
    """Twice as many talkers as the server can follow: half of them come while the others speak."""
    full = bench.load(2 * LADDER_S, pressing=most, late=most).outcome
    after = bench.load(WINDOW_S, pressing=1).outcome
    p95_s, alone_s = percentile(full.waits_s, 95), percentile(after.waits_s, 50)
    found = {
        "sessions": 2 * most,
        "refused": full.refused,
        "let_in_later": full.let_in,
        "refusals": full.refusals,
        "message": full.message,
        "utterances": full.ended,
        "finals": full.finals,
        "p50_s": percentile(full.waits_s, 50),
        "p95_s": p95_s,
        "drained_s": full.drained_s,
        "alone_after_p50_s": alone_s,
    }
    rows = [
        Row(f"{2 * most} talkers: microphones asked to come later", full.refused, ""),
        Row(f"{2 * most} talkers: of them, let in later", full.let_in, ""),
        Row(f"{2 * most} talkers: utterances", full.ended, ""),
        Row(f"{2 * most} talkers: utterances without a final", full.ended - full.finals, ""),
        Row(f"{2 * most} talkers: key up → final p95", p95_s, "s"),
        Row("the last key up → all finals there", full.drained_s, "s"),
        Row("key up → final, one talker after that p50", alone_s, "s"),
    ]
    return rows, found


def write(series: dict[str, Any]) -> None:
    SERIES.parent.mkdir(parents=True, exist_ok=True)
    SERIES.write_text(json.dumps(series, indent=2) + "\n")
