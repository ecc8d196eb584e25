"""A job from its claim to its end: the right recipe on a page with the person's login, and everybody told.

``posting.py`` has the protocol; this brings together what it needs. One instance a worker process.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from weakref import WeakValueDictionary

from agent.notes import NoteBook
from agent.ports import Hub, Telemetry
from automation.addresses import AddressRefused, Fence, page_of
from automation.announced import Announced
from automation.browser import Browser, Login, NoBrowser
from automation.posting import Attempt
from automation.sites.contract import AskPerson, Find, Impossible, Recipe, Site
from storage.claims import Claim, Claims, Spent
from storage.connection_state import ConnectionState
from storage.errors import NotFound, StaleFence, StorageError
from storage.logins import Logins

log = logging.getLogger(__name__)

PRACTICE = "practice"
INTERRUPTED = "interrupted"  # by the store, or because the worker stops


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    worker: str  # names this process in leases and in the audit
    practice: str | None = None  # address of the practice page
    lease_s: float = 30.0
    deadline_s: float = 90.0  # of one attempt


class AnotherWay(Protocol):
    """A way to a site without its page, for whoever has linked an account."""

    async def linked(self, login: Login) -> AbstractAsyncContextManager[Site] | None:
        """None where no account has been linked. Raises AskPerson where it has to be linked again."""
        ...


class Delivery:
    def __init__(
        self,
        claims: Claims,
        logins: Logins,
        book: NoteBook,
        hub: Hub,
        browser: Browser,
        recipes: Mapping[str, Recipe],
        telemetry: Telemetry,
        settings: DeliverySettings,
        *,
        ways: Mapping[str, AnotherWay] | None = None,
        find: Find | None = None,
    ) -> None:
        """``ways``: of a site, tried before its page. ``find``: asked for what a recipe does not find."""
        self._claims = claims
        self._logins = logins
        self._book = book
        self._hub = hub
        self._browser = browser
        self._recipes = recipes
        self._telemetry = telemetry
        self._settings = settings
        self._ways = ways or {}
        self._find = find
        self._turns: WeakValueDictionary[Login, asyncio.Lock] = WeakValueDictionary()
        self._running: set[asyncio.Task[bool]] = set()
        self._stopping = False

    async def deliver(self, job_id: str) -> bool:
        """Take the job, if it can be taken, and bring it to its next state; whether it was taken.

        Errors of the store that pass by themselves are left to the next sweep, others pass through.
        """
        if self._stopping:
            return False
        task = asyncio.create_task(self._deliver(job_id))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await task
        except StorageError as error:
            if not error.retryable:
                raise
            log.warning("a job is left as it is and looked at again later: %s", error)
            return False

    async def stop(self, within_s: float) -> None:
        """Take nothing new and let what runs end; what does not is given back, or looked at by a later worker."""
        self._stopping = True
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _deliver(self, job_id: str) -> bool:
        settings = self._settings
        claim = await self._claims.claim(job_id, worker=settings.worker, lease_s=settings.lease_s)
        if isinstance(claim, Spent):  # it ended without a worker
            await self._book.look_again(claim.note_id, claim.user_id)
        if not isinstance(claim, Claim):
            return isinstance(claim, Spent)
        begun = datetime.now(UTC)
        if claim.attempt == 1:
            self._telemetry.record("post_pickup_seconds", (begun - claim.due_at).total_seconds())
        note = await self._book.store.get(claim.note_id, claim.user_id)
        announced = Announced(claim, note, self._claims, self._book, self._hub)
        login, trace = Login(claim.user_id, claim.site), f"post/{claim.id}"
        outcome = INTERRUPTED
        try:
            # A job is over once its comment is read back: its page may be closing still.
            async with self._turns.setdefault(login, asyncio.Lock()):
                with (
                    self._telemetry.about(user_id=claim.user_id),
                    self._telemetry.span("post", trace=trace, site=claim.site, attempt=claim.attempt),
                ):
                    try:
                        await self._attempt(claim, login, announced)
                    except (StaleFence, NotFound) as gone:
                        log.info("a job is no longer this worker's: %s", gone)
                        await announced.lost()
            if announced.outcome is None:
                await announced.unsure()
            outcome = announced.outcome or "unsure"
        finally:
            self._telemetry.finish(trace, outcome)
        self._telemetry.record("posts", 1, site=claim.site, outcome=outcome)
        if outcome == "posted":
            self._telemetry.record("post_seconds", (datetime.now(UTC) - begun).total_seconds())
        return True

    async def _attempt(self, claim: Claim, login: Login, announced: Announced) -> None:
        settings = self._settings
        await announced.begin()
        attempt = Attempt(
            claim,
            announced,
            announced.step,
            lease_s=settings.lease_s,
            deadline_s=settings.deadline_s,
            on_login=lambda known: self._login_seen(login, known=known),
        )
        try:
            url = page_of(claim.site, claim.video, claim.url, claim.timestamp_s, settings.practice)
            recipe = self._recipe(claim.site)
        except (AddressRefused, Impossible) as refused:
            await attempt.give_up(refused)
            return
        await attempt.run(url, self._opened(login, recipe, url))

    @asynccontextmanager
    async def _opened(self, login: Login, recipe: Recipe, url: str) -> AsyncIterator[Site]:
        way = self._ways.get(login.site)
        if linked := (await way.linked(login) if way else None):
            async with linked as site:
                yield site
            return
        fence = Fence(self._settings.practice if login.site == PRACTICE else None)
        await fence.check(url)
        try:
            async with self._browser.page(login, fence) as page:
                yield recipe(page, self._find)
        except NoBrowser as missing:
            raise AskPerson(str(missing)) from None

    def _recipe(self, site: str) -> Recipe:
        if site not in self._recipes:
            raise Impossible(f"Comments can't be posted to {site} yet. Copy the note and post it there by hand.")
        return self._recipes[site]

    async def _login_seen(self, login: Login, *, known: bool) -> None:
        """Remember what the site has shown of the login; that it can't be remembered keeps no comment back."""
        if not self._recipes[login.site].login_url:
            return
        state = ConnectionState.ACTIVE if known else ConnectionState.EXPIRED
        try:
            row = await self._logins.get(login.user_id, login.site)
            keeper = row.driver if row and row.sealed_tokens else self._browser.name  # a linked account needs none
            await self._logins.settled(login.user_id, login.site, state, driver=keeper)
        except StorageError as error:
            log.warning("the state of a login at %s could not be written down: %s", login.site, error)
