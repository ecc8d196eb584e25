"""A real server with the real model, the sites' look-alikes under their own addresses, and a person at a browser."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from automation.addresses import Fence
from automation.browser import Login
from server.embedded import EmbeddedServer
from storage.connection_state import ConnectionState
from storage.logins import Logins
from tests.automation.sites.lookalike import Scenario, Server, Wall, browser, serving
from tests.e2e.person import Person, person
from tests.extension.conftest import *  # noqa: F403 - fixtures
from tests.extension.conftest import BrowserWithExtension
from tests.flows.talk import settings_in


@dataclass(slots=True)
class OnLookalikes:
    """The worker's browser, led to the look-alikes."""

    chromium: Chromium
    sites: Server
    name: str = "Chromium in front of look-alikes"

    @asynccontextmanager
    async def page(self, login: Login, fence: Fence) -> AsyncIterator[Page]:
        context = await self.chromium.new_context()
        await self.sites.open_to(context)
        yield await context.new_page()
        await context.unroute_all(behavior="ignoreErrors")
        await context.close()

    async def window(self, login: Login, url: str, fence: Fence) -> AsyncIterator[Page]:
        raise AssertionError("nobody logs in here")

    async def forget(self, login: Login) -> None:
        raise AssertionError("no login is forgotten here")

    async def close(self) -> None:
        """The look-alikes' browser outlives it."""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("sites")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, sites: Server) -> AsyncIterator[EmbeddedServer]:
    """With a worker whose browser finds the look-alikes under the sites' addresses. Tests speak of different videos."""

    async def resolve(host: str) -> list[str]:
        return ["93.184.215.14"]

    async with browser() as chromium:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("automation.addresses._resolve", resolve)
            patch.setattr("server.browsers.build_browser", lambda settings, logins: OnLookalikes(chromium, sites))
            async with EmbeddedServer(settings_in(tmp_path_factory.mktemp("data"))) as running:
                yield running


@pytest_asyncio.fixture(loop_scope="module")
async def reviewer(
    browser_with_extension: BrowserWithExtension, tmp_path: Path, sites: Server, server: EmbeddedServer
) -> AsyncIterator[Person]:
    """Signed in at the server; every site is its look-alike."""
    sites.wall = Wall(Scenario())
    async with person(browser_with_extension, tmp_path) as somebody:
        await sites.open_to(somebody.browser.context, "**://*.youtube.com/**")
        await somebody.sign_in(server.url.replace("ws", "http", 1), server.token)
        yield somebody
        assert [said for said in somebody.browser.wrong if "net::ERR" not in said] == []  # sites that are not there


async def logged_in(server: EmbeddedServer, site: str) -> None:
    logins = Logins(server.parts.database)
    await logins.settled("local", site, ConnectionState.ACTIVE, driver="Chromium in front of look-alikes")
