"""automation/sites/practice.py on the look-alike and on the page that this server really shows."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser
from starlette.applications import Starlette

from automation.sites.contract import AskPerson, Comment
from automation.sites.page import SitePage
from automation.sites.practice import Practice
from channels.rest.practice import practice_routes
from storage.engine import Database
from storage.practice import PracticeComments
from tests.automation.clicks import go
from tests.automation.sites.lookalike import OTHER, URLS, Wall

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TEXT = "The cut comes too late"
ASSETS = Path(__file__).parents[3] / "server" / "assets" / "practice"


@pytest_asyncio.fixture(loop_scope="module")
async def real(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[tuple[str, PracticeComments]]:
    """The practice page of a running server, and what is kept there."""
    shutil.copy(sqlite_template, tmp_path / "practice.db")
    database = Database(f"sqlite:///{tmp_path / 'practice.db'}")
    await database.open()
    comments = PracticeComments(database)
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = Starlette(routes=practice_routes(comments, ASSETS, origins=frozenset({url})))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"{url}/practice?t=75", comments
    server.should_exit = True
    await task
    await database.close()


async def test_the_recipe_works_on_the_real_page(real: tuple[str, PracticeComments], chromium: Browser) -> None:
    url, comments = real
    since = datetime.now(UTC) - timedelta(minutes=5)
    context = await chromium.new_context()
    recipe = Practice(await context.new_page())
    await recipe.open_at(url)
    assert await recipe.signed_in()
    assert await recipe.find_own(TEXT, since, ()) is None
    await recipe.write(TEXT)
    assert list(await comments.list(10)) == []
    answered = await recipe.submit(go)
    [kept] = await comments.list(10)
    assert (kept.text, round(kept.at_s)) == (TEXT, 75)
    assert answered
    assert answered.external_id == kept.id
    assert answered.permalink
    assert answered.permalink.startswith(url.partition("?")[0])
    assert await recipe.read_back(TEXT) == answered, "what the page shows is what the answer said"
    await recipe.open_at(url)
    assert await recipe.find_own(TEXT, since, ()) == answered
    assert await recipe.find_own("Another text", since, ()) is None
    await context.close()
    stranger = await chromium.new_context()
    other = Practice(await stranger.new_page())
    await other.open_at(url)
    with pytest.raises(AskPerson, match="A comment with this text is there"):
        await other.find_own(TEXT, since, ())
    await stranger.close()


async def test_a_new_comment_with_the_text_by_an_unknown_writer_is_the_persons(
    at: Callable[..., SitePage], wall: Wall
) -> None:
    recipe = at("practice")
    wall.put(TEXT, OTHER, minutes_ago=60)
    await recipe.open_at(URLS["practice"])
    since = datetime.now(UTC) - timedelta(minutes=30)
    assert await recipe.find_own(TEXT, since, ()) is None
    wall.put(TEXT, OTHER)
    await recipe.open_at(URLS["practice"])
    with pytest.raises(AskPerson, match="look at it"):
        await recipe.find_own(TEXT, since, ())


async def test_a_relative_permalink_becomes_an_address(at: Callable[..., SitePage]) -> None:
    recipe = at("practice")
    await recipe.open_at(URLS["practice"])
    answer = {"id": 7, "permalink": "/practice#comment-7", "text": "The cut  comes too late "}
    assert recipe.named(answer, TEXT) == Comment("7", "http://practice.test/practice#comment-7")
    assert recipe.named(answer, "Another text") is None
