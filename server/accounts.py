"""A person's logins at video sites: log in, look whether a login holds, forget it, list them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from rich.table import Table
from rich.text import Text

from automation.addresses import AddressRefused, Fence, page_of
from automation.browser import Browser, Login, NoBrowser
from automation.linking import LinkingError
from automation.sites.catalogue import RECIPES
from automation.sites.contract import PostingError, Recipe
from channels.videos import video_of
from server.browsers import LinkedYouTube, build_browser, build_linking, build_seal
from server.identity import LOCAL_USER
from server.screen import make_console, print_json
from server.settings import Settings, SettingsError
from server.wiring import open_database
from storage.connection_state import LOGIN_WINDOW, ConnectionState
from storage.errors import InvalidValue
from storage.logins import Logins
from storage.users import Users
from storage.videos import Videos

ASKS = "The site asked for a login."
BROKEN_OFF = "This was broken off."
WINDOW_S = (LOGIN_WINDOW - timedelta(minutes=1)).total_seconds()  # no worker may find it open
CLOSED = "The window was closed after it had been open for {:g} minutes. Run the same command again."


class NotConnected(Exception):
    """The site does not know the login. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands work with."""

    settings: Settings
    logins: Logins
    videos: Videos
    browser: Browser


async def connect(settings: Settings, site: str) -> None:
    """Open a window in which the person logs in, and wait until it is closed.

    Raises InvalidValue for a site without logins, NotConnected, NoBrowser; errors of the store pass through.
    """
    recipe, login = _recipe(site), Login(LOCAL_USER, site)
    console = make_console()
    async with _desk(settings) as desk:
        async with _turn(desk, site), desk.browser.window(login, recipe.login_url) as window:
            if window.address:
                console.print(f"Open this address: {window.address}", soft_wrap=True)
            console.print(f"Log in to {site} as whoever is to comment, then close the window. This waits.")
            try:
                async with asyncio.timeout(WINDOW_S):
                    await window.wait_closed()
            except TimeoutError:
                raise NotConnected(CLOSED.format(WINDOW_S / 60)) from None
        await _settle(desk, site, ConnectionState.ACTIVE)
    console.print(f"The login is stored. `sidenote connect {site} --test` opens a video of yours and looks at it.")


async def test_login(settings: Settings, site: str, *, video: str | None) -> None:
    """Open a video of the site and see whether comments could be written.

    Raises NotConnected, AddressRefused and PostingError, and as ``connect``.
    """
    recipe = _recipe(site)
    async with _desk(settings) as desk:
        url = await _page(desk, site, video)
        fence = Fence()
        await fence.check(url)
        async with (
            _turn(desk, site, keeps_active=True),
            desk.browser.page(Login(LOCAL_USER, site), fence) as page,
        ):
            opened = recipe(page)
            await opened.open_at(url)
            known = await opened.signed_in()
        if not known:
            await _settle(desk, site, ConnectionState.FAILED, ASKS)
            raise NotConnected(f"{site} asks for a login: run `sidenote connect {site}`.")
        await _settle(desk, site, ConnectionState.ACTIVE)
    make_console().print(f"{site} knows the login: comments can be posted.")


async def reset(settings: Settings, site: str) -> None:
    """Delete the stored login, or the link to an account. Raises as ``connect``."""
    _recipe(site)
    async with _desk(settings) as desk:
        async with _turn(desk, site, keeps_active=True):
            await desk.browser.forget(Login(LOCAL_USER, site))
        await _settle(desk, site, ConnectionState.LOGGED_OUT)
    make_console().print(f"The login at {site} is deleted here. The site may list it still: end it there too.")


async def link(settings: Settings, site: str) -> None:
    """Link an account, so that comments need no browser. Raises InvalidValue, SettingsError, NotConnected."""
    linking = build_linking(settings)
    if site != "youtube":
        raise InvalidValue("Only YouTube accounts can be linked. For others leave --api out.")
    if linking is None:
        raise SettingsError(
            "Set SIDENOTE_YOUTUBE_CLIENT_ID and SIDENOTE_YOUTUBE_CLIENT_SECRET to an OAuth client of type desktop app "
            "(Google Cloud console, with the YouTube Data API on), then run this again."
        )
    seal = build_seal(settings)  # that it is damaged is told before the person agrees
    async with _desk(settings) as desk:
        try:
            async with linking.begin() as consent:
                make_console().print(f"Open this address on this machine and agree: {consent.url}", soft_wrap=True)
                tokens = await consent.tokens()
        except LinkingError as error:
            raise NotConnected(str(error)) from None
        await LinkedYouTube(desk.logins, linking, seal).keep(Login(LOCAL_USER, site), tokens)
    make_console().print("The account is linked: comments on YouTube go through its Data API.")


async def list_logins(settings: Settings, *, as_json: bool) -> None:
    """Print the logins by site."""
    async with _desk(settings) as desk:
        rows = await desk.logins.list_for_user(LOCAL_USER)
    if as_json:
        shown = {"site", "state", "reason", "driver", "last_used_at", "updated_at"}
        print_json([row.model_dump(include=shown) for row in rows])
        return
    if not rows:
        sites = ", ".join(name for name, recipe in RECIPES.items() if recipe.login_url)
        make_console().print(f"No logins yet. `sidenote connect SITE` makes one: {sites}.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("site", "state", "kept by", "last used", "why"):
        table.add_column(column)
    for row in rows:
        used = row.last_used_at.astimezone().strftime("%Y-%m-%d %H:%M") if row.last_used_at else ""
        table.add_row(row.site, row.state, row.driver, used, Text(row.reason or ""))
    make_console().print(table)


def _recipe(site: str) -> Recipe:
    """Raises InvalidValue."""
    sites = ", ".join(name for name, recipe in RECIPES.items() if recipe.login_url)
    if site not in RECIPES:
        raise InvalidValue(f"Sidenote knows no site {site!r}. Use one of: {sites}.")
    if not RECIPES[site].login_url:
        raise InvalidValue(f"Nobody logs in to {site}. Sites with logins: {sites}.")
    return RECIPES[site]


async def _page(desk: Desk, site: str, video: str | None) -> str:
    """A page to look at: of ``video``, or of the newest video on that site. Raises InvalidValue, AddressRefused."""
    if video is not None:
        meant = video_of(video)
        if meant.platform != site:
            raise InvalidValue(f"{video} is no address of a video on {site}.")
        return page_of(site, meant.external_id, video, 0)
    row = await desk.videos.newest_on(LOCAL_USER, site)
    if row is None:
        raise InvalidValue(f"You have no video on {site} yet: name one with --video.")
    return page_of(site, row.external_id, row.url, 0)


@asynccontextmanager
async def _turn(desk: Desk, site: str, *, keeps_active: bool = False) -> AsyncIterator[None]:
    """Nobody else uses the login meanwhile. A block that ends by an error leaves it as failed.

    ``keeps_active``: but a login that was active stays so, where the block does nothing to it.
    """
    before = await desk.logins.get(LOCAL_USER, site)
    await desk.logins.await_person(LOCAL_USER, site, driver=desk.browser.name)
    try:
        yield
    except BaseException as error:
        if keeps_active and before is not None and before.state == ConnectionState.ACTIVE:
            await _settle(desk, site, ConnectionState.ACTIVE)
        else:
            told = isinstance(error, NotConnected | NoBrowser | PostingError | AddressRefused)
            await _settle(desk, site, ConnectionState.FAILED, str(error) if told else BROKEN_OFF)
        raise


async def _settle(desk: Desk, site: str, state: ConnectionState, reason: str | None = None) -> None:
    await desk.logins.settled(LOCAL_USER, site, state, driver=desk.browser.name, reason=reason)


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_database(settings) as database:
        await Users(database).ensure(LOCAL_USER)
        logins = Logins(database)
        browser = build_browser(settings, logins)
        try:
            yield Desk(settings, logins, Videos(database), browser)
        finally:
            await browser.close()
