"""One server of look-alikes for all tests, one browser a file, and a fresh context and wall for each test."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from automation.sites.catalogue import PAGES
from automation.sites.contract import Find
from automation.sites.marks import Timeouts
from automation.sites.page import SitePage
from tests.automation.sites.lookalike import Scenario, Server, Wall, browser, serving

QUICK = Timeouts(
    open_ms=4000, settle_ms=2500, element_ms=700, answer_ms=1500, refusal_ms=150, list_ms=600, shown_ms=600
)


@pytest.fixture(scope="session")
def lookalikes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("lookalikes")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as launched:
        yield launched


@pytest.fixture
def wall(lookalikes: Server) -> Wall:
    lookalikes.wall = Wall()
    return lookalikes.wall


@pytest_asyncio.fixture(loop_scope="module")
async def blank(chromium: Browser, lookalikes: Server, wall: Wall) -> AsyncIterator[Page]:
    """A page whose every request goes to the look-alikes."""
    context = await chromium.new_context()
    await lookalikes.open_to(context)
    try:
        yield await context.new_page()
    finally:
        await context.unroute_all(behavior="ignoreErrors")
        await context.close()


@pytest.fixture
def at(blank: Page, wall: Wall) -> Callable[..., SitePage]:
    """A recipe on a blank page, and how the site shall behave: ``at("vimeo", signed_in=False)``."""
    recipes = {page.name: page for page in PAGES}

    def recipe(site: str, find: Find | None = None, **behaviour: object) -> SitePage:
        wall.scenario = Scenario(**behaviour)  # type: ignore[arg-type] # the tests name its fields
        on_page = recipes[site](blank, find)
        on_page.timeouts = QUICK
        return on_page

    return recipe


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: what the engines do alike is shown without a browser."""
    shutil.copy(sqlite_template, tmp_path / "sidenote.db")
    return f"sqlite:///{tmp_path / 'sidenote.db'}"
