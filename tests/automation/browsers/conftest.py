"""Both drivers over one site of this machine. Whatever a test does, no browser may be left after it."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from automation.addresses import Fence
from automation.browser import Browser, Login
from automation.browsers.browserbase import BrowserbaseBrowser
from automation.browsers.local import LocalChromium
from tests.automation.browsers import rental
from tests.automation.browsers.rental import Rental
from tests.automation.browsers.web import Answer, Asked, Web, moved

ANNA = Login("anna", "practice")
LOG_IN = """<title>Log in</title><script>
document.cookie = "who=anna; max-age=3600"; localStorage.setItem("who", "anna"); fetch("/logged-in");
</script>"""
WHO = "[document.cookie, localStorage.getItem('who')]"
LOGGED_IN, LOGGED_OUT = ["who=anna", "anna"], ["", None]


class Remembered:
    """Contexts in memory."""

    def __init__(self) -> None:
        self.ids: dict[Login, str] = {}

    async def get(self, login: Login) -> str | None:
        return self.ids.get(login)

    async def put(self, login: Login, context_id: str) -> None:
        self.ids[login] = context_id

    async def drop(self, login: Login) -> None:
        self.ids.pop(login, None)


@dataclass(frozen=True, slots=True)
class Site:
    """A site of this machine, which the fence allows as the practice page. ``/to?X`` leads to X."""

    web: Web
    pages: dict[str, str]
    fence: Fence


@dataclass(frozen=True, slots=True)
class Rig:
    """A driver under test. ``busy`` says whether it still holds a browser; ``person_closes`` ends its window."""

    browser: Browser
    busy: Callable[[], bool]
    person_closes: Callable[[], Awaitable[None]]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    pages = {"/": "<title>Home</title>", "/login": LOG_IN, "/logged-in": "ok"}

    async def answer(asked: Asked) -> Answer:
        path, _, query = asked.path.partition("?")
        if path == "/to":
            return moved(query)
        return Answer(pages[path]) if path in pages else Answer(status=404)

    async with Web(answer) as web:
        yield Site(web, pages, Fence(f"{web.url}/"))


@pytest.fixture
async def other() -> AsyncIterator[Web]:
    """A server of this machine where no page may be."""

    async def answer(_: Asked) -> Answer:
        return Answer("secret")

    async with Web(answer) as web:
        yield web


def processes_below(folder: Path) -> list[int]:
    """Ids of all processes that name a path below ``folder``."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"{folder}/".encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            pass  # it has ended meanwhile
    return found


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[LocalChromium]:
    browser = LocalChromium(tmp_path / "profiles", flags=["--headless=new"])
    yield browser
    await browser.close()
    assert processes_below(tmp_path) == []


@dataclass(frozen=True, slots=True)
class Rented:
    """Browserbase's driver and what it talks to."""

    rental: Rental
    web: Web
    contexts: Remembered
    browser: BrowserbaseBrowser


@pytest.fixture
async def rented(tmp_path: Path) -> AsyncIterator[Rented]:
    async with AsyncExitStack() as stack:
        offers = Rental(tmp_path / "contexts")
        stack.push_async_callback(offers.close)
        web = await stack.enter_async_context(Web(offers.answer))
        contexts = Remembered()
        browser = BrowserbaseBrowser(
            rental.KEY, rental.PROJECT, contexts=contexts, base_url=web.url, call_limit_s=10, poll_s=0.05
        )
        stack.push_async_callback(browser.close)
        yield Rented(offers, web, contexts, browser)
    assert processes_below(tmp_path) == []


@pytest.fixture(params=["local", "browserbase"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    if request.param == "local":
        local: LocalChromium = request.getfixturevalue("local")

        async def close_window() -> None:
            os.kill(min(processes_below(tmp_path)), signal.SIGINT)  # its first process

        return Rig(local, lambda: bool(processes_below(tmp_path)), close_window)
    rented: Rented = request.getfixturevalue("rented")

    async def end_session() -> None:
        await rented.rental.end(rented.rental.running()[0])

    return Rig(rented.browser, lambda: bool(rented.rental.running()), end_session)
