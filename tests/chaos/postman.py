"""A worker that ends where it is told to, and the process that makes many of them quickly.

``python tests/chaos/postman.py`` loads everything once and reads one JSON object a line: {"worker", "at", "signal",
"page"}. Each makes a child that works on the database of SIDENOTE's settings until it is killed, or sends itself
``signal`` (9 or 19) when it reaches ``at``. It prints {"pid"} for each, and the child {"ready"}, and {"handled": job}.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from automation.delivery import Delivery
from automation.figures import Figures
from automation.worker import embedded_broker, redis_broker
from server.exchange import open_exchange
from server.posting import Office, working
from server.settings import Settings, load_settings
from server.telemetry import setup_telemetry
from storage.claims import Claims
from storage.engine import Database
from tests.chaos.wall import NoPages, WallSite

COMMITS = ("claim", "submitting", "posted")


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children that are killed leave nothing behind
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(work(load_settings(env_file=None), order))
            os._exit(0)
        say(pid=pid)


def say(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")  # one write: lines of several processes stay whole


async def work(settings: Settings, order: dict[str, Any]) -> None:
    """Until killed."""

    def reached(point: str) -> None:
        if point == order.get("at"):
            order["at"] = None  # once: who is stopped goes on later
            os.kill(os.getpid(), order["signal"])

    arm(reached)
    telemetry = setup_telemetry("off")
    redis = settings.redis_url
    figures = Figures(telemetry)
    broker = redis_broker(redis.get_secret_value(), figures) if redis else embedded_broker(figures)
    database = Database(settings.database)
    await database.open()
    async with open_exchange(settings) as exchange:
        office = Office(settings, database, exchange.hub, telemetry, f"{order['worker']}:{os.getpid()}")
        with_browser = order.get("page")
        browser, recipes = (None, None) if with_browser else (NoPages(), {"practice": WallSite})
        async with working(office, broker, browser=browser, recipes=recipes):
            say(ready=os.getpid())
            await asyncio.Event().wait()


def arm(reached: Callable[[str], None]) -> None:
    """Have every point of the protocol told, before and after each commit and each step on the site."""
    WallSite.url = os.environ["WALL"]
    WallSite.reached = staticmethod(reached)
    for name in COMMITS:
        _tell(name, reached)
    deliver = Delivery.deliver

    async def told(self: Delivery, job_id: str) -> bool:
        try:
            return await deliver(self, job_id)
        finally:
            say(worker=os.getpid(), handled=job_id)

    Delivery.deliver = told  # type: ignore[method-assign]  # this process exists to tell what the real one does


def _tell(name: str, reached: Callable[[str], None]) -> None:
    commit = getattr(Claims, name)

    async def told(self: Claims, *given: Any, **more: Any) -> Any:
        reached(f"before the commit of {name}")
        result = await commit(self, *given, **more)
        if result is not None or name == "submitting":
            reached(f"after the commit of {name}")
        return result

    setattr(Claims, name, told)


if __name__ == "__main__":
    main()
