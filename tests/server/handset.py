"""A browser without pages: what a recipe gets in place of one it does not look at. Remembers what was asked of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

from playwright.async_api import Page

from automation.addresses import Fence
from automation.browser import Login
from automation.sites.contract import Find, Recipe, Site
from automation.sites.scripted import ScriptedSite


class HandWindow:
    """A window that the person closes when told to."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        self.opened = asyncio.Event()
        self.closed = asyncio.Event()
        self.breaks: BaseException | None = None

    async def wait_closed(self) -> None:
        self.opened.set()
        if self.breaks is None:
            await self.closed.wait()
        else:
            raise self.breaks


class HandBrowser:
    """A driver (see ``automation/browser.py``). ``breaks``: raised where a page, a window or a profile is wanted."""

    name = "No browser"

    def __init__(self, *, address: str | None = None, breaks: BaseException | None = None) -> None:
        self.breaks = breaks
        self.person = HandWindow(address)
        self.windows: list[tuple[Login, str]] = []
        self.forgotten: list[Login] = []
        self.closes = 0

    @asynccontextmanager
    async def page(self, login: Login, fence: Fence) -> AsyncIterator[Page]:
        if self.breaks:
            raise self.breaks
        yield cast(Page, None)

    @asynccontextmanager
    async def window(self, login: Login, url: str) -> AsyncIterator[HandWindow]:
        if self.breaks:
            raise self.breaks
        self.windows.append((login, url))
        yield self.person

    async def forget(self, login: Login) -> None:
        if self.breaks:
            raise self.breaks
        self.forgotten.append(login)

    async def close(self) -> None:
        self.closes += 1


class SiteRecipe:
    """A recipe that always has the same site."""

    name = "practice"

    def __init__(self, site: ScriptedSite, login_url: str = "") -> None:
        self.login_url = login_url
        self._site = site

    def __call__(self, page: Page, find: Find | None = None) -> Site:
        return self._site


def recipes(site: ScriptedSite) -> Mapping[str, Recipe]:
    """The practice page, scripted."""
    return {"practice": SiteRecipe(site)}
