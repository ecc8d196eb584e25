"""server/practising.py: the practice page for one command, where its link stays good if it can."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from server.practising import practice_server
from server.settings import Settings
from server.wiring import open_database
from storage.engine import Database
from storage.practice import PracticeComments

AUTHOR = "a1" * 16


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings) as opened:
        yield opened


async def comment_on(settings: Settings, text: str) -> httpx.Response:
    """As the page of these settings does it."""
    said = {"Origin": settings.url(), "X-Author": AUTHOR}
    async with httpx.AsyncClient(trust_env=False) as web:
        return await web.post(f"{settings.practice_url}/comments", json={"text": text, "at_s": 3}, headers=said)


async def test_it_is_where_a_server_would_show_it_and_takes_comments(settings: Settings, database: Database) -> None:
    async with practice_server(settings, database) as served:
        assert served.practice_url == settings.practice_url
        async with httpx.AsyncClient(trust_env=False) as web:
            assert 'id="player"' in (await web.get(f"{served.practice_url}")).text
        assert (await comment_on(served, "Too dark")).status_code == 201
    assert [comment.text for comment in await PracticeComments(database).list()] == ["Too dark"]
    with socket.create_server(("127.0.0.1", settings.port)):
        pass  # the port is free again


async def test_it_takes_another_port_where_that_one_is_taken(settings: Settings, database: Database) -> None:
    with socket.create_server(("127.0.0.1", settings.port)):
        async with practice_server(settings, database) as served:
            assert served.port != settings.port
            assert (await comment_on(served, "Too dark")).status_code == 201


async def test_two_at_once_get_a_port_each(settings: Settings, database: Database) -> None:
    """A port that is bound and not listened on yet may be bound again: the second one hung for ever."""
    both, done = asyncio.Barrier(2), []

    async def one(text: str) -> int:
        async with practice_server(settings, database) as served:
            await both.wait()
            done.append((await comment_on(served, text)).status_code)
            await both.wait()
            return served.port

    ports = await asyncio.wait_for(asyncio.gather(one("First"), one("Second")), 20)
    assert done == [201, 201]
    assert settings.port in ports
    assert ports[0] != ports[1]


async def test_a_bound_port_is_not_waited_for(settings: Settings, database: Database) -> None:
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", settings.port))
        async with practice_server(settings, database) as served:
            assert (await comment_on(served, "Too dark")).status_code == 201


async def test_it_is_opened_without_what_stands_before_the_usual_server(settings: Settings, database: Database) -> None:
    behind = settings.model_copy(update={"public_url": "https://notes.example"})
    assert behind.practice_url == "https://notes.example/practice"
    async with practice_server(behind, database) as served:
        assert served.practice_url == settings.practice_url
        assert (await comment_on(served, "Too dark")).status_code == 201


async def test_nothing_is_served_where_the_page_is_off(settings: Settings, database: Database) -> None:
    off = settings.model_copy(update={"practice": False})
    async with practice_server(off, database) as served:
        assert served == off
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", settings.port)).close()


async def test_a_host_that_is_not_this_machines_is_an_error(settings: Settings, database: Database) -> None:
    elsewhere = settings.model_copy(update={"host": "192.0.2.1", "practice": True})
    with pytest.raises(OSError, match="assign"):
        async with practice_server(elsewhere, database):
            pass
