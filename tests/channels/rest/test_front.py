"""The page at /: a bundle as Vite would write it, what stands there without one, and both in a real Chromium."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from playwright.async_api import Page, async_playwright, expect
from starlette.applications import Starlette

from channels.rest.front import front_routes
from channels.rest.practice_page import page_routes
from tests.channels.conftest import Uvicorn
from tests.channels.rest.conftest import ASSETS

UNBUILT = ASSETS.parent / "unbuilt.html"
FLAGS = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")
PAGE = """<!doctype html><html lang="en"><head><title>Sidenote</title>
<link rel="stylesheet" href="/assets/main-Cx_9aB-2.css"><script type="module" src="/assets/main-BhF3kQ1z.js"></script>
</head><body><video src="/practice/video.webm" muted></video></body></html>"""
SCRIPT = """
const video = document.querySelector("video");
const told = (name, work) => Promise.resolve().then(work).then(
  (value) => { document.body.dataset[name] = value }, (error) => { document.body.dataset[name] = `${error}` });
told("place", () => new Promise((seeked, failed) => {
  video.onloadedmetadata = () => { video.currentTime = 90 };
  video.onseeked = () => seeked(video.currentTime);
  video.onerror = () => failed(video.error.message);
}));
told("wasm", () => WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(() => "compiled"));
told("microphone", () => document.featurePolicy.allowsFeature("microphone"));
told("camera", () => document.featurePolicy.allowsFeature("camera"));
told("worker", () => new Promise((said) => {
  const worker = new Worker(URL.createObjectURL(new Blob(["postMessage('works')"])));
  worker.onmessage = ({data}) => said(data);
  worker.onerror = () => said("refused");
}));
document.body.style.setProperty("color", "rgb(1, 2, 3)");
document.body.insertAdjacentHTML("beforeend", `<p id="foreign" style="color: rgb(9, 9, 9)">x</p>`);
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "assets/main-BhF3kQ1z.js").write_text(SCRIPT)
    (folder / "assets/main-Cx_9aB-2.css").write_text("body { background: rgb(4, 5, 6) }")
    (folder / "assets/late-recorder.js").write_text("")
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "assets").write_text("hush")
    return folder


@asynccontextmanager
async def served(bundle: Path) -> AsyncIterator[str]:
    """The address of a server with the page and the practice video."""
    listener = socket.create_server(("127.0.0.1", 0))
    routes = [*front_routes(bundle, UNBUILT), *page_routes(ASSETS)]
    server = Uvicorn(uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.listening.wait()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop.set()
        await task


@pytest.fixture
async def web(bundle: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(bundle) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-cache"),
        ("/assets/main-BhF3kQ1z.js", "public, max-age=31536000, immutable"),
        ("/assets/main-Cx_9aB-2.css", "public, max-age=31536000, immutable"),
        ("/assets/late-recorder.js", "no-cache"),
    ],
)
async def test_files_are_kept_as_long_as_their_names_promise(path: str, kept: str, web: httpx.AsyncClient) -> None:
    answer = await web.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, kept)
    again = await web.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == kept


@pytest.mark.parametrize("path", ["/", "/assets/main-BhF3kQ1z.js"])
async def test_the_page_is_sealed_and_may_hear(path: str, web: httpx.AsyncClient) -> None:
    headers = (await web.get(path)).headers
    policy = headers["Content-Security-Policy"].split("; ")
    assert {
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "connect-src 'self' ws: wss:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    } <= set(policy)
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert headers["Permissions-Policy"].startswith("microphone=(self), camera=()")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/../../secret",
        "/assets/..%2f..%2fsecret",
        "/assets//etc/passwd",
        "/assets/%2fetc/passwd",
        "/assets/..%5c..%5csecret",
        "/assets/main%00.js",
        "/assets/" + "x" * 5000,
        "/index.html",
        "/../secret",
        "/secret",
    ],
)
async def test_nothing_but_the_bundle_is_served(path: str, web: httpx.AsyncClient) -> None:
    """Asked as it stands, for a client would tidy the path."""
    reader, writer = await asyncio.open_connection(web.base_url.host, web.base_url.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"hush" not in answer


async def test_a_link_out_of_the_bundle_is_not_followed(bundle: Path, web: httpx.AsyncClient) -> None:
    (bundle / "assets/out.js").symlink_to(bundle.parent / "secret")
    assert (await web.get("/assets/out.js")).status_code == 404


async def test_without_a_bundle_it_says_what_to_do_until_there_is_one(bundle: Path, tmp_path: Path) -> None:
    async with served(tmp_path / "later") as url, httpx.AsyncClient(base_url=url, trust_env=False) as web:
        told = await web.get("/")
        asset = await web.get("/assets/main-BhF3kQ1z.js")
        await asyncio.to_thread(bundle.rename, tmp_path / "later")
        built = await web.get("/")
    assert (told.status_code, told.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for words in ("Sidenote is running", "Node 20.19 or newer", "make setup"):
        assert words in told.text
    assert "<script" not in told.text
    assert told.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert told.headers["Cache-Control"] == "no-cache"
    assert asset.status_code == 404
    assert built.text == PAGE


def test_the_node_it_names_is_the_one_that_setup_wants() -> None:
    setup = (ASSETS.parents[2] / "scripts/setup").read_text()
    oldest = re.search(r"^OLDEST_NODE=(\S+)$", setup, re.MULTILINE)
    assert oldest is not None
    assert f"Node {oldest[1]} or newer" in UNBUILT.read_text()


def test_a_server_without_either_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        front_routes(tmp_path, tmp_path / "nowhere.html")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    path = shutil.which("chromium")
    assert path is not None, "no Chromium here: install the Debian package chromium (`make test` does)"
    async with async_playwright() as playwright:
        arguments = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield await browser.new_page()
        await browser.close()


@pytest.mark.browser
async def test_in_a_browser_the_page_plays_compiles_hears_and_takes_no_foreign_style(bundle: Path, page: Page) -> None:
    async with served(bundle) as url:
        async with page.expect_request(lambda request: request.url.endswith("/video.webm")) as asked:
            await page.goto(f"{url}/#token=hush")
        body = page.locator("body")
        await expect(body).to_have_attribute("data-place", "90")
        for name, value in {"wasm": "compiled", "microphone": "true", "camera": "false", "worker": "works"}.items():
            await expect(body).to_have_attribute(f"data-{name}", value)
        assert (await (await asked.value).all_headers())["range"] == "bytes=0-"
        await expect(body).to_have_css("background-color", "rgb(4, 5, 6)")
        await expect(page.locator("#foreign")).to_have_css("color", "rgb(1, 2, 3)")
        await page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1200])
async def test_the_words_without_a_bundle_are_seen_as_they_are_meant(tmp_path: Path, page: Page, width: int) -> None:
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    async with served(tmp_path) as url:
        await page.set_viewport_size({"width": width, "height": 700})
        await page.goto(url)
        await expect(page.get_by_role("heading")).to_have_text("Sidenote is running")
        await expect(page.locator("ol")).to_have_css("border-top-width", "1px")
        assert await page.evaluate("() => document.documentElement.scrollWidth") <= width
        await page.close()
    assert wrong == []
