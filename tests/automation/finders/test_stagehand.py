"""automation/finders/stagehand.py: the real Stagehand beside a real page, over a model that is played."""

import asyncio
import json
import logging
import os
import re
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from automation.finders.stagehand import MAX_ANSWER, NoFinder, StagehandFind
from automation.sites.contract import Find
from tests.served import served

BOX = "the box to write a comment in"
PAGE = """<!doctype html><title>A film</title>
<style>.gone { display: none } .unseen { visibility: hidden }</style>
<header><a href="https://example.org/?token=secret-in-a-link">Home</a></header>
<main><h1 data-note="secret in an attribute">A film</h1>
  <div class="gone"><textarea placeholder="A comment nobody sees"></textarea></div>
  <div class="unseen">secret unseen</div>
  <input type="hidden" value="secret-token"><input type="password" value="secret-password" aria-label="Password">
  <table><tr><td><p>Comments</p>
    <odd:thing><textarea placeholder="Add a comment">secret draft</textarea></odd:thing>
    <label>Comment <textarea id="box" placeholder="Say something">secret draft</textarea></label>
    <div contenteditable="true" aria-label="Reply">secret reply</div>
  </td></tr></table>
  <button onclick="clicks.push('post')">Post</button><button>Post</button>
</main>
<script>const clicks = []; /* secret in a script */
addEventListener("click", event => clicks.push(event.target.tagName), true);
addEventListener("focusin", event => clicks.push(event.target.tagName), true);</script>"""

Choose = Callable[[str], list[str]]


def numbered(pattern: str) -> Choose:
    """The ids of the lines of Stagehand's tree that match."""
    return lambda tree: re.findall(rf"\[(\d+-\d+)\] (?:{pattern})", tree)


class Model:
    """An OpenAI-compatible endpoint."""

    def __init__(self) -> None:
        self.url = ""
        self.choose: Choose = lambda tree: []
        self.raw: str | None = None
        self.status = 200
        self.hangs = False
        self.requests: list[dict[str, Any]] = []

    @property
    def read(self) -> str:
        return json.dumps(self.requests)

    async def answer(self, request: Request) -> Response:
        self.requests.append(await request.json() | {"authorization": request.headers["authorization"]})
        if self.hangs:
            await asyncio.Event().wait()
        if self.status != 200:
            return Response("no", self.status)
        tree = self.requests[-1]["messages"][-1]["content"]
        elements = [
            {"elementId": found, "description": "it", "method": "click", "arguments": []} for found in self.choose(tree)
        ]
        content = json.dumps({"elements": elements}) if self.raw is None else self.raw
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        chunk |= {"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": None}]}

        async def pieces() -> AsyncIterator[str]:
            yield f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"

        return StreamingResponse(pieces(), media_type="text/event-stream")


@contextmanager
def serving(model: Model) -> Iterator[Model]:
    app = Starlette(routes=[Route("/v1/chat/completions", model.answer, methods=["POST"])])
    with served(app) as port:
        model.url = f"http://127.0.0.1:{port}/v1"
        yield model


@pytest.fixture
def model() -> Iterator[Model]:
    with serving(Model()) as served:
        yield served


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=[*root, "--disable-gpu", "--disable-quic"]
        )
        opened = await browser.new_page()
        await opened.set_content(PAGE)
        yield opened
        await browser.close()


@pytest.fixture
async def find(model: Model) -> AsyncIterator[StagehandFind]:
    made = StagehandFind("m", "sk-secret", base_url=model.url, executable=shutil.which("chromium"), limit_s=60)
    yield made
    await made.close()


def children() -> set[str]:
    """The processes that this one started."""
    return set(Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split())


def test_without_the_package_it_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stagehand", None)
    with pytest.raises(NoFinder, match=r'pip install "sidenote\[stagehand\]"'):
        StagehandFind("m", "k")


