"""``python tests/chaos/wire.py``: real speech over connections that are cut, and nothing of it is lost or doubled.

Each session is spoken through a proxy that breaks its connections at seeded bytes, faster than real time, while a
second client follows through another such proxy. What comes of it must be what comes of the same session uncut: the
same transcripts and notes, each sample stored once, each event followed once and in order. Exits 1 when it is not.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rich.progress import Progress

from channels.client import Client, Heartbeat, Uplink
from tests.chaos.faults import CUTS, Fault, Kind, Link, Plan, Side, Weather, drawn
from tests.chaos.fuzz import PROGRAM as SCRIPTED
from tests.chaos.proxy import Proxy
from tests.chaos.report import Violation, console, run, show
from tests.chaos.sessions import (
    PATIENCE_S,
    RATE,
    WALL_MS,
    Follower,
    Script,
    Stored,
    following,
    notes_of,
    patience,
    scripts,
    stored,
    talk,
    tireless,
)
from tests.flows.process import ServerProcess, serving

SETTINGS = {
    "SIDENOTE_KEEP_AUDIO": "true",
    "SIDENOTE_CONFIRM_SECONDS": "0.1",
    "SIDENOTE_MAX_CONNECTIONS_PER_USER": "1000",  # a half-open connection counts until the server notices
}
AT_ONCE = 4  # sessions
TALKER_DOWN = 1_200  # bytes: two replies and a few acks
FOLLOWER = Weather(up_bytes=2_000, down_bytes=8_000, sides=(Side.DOWN,))


OUTRUN_BYTES = 300_000  # of events: more than the history of a topic holds


@dataclass(slots=True)
class Report:
    """What a run did."""

    sessions: int = 0
    utterances: int = 0
    samples: int = 0
    events: int = 0  # followed through a proxy
    faults: Counter[str] = field(default_factory=Counter)
    took_s: float = 0.0

    def count(self, proxy: Proxy) -> None:
        self.faults.update("refused" if each.fault is None else each.fault.kind for each in proxy.happened)


async def uncut(server: ServerProcess, folder: Path, script: Script, session_id: str) -> Stored:
    """What comes of a session that nothing disturbs."""
    async with (
        Client(server.url, server.token) as client,
        following(client, session_id) as witness,
        patience("not over", witness),
    ):
        await talk(client, session_id, script)
        await witness.until(lambda witness: witness.finished(script.utterances))
    kept = stored(folder, session_id)
    if kept.audio != script.audio or len(kept.notes) != script.utterances:
        raise Violation(f"{session_id}, which nothing disturbed, is stored as {kept}")
    return kept


async def cut(
    server: ServerProcess, folder: Path, script: Script, session_id: str, *, seed: int, baseline: Stored, report: Report
) -> None:
    """One session through faulty proxies. Raises Violation."""
    weather = Weather(
        up_bytes=sum(map(len, script.captures)), down_bytes=TALKER_DOWN, sides=(Side.UP, Side.UP, Side.DOWN)
    )
    plans = drawn(2 * seed, weather), drawn(2 * seed + 1, FOLLOWER)
    try:
        await _cut(server, script, session_id, plans, report)
        kept = stored(folder, session_id)
        if kept.audio != script.audio:
            raise Violation(f"the audio stored is not that which was sent: captures {list(kept.audio)}")
        if kept != baseline:
            raise Violation(f"cut: {kept.notes}, uncut: {baseline.notes}")
    except Violation as error:
        where = f"{session_id} ({script.mode})"
        raise Violation(f"{where}: {error}\ntalker's {plans[0]}\nfollower's {plans[1]}") from error
    report.sessions += 1
    report.utterances += script.utterances
    report.samples += sum(map(len, script.captures)) // 2


async def _cut(
    server: ServerProcess, script: Script, session_id: str, plans: tuple[Plan, Plan], report: Report
) -> None:
    async with (
        Client(server.url, server.token) as honest,
        Proxy(server.port, plans[0]) as talkers,
        Proxy(server.port, plans[1]) as followers,
        following(honest, session_id) as witness,
        tireless(followers.url, server.token, plans[1].seed) as client,
        following(client, session_id) as follower,
        tireless(talkers.url, server.token, plans[0].seed) as talker,
    ):
        async with patience(f"the talker is {talker.state}"):
            await talk(talker, session_id, script)
        async with patience("not every utterance is decided", witness):
            await witness.until(lambda witness: witness.finished(script.utterances))
        async with patience(f"the follower lags behind {witness.last_seq}", follower):
            await follower.until(lambda follower: follower.last_seq >= witness.last_seq)
        report.count(talkers)
        report.count(followers)
        report.events += len(follower.durable)
        if follower.payloads("snapshot"):
            raise Violation("the follower was sent a snapshot, though the history holds all that it missed")
        if follower.durable != witness.durable:
            other = [pair for pair in zip_longest(follower.durable, witness.durable) if pair[0] != pair[1]]
            raise Violation(f"the follower saw, and the witness saw: {other}")
        if [seq for seq, _, _ in witness.durable] != list(range(1, witness.last_seq + 1)):
            raise Violation(f"the witness missed events: {witness.durable}")


async def outrun(server: ServerProcess, seed: int) -> int:
    """A follower is cut off for longer than the history reaches: it gets a snapshot, and misses nothing after it.

    Wants a server that hears by script. Returns how many events passed it by. Raises Violation.
    """
    plan = Plan(seed, (Link(faults=(Fault(Kind.HALF_OPEN, Side.DOWN, 1_500),)),))
    patient = Heartbeat(every_s=PATIENCE_S, limit_s=PATIENCE_S)
    async with (
        asyncio.timeout(PATIENCE_S),
        Client(server.url, server.token) as honest,
        Proxy(server.port, plan) as proxy,
        following(honest, "outrun") as witness,
        Client(proxy.url, server.token, heartbeat=patient) as client,
        following(client, "outrun") as follower,
    ):
        params = {"mode": "ptt", "url": "sidenote:practice", "client_id": "talker"}
        uplink = Uplink(await honest.join("audio:outrun", params))
        while sum(len(str(payload)) for _, _, payload in witness.durable) < OUTRUN_BYTES:
            await press(uplink, witness)
        missed = witness.last_seq - follower.last_seq
        proxy.reset_all()
        await follower.until(lambda follower: bool(follower.payloads("snapshot")))
        await press(uplink, witness)
        await witness.until(lambda witness: witness.finished(len(witness.payloads("asr_final"))))
        await follower.until(lambda follower: follower.last_seq >= witness.last_seq)
        if follower.durable != (seen := [each for each in witness.durable if each in follower.durable]):
            raise Violation(f"the follower saw {follower.durable}, the witness {seen}")
        if sorted(map(str, notes_of(follower))) != sorted(map(str, notes_of(witness))):
            raise Violation("after its snapshot the follower has other notes than the witness")
    return missed


async def press(uplink: Uplink, witness: Follower) -> None:
    """A second of anything; returns when its note is there."""
    notes = len(witness.payloads("note_created"))
    uplink.begin(WALL_MS)
    uplink.send(bytes(2 * RATE))
    await uplink.stop()
    await witness.until(lambda witness: len(witness.payloads("note_created")) > notes)


async def wire(
    server: ServerProcess, folder: Path, *, utterances: int, seed: int, tell: Callable[[Report], object]
) -> Report:
    """Uncut sessions once, then ``utterances`` in cut ones. Raises Violation."""
    report, began, known = Report(), time.perf_counter(), scripts()
    baselines = {script: await uncut(server, folder, script, f"uncut-{n}") for n, script in enumerate(known)}
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        script = known[number % len(known)]
        async with room:
            name = f"cut-{number}"
            await cut(
                server, folder, script, name, seed=seed * 10_000 + number, baseline=baselines[script], report=report
            )
            tell(report)

    sessions = -(-utterances // known[0].utterances)
    async with asyncio.TaskGroup() as group:
        for number in range(sessions):
            group.create_task(one(number))
    if not any(report.faults[kind] for kind in CUTS):
        raise Violation("no connection was cut, so this shows nothing")
    if bugs := server.bugs():
        raise Violation(f"the server logged {len(bugs)} lines of errors, the first: {bugs[0][:4000]}")
    report.took_s = time.perf_counter() - began
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--utterances", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Progress(console=console) as progress:
        folder = Path(name)
        with serving(folder / "scripted", log=folder / "scripted.log", program=SCRIPTED, settings=SETTINGS) as server:
            missed = run(outrun(server, options.seed), progress)
        bar = progress.add_task(f"cut utterances, seed {options.seed}", total=options.utterances)
        with serving(folder, log=folder / "log", settings=SETTINGS) as server:

            def tell(report: Report) -> None:
                progress.update(bar, completed=report.utterances)

            work = wire(server, folder, utterances=options.utterances, seed=options.seed, tell=tell)
            report = run(work, progress)
    rows = {
        "utterances cut, both modes": f"{report.utterances}",
        "transcripts and notes as uncut": f"{report.utterances}",
        "samples stored once, SHA-256 equal": f"{report.samples:,}",
        "samples lost or doubled": "0",
        "events followed once and in order": f"{report.events:,}",
        "events that a follower caught up with by a snapshot": f"{missed:,}",
        "seconds": f"{report.took_s:.0f}",
        **{f"  faults: {kind}": f"{count}" for kind, count in sorted(report.faults.items())},
    }
    show(f"speech over cut connections, seed {options.seed}: no violation", rows)


if __name__ == "__main__":
    main()
