"""A server with the practice page alone: real uvicorn, a real SQLite file."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette

from channels.rest.practice import practice_routes
from storage.engine import Database
from storage.practice import PracticeComments
from tests.channels.conftest import Uvicorn

ASSETS = Path(__file__).parents[3] / "server" / "assets" / "practice"
ADA, BOB = "a1" * 16, "b2" * 16
PATH = "/practice/comments"


@dataclass(frozen=True, slots=True)
class Place:
    """A running server with the practice page."""

    url: str
    database: Database
    comments: PracticeComments
    web: httpx.AsyncClient

    async def post(self, author: str = ADA, text: Any = "Too dark", at_s: Any = 3.5, **headers: str) -> httpx.Response:
        said = {"Origin": self.url, "X-Author": author, "Content-Type": "application/json", **headers}
        return await self.web.post(PATH, content=orjson.dumps({"text": text, "at_s": at_s}), headers=said)

    async def shown(self, author: str | None = None) -> list[dict[str, Any]]:
        answer = await self.web.get(PATH, headers={"X-Author": author} if author else {})
        assert answer.status_code == 200
        return list(answer.json()["comments"])


@pytest.fixture
async def place(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Place]:
    shutil.copy(sqlite_template, tmp_path / "practice.db")
    database = Database(f"sqlite:///{tmp_path / 'practice.db'}")
    await database.open()
    comments = PracticeComments(database)
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    routes = practice_routes(comments, ASSETS, origins=frozenset({url}))
    server = Uvicorn(uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.listening.wait()
        async with httpx.AsyncClient(base_url=url, trust_env=False) as web:
            yield Place(url, database, comments, web)
    finally:
        server.stop.set()
        await task
        await database.close()