@pytest.mark.browser
async def test_it_points_at_the_one_element_and_touches_nothing(
    model: Model, find: StagehandFind, page: Page, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    asked: Find = find
    model.choose = numbered("textbox: Comment")
    before = children()
    with caplog.at_level(logging.INFO):
        selector = await asked(page, BOX)
    assert children() == before, "its browser is gone"
    assert selector is not None
    assert await page.locator(selector).get_attribute("id") == "box"
    assert await page.evaluate("clicks") == []
    assert "data-place" not in await page.content()
    assert model.requests[0]["model"] == "m"
    assert model.requests[0]["authorization"] == "Bearer sk-secret"
    assert BOX in model.read
    assert "Password" in model.read
    assert "secret" not in model.read.replace("sk-secret", "")
    assert "nobody sees" not in model.read
    out, err = capfd.readouterr()
    assert not [said for said in ("Password", "secret") if said in out + err + caplog.text]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("shown", "selected"),
    [
        ("textbox: Add a comment", "odd\\:thing textarea"),
        ("textbox: Reply", "[contenteditable]"),
        ("StaticText: Comments", "p"),  # a text is the element around it
    ],
)
async def test_it_finds_its_way_back_from_the_likeness(
    model: Model, find: StagehandFind, page: Page, shown: str, selected: str
) -> None:
    model.choose = numbered(shown)
    selector = await find(page, "a thing")
    assert selector is not None
    assert await page.locator(selector).evaluate("(element, selected) => element.matches(selected)", selected)


@pytest.mark.browser
@pytest.mark.parametrize(
    "choose",
    [lambda tree: [], lambda tree: ["0-999999"], numbered("button: Post")],
    ids=["nothing", "what is not there", "two"],
)
async def test_what_is_not_one_thing_is_none(model: Model, find: StagehandFind, page: Page, choose: Choose) -> None:
    model.choose = choose
    assert await find(page, BOX) is None
    assert len(model.requests) == 1


@pytest.mark.browser
@pytest.mark.parametrize("change", ["box.remove()", "box.style.visibility = 'hidden'"])
async def test_a_page_that_changed_meanwhile_is_not_guessed_at(
    model: Model, find: StagehandFind, page: Page, change: str
) -> None:
    loop = asyncio.get_running_loop()

    def choose(tree: str) -> list[str]:
        asyncio.run_coroutine_threadsafe(page.evaluate(f"{change}; null"), loop).result(10)
        return numbered("textbox: Comment")(tree)

    model.choose = lambda tree: choose(tree)
    assert await find(page, BOX) is None
    assert len(model.requests) == 1


@pytest.mark.browser
@pytest.mark.parametrize("raw", ["no JSON", "x" * (MAX_ANSWER + 1)])
async def test_an_answer_that_makes_no_sense_is_none(
    model: Model, find: StagehandFind, page: Page, raw: str, caplog: pytest.LogCaptureFixture
) -> None:
    model.raw = raw
    assert await find(page, BOX) is None
    assert "Stagehand did not look" in caplog.text


@pytest.mark.browser
@pytest.mark.parametrize("failure", ["refused", "hangs", "no browser", "page gone"])
async def test_whatever_fails_is_none_in_time(
    model: Model, page: Page, failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    model.status, model.hangs = (500 if failure == "refused" else 200), failure == "hangs"
    executable = "/nowhere/chromium" if failure == "no browser" else shutil.which("chromium")
    find = StagehandFind("m", "k", base_url=model.url, executable=executable, limit_s=5 if model.hangs else 60)
    before = children()
    if failure == "page gone":
        await page.close()
    assert await find(page, BOX) is None
    assert children() == before
    assert "Stagehand did not look" in caplog.text
    await find.close()


@pytest.mark.browser
async def test_a_page_too_long_to_ask_about_is_none(model: Model, find: StagehandFind, page: Page) -> None:
    await page.evaluate("for (let n = 0; n < 2000; n++) box.before(`${n} ` + 'word '.repeat(30), new Image()); null")
    assert await find(page, BOX) is None
    assert model.requests == []
