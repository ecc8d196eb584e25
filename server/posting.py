"""How a process posts: by itself, or by leaving its jobs to `sidenote worker` where Redis carries messages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from dramatiq import Broker

from agent.notes import NoteBook
from agent.ports import Hub, Poster, Telemetry
from automation.actors import OnLoop, build_posting
from automation.browser import Browser
from automation.delivery import Delivery, DeliverySettings
from automation.figures import Figures
from automation.poster import QueuedPoster
from automation.relay import Relay, Sweeper
from automation.sites.contract import Recipe
from automation.worker import JobWorker, embedded_broker, redis_broker
from server.settings import Settings
from storage.claims import Claims
from storage.engine import Database
from storage.jobs import Jobs
from storage.logins import Logins
from storage.notes import Notes

STOP_S = 5.0

Stop = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Office:
    """What posting needs of the process it happens in."""

    settings: Settings
    database: Database
    hub: Hub
    telemetry: Telemetry
    node: str  # names this process in leases and in the audit


@dataclass(frozen=True, slots=True)
class Posting:
    poster: Poster
    stop: Stop  # takes nothing new and waits so many seconds for what is under way
    name: str  # for people


@asynccontextmanager
async def open_posting(office: Office) -> AsyncIterator[Posting]:
    """The posting of a server."""
    url = office.settings.redis_url
    if url is None:
        async with working(office, embedded_broker(Figures(office.telemetry))) as posting:
            yield posting
        return
    async with _relayed(redis_broker(url.get_secret_value())) as relay:
        yield Posting(QueuedPoster(Jobs(office.database), relay.wake), _nothing, "by `sidenote worker`, through Redis")


@asynccontextmanager
async def working(
    office: Office, broker: Broker, *, browser: Browser | None = None, recipes: Mapping[str, Recipe] | None = None
) -> AsyncIterator[Posting]:
    """Take jobs in this process until the end. ``browser`` and ``recipes`` in place of those of the settings."""
    from automation.sites.catalogue import RECIPES
    from server.browsers import build_browser, build_find, build_ways  # Playwright is slow to import

    settings = office.settings
    logins, claims = Logins(office.database), Claims(office.database)
    async with AsyncExitStack() as stack:
        relay = await stack.enter_async_context(_relayed(broker))
        poster = QueuedPoster(Jobs(office.database), relay.wake)
        browser = browser or build_browser(settings, logins)
        stack.push_async_callback(browser.close)
        delivery = Delivery(
            claims,
            logins,
            NoteBook(Notes(office.database), office.hub, poster),
            office.hub,
            browser,
            recipes or RECIPES,
            office.telemetry,
            DeliverySettings(
                office.node, settings.practice_url, lease_s=settings.post_lease_s, deadline_s=settings.post_deadline_s
            ),
            ways=build_ways(settings, logins),
            find=build_find(settings),
        )
        sweeper = Sweeper(claims.due, relay.wake)
        build_posting(broker, OnLoop(asyncio.get_running_loop()), delivery.deliver, sweeper.handled)
        worker = JobWorker(broker, settings.post_workers)
        worker.start()
        stack.push_async_callback(asyncio.to_thread, worker.stop)
        stack.push_async_callback(delivery.stop, STOP_S)  # what is still under way then is given back
        sweeping = asyncio.create_task(sweeper.run())
        stack.push_async_callback(_ended, sweeping)

        async def stop(within_s: float) -> None:
            await _ended(sweeping)  # else it would find, again and again, what is not taken any more
            await delivery.stop(within_s)

        yield Posting(poster, stop, browser.name)


@asynccontextmanager
async def _relayed(broker: Broker) -> AsyncIterator[Relay]:
    relay = Relay(broker)
    try:
        yield relay
    finally:
        await asyncio.to_thread(relay.close)
        broker.close()


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _nothing(within_s: float) -> None:
    """Nothing is under way here."""
