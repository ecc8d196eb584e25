"""`sidenote worker`: takes the jobs of a fleet until a signal. Without Redis a server does that by itself."""

import contextlib

from rich.text import Text

from automation.figures import Figures
from automation.worker import redis_broker
from server.exchange import open_exchange
from server.posting import Office, working
from server.screen import make_console
from server.settings import Settings, SettingsError
from server.signals import stop_at_signal
from server.telemetry import setup_telemetry
from server.wiring import node_name, open_database
from storage.connections import parsed, shown

GOING_DOWN_S = 20.0
SETTLE_S = 15.0  # for comments that are under way


async def work_until_signalled(settings: Settings) -> None:
    """Post until SIGINT or SIGTERM. Raises SettingsError without Redis, and whatever keeps a part from starting."""
    if settings.redis_url is None:
        raise SettingsError(
            "A worker is told of its jobs through Redis: set REDIS_URL, and DATABASE_URL to the servers' PostgreSQL. "
            "Without Redis `sidenote serve` posts by itself."
        )
    stop = stop_at_signal(GOING_DOWN_S, "comments under way are finished")
    telemetry = setup_telemetry(settings.traces)
    figures = telemetry.served(settings.metrics_port) if settings.metrics_port else contextlib.nullcontext()
    try:
        async with open_database(settings) as database, open_exchange(settings) as exchange:
            broker = redis_broker(settings.redis_url.get_secret_value(), Figures(telemetry))
            office = Office(settings, database, exchange.hub, telemetry, node_name())
            with figures:
                async with working(office, broker) as posting:
                    _announce(settings, posting.name)
                    await stop.wait()
                    await posting.stop(SETTLE_S)
    finally:
        telemetry.close()
    make_console().print("Stopped.")


def _announce(settings: Settings, browser: str) -> None:
    console = make_console()
    rows = {
        "database": shown(parsed(settings.database)),
        "browser": browser,
        "side by side": str(settings.post_workers),
        "practice page": settings.practice_url or "off",
        "figures": f"http://127.0.0.1:{settings.metrics_port}/metrics" if settings.metrics_port else "off",
    }
    console.print(Text("Waiting for comments to post. Ctrl-C ends it.", style="bold"))
    for name, value in rows.items():
        console.print(Text.assemble((f"{name:<16}", "dim"), value), soft_wrap=True)
    console.file.flush()
