"""Alive, and ready to work."""

import asyncio
import urllib.error
import urllib.request
from typing import Any

import orjson
import pytest

from channels.rest.health import NotReady
from storage.errors import DatabaseUnavailable
from tests.channels.conftest import Site


async def get(site: Site, path: str) -> tuple[int, Any]:
    url = site.url.replace("ws://", "http://") + path

    def fetch() -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, orjson.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, orjson.loads(error.read())

    return await asyncio.to_thread(fetch)


async def test_alive_and_ready(site: Site) -> None:
    assert await get(site, "/healthz") == (200, {"status": "ok", "program": "sidenote"})
    assert await get(site, "/readyz") == (200, {"status": "ok"})


async def test_what_is_wrong_with_the_database_is_said(site: Site) -> None:
    site.ready_errors.append(DatabaseUnavailable("The database can't be reached."))
    assert await get(site, "/readyz") == (
        503,
        {"status": "unavailable", "message": "The database can't be reached."},
    )
    assert (await get(site, "/healthz"))[0] == 200


async def test_a_process_that_takes_no_work_now_says_why(site: Site) -> None:
    site.ready_errors.append(NotReady("This server goes down."))
    assert await get(site, "/readyz") == (503, {"status": "unavailable", "message": "This server goes down."})


async def test_a_database_that_takes_too_long(site: Site) -> None:
    site.ready_errors.append(TimeoutError())
    status, answer = await get(site, "/readyz")
    assert status == 503
    assert "takes too long" in answer["message"]


async def test_an_error_of_unknown_words_is_logged_and_not_shown(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.ready_errors.append(RuntimeError("postgresql://ada:password@host"))
    status, answer = await get(site, "/readyz")
    assert status == 503
    assert "password" not in answer["message"]
    assert "readiness" in caplog.text
