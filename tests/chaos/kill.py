"""``python tests/chaos/kill.py``: ``kill -9`` in mid-utterance, and everything said is a note all the same.

Each run kills a real ``sidenote serve`` at a seeded moment and starts it again on the same port and data. The clients
come back by themselves. What is stored then must be what an undisturbed session stores: same transcripts, one note for
each utterance at the same second of the video, each sample once. A follower must see a new epoch and come to the same
notes, and the time to decide on a note must begin anew. Exits 1 when it does not.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from rich.progress import Progress

from tests.chaos.report import Violation, console, run, show
from tests.chaos.sessions import (
    PATIENCE_S,
    Follower,
    Script,
    Stored,
    following,
    notes_of,
    scripts,
    stored,
    talk,
    tireless,
)
from tests.chaos.wire import uncut
from tests.flows.process import ServerProcess, serving

CONFIRM_S = 1.0  # less than any server takes to start
SETTINGS = {
    "SIDENOTE_KEEP_AUDIO": "true",
    "SIDENOTE_CONFIRM_SECONDS": str(CONFIRM_S),
    "SIDENOTE_MAX_CONNECTIONS_PER_USER": "1000",
}
ONSET_S = 0.1  # audio is listened to again from another sample on: speech begins a few windows of 32 ms apart at most
CONFIRMING_EVERY = 5  # runs
EVENTS = ("speech_started", "speech_ended", "asr_final", "intent", "note_created")


@dataclass(frozen=True, slots=True)
class Moment:
    """When the process is killed: at the first event of a name, or once so many bytes of the audio were said."""

    event: str | None
    said: int = 0  # bytes

    def __str__(self) -> str:
        return self.event or "while speaking"


def moment(random: Random, script: Script, number: int) -> Moment:
    """Half of them while somebody speaks, half at an event; each event comes round."""
    if number % 2:
        return Moment(EVENTS[::-1][number // 2 % len(EVENTS)])
    return Moment(None, random.randrange(sum(map(len, script.captures))))


@dataclass(slots=True)
class Report:
    """What a run did."""

    runs: int = 0
    samples: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    timers: int = 0  # confirm times that a kill broke off and that began anew
    took_s: float = 0.0


class Server:
    """A server that can be killed and started again, on the same port and data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now: ServerProcess = self._start(0)

    def _start(self, port: int) -> ServerProcess:
        self._stack = ExitStack()
        return self._stack.enter_context(serving(self.folder, port=port, log=self.folder / "log", settings=SETTINGS))

    def restart(self) -> None:
        """After a kill. Returns when it is ready."""
        self._stack.close()
        self.now = self._start(self.now.port)

    def stop(self) -> None:
        self._stack.close()


async def kill_once(
    server: Server, script: Script, session_id: str, *, seed: int, number: int, baseline: Stored, report: Report
) -> None:
    """One session with one kill. Raises Violation."""
    when = moment(Random(seed), script, number)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await _kill_once(server, script, session_id, when, seed)
        kept = stored(server.folder, session_id)
        if kept.audio != script.audio:
            raise Violation(f"the audio stored is not that which was sent: captures {list(kept.audio)}")
        if not kept.same_notes(baseline, seconds=ONSET_S):
            raise Violation(f"killed: {kept.notes}, undisturbed: {baseline.notes}")
    except (Violation, TimeoutError) as error:
        what = str(error) or f"not over after {PATIENCE_S:g} s"
        raise Violation(f"{session_id} ({script.mode}), seed {seed}, killed at {when!r}: {what}") from error
    report.runs += 1
    report.moments[str(when)] += 1
    report.samples += sum(map(len, script.captures)) // 2


async def _kill_once(server: Server, script: Script, session_id: str, when: Moment, seed: int) -> None:
    now, reached = server.now, asyncio.Event()

    def said(total: int) -> None:
        if when.event is None and total >= when.said:
            reached.set()

    async with (
        tireless(now.url, now.token, seed) as ears,
        following(ears, session_id) as follower,
        tireless(now.url, now.token, seed + 1) as mouth,
    ):
        epoch = follower.channel.epoch
        talking = asyncio.create_task(talk(mouth, session_id, script, said))
        if when.event:
            await follower.until(lambda follower: bool(follower.payloads(str(when.event))))
        else:
            await reached.wait()
        now.kill()
        await asyncio.to_thread(server.restart)
        await talking
        await follower.until(lambda follower: decided(follower, script.utterances))
        check_follower(follower, epoch, server.folder, session_id)


