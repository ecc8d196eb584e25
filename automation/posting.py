"""One attempt at one job, from the open page to the comment's own id. Reads as the protocol of docs/posting.md does.

Nothing is clicked unless ``submitting`` was committed under this worker's fence, and after that commit nothing is
assumed: the site is asked. It knows neither browsers nor tables: it is given a page and the claims.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from random import Random
from typing import Protocol, TypedDict

from automation.addresses import AddressRefused
from automation.backoff import delay_s
from automation.sites.contract import CLOCKS_APART, AskPerson, Comment, Impossible, Later, PostingError, Refused, Site

log = logging.getLogger(__name__)

STEPS = ("opening", "signing_in", "looking", "writing", "submitting", "reading_back")
UNSEEN = "The site took the comment and does not show it: it may be held for review. Look there before trying again."
UNSURE = "The comment may have been sent, and the site can't say. Look whether it is there before trying again."
ABSENT = "It was not on the site."
OVERSLEPT = "This machine stood still for too long."
AGAIN_S = 0.2
SLOW = "The site took too long."


class Job(Protocol):
    """A claimed job."""

    @property
    def id(self) -> str: ...
    @property
    def fence(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def site(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def submitted_at(self) -> datetime | None: ...
    @property
    def recovering(self) -> bool: ...
    @property
    def others(self) -> Collection[str]: ...
    @property
    def nameless(self) -> bool: ...


class Claims(Protocol):
    """Where a worker writes down how far it has come. Errors with ``fenced`` say that the job is no longer its own."""

    async def renew(self, job_id: str, fence: int, lease_s: float) -> None: ...
    async def submitting(self, job_id: str, fence: int, lease_s: float) -> None: ...
    async def give_back(self, job_id: str, fence: int) -> None: ...
    async def posted(self, job_id: str, fence: int, *, external_id: str | None, permalink: str | None) -> object: ...
    async def later(self, job_id: str, fence: int, *, reason: str, delay_s: float, absent: bool = False) -> object: ...
    async def failed(self, job_id: str, fence: int, *, reason: str, absent: bool = False) -> object: ...
    async def attention(self, job_id: str, fence: int, *, reason: str, absent: bool = False) -> object: ...


Tell = Callable[[str], Awaitable[None]]
"""Told of each step as it begins, one of ``STEPS``."""
OnLogin = Callable[[bool], Awaitable[None]]
"""Told whether the site knows the login."""


class Overslept(Later):
    """So much time went by before the click that another worker may have the job by now: nothing was clicked."""


class Attempt:
    """Posts one claimed job, or says why not."""

    def __init__(
        self,
        job: Job,
        claims: Claims,
        tell: Tell,
        *,
        lease_s: float,
        deadline_s: float,
        on_login: OnLogin | None = None,
        chance: Random | None = None,
    ) -> None:
        """``lease_s`` is renewed while this goes on, which it does for ``deadline_s`` at most."""
        self._job = job
        self._claims = claims
        self._tell = tell
        self._lease_s = lease_s
        self._deadline_s = deadline_s
        self._on_login = on_login
        self._chance = chance or Random()
        self._submitting = False  # this attempt has said that it will click
        self._clicked = False  # and perhaps has
        self._settled = False  # what became of it is written down
        self._unsure = job.recovering  # an earlier one may have, and the site has not said yet

    async def run(self, url: str, page: AbstractAsyncContextManager[Site]) -> None:
        """Post on ``page``, which is opened and closed here. Only errors of the store come out, and lost fences.

        Cancelled before the click, the job is given back; after it, the next worker looks at the site.
        """
        work = asyncio.create_task(self._work(url, page))
        keep = asyncio.create_task(self._keep_lease())
        try:
            await asyncio.wait([work, keep], return_when=asyncio.FIRST_COMPLETED)
            if keep.done() and not work.done():
                keep.result()  # raises where the job is somebody else's
            await work
        finally:
            given_up = not work.done()
            for task in (work, keep):
                task.cancel()
            await asyncio.gather(work, keep, return_exceptions=True)
            if given_up and not (self._clicked or self._unsure or self._settled):
                await self._give_back()

    async def _work(self, url: str, page: AbstractAsyncContextManager[Site]) -> None:
        try:
            async with asyncio.timeout(self._deadline_s), page as site:
                await self._post(url, site)
        except Exception as error:
            if self._settled:
                log.warning("the page of a job that was over did not close well: %s", type(error).__name__)
            elif getattr(error, "fenced", False) or hasattr(error, "retryable"):
                raise  # the store's: the job stays as it is, and is found again when its lease is over
            else:
                await self.give_up(error)

    async def _post(self, url: str, site: Site) -> None:
        job = self._job
        await self._tell("opening")
        await site.open_at(url)
        await self._tell("signing_in")
        known = await site.signed_in()
        if self._on_login:
            await self._on_login(known)
        if not known:
            raise AskPerson(f"Log in to {job.site} (`sidenote connect {job.site}`), then try again.")
        if job.submitted_at is not None and await self._settled_before(site, job.submitted_at):
            return
        await self._tell("writing")
        await site.write(job.text)
        await self._tell("submitting")
        until = _clock_s() + self._lease_s / 2
        await self._claims.submitting(job.id, job.fence, self._lease_s)
        self._submitting = True
        await self._submit(site, until)

    async def _submit(self, site: Site, until: float) -> None:
        """Click, and read the comment's id. A click that fails may have worked: the page is asked."""

        def go() -> None:
            if _clock_s() > until:
                raise Overslept(OVERSLEPT)
            self._clicked = True

        said, answered = UNSEEN, None
        try:
            answered = await site.submit(go)
        except PostingError as error:
            if not self._clicked:
                raise
            said = f"{UNSURE} {error}"
        await self._tell("reading_back")
        comment = answered or await site.read_back(self._job.text)
        if comment is None:
            raise AskPerson(said)
        await self._posted(comment)

    async def _settled_before(self, site: Site, since: datetime) -> bool:
        """Look for the comment of an earlier attempt; whether this attempt ends with what was found."""
        job = self._job
        await self._tell("looking")
        if job.nameless:  # which of the two is on the site can't be told
            raise AskPerson(UNSURE)
        found = await site.find_own(job.text, since - CLOCKS_APART, job.others)
        if found:
            await self._posted(found)
        elif not site.proves_absence:
            raise AskPerson(UNSURE)
        elif job.recovering:  # back in the queue, from where it may be submitted again
            await self._ended(self._claims.later(job.id, job.fence, reason=ABSENT, delay_s=0))
        else:
            return False
        return True

    async def _posted(self, comment: Comment) -> None:
        """Write down what the site has shown. A store that is away for a moment must not make the person look."""
        job, until = self._job, _clock_s() + self._lease_s / 2
        while True:
            commit = self._claims.posted(
                job.id, job.fence, external_id=comment.external_id, permalink=comment.permalink
            )
            try:
                return await self._ended(commit)
            except Exception as error:
                if not getattr(error, "retryable", False) or _clock_s() > until:
                    raise
                log.warning("a comment that was posted could not be written down, trying again: %s", error)
            await asyncio.sleep(AGAIN_S)

    def _is_settled(self) -> bool:
        return self._settled

    async def _ended(self, commit: Awaitable[object]) -> None:
        await commit
        self._settled = True

    async def _give_back(self) -> None:
        """Nothing of this attempt is on the site. What can't be given back is found when its lease is over."""
        try:
            await self._claims.give_back(self._job.id, self._job.fence)
        except Exception as error:
            log.info("a job was not given back: %s", error)

    async def give_up(self, error: Exception) -> None:
        """Write down what an error means for the job. Errors of the store pass through."""
        job, reason = self._job, _reason(error)
        asks = isinstance(error, AskPerson | AddressRefused)
        absent = isinstance(error, Refused) or (self._submitting and not self._clicked)
        held: _Held = {"job_id": job.id, "fence": job.fence}
        if self._clicked or (self._unsure and (asks or isinstance(error, Impossible))):
            if not (absent or reason.startswith((UNSEEN, UNSURE))):
                reason = f"{UNSURE} {reason}" if isinstance(error, PostingError) else UNSURE
            await self._ended(self._claims.attention(**held, reason=reason, absent=absent))
        elif self._unsure:
            log.info("the site could not be asked, the job is looked at again when its lease is over: %s", reason)
        elif asks:
            await self._ended(self._claims.attention(**held, reason=reason, absent=absent))
        elif isinstance(error, Impossible):
            await self._ended(self._claims.failed(**held, reason=reason, absent=absent))
        else:
            wait_s = delay_s(job.attempt, self._chance)
            await self._ended(self._claims.later(**held, reason=reason, delay_s=wait_s, absent=absent))

    async def _keep_lease(self) -> None:
        while not self._is_settled():
            await asyncio.sleep(self._lease_s / 3)
            try:
                await self._claims.renew(self._job.id, self._job.fence, self._lease_s)
            except Exception as error:
                if self._is_settled():
                    return  # the page is closing, and nobody holds the job any more
                if not getattr(error, "retryable", False):
                    raise  # the job is somebody else's
                log.warning("lease of a job not renewed: %s", error)


class _Held(TypedDict):
    job_id: str
    fence: int


def _clock_s() -> float:
    """Seconds that go on while this process, or the whole machine, is stopped."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return SLOW
    if isinstance(error, PostingError | AddressRefused):
        return str(error) or SLOW
    log.error("an attempt to post ended by a bug", exc_info=error)
    return f"Something went wrong here ({type(error).__name__})."
