"""A site that writes down every submission, for workers that are killed. Told by HTTP; its recipe needs no browser.

It answers slowly and in two parts, so that a worker can be gone between what the site did and what the worker heard.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any

import httpx
import uvicorn
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from automation.addresses import Fence
from automation.browser import Login
from automation.sites.contract import Comment, Find
from server.app import WebServer

HIDDEN = "held for review"  # a text that holds these words is taken and not shown
SLOW_S = 0.06  # the longest wait for one answer


class Wall:
    """What the site holds."""

    def __init__(self, seed: int) -> None:
        self.submissions: Counter[str] = Counter()
        self.url = ""
        self._random = Random(seed)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/page", self._page),
                Route("/comments", self._list),
                Route("/comments", self._take, methods=["POST"]),
            ]
        )

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        config = uvicorn.Config(self.app(), port=0, log_config=None, access_log=False, lifespan="off")
        ready = asyncio.Event()
        server = WebServer(config, ready.set)
        serving = asyncio.create_task(server.serve())
        await ready.wait()
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.should_exit = True
            await serving

    async def _page(self, request: Request) -> Response:
        await self._wait()
        return JSONResponse({"signed_in": True})

    async def _list(self, request: Request) -> Response:
        await self._wait()
        text = request.query_params["text"]
        shown = self.submissions[text] and HIDDEN not in text
        return JSONResponse({"comments": [_shown(text)] if shown else []})

    async def _take(self, request: Request) -> Response:
        await self._wait()
        try:
            text = (await request.json())["text"]
        except ClientDisconnect:  # killed before it had sent the words
            return Response(status_code=400)
        self.submissions[text] += 1

        async def answer() -> AsyncIterator[bytes]:
            yield b" "
            await self._wait()
            yield json.dumps({} if HIDDEN in text else _shown(text)).encode()

        return StreamingResponse(answer(), 201, media_type="application/json")

    async def _wait(self) -> None:
        await asyncio.sleep(self._random.uniform(0.001, SLOW_S))


def _shown(text: str) -> dict[str, Any]:
    return {"id": text.replace(" ", "-"), "text": text}


class WallSite:
    """The recipe. ``reached`` is called at every point at which a worker may end."""

    name = "practice"
    login_url = ""
    proves_absence = True
    url = ""
    reached: Callable[[str], None] = staticmethod(lambda point: None)

    def __init__(self, page: Page, find: Find | None = None) -> None:
        self._client = httpx.AsyncClient(base_url=self.url, timeout=10)
        self._text = ""
        self._hides = False

    async def open_at(self, url: str) -> None:
        self.reached("opening")
        await self._client.get("/page")

    async def signed_in(self) -> bool:
        self.reached("signing in")
        return bool((await self._client.get("/page")).json()["signed_in"])

    async def find_own(self, text: str, since: datetime, others: Collection[str]) -> Comment | None:
        self.reached("looking")
        if HIDDEN in text:  # as every site that holds comments back
            self.proves_absence = False
        return await self._listed(text)

    async def write(self, text: str) -> None:
        self.reached("writing")
        self._text = text

    async def submit(self, go: Callable[[], None]) -> Comment | None:
        self.reached("about to click")
        go()
        async with self._client.stream("POST", "/comments", json={"text": self._text}) as answer:
            self.reached("taken by the site")
            answered = await answer.aread()
        self.reached("answered")
        return _comment(httpx.Response(200, content=answered).json())

    async def read_back(self, text: str) -> Comment | None:
        self.reached("reading back")
        return await self._listed(text)

    async def _listed(self, text: str) -> Comment | None:
        comments = (await self._client.get("/comments", params={"text": text})).json()["comments"]
        return _comment(comments[0]) if comments else None


def _comment(shown: dict[str, Any]) -> Comment | None:
    return Comment(shown["id"], f"https://wall.example/#{shown['id']}") if shown else None


class NoPages:
    """A driver for recipes that need no page."""

    name = "no browser"

    @asynccontextmanager
    async def page(self, login: Login, fence: Fence) -> AsyncIterator[Any]:
        yield None

    def window(self, login: Login, url: str) -> Any:
        raise AssertionError("nobody logs in to the wall")

    async def forget(self, login: Login) -> None:
        pass

    async def close(self) -> None:
        pass
