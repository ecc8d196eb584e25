"""What the wire costs and how it holds: our server next to a bare loop over uvicorn's ``send``, in the same run.

Both are processes of their own (``fanout.py``), their clients one thread of plain sockets (``crowd.py``).
"""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import IO, Any

from rich.console import Console

from tests.bench.crowd import Crowd, crowd
from tests.bench.fanout import TOPIC
from tests.bench.table import Row, against, percentile
from tests.flows.process import ROOT

SUBSCRIBERS = 500
EVENTS = 200
EVERY_S = 0.02
BUSY_S = 0.008  # between events when the cost of one is measured: busy, and not more than the clients can read
ROUNDS = 3  # by turns, since no two runs of the same program cost the same
SIZE = 200  # bytes of filling in an event
TURNS = 2
PATIENCE_S = 10.0
BULK = 400  # events of ``BULKY`` size: more than may wait for a client
BULKY = {"every_s": 0.03, "size": 4000}
WARM = 100  # connections before any is measured: whatever is made only once is made then
STORM = 1000
MISSED = 10  # events while nobody was connected

console = Console(stderr=True, width=110)


@dataclass(frozen=True, slots=True)
class Server:
    """A process of ``fanout.py``."""

    port: int
    token: str
    input: IO[str]
    output: IO[str]

    def tell(self, **command: Any) -> None:
        print(json.dumps(command), file=self.input, flush=True)

    def answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.output.readline())
        return answer


@contextmanager
def running(kind: str) -> Iterator[Server]:
    command = [sys.executable, "tests/bench/fanout.py", kind]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            said = json.loads(process.stdout.readline())
            yield Server(said["port"], said["token"], process.stdin, process.stdout)
            process.stdin.close()
            process.wait(30)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Fanout:
    """Of one server with ``SUBSCRIBERS`` clients."""

    cpu_s: float  # for one delivery
    delays_s: list[float]
    kib: float  # of an idle connection


def measure(kind: str) -> Fanout:
    console.print(f"{SUBSCRIBERS} subscribers: {kind}")
    with running(kind) as server, crowd(server.port, server.token, TOPIC, WARM) as clients:
        gather(clients, kind)
        publish(server, clients, 5)
        before_kib = memory(server)
        clients.connect(SUBSCRIBERS - WARM)
        gather(clients, kind)
        kib = (memory(server) - before_kib) / (SUBSCRIBERS - WARM)
        publish(server, clients, EVENTS // 4, every_s=BUSY_S)
        cpu_s = publish(server, clients, EVENTS, every_s=BUSY_S)
        clients.delays_s.clear()
        publish(server, clients, EVENTS)
        return Fanout(cpu_s / (EVENTS * SUBSCRIBERS), clients.delays_s, kib)


def gather(clients: Crowd, kind: str) -> None:
    if kind == "ours":
        clients.join(at_once=10)  # a burst of joins would be measured with them


def memory(server: Server) -> int:
    server.tell(do="memory")
    return int(server.answer()["kib"])


def publish(server: Server, clients: Crowd, count: int, *, every_s: float = EVERY_S, size: float = SIZE) -> float:
    """CPU seconds of the server until all was sent."""
    server.tell(do="publish", count=count, every_s=every_s, size=int(size))
    clients.expect(count)
    return float(server.answer()["cpu_s"])


def stalled() -> tuple[list[float], list[float]]:
    """Delays of the others without and with one of 500 that has stopped reading; by turns, each turn another one."""
    console.print("one of them stops reading")
    delays_s: tuple[list[float], list[float]] = ([], [])
    with running("ours") as server, crowd(server.port, server.token, TOPIC, SUBSCRIBERS) as clients:
        clients.join()
        publish(server, clients, 20, **BULKY)
        for turn in range(TURNS):
            for measured in delays_s:
                if measured is delays_s[1]:
                    clients.stall(clients.members[turn])
                clients.delays_s.clear()
                publish(server, clients, BULK, **BULKY)
                measured += clients.delays_s
        await_closes(server, TURNS)
    return delays_s


def await_closes(server: Server, count: int) -> None:
    """Wait until the server has cut off so many clients."""
    deadline_s = time.monotonic() + PATIENCE_S
    wanted = f'websocket_closes_total{{code="1008"}} {count}.0'
    while time.monotonic() < deadline_s:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as metrics:
            if wanted in metrics.read().decode():
                return
        time.sleep(0.1)
    raise TimeoutError("a client that stopped reading was not cut off")


def storm() -> float:
    """Seconds until 1,000 clients that were cut off at once have all recovered what they missed."""
    console.print(f"{STORM} clients come back at once")
    with running("ours") as server:
        with crowd(server.port, server.token, TOPIC, STORM) as clients:
            clients.join()
            known = clients.replies[clients.members[0]]["response"]
        server.tell(do="publish", count=MISSED, every_s=0.0, size=SIZE)
        server.answer()
        began = time.monotonic()
        with crowd(server.port, server.token, TOPIC, STORM) as back:
            back.join({"epoch": known["epoch"], "last_seq": known["seq"]})
            took = time.monotonic() - began
            for reply in back.replies.values():
                assert reply["response"]["recovered"] is True, reply
                assert len(reply["response"]["events"]) == MISSED
    return took


def rows() -> list[Row]:
    rounds = [(measure("bare"), measure("ours")) for _ in range(ROUNDS)]
    bare, ours = (middle([pair[side] for pair in rounds]) for side in (0, 1))
    without, during = stalled()
    return [
        Row(
            f"deliveries a second and core, {SUBSCRIBERS} subscribers",
            1 / ours.cpu_s,
            "",
            1 / bare.cpu_s,
            bare.cpu_s / ours.cpu_s,
        ),
        *(
            against(
                f"publish → receive, {SUBSCRIBERS} subscribers p{p}", ms(ours.delays_s, p), "ms", ms(bare.delays_s, p)
            )
            for p in (50, 99)
        ),
        against("idle connection with one topic", ours.kib, "KiB", bare.kib),
        against("publish → receive p99, one of 500 stalled", ms(during, 99), "ms", ms(without, 99)),
        Row(f"{STORM} clients back and recovered", storm(), "s"),
    ]


def middle(rounds: list[Fanout]) -> Fanout:
    """The median of each figure, and the delays of all rounds."""
    return Fanout(
        median(each.cpu_s for each in rounds),
        [delay_s for each in rounds for delay_s in each.delays_s],
        median(each.kib for each in rounds),
    )


def ms(seconds: list[float], percent: int) -> float:
    return percentile(seconds, percent) * 1000
