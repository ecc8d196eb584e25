"""What it costs to carry events between processes: the hub over Redis next to the one in memory, in the same run."""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

from channels.hub import Frame, Hub
from channels.hubs.local import LocalHub
from channels.hubs.redis import RedisHub
from channels.redis_link import RedisLink
from tests.bench.table import Row, against, percentile
from tests.channels.redis_server import RedisServer

ONE_BY_ONE = 2_000
IN_A_ROW = 20_000
PAYLOAD = {"microphone": "listening", "mode": "ptt", "state": "listening", "runs": [], "filling": "x" * 120}

console = Console(stderr=True, width=110)


class Waiter:
    """A follower that says when it has had so many events."""

    def __init__(self) -> None:
        self.wanted, self.had = 0, 0
        self._all = asyncio.Event()

    def send(self, frame: Frame) -> None:
        self.had += 1
        if self.had == self.wanted:
            self._all.set()

    def broken(self, reason: str) -> None:
        raise AssertionError(reason)

    def expect(self, more: int) -> None:
        self.wanted = self.had + more
        self._all.clear()

    async def all(self) -> None:
        await self._all.wait()


async def measure(here: Hub, there: Hub) -> tuple[list[float], float]:
    """Seconds from publishing on one hub to receiving on the other, and events a second when many are published."""
    follower = Waiter()
    await there.subscribe("session:bench", follower)
    delays_s = []
    for _ in range(ONE_BY_ONE):
        follower.expect(1)
        began = time.perf_counter()
        await here.publish("session:bench", "state_changed", PAYLOAD)
        await follower.all()
        delays_s.append(time.perf_counter() - began)
    follower.expect(IN_A_ROW)
    began = time.perf_counter()
    for number in range(IN_A_ROW):
        await here.publish("session:bench", "state_changed", PAYLOAD)
        if number % 100 == 99:
            await asyncio.sleep(0)
    await follower.all()
    return delays_s, IN_A_ROW / (time.perf_counter() - began)


async def _measure_both() -> list[Row]:
    local = LocalHub()
    near_s, near_rate = await measure(local, local)
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            async with AsyncExitStack() as stack:
                hubs = []
                for _ in range(2):
                    link = RedisLink(server.url)
                    await link.start()
                    stack.push_async_callback(link.close)
                    hubs.append(RedisHub(link))
                    await hubs[-1].start()
                    stack.push_async_callback(hubs[-1].close)
                far_s, far_rate = await measure(hubs[0], hubs[1])
        finally:
            server.kill()
    return [
        *(
            against(
                f"publish → receive over Redis p{p}", percentile(far_s, p) * 1000, "ms", percentile(near_s, p) * 1000
            )
            for p in (50, 99)
        ),
        Row("durable events a second over Redis", far_rate, "", near_rate, far_rate / near_rate),
    ]


def rows() -> list[Row]:
    console.print("events over Redis, and in memory")
    return asyncio.run(_measure_both())
