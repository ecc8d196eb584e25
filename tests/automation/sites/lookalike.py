"""Pages with the sites' element ids, roles and answers, and one wall behind them that remembers all that was sent.

A browser reaches them under the sites' own addresses: ``open_to`` leads every request of its context here.
"""

import asyncio
import json
import os
import shutil
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Route, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route as Path_

from tests.served import served

FLAGS = [
    "--autoplay-policy=no-user-gesture-required",
    *"--disable-gpu --disable-quic --no-first-run --disable-sync --disable-background-networking".split(),
]
PAGES = Path(__file__).parent / "pages"
VIDEO_S = 120
ME, OTHER = "me", "someone-else"
URLS = {
    "practice": "http://practice.test/practice?t=75",
    "youtube": "https://www.youtube.com/watch?v=aqz-KE-bpKQ&t=75s",
    "vimeo": "https://vimeo.com/76979871#t=75s",
    "frameio": "https://app.frame.io/player/b1946ac9-2492-4d23-95b3-7e7bbd4ff2a1?t=75",
    "generic": "https://films.example/watch/7",
}
_SITES = {"practice.test": "practice", "films.example": "generic"}
_SITES |= {"youtube.com": "youtube", "vimeo.com": "vimeo", "frame.io": "frameio"}


@dataclass(slots=True)
class Scenario:
    """How the page and the site behind it behave."""

    signed_in: bool = True
    comments: bool = True
    status: int = 200
    gone: bool = False
    captcha: bool = False
    consent: str = ""  # "dialog", "page", or "no way out"
    moved: int = 0  # so many of the box's and the button's selectors are gone
    rewrites: str = ""  # what the box makes of "@ada": "at once" or "late"
    answer: str = "full"  # or "unnamed", "lost", "limited", "error", "refused"
    held: bool = False  # new comments are shown to nobody
    slow_s: float = 0.0
    draws: bool = True  # the page draws what was just sent
    wait_ms: int = 0  # before the comments are loaded
    limit: int = 0
    variant: str = ""


@dataclass(slots=True)
class Posted:
    id: str
    text: str
    author: str
    at: datetime
    held: bool = False


@dataclass(slots=True)
class Wall:
    """What the site holds. ``sent``: every submission that reached it, refused ones too."""

    scenario: Scenario = field(default_factory=Scenario)
    comments: list[Posted] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def put(self, text: str, author: str = ME, *, minutes_ago: float = 0.0) -> Posted:
        number = len(self.comments) + 1
        posted = Posted(f"Ugx{number:04}", text, author, datetime.now(UTC) - timedelta(minutes=minutes_ago))
        self.comments.insert(0, posted)
        return posted

    @property
    def shown(self) -> list[Posted]:
        return [posted for posted in self.comments if not posted.held]


def as_youtube(posted: Posted) -> dict[str, Any]:
    age = int((datetime.now(UTC) - posted.at).total_seconds())
    told = f"{age // 60} minutes ago" if age >= 60 else f"{age} seconds ago"
    return {
        "payload": {
            "commentEntityPayload": {
                "properties": {"commentId": posted.id, "content": {"content": posted.text}, "publishedTime": told},
                "author": {"displayName": f"@{posted.author}", "isCurrentUser": posted.author == ME},
            }
        }
    }


def as_vimeo(posted: Posted) -> dict[str, Any]:
    number = posted.id.removeprefix("Ugx")
    return {
        "uri": f"/videos/76979871/comments/{number}",
        "text": posted.text,
        "created_on": posted.at.isoformat(),
        "user": {"uri": "/users/7" if posted.author == ME else "/users/8", "name": posted.author},
    }


def as_frameio(posted: Posted) -> dict[str, Any]:
    return {"id": posted.id, "text": posted.text, "inserted_at": posted.at.isoformat(), "owner_id": posted.author}


def as_practice(posted: Posted) -> dict[str, Any]:
    return {
        "id": posted.id,
        "permalink": f"/practice#comment-{posted.id}",
        "text": posted.text,
        "at_s": 75.0,
        "own": posted.author == ME,
        "created_at": posted.at.isoformat(),
    }


_AS = {"youtube": as_youtube, "vimeo": as_vimeo, "frameio": as_frameio, "practice": as_practice, "generic": as_practice}


