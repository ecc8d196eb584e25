"""Where a page was led: every address of its main frame is judged before it is asked for, and a refused one ends it.

What a page only embeds or fetches is not looked at here.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import CDPSession, Frame, Page, Request
from playwright.async_api import Error as PlaywrightError

from automation.addresses import RESOLVE_LIMIT_S, AddressRefused
from automation.sites.contract import Later

VERDICT_LIMIT_S = RESOLVE_LIMIT_S + 1
_NOWHERE = ("about:", "chrome-error:")  # an empty page, and the browser's own words on one that failed

Check = Callable[[str], Awaitable[None]]
"""Raises AddressRefused for an address where the page must not be."""


@asynccontextmanager
async def watched(page: Page, check: Check, check_failed: Check | None = None) -> AsyncIterator[Page]:
    """The page, alone in its browser: others that it opens are closed. It is closed itself where ``check`` refuses.

    ``check_failed`` is asked about addresses that could not be reached.
    Raises AddressRefused on leaving a page that was stopped, and Later where it is gone at the beginning.
    """
    page.context.on("page", _close)
    trail = Trail(page, check, check_failed)
    try:
        await trail.begin()
    except PlaywrightError as error:
        raise Later("The browser went away.") from error
    try:
        yield page
    except Exception as error:
        if refused := await trail.verdict():
            raise refused from error
        raise
    else:
        if refused := await trail.verdict():
            raise refused
    finally:
        trail.end()


class Trail:
    """Watches one page from ``begin`` to ``end``."""

    def __init__(self, page: Page, check: Check, check_failed: Check | None) -> None:
        self._page = page
        self._check = check
        self._check_failed = check_failed
        self._refused: AddressRefused | None = None
        self._judging: set[asyncio.Task[object]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._judged: set[tuple[str, str]] = set()  # schemes and hosts

    async def begin(self) -> None:
        session = await self._page.context.new_cdp_session(self._page)
        tree = asyncio.ensure_future(session.send("Page.getFrameTree"))
        session.on("Fetch.requestPaused", lambda asked: self._start(self._decide(session, tree, asked)))
        documents = {"patterns": [{"urlPattern": "*", "resourceType": "Document"}]}
        await asyncio.gather(tree, session.send("Fetch.enable", documents))
        if self._check_failed is not None:
            self._page.on("requestfailed", self._failed)
        self._page.on("framenavigated", self._arrived)

    async def verdict(self) -> AddressRefused | None:
        """Why the page was stopped, if it was. Waits for what is still being judged, six seconds at most."""
        if self._judging:
            await asyncio.wait(self._judging, timeout=VERDICT_LIMIT_S)
        return self._refused

    def end(self) -> None:
        for task in self._judging:
            task.cancel()
        if self._closing is not None:
            self._closing.cancel()

    async def _decide(self, session: CDPSession, tree: Awaitable[dict[str, Any]], asked: dict[str, Any]) -> None:
        """Let a document be asked for, or not."""
        request = {"requestId": asked["requestId"]}
        with contextlib.suppress(PlaywrightError):  # the page has gone elsewhere
            main = (await tree)["frameTree"]["frame"]["id"]
            if asked["frameId"] != main or await self._passes(self._check, asked["request"]["url"]):
                await session.send("Fetch.continueRequest", request)
            else:
                await session.send("Fetch.failRequest", {**request, "errorReason": "AccessDenied"})

    def _failed(self, request: Request) -> None:
        with contextlib.suppress(PlaywrightError):  # a frame that is only being made is not the main one
            if self._check_failed and request.is_navigation_request() and request.frame == self._page.main_frame:
                self._start(self._passes(self._check_failed, request.url))

    def _arrived(self, frame: Frame) -> None:
        """Some addresses are never asked for, such as ``data:``; of a host that was, any page may be."""
        known = frame.url.startswith(_NOWHERE) or _place(frame.url) in self._judged
        if frame == self._page.main_frame and not known:
            self._start(self._passes(self._check, frame.url))

    async def _passes(self, check: Check, url: str) -> bool:
        self._judged.add(_place(url))
        try:
            await check(url)
        except AddressRefused as refused:
            if self._refused is None:
                self._refused = refused
                self._closing = asyncio.create_task(_close(self._page))  # nobody waits: it may take seconds
        return self._refused is None

    def _start(self, judging: Coroutine[Any, Any, object]) -> None:
        task: asyncio.Task[object] = asyncio.create_task(judging)
        self._judging.add(task)
        task.add_done_callback(self._judging.discard)


def _place(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition(":")
    return scheme, rest.lstrip("/").partition("/")[0]


async def _close(page: Page) -> None:
    with contextlib.suppress(PlaywrightError):  # it is closed already
        await page.close()
