"""A browser that is rented from Browserbase for one page or window at a time. Logins lie there, one context each.

Its network is not ours, so nothing of ours can be reached from it; where a page is led is judged all the same. What
Browserbase can record or solve by itself is off: nobody watches a login, and a captcha is for the person.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import browserbase
from browserbase import AsyncBrowserbase
from browserbase.types.session_create_params import BrowserSettings
from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from automation.addresses import AddressRefused, Fence
from automation.browser import Login, NoBrowser
from automation.browsers.closing import held
from automation.browsers.driver import PlaywrightDriver
from automation.browsers.trail import watched
from automation.sites.contract import Later

log = logging.getLogger(__name__)

CALL_LIMIT_S = 20.0  # one call of their API
CONNECT_LIMIT_S = 20.0
CLOSE_LIMIT_S = 5.0
PAGE_LIMIT_S = 600  # they end a page's session by then, whatever became of us
WINDOW_LIMIT_S = 900  # for a person to log in
POLL_S = 3.0
VIEWPORT = {"width": 1280, "height": 800}
KEY = "Browserbase refuses the key: set SIDENOTE_BROWSERBASE_API_KEY and SIDENOTE_BROWSERBASE_PROJECT_ID."
PROJECT = "Browserbase refuses the request (HTTP {}): look at the account, and at SIDENOTE_BROWSERBASE_PROJECT_ID."
STRANGE = "Browserbase's answer is not understood."

T = TypeVar("T")


class Contexts(Protocol):
    """Where it is remembered under which id Browserbase keeps a login."""

    async def get(self, login: Login) -> str | None: ...
    async def put(self, login: Login, context_id: str) -> None: ...
    async def drop(self, login: Login) -> None: ...


class BrowserbaseBrowser:
    """A driver (see ``automation/browser.py``)."""

    name = "Browserbase"

    def __init__(
        self,
        api_key: str,
        project_id: str,
        *,
        contexts: Contexts,
        base_url: str | None = None,
        call_limit_s: float = CALL_LIMIT_S,
        poll_s: float = POLL_S,
    ) -> None:
        """``poll_s``: how often it is asked whether a window was closed."""
        self._project = project_id
        self._contexts = contexts
        self._call_limit_s = call_limit_s
        self._poll_s = poll_s
        self._api = AsyncBrowserbase(api_key=api_key, base_url=base_url, timeout=call_limit_s, max_retries=0)
        self._driver = PlaywrightDriver()

    @asynccontextmanager
    async def page(self, login: Login, fence: Fence) -> AsyncIterator[Page]:
        async with self._session(login, PAGE_LIMIT_S) as session, self._connected(session) as browser:
            page = await _furnished(browser)
            async with watched(page, fence.check):
                yield page

    @asynccontextmanager
    async def window(self, login: Login, url: str) -> AsyncIterator["BrowserbaseWindow"]:
        if not url.startswith(("https://", "http://")):
            raise AddressRefused("A window is opened on an address of the web alone.")
        async with self._session(login, WINDOW_LIMIT_S) as session, self._connected(session) as browser:
            try:
                page = await _first_page(browser)
                await page.goto(url, wait_until="commit", timeout=CONNECT_LIMIT_S * 1000)
            except PlaywrightError as error:
                log.info("a rented browser did not open the page of a login: %s", type(error).__name__)
                raise Later("The page to log in did not open. Try again.") from None
            live = await self._call(self._api.sessions.debug(session.id))
            yield BrowserbaseWindow(
                _text_of(live, "debugger_fullscreen_url"), lambda: self._is_over(session.id), browser, self._poll_s
            )

    async def forget(self, login: Login) -> None:
        """Raises Later or NoBrowser where Browserbase did not delete it; it is remembered then, to be tried again."""
        if context := await self._contexts.get(login):
            with contextlib.suppress(_Gone):
                await self._call(self._api.contexts.delete(context))
            await self._contexts.drop(login)

    async def close(self) -> None:
        await self._api.close()
        await self._driver.close()

    def _session(self, login: Login, limit_s: int) -> contextlib.AbstractAsyncContextManager["_Session"]:
        return held(self._rent(login, limit_s), self._release, patience_s=self._call_limit_s)

    async def _rent(self, login: Login, limit_s: int) -> "_Session":
        known = await self._contexts.get(login)
        if known is not None:
            try:
                return await self._create(known, limit_s)
            except NoBrowser:
                if await self._has(known):
                    raise
            log.warning("Browserbase no longer has the context of a login: it begins anew, logged out")
            await self._contexts.drop(login)
        made = _text_of(await self._call(self._api.contexts.create(project_id=self._project)), "id")
        await self._contexts.put(login, made)
        return await self._create(made, limit_s)

    async def _has(self, context: str) -> bool:
        try:
            await self._call(self._api.contexts.retrieve(context))
        except _Gone:
            return False
        return True

    async def _create(self, context: str, limit_s: int) -> "_Session":
        settings = BrowserSettings(
            context={"id": context, "persist": True},
            solve_captchas=False,
            record_session=False,
            log_session=False,
            viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]},
        )
        session = await self._call(
            self._api.sessions.create(
                project_id=self._project, browser_settings=settings, keep_alive=False, api_timeout=limit_s
            )
        )
        return _Session(_text_of(session, "id"), _text_of(session, "connect_url"))

    async def _release(self, session: "_Session") -> None:
        """End what is paid for by the minute. What this fails to end, its own time limit does."""
        try:
            again = self._api.with_options(max_retries=2)  # it may be asked twice; a session must not be made twice
            await self._call(again.sessions.update(session.id, status="REQUEST_RELEASE", project_id=self._project))
        except (Later, NoBrowser) as error:
            log.warning("session %s at Browserbase was not released and ends by its time limit: %s", session.id, error)

    async def _is_over(self, session_id: str) -> bool:
        try:
            session = await self._call(self._api.sessions.retrieve(session_id))
        except _Gone:
            return True
        except Later:
            return False  # asked again in a moment
        return getattr(session, "status", None) not in ("PENDING", "RUNNING")

    @asynccontextmanager
    async def _connected(self, session: "_Session") -> AsyncIterator[PlaywrightBrowser]:
        async with held(self._connect(session), _disconnect, patience_s=CLOSE_LIMIT_S) as browser:
            yield browser

    async def _connect(self, session: "_Session") -> PlaywrightBrowser:
        playwright = await self._driver.get()
        try:
            return await playwright.chromium.connect_over_cdp(session.connect_url, timeout=CONNECT_LIMIT_S * 1000)
        except PlaywrightError as error:
            # Not chained: its text has the address to connect to, which opens the session to whoever reads it.
            log.warning("no connection to session %s at Browserbase: %s", session.id, type(error).__name__)
            raise Later("Browserbase's browser could not be reached.") from None

    async def _call(self, call: Awaitable[T]) -> T:
        """The answer to one call of their API. Raises Later or NoBrowser."""
        try:
            async with asyncio.timeout(self._call_limit_s):
                return await call
        except (browserbase.AuthenticationError, browserbase.PermissionDeniedError):
            raise NoBrowser(KEY) from None
        except browserbase.NotFoundError:
            raise _Gone(PROJECT.format(404)) from None
        except (browserbase.APIConnectionError, TimeoutError):
            raise Later("Browserbase does not answer.") from None
        except browserbase.APIStatusError as error:
            if error.status_code in (408, 409, 429) or error.status_code >= 500:
                raise Later(f"Browserbase is too busy (HTTP {error.status_code}).") from None
            raise NoBrowser(PROJECT.format(error.status_code)) from None
        except (browserbase.BrowserbaseError, ValueError):
            raise Later(STRANGE) from None


@dataclass(frozen=True, slots=True)
class _Session:
    id: str
    connect_url: str


class _Gone(NoBrowser):
    """Browserbase does not have what was asked for."""


class BrowserbaseWindow:
    """A rented browser that a person sees in a page of Browserbase's."""

    def __init__(
        self, address: str, is_over: Callable[[], Awaitable[bool]], browser: PlaywrightBrowser, poll_s: float
    ) -> None:
        self.address: str | None = address
        self._is_over = is_over
        self._poll_s = poll_s
        self._gone = asyncio.Event()
        browser.on("disconnected", lambda _: self._gone.set())
        if not browser.is_connected():
            self._gone.set()

    async def wait_closed(self) -> None:
        """Until the session is over, which it is after 15 minutes at the latest."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WINDOW_LIMIT_S):
                while not self._gone.is_set() and not await self._is_over():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._gone.wait(), self._poll_s)


def _text_of(answer: object, name: str) -> str:
    """A field that the SDK takes for granted. Raises Later."""
    text = getattr(answer, name, None)
    if not isinstance(text, str):
        raise Later(STRANGE)
    return text


async def _first_page(browser: PlaywrightBrowser) -> Page:
    context = browser.contexts[0] if browser.contexts else await browser.new_context()
    return context.pages[0] if context.pages else await context.new_page()


async def _furnished(browser: PlaywrightBrowser) -> Page:
    """The one page of a rented browser, which may download nothing and is asked for nothing."""
    try:
        page = await _first_page(browser)
        await page.context.grant_permissions([])  # none: all others are denied
        session = await browser.new_browser_cdp_session()
        await session.send("Browser.setDownloadBehavior", {"behavior": "deny"})
    except PlaywrightError:
        raise Later("Browserbase's browser went away.") from None
    return page


async def _disconnect(browser: PlaywrightBrowser) -> None:
    with contextlib.suppress(PlaywrightError, TimeoutError):  # it is released next, which ends it in any case
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await browser.close()
