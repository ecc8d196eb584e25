"""``python tests/chaos/fuzz.py``: hundreds of thousands of hostile frames, which a live server has to bear.

The server is a process of its own, so that its memory can be read. It has to stay alive and log no error, answer or
close everything, let its memory stay where it was, and take an honest note afterwards. Exits 1 when it does not.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from rich.progress import Progress

from server.identity import build_tokens
from tests.chaos.attacks import PATH, PATIENCE_S, Assault, Tally, Target, idle_reader, knock, spoil
from tests.chaos.garbage import GARBAGE, requests
from tests.chaos.rawsocket import RawSocket
from tests.chaos.report import Violation, console, run, show
from tests.flows.process import ServerProcess, serving
from tests.flows.talk import settings_in, talking

PROGRAM = ("tests/chaos/server.py",)
SETTINGS = {"SIDENOTE_CONFIRM_SECONDS": "0.1", "SIDENOTE_IDLE_MINUTES": "0.05"}
WORKERS = 6
ROUNDS = 20
MOST_FRAMES = 400  # of one connection
WARM_UP = 0.4  # share of the rounds before memory is compared
MOST_GROWTH_MIB = 16.0
"""What a server may grow by after warming up. Sessions and users are new in each round, so whatever is kept of them
shows as a slope. What does grow for a while: histories of topics, kept for ten minutes and at most 256 KiB each, the
database's page cache, and the allocator's free lists."""


@dataclass(slots=True)
class Report:
    """What a run found."""

    tally: Tally = field(default_factory=Tally)
    rss_mib: list[float] = field(default_factory=list)  # after each round, all connections closed
    took_s: float = 0.0

    @property
    def growth_mib(self) -> float:
        """From the end of the warm-up to the end."""
        return self.rss_mib[-1] - self.rss_mib[int(len(self.rss_mib) * WARM_UP)]

    @property
    def slope_mib(self) -> float:
        """Of memory, a round, over the last half (least squares)."""
        last = self.rss_mib[len(self.rss_mib) // 2 :]
        return float(np.polyfit(range(len(last)), last, 1)[0]) if len(last) > 1 else 0.0


async def fuzz(
    server: ServerProcess, folder: Path, *, frames: int, rounds: int, seed: int, tell: Callable[[Report], object]
) -> Report:
    """Attack in rounds. Raises Violation, with the seed that leads there."""
    report, tokens = Report(), build_tokens(settings_in(folder))
    began = time.perf_counter()
    for number in range(rounds):
        goal = frames * (number + 1) // rounds
        user = f"enemy-{number}"
        names = [f"{kind}:s{number}-{n}" for n in range(3) for kind in ("session", "audio")]
        target = Target(server.port, tokens.issue(user), (*names, f"user:{user}", "video:new"))
        async with asyncio.TaskGroup() as group:
            for worker in range(WORKERS):
                group.create_task(_attack(target, f"{seed}/{number}/{worker}", report.tally, goal))
        await _all_closed(server)
        check(server)
        report.rss_mib.append(server.memory_mib("VmRSS"))
        report.took_s = time.perf_counter() - began
        tell(report)
    return report


async def _attack(target: Target, seed: str, tally: Tally, goal: int) -> None:
    """One connection after another until ``goal`` frames are sent in all."""
    random = Random(seed)
    count = 0
    while tally.total < goal:
        count += 1
        try:
            await Assault(target, random, tally, random.randint(1, MOST_FRAMES)).run()
            await spoil(target, random.choice(GARBAGE)(random), tally)
            name, make = random.choice(list(requests(PATH, target.token).items()))
            await knock(target, name, make(random), tally)
        except Violation as violation:
            raise Violation(f"{violation} (connection {count} of seed {seed})") from None


async def _get(port: int, path: str) -> str:
    async with RawSocket(port) as socket, asyncio.timeout(PATIENCE_S):
        await socket.send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return (await socket.everything()).decode()


async def _all_closed(server: ServerProcess) -> None:
    """Until the server has taken note that every connection is gone, and says that it is well."""
    async with asyncio.timeout(PATIENCE_S):
        while "\nsidenote_websocket_connections 0" not in await _get(server.port, "/metrics"):  # noqa: ASYNC110 - of another process nothing can be awaited
            await asyncio.sleep(0.05)
    for path in ("/healthz", "/readyz"):
        if '"ok"' not in (answer := await _get(server.port, path)):
            raise Violation(f"{path} answers {answer!r}")


def check(server: ServerProcess) -> None:
    if not server.alive:
        raise Violation("the server process has died")
    if bugs := server.bugs():
        raise Violation(f"the server logged {len(bugs)} lines of errors, the first: {bugs[0][:4000]}")


async def honest_note(server: ServerProcess) -> str:
    """What an honest client's note says, after all that."""
    async with talking(server.url, server.token, session_id="honest") as talker:
        await talker.press(np.zeros(16_000, np.int16))
        created = await talker.until("note_created")
    return str(created["note"]["text"])


def check_memory(report: Report) -> None:
    """Raises Violation."""
    if report.growth_mib > MOST_GROWTH_MIB:
        raise Violation(f"the server grew by {report.growth_mib:.1f} MiB after warming up: {report.rss_mib}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Progress(console=console) as progress:
        folder = Path(name)
        bar = progress.add_task(f"hostile frames, seed {options.seed}", total=options.frames)

        def tell(report: Report) -> None:
            progress.update(bar, completed=report.tally.total, description=f"RSS {report.rss_mib[-1]:.0f} MiB")

        with serving(folder, log=folder / "log", program=PROGRAM, settings=SETTINGS) as server:
            work = attacked(server, folder, frames=options.frames, seed=options.seed, tell=tell)
            report, text = run(work, progress)
    show_all(report, text, options.seed)


async def attacked(
    server: ServerProcess, folder: Path, *, frames: int, seed: int, tell: Callable[[Report], object]
) -> tuple[Report, str]:
    """Everything, and what the honest note says that came afterwards. Raises Violation."""
    report = await fuzz(server, folder, frames=frames, rounds=ROUNDS, seed=seed, tell=tell)
    await idle_reader(Target(server.port, server.token, ()), report.tally)
    text = await honest_note(server)
    check(server)
    check_memory(report)
    return report, text


def show_all(report: Report, text: str, seed: int) -> None:
    tally = report.tally
    rows = {
        "well-formed and hostile": f"{tally.frames:,}",
        "malformed": f"{tally.malformed:,}",
        "websocket garbage": f"{tally.garbage:,}",
        "handshakes and HTTP garbage": f"{tally.requests:,}",
        "connections": f"{tally.connections:,}",
        "seconds": f"{report.took_s:.0f}",
        "memory at the end": f"{report.rss_mib[-1]:.1f} MiB",
        "growth since the warm-up": f"{report.growth_mib:+.1f} MiB, at most {MOST_GROWTH_MIB:g}",
        "slope over the last half": f"{report.slope_mib:+.2f} MiB a round",
        "the honest note afterwards": text,
    }
    rows |= {f"  {outcome}": f"{count:,}" for outcome, count in tally.outcomes.most_common()}
    show(f"hostile frames, seed {seed}: no violation", rows)


if __name__ == "__main__":
    main()
