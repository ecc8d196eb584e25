"""A real Chromium with the built extension in it, and what tests ask of it."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Route, async_playwright

ROOT = Path(__file__).parents[2]
FILM = ROOT / "server" / "assets" / "practice" / "video.webm"
EXTENSION_ID = "pogmpmmnnnfnofnednjnioeaeknfblno"
ORIGIN = f"chrome-extension://{EXTENSION_ID}"
FLAGS = (
    "--disable-gpu --disable-quic --no-first-run --disable-sync --disable-background-networking "
    "--disable-component-update --enable-unsafe-extension-debugging --autoplay-policy=no-user-gesture-required"
)
WAIT_S = 20
UNTIL = """async (argument) => {
  const ask = %s;
  for (;;) {
    const answer = await ask(argument);
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}"""
ROW = """async (id) => {
  const { tabs = {} } = await chrome.storage.session.get("tabs");
  return Object.entries(tabs).map(([key, tab]) => ({ ...tab, tabId: Number(key) }))
    .find(({ last, documentId }) => documentId && last?.video.external_id === id) ?? null;
}"""
CONTEXTS = "async (kind) => (await chrome.runtime.getContexts({ contextTypes: [kind] })).length"
SITES = re.compile(r"^https://([\w-]+\.)*(youtube|vimeo|example)\.com/")
PLAYER = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Cuts - YouTube</title>
<div id="movie_player" style="width: 640px"><video src="/film.webm" muted style="width: 100%"></video></div></html>"""


@dataclass(slots=True)
class ExtensionBrowser:
    context: BrowserContext
    extension: Path
    wrong: list[str] = field(default_factory=list)
    """What went wrong in its pages, as their consoles have it; not that there is no server."""
    _desk: Page | None = None

    def hear(self, said: ConsoleMessage) -> None:
        if said.type == "error" and "ERR_CONNECTION_REFUSED" not in said.text:
            self.wrong.append(said.text)

    async def open(self, page: str) -> Page:
        """One of the extension's pages (``popup.html``) in a tab of its own."""
        opened = await self.context.new_page()
        await opened.goto(f"{ORIGIN}/{page}")
        return opened

    async def watch(self, address: str) -> Page:
        """A page with a film, in a tab of its own: YouTube, Vimeo and example.com are played by stand-ins."""
        opened = await self.context.new_page()
        await opened.goto(address)
        return opened

    async def ask(self, expression: str, argument: object = None) -> Any:
        """Evaluate in a tab of the extension that runs nothing of its own; its ``chrome`` is that of any page."""
        if self._desk is None:
            self._desk = await self.open("manifest.json")
        return await self._desk.evaluate(expression, argument)

    async def until(self, expression: str, argument: object = None) -> Any:
        """Like ``ask``, again and again until it is true of what comes back."""
        async with asyncio.timeout(WAIT_S):
            return await self.ask(UNTIL % expression, argument)

    async def tell(self, **message: object) -> Any:
        """Say this to the service worker, as a page of the extension; its answer."""
        return await self.ask("(message) => chrome.runtime.sendMessage({ to: 'background', ...message })", message)

    async def shown(self, external_id: str) -> dict[str, Any]:
        """The row of the tab that shows this video, with the tab's id, once it is there."""
        row = await self.until(ROW, external_id)
        assert isinstance(row, dict)
        return row

    async def contexts(self, kind: str) -> int:
        """How many documents of this kind the extension has, such as ``OFFSCREEN_DOCUMENT``."""
        return int(await self.ask(CONTEXTS, kind))

    async def reload(self) -> None:
        """The extension starts anew, as after an update; pages of sites stay open."""
        assert self.context.browser is not None
        session = await self.context.browser.new_browser_cdp_session()
        async with self.context.expect_event("serviceworker"):
            await session.send("Extensions.loadUnpacked", {"path": str(self.extension)})
        self._desk = None

    async def stop_worker(self) -> None:
        """Kill the service worker, as the browser does when nothing happened for 30 s."""
        await self.ask("() => undefined")
        assert self._desk is not None
        stopped = asyncio.Event()

        def look(event: dict[str, Any]) -> None:
            if any(version["runningStatus"] == "stopped" for version in event["versions"]):
                stopped.set()

        session = await self.context.new_cdp_session(self._desk)
        session.on("ServiceWorker.workerVersionUpdated", look)
        await session.send("ServiceWorker.enable")
        await session.send("ServiceWorker.stopAllWorkers")
        async with asyncio.timeout(WAIT_S):
            await stopped.wait()
        await session.detach()


@asynccontextmanager
async def extension_browser(
    extension: Path, profile: Path, *, speech: Path | None = None, microphone: bool = True, device: bool = True
) -> AsyncIterator[ExtensionBrowser]:
    """``speech``: a WAV file that the microphone hears once, from each time it is opened. Without ``microphone`` nobody
    has allowed one; without ``device`` there is none."""
    path = shutil.which("chromium")
    assert path is not None, "no Chromium here: install the Debian package chromium (`make test` does)"
    flags = [*FLAGS.split(), f"--load-extension={extension}", f"--disable-extensions-except={extension}"]
    flags += ["--use-fake-device-for-media-stream"] if device else []
    flags += ["--use-fake-ui-for-media-stream"] if microphone else []
    flags += [f"--use-file-for-fake-audio-capture={speech}%noloop"] if speech else []
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=path, headless=True, args=flags, viewport={"width": 1000, "height": 700}
        )
        browser = ExtensionBrowser(context, extension)
        await context.route(SITES, stand_in)
        context.on("weberror", lambda error: browser.wrong.append(str(error.error)))
        context.on("console", lambda said: browser.hear(said))
        try:
            if not context.service_workers:
                await context.wait_for_event("serviceworker")
            yield browser
        finally:
            await context.close()


async def stand_in(route: Route) -> None:
    """The same page under every address; the film in parts, as players ask for it."""
    if not route.request.url.endswith("/film.webm"):
        await route.fulfill(body=PLAYER, content_type="text/html")
        return
    film = FILM.read_bytes()
    wanted = (await route.request.all_headers()).get("range", "bytes=0-").removeprefix("bytes=").split("-")
    first, last = int(wanted[0] or 0), int(wanted[1] or len(film) - 1)
    headers = {"Content-Range": f"bytes {first}-{last}/{len(film)}", "Accept-Ranges": "bytes"}
    await route.fulfill(status=206, headers=headers, body=film[first : last + 1], content_type="video/webm")
