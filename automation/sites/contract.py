"""What a site's recipe can do with one page: look, write, click, read back. One recipe a file beside this one.

A recipe never decides whether to post and never tries again: ``posting.py`` does. What it can't do it raises as one of
three things, because they lead to three places.

    PostingError
    ├── Later        it may work in a while: a slow page, a rate limit, a lost connection
    ├── AskPerson    only the person can help: a login, a captcha, a page that is not understood
    │   └── Refused  the site said no to what was submitted: surely nothing is there
    └── Impossible   it never will in this way: comments are off, the video is gone
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from playwright.async_api import Page

CLOCKS_APART = timedelta(minutes=5)  # at most, between this machine and a site


class PostingError(Exception):
    """Why a comment was not posted, in words for the person whose note it is."""


class Later(PostingError):
    pass


class AskPerson(PostingError):
    pass


class Refused(AskPerson):
    pass


class Impossible(PostingError):
    pass


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the site shows it."""

    external_id: str | None
    permalink: str | None


Go = Callable[[], None]
"""Whether the click may still be made; raises where it may not."""


class Site(Protocol):
    """One recipe on one page of a browser. Everything but ``find_own`` and ``proves_absence`` raises PostingError."""

    proves_absence: bool
    """Whether a comment that ``find_own`` does not find is surely not there; no site does that holds comments back."""

    async def open_at(self, url: str) -> None:
        """Open the video, at the second that the address names."""
        ...

    async def signed_in(self) -> bool:
        """Whether comments can be written with this login."""
        ...

    async def find_own(self, text: str, since: datetime, others: Collection[str]) -> Comment | None:
        """The login's own comment with this text that is not older than ``since``. Raises PostingError when unsure.

        ``others``: ids of comments that are known to be something else's.
        """
        ...

    async def write(self, text: str) -> None:
        """Put the text into the box. Nothing is on the site after it."""
        ...

    async def submit(self, go: Go) -> Comment | None:
        """Click, and return what the site answers; None where its answer names no comment.

        ``go`` is called when all is ready, as the last thing before the click: it raises where the click comes too
        late, and nothing may be done then.
        """
        ...

    async def read_back(self, text: str) -> Comment | None:
        """The comment that was just submitted, once the page shows it; None where it does not in time."""
        ...


Find = Callable[[Page, str], Awaitable[str | None]]
"""A selector for what the words describe ("the box to write a comment in"), or None. Asked only when a recipe's own
selectors find nothing; the click stays the recipe's, and what was posted is read back."""


class Recipe(Protocol):
    """How a recipe's class is called."""

    name: str
    login_url: str
    """Where a person logs in; empty where nobody needs to."""

    def __call__(self, page: Page, find: Find | None = None) -> Site: ...
