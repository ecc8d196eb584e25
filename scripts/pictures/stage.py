"""A server with the real model, a browser with the extension, look-alikes to post to, and somebody who speaks."""

import base64
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal
from unittest import mock

from playwright.async_api import CDPSession, Locator, Page, Route, expect

from scripts.pictures.image import write_png
from server.embedded import EmbeddedServer
from tests.automation.sites.lookalike import Server, browser, serving
from tests.e2e.conftest import OnLookalikes
from tests.e2e.person import Person, hold, let_go, notes_in, person
from tests.extension.browser import extension_browser
from tests.flows.talk import settings_in
from tests.speech.synthesis import speak

Theme = Literal["light", "dark"]

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
FILM = "https://www.youtube.com/watch?v=harbour-cut"
WATCH = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Harbour at dusk, third cut - YouTube</title>
<div id="movie_player" style="width: 640px"><video src="/film.webm" muted style="width: 100%"></video></div></html>"""
SETTLED_MS = 300  # by then everything has moved that moves when a page changes its size or its colours


@dataclass(slots=True)
class Frame:
    """A page at a size of its own, whatever its window has."""

    page: Page
    session: CDPSession

    @classmethod
    async def of(cls, page: Page) -> "Frame":
        return cls(page, await page.context.new_cdp_session(page))

    async def sized(self, width: int, height: int, theme: Theme, density: int = 1) -> None:
        await self.page.emulate_media(color_scheme=theme)
        size = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False}
        await self.session.send("Emulation.setDeviceMetricsOverride", size)
        await self.page.wait_for_timeout(SETTLED_MS)

    async def seen(self) -> bytes:
        """As PNG."""
        told = await self.session.send("Page.captureScreenshot", {"format": "png"})
        return base64.b64decode(told["data"])


@dataclass(slots=True)
class Stage:
    person: Person
    server: EmbeddedServer
    theme: Theme

    @property
    def address(self) -> str:
        return self.server.url.replace("ws", "http", 1)

    async def sign_in(self, *, address: str | None = None, **settings: object) -> None:
        here = address or self.address
        await self.person.sign_in(here, self.server.token, **{"theme": self.theme, **settings})

    async def shoot(self, page: Page, name: str, width: int, height: int | None = None, density: int = 2) -> None:
        """``height``: what the page needs where it is None. ``density``: pixels of the picture for one of the page."""
        frame = await Frame.of(page)
        await frame.sized(width, height or 100, self.theme, density)
        if height is None:
            needed = await page.evaluate("() => document.documentElement.scrollHeight")
            await frame.sized(width, needed, self.theme, density)
        write_png(PICTURES / f"{name}-{self.theme}.png", await frame.seen())

    async def say(self, view: Page, tab: Page, words: str, at_s: float) -> Locator:
        """Hold to talk at a second of the film behind all notes; the note that came of it."""
        before = await notes_in(view).count()
        await self.begin(view, tab, words, at_s)
        await let_go(view)
        await self.person.notes(view, before + 1)
        return notes_in(view).nth(before)

    async def begin(self, view: Page, tab: Page, words: str, at_s: float, share: float = 1.0) -> float:
        """The key stays down; so much of it has been said."""
        seconds = self.person.will_say(speak(words).samples)
        await view.mouse.move(0, 0)  # the microphone is let go of: it hears this from its next opening on
        await tab.evaluate("(at) => { document.querySelector('video').currentTime = at }", at_s)
        await hold(view, tab, seconds * share)
        return seconds


@asynccontextmanager
async def stage(extension: Path, theme: Theme, *, microphone: bool = True) -> AsyncIterator[Stage]:
    """What is posted goes to the practice page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        launch = partial(extension_browser, extension, folder / "profile")
        async with (
            EmbeddedServer(settings_in(folder / "data")) as server,
            person(launch, folder, microphone=microphone) as somebody,
        ):
            await somebody.browser.context.route(FILM, watch_page)
            yield Stage(somebody, server, theme)


@asynccontextmanager
async def with_sites() -> AsyncIterator[Server]:
    """While it lasts, what is posted anywhere goes to look-alikes."""

    async def resolve(host: str) -> list[str]:
        return ["93.184.215.14"]

    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as sites:
        async with browser() as chromium:
            worker = OnLookalikes(chromium, sites)
            with (
                mock.patch("automation.addresses._resolve", resolve),
                mock.patch("server.browsers.build_browser", return_value=worker),
            ):
                yield sites


async def watch_page(route: Route) -> None:
    await route.fulfill(body=WATCH, content_type="text/html")


async def status(note: Locator, words: str) -> None:
    await expect(note).to_contain_text(words, timeout=20_000)
