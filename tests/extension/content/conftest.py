"""The bundle of entry.ts, the pages that it is put into, and a Chromium that opens them."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.extension.content.tab import Tab
from tests.served import served

ROOT = Path(__file__).parents[3]
PAGES = Path(__file__).parent / "pages"
FILM = ROOT / "server" / "assets" / "practice" / "video.webm"
FLAGS = (
    "--autoplay-policy=no-user-gesture-required --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update"
)
SEALED = "default-src 'none'; media-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
WORDS = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ada>The <b>gochujang</b> scene\n\n00:04.000 --> 00:05.000\nEnd\n"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts as one script."""
    node = shutil.which("node")
    assert node is not None, "no Node here: run `scripts/setup node`"
    assert (ROOT / "node_modules/vite").is_dir(), "no Vite here: run `scripts/setup node`"
    folder = tmp_path_factory.mktemp("bundle")
    subprocess.run([node, PAGES.parent / "bundle.mjs", folder], check=True, cwd=ROOT, timeout=60)
    return folder / "content.js"


@pytest.fixture(scope="module")
def script(bundle: Path) -> str:
    return bundle.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the pages."""

    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        sealed = {"Content-Security-Policy": SEALED} if name == "sealed" else {}
        return FileResponse(PAGES / (name if "." in name else f"{name}.html"), headers=sealed)

    async def film(request: Request) -> Response:
        return FileResponse(FILM)

    async def icon(request: Request) -> Response:
        return Response(status_code=204)

    async def words(request: Request) -> Response:
        return PlainTextResponse(WORDS, media_type="text/vtt")

    routes = [
        Route("/film.webm", film),
        Route("/words.vtt", words),
        Route("/favicon.ico", icon),
        Route("/{name}", page),
    ]
    with served(Starlette(routes=routes)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path is not None, "no Chromium here: install the Debian package chromium (`make test` does)"
    async with async_playwright() as playwright:
        arguments = [*FLAGS.split(), *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def tab(chromium: Browser, site: str, bundle: Path) -> AsyncIterator[Tab]:
    """A blank page that has the bundle wherever it goes. No script of it may fail, no policy be broken."""
    wrong: list[str] = []
    page = await chromium.new_page(viewport={"width": 900, "height": 600})
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    await page.add_init_script(path=bundle)
    try:
        yield Tab(page, site, wrong)
    finally:
        await page.context.close()
    assert wrong == []
