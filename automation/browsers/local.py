"""Chromium on this machine: a page for a worker, a window for a person, both on the profile of one login.

A page reaches the network through a gate of its own (``gate.py``). A window does not: a person drives it.
"""

import asyncio
import contextlib
import logging
import shutil
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, Page, ViewportSize
from playwright.async_api import Error as PlaywrightError

from automation.addresses import AddressRefused, Fence
from automation.browser import Login, NoBrowser
from automation.browsers import chromium
from automation.browsers.closing import held, to_the_end
from automation.browsers.driver import PlaywrightDriver
from automation.browsers.gate import Gate
from automation.browsers.profiles import Profiles
from automation.browsers.trail import watched
from automation.sites.contract import Later

log = logging.getLogger(__name__)

LAUNCH_LIMIT_S = 20.0
CLOSE_LIMIT_S = 5.0  # for a browser to write its profile down; then it is killed
VIEWPORT = ViewportSize(width=1280, height=800)
NO_SCREEN = (
    "This machine has no screen to show a browser on: run `sidenote connect` on one that has and copy the profile, "
    "or use Browserbase."
)


class LocalChromium:
    """A driver (see ``automation/browser.py``)."""

    name = "Chromium on this machine"

    def __init__(
        self,
        profiles: Path,
        *,
        executable: Path | None = None,
        headless: bool = True,
        screen: bool = True,
        flags: Sequence[str] = (),
        gate: Callable[[Fence], Gate] = Gate,
    ) -> None:
        """``screen``: whether windows can be shown here. ``flags`` are added for pages and windows."""
        self._profiles = Profiles(profiles)
        self._executable = executable
        self._headless = headless
        self._screen = screen
        self._flags = list(flags)
        self._gate = gate
        self._driver = PlaywrightDriver()

    @asynccontextmanager
    async def page(self, login: Login, fence: Fence) -> AsyncIterator[Page]:
        async with (
            self._profile(login) as folder,
            self._gate(fence) as gate,
            held(self._launch(folder, gate), _close, patience_s=CLOSE_LIMIT_S) as context,
            watched(await _first_page(context), gate.check, gate.check_failed) as page,
        ):
            yield page

    @asynccontextmanager
    async def window(self, login: Login, url: str) -> AsyncIterator["ChromiumWindow"]:
        if not self._screen:
            raise NoBrowser(NO_SCREEN)
        if not url.startswith(("https://", "http://")):
            raise AddressRefused("A window is opened on an address of the web alone.")
        async with self._profile(login) as folder, held(self._show(folder, url), _end, patience_s=2) as process:
            yield ChromiumWindow(process)

    async def forget(self, login: Login) -> None:
        await self._profiles.forget(login)

    async def close(self) -> None:
        await self._driver.close()

    @asynccontextmanager
    async def _profile(self, login: Login) -> AsyncIterator[Path]:
        """The folder of a login, which no browser uses before or after."""
        folder = await self._profiles.ready(login)
        try:
            yield folder
        finally:
            await to_the_end(self._profiles.end(login))

    async def _launch(self, folder: Path, gate: Gate) -> BrowserContext:
        playwright = await self._driver.get()
        executable = await self._found()
        try:
            return await playwright.chromium.launch_persistent_context(
                folder,
                executable_path=executable,
                headless=self._headless,
                args=[*chromium.QUIET, *chromium.FENCED, *gate.flags(), *self._flags],
                chromium_sandbox=chromium.sandboxed(),
                locale=chromium.LANGUAGE,
                viewport=VIEWPORT,
                accept_downloads=False,
                permissions=[],  # none is given, and all others are denied without a question
                timeout=LAUNCH_LIMIT_S * 1000,
            )
        except PlaywrightError as error:
            if "No usable sandbox" in str(error):
                raise NoBrowser(chromium.NO_SANDBOX) from error
            log.warning("Chromium did not start: %s", str(error).partition("\n")[0])
            raise Later("The browser of this server did not start.") from error

    async def _show(self, folder: Path, url: str) -> Process:
        flags = [*chromium.QUIET, *chromium.SAME_COOKIES, "--disable-background-mode", *self._flags]
        if not chromium.sandboxed():
            flags.append("--no-sandbox")
        executable = await self._found()
        try:
            return await asyncio.create_subprocess_exec(
                executable, f"--user-data-dir={folder}", *flags, "--new-window", url, stdout=DEVNULL, stderr=DEVNULL
            )
        except OSError as error:
            raise NoBrowser(f"{executable} can't be started: {error.strerror}.") from error

    async def _found(self) -> Path:
        if found := chromium.find(self._executable):
            return found
        fetched = (await self._driver.get()).chromium.executable_path
        if shutil.which(fetched) is None:
            raise NoBrowser(chromium.MISSING)
        return Path(fetched)


class ChromiumWindow:
    """A plain Chromium on the screen of this machine, which nothing drives but the person."""

    address = None

    def __init__(self, process: Process) -> None:
        self._process = process

    async def wait_closed(self) -> None:
        """Until its last window is closed. Raises NoBrowser where it ended otherwise."""
        if status := await self._process.wait():
            raise NoBrowser(f"The browser's window ended by an error ({status}). {NO_SCREEN}")


async def _first_page(context: BrowserContext) -> Page:
    try:
        return context.pages[0] if context.pages else await context.new_page()
    except PlaywrightError as error:
        raise Later("The browser of this server went away.") from error


async def _close(context: BrowserContext) -> None:
    with contextlib.suppress(PlaywrightError, TimeoutError):  # what is left of it is killed
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await context.close()


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, TimeoutError):  # what is left of it is killed
            process.send_signal(signal.SIGINT)  # at SIGTERM Chromium leaves without writing its cookies down
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await process.wait()
