"""What posting needs of a browser: a page with a person's stored login, and a window in which they log in.

A driver (one a file in ``browsers/``) knows no site and no job. It keeps logins apart by user and site, and gives
everything back on every way out. A login is used by one page or window at a time: whoever holds the claim or the
connection sees to that.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from playwright.async_api import Page

from automation.addresses import Fence


@dataclass(frozen=True, slots=True)
class Login:
    """Whose login, and where."""

    user_id: str
    site: str


class NoBrowser(Exception):
    """There is no browser to be had. The message names the one step that is missing."""


class Window(Protocol):
    """A browser that a person uses by hand."""

    @property
    def address(self) -> str | None:
        """Where to open it; None for a window that is on this machine's screen already."""
        ...

    async def wait_closed(self) -> None:
        """Until the person has closed it."""
        ...


class Browser(Protocol):
    """A driver. Opened once a worker and event loop."""

    @property
    def name(self) -> str:
        """For people, such as "Chromium on this machine"."""
        ...

    def page(self, login: Login, fence: Fence) -> AbstractAsyncContextManager[Page]:
        """A fresh page that is logged in as far as the stored login is; nothing it is led to lies outside ``fence``.

        Raises NoBrowser, ``sites.contract.Later`` (a start that failed), and AddressRefused on leaving where the fence
        stopped the page.
        """
        ...

    def window(self, login: Login, url: str) -> AbstractAsyncContextManager[Window]:
        """A window for the person, which stores what it logs in to. Raises as ``page``."""
        ...

    async def forget(self, login: Login) -> None:
        """Delete the stored login. Nothing happens where there is none."""
        ...

    async def close(self) -> None: ...
