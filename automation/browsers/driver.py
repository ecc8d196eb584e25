"""Playwright's helper process, which talks to browsers: one for all pages of a driver, started at the first."""

import asyncio
import contextlib

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Playwright, async_playwright

STOP_LIMIT_S = 5.0


class PlaywrightDriver:
    """On one event loop."""

    def __init__(self) -> None:
        self._running: Playwright | None = None
        self._one_by_one = asyncio.Lock()

    async def get(self) -> Playwright:
        """The helper; a new one where it was killed."""
        async with self._one_by_one:
            if self._running is None or not await _answers(self._running):
                self._running = await async_playwright().start()
            return self._running

    async def close(self) -> None:
        async with self._one_by_one:
            running, self._running = self._running, None
            if running is not None:
                with contextlib.suppress(Exception):  # it may be dead, and there is nothing left to do then
                    async with asyncio.timeout(STOP_LIMIT_S):
                        await running.stop()


async def _answers(running: Playwright) -> bool:
    try:
        async with asyncio.timeout(STOP_LIMIT_S):
            await (await running.request.new_context()).dispose()
    except (PlaywrightError, TimeoutError):
        return False
    return True