def listing(site: str, posted: list[Posted]) -> Any:
    told = [_AS[site](one) for one in posted]
    if site == "youtube":
        return {"frameworkUpdates": {"entityBatchUpdate": {"mutations": told}}}
    return {"data": told}


class Server:
    """One server for all look-alikes; each test gives it a wall of its own."""

    def __init__(self, folder: Path) -> None:
        self.wall = Wall()
        self.port = 0
        self._sound = folder / "video.wav"  # a video element plays sound alone, and seeks in it
        with wave.open(str(self._sound), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(1)
            sound.setframerate(3000)
            sound.writeframes(b"\x80" * 3000 * VIDEO_S)

    async def page(self, request: Request) -> Response:
        wall, site = self.wall, request.path_params["site"]
        await asyncio.sleep(wall.scenario.slow_s)
        name = "consent" if request.path_params["path"].startswith("m") and site == "youtube" else site
        html = (PAGES / f"{name}.html").read_text(encoding="utf-8")
        settings = json.dumps(asdict(wall.scenario) | {"site": site})
        script = (PAGES / "lookalike.js").read_text(encoding="utf-8")
        head = f"<!doctype html><meta charset=utf-8><script>const scenario = {settings};\n{script}</script>"
        return HTMLResponse(head + html, status_code=wall.scenario.status)

    async def listed(self, request: Request) -> Response:
        site = request.path_params["site"]
        await asyncio.sleep(self.wall.scenario.wait_ms / 1000)
        return JSONResponse(listing(site, self.wall.shown))

    async def viewer(self, request: Request) -> Response:
        who = {"xsrft": "x", "user": {"id": 7}} if request.path_params["site"] == "vimeo" else {"me": {"id": ME}}
        return JSONResponse(who if self.wall.scenario.signed_in else {"user": None})

    async def post(self, request: Request) -> Response:
        site, wall = request.path_params["site"], self.wall
        body = await request.json()
        wall.sent.append(body)
        text = body.get("commentText") or body["text"]
        match wall.scenario.answer:
            case "limited":
                return JSONResponse({"error": "too many"}, status_code=429)
            case "error":
                return JSONResponse({"error": "broken"}, status_code=500)
            case "refused":
                return JSONResponse({})
        posted = wall.put(text)
        posted.held = wall.scenario.held
        match wall.scenario.answer:
            case "unnamed":
                return JSONResponse({"status": "STATUS_SUCCEEDED"})
            case "lost":
                return Response(status_code=204, headers={"x-lost": "1"})
        told = _AS[site](posted)
        if site == "youtube":
            told = {"actions": [{"createCommentAction": {}}], **listing(site, [posted])}
        return JSONResponse(told, status_code=201)

    async def sound(self, request: Request) -> Response:
        return FileResponse(self._sound)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Path_("/{site}/video.wav", self.sound),
                Path_("/{site}/viewer", self.viewer),
                Path_("/{site}/_next/viewer", self.viewer),
                Path_("/{site}/v2/me", self.viewer),
                Path_("/{site}/youtubei/v1/next", self.listed, methods=["POST"]),
                Path_("/{site}/youtubei/v1/comment/create_comment", self.post, methods=["POST"]),
                Path_("/{site}/{path:path}comments", self.listed, methods=["GET"]),
                Path_("/{site}/{path:path}comments", self.post, methods=["POST"]),
                Path_("/{site}/{path:path}", self.page),
            ]
        )

    async def open_to(self, context: BrowserContext, addresses: str = "**/*") -> None:
        """Lead every request of a context here; what belongs to no look-alike fails as without a network."""
        await context.route(addresses, self._lead)

    async def _lead(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        host = parts.hostname or ""
        site = next((site for end, site in _SITES.items() if host == end or host.endswith(f".{end}")), None)
        if site is None or parts.path == "/favicon.ico":
            await route.abort("internetdisconnected")
            return
        local = f"http://127.0.0.1:{self.port}/{site}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        response = await route.fetch(url=local)
        if "x-lost" in response.headers:
            await route.abort("connectionreset")
        else:
            await route.fulfill(response=response, headers={**response.headers, "access-control-allow-origin": "*"})


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    lookalikes = Server(folder)
    with served(lookalikes.app) as port:
        lookalikes.port = port
        yield lookalikes


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium of this machine."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no Chromium here: install the Debian package chromium (`make test` does)"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=found, args=[*FLAGS, *root])
        yield launched
        await launched.close()