async def kill_while_confirming(server: Server, script: Script, session_id: str, *, seed: int, report: Report) -> None:
    """The time to decide on a note must not run while nobody can see it: it begins anew. Raises Violation."""
    now = server.now
    async with tireless(now.url, now.token, seed) as ears, following(ears, session_id) as follower:
        async with asyncio.timeout(PATIENCE_S):
            epoch = follower.channel.epoch
            async with tireless(now.url, now.token, seed + 1) as mouth:
                await talk(mouth, session_id, script)
                await follower.until(lambda follower: bool(confirming(follower)))
            now.kill()
            killed_ms = time.time() * 1000
            await asyncio.to_thread(server.restart)
            await follower.until(lambda follower: bool(follower.payloads("snapshot")))
            if {note["status"] for note in notes_of(follower)} != {"ghost"}:
                raise Violation(f"{session_id}: the note was decided while nobody could see it: {notes_of(follower)}")
            before = len(confirming(follower))
            async with tireless(server.now.url, server.now.token, seed + 2) as mouth:
                params = {"mode": script.mode, "url": "sidenote:practice", "client_id": "talker"}
                await mouth.join(f"audio:{session_id}", params)
                await follower.until(lambda follower: decided(follower, script.utterances))
        began_ms = confirming(follower)[before]["last_transition"]
        over_ms = follower.payloads("state_changed")[-1]["last_transition"]
        if began_ms - killed_ms <= CONFIRM_S * 1000:
            raise Violation(f"{session_id}: the server was back too soon for this to show anything")
        if over_ms - began_ms < CONFIRM_S * 1000:
            raise Violation(f"{session_id}: the note was decided after {over_ms - began_ms} ms; {CONFIRM_S} s are due")
        check_follower(follower, epoch, server.folder, session_id)
    report.timers += 1


def confirming(follower: Follower) -> list[dict[str, Any]]:
    """The states in which a note waits to be decided."""
    return [state for state in follower.payloads("state_changed") if state["run"] == "confirming"]


def check_follower(follower: Follower, epoch: str | None, folder: Path, session_id: str) -> None:
    """It saw that the server is another one, and came to what the database holds. Raises Violation."""
    if follower.channel.epoch == epoch or not follower.payloads("snapshot"):
        raise Violation(f"{session_id}: the follower saw no new epoch")
    seen = {note["id"]: (note["text"], note["status"], note["revision"]) for note in notes_of(follower)}
    with closing(sqlite3.connect(f"file:{folder / 'sidenote.sqlite3'}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT id, text, status, revision FROM notes WHERE session_id = ?", (session_id,))
        held = {row[0]: tuple(row[1:]) for row in rows}
    if seen != held:
        raise Violation(f"{session_id}: the follower came to {seen}, the database holds {held}")


def decided(follower: Follower, utterances: int) -> bool:
    """Every utterance is a note, as far as the follower knows, and the session, taken up again, has no more to do."""
    states = [event.payload for event in follower.events if event.event in ("state_changed", "snapshot")]
    over = bool(states) and states[-1]["microphone"] == "idle" and not states[-1]["runs"]
    return over and states[-1]["last_transition"] > 0 and len(notes_of(follower)) >= utterances


async def kill(server: Server, *, runs: int, seed: int, tell: Callable[[Report], object]) -> Report:
    """Undisturbed sessions once, then one kill each ``runs`` times. Raises Violation."""
    report, began, known = Report(), time.perf_counter(), scripts()[: max(2, runs)]
    baselines = {script: await uncut(server.now, server.folder, script, f"uncut-{n}") for n, script in enumerate(known)}
    for number in range(runs):
        script = known[number % len(known)]
        await kill_once(
            server,
            script,
            f"killed-{number}",
            seed=seed * 1_000 + number,
            number=number,
            baseline=baselines[script],
            report=report,
        )
        tell(report)
        if number % CONFIRMING_EVERY == 0:
            await kill_while_confirming(server, known[0], f"confirming-{number}", seed=seed, report=report)
    if bugs := server.now.bugs():
        raise Violation(f"the server logged {len(bugs)} lines of errors, the first: {bugs[0][:4000]}")
    report.took_s = time.perf_counter() - began
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Progress(console=console) as progress:
        bar = progress.add_task(f"kill -9, seed {options.seed}", total=options.runs)
        server = Server(Path(name))

        def tell(report: Report) -> None:
            progress.update(bar, completed=report.runs)

        try:
            report = run(kill(server, runs=options.runs, seed=options.seed, tell=tell), progress)
        finally:
            server.stop()
    rows = {
        "sessions killed and taken up again": f"{report.runs}",
        "transcripts, notes and seconds as undisturbed": f"{report.runs}",
        "samples stored once, SHA-256 equal": f"{report.samples:,}",
        "samples lost or doubled": "0",
        "confirm times that began anew": f"{report.timers}",
        "seconds": f"{report.took_s:.0f}",
        **{f"  killed at: {when}": f"{count}" for when, count in sorted(report.moments.items())},
    }
    show(f"kill -9, seed {options.seed}: no violation", rows)


if __name__ == "__main__":
    main()
