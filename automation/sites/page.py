"""The steps that recipes share: open and say what is in the way, fill the box exactly, click once, read back.

A recipe brings its marks (what is where, as data) and says how its site names comments. It clicks "submit" once and
never again; whether to do so at all is decided in ``posting.py``. Texts of notes are put in, never typed key by key: no
Enter sends them and no menu of mentions takes a part of them.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page, Request, Response
from playwright.async_api import TimeoutError as PlaywrightTimeout

from automation.sites.contract import CLOCKS_APART, AskPerson, Comment, Find, Go, Impossible, Later
from automation.sites.marks import Mark, Marks, Timeouts
from automation.sites.reading import DRAWN, TEXT_OF, Shown, as_written, carries, data_of, plain

SLOW = "The site took too long to answer."
LOST = "The connection to the site, or the browser, was lost."
RATE = "The site takes no more comments for now: too many in a short time."
REFUSED = "The site did not take the comment just now."
WALL = "The site wants to see a person (a captcha, or a check of who you are): open it, answer, then retry."
CONSENT = "The site asks for consent and offers no way to decline: answer it in a window of yours, then retry."
RIGHTS = "This login may not see the page: check it in a window of yours, then retry."
GONE = "The video is gone, or private."
OFF = "Comments are turned off for this video."
CHANGED = "The site changes the text while it is written: post this comment by hand."
UNLIKE = "A comment with this text is there, and whether it is the one from here can't be told: look at it."

_POLL_S = 0.2


@dataclass(slots=True)
class _Click:
    """What was on the page before the click, and what answers it."""

    text: str
    at: datetime
    before: set[str | None] = field(default_factory=set)
    answers: asyncio.Queue[Response | None] = field(default_factory=asyncio.Queue)


@contextmanager
def in_words() -> Iterator[None]:
    """Errors of the browser become Later. Their own texts may quote the page, so they go no further."""
    try:
        yield
    except PlaywrightTimeout:
        raise Later(SLOW) from None
    except PlaywrightError:
        raise Later(LOST) from None


class SitePage:
    """A recipe without its site: what is the same wherever a comment is posted. Implements ``contract.Site``."""

    name: ClassVar[str]
    login_url: ClassVar[str]
    proves_absence = False
    marks: ClassVar[Marks]
    timeouts = Timeouts()
    answers_at: re.Pattern[str] = re.compile(r"(?!)")  # addresses to which the page sends a new comment
    lists_at: re.Pattern[str] | None = None  # addresses from which it learns who is who and what is there

    def __init__(self, page: Page, find: Find | None = None) -> None:
        self.page = page
        self._find = find
        self.url = ""
        self._written: tuple[Locator, str] | None = None
        self._click: _Click | None = None
        self._unread: list[Response] = []
        self.known: dict[str, Shown] = {}
        """Comments that the site named in data, by their ids."""
        self.me: str | None = None
        """The site's id of this login."""
        page.on("response", self._keep_list)

    async def open_at(self, url: str) -> None:
        self.url = url
        with in_words():
            opened = await self.page.goto(url, wait_until="domcontentloaded", timeout=self.timeouts.open_ms)
            if opened is None:  # the page was there already, and the address differs after its "#" at most
                opened = await self.page.reload(wait_until="domcontentloaded", timeout=self.timeouts.open_ms)
            if opened:
                _check_status(opened.status)
            await self._arrive()

    async def signed_in(self) -> bool:
        with in_words():
            await self.clear_way()
            state = await self.first("signed_in", "signed_out", ms=self.timeouts.settle_ms)
            if state is None:
                raise await self.not_understood("whether somebody is logged in")
            return state == "signed_in"

    async def find_own(self, text: str, since: datetime, others: Collection[str]) -> Comment | None:
        found: list[Shown] = []
        with in_words():
            await self.reach_comments()
            async for there in self._looks(self.timeouts.list_ms if self.lists_at else 0):
                found = [
                    shown
                    for shown in there
                    if shown.own is not False and plain(shown.text) == plain(text) and shown.external_id not in others
                ]
                sure = [shown for shown in found if shown.own and shown.earliest and shown.earliest >= since]
                if sure:
                    return max(sure, key=lambda shown: shown.earliest or since).comment
        if any(shown.own is None or shown.latest is None or shown.latest >= since for shown in found):
            raise AskPerson(UNLIKE)
        return None

    async def write(self, text: str) -> None:
        with in_words():
            await self.reach_box()
            box = await self.found(self.marks.box)
            await box.fill(text, timeout=self.timeouts.element_ms)
        self._written = box, text

    async def submit(self, go: Go) -> Comment | None:
        if self._written is None:
            raise AskPerson(CHANGED)
        box, text = self._written
        with in_words():
            _, button, there = await asyncio.gather(
                self._check(box, text), self._ready(self.marks.button), self.shown()
            )
            before = {shown.external_id for shown in there if plain(shown.text) == plain(text)}
            self._click = click = _Click(text, datetime.now(UTC), before)
            async with self._listening(click):
                go()
                await button.click(timeout=self.timeouts.click_ms)
                return await self._answered(click)

    async def read_back(self, text: str) -> Comment | None:
        with in_words():
            if found := await self._appears(text, drawn_by_click=True):
                return found
            await self.open_at(self.url)  # a page that missed the answer shows the comment when it is loaded again
            await self.reach_comments()
            return await self._appears(text, drawn_by_click=False)

    # What a site may have otherwise.

    async def reach_comments(self) -> None:
        """Go where the comments are and wait until they are loaded."""
        await self.clear_way()
        if self.marks.listed.selectors and not await self.first("listed", ms=self.timeouts.settle_ms):
            raise await self.not_understood(self.marks.listed.words)

    async def reach_box(self) -> None:
        """Go where comments are written. Raises Impossible where none may be."""
        state = await self.first("captcha", "consent", "off", "box", "opener", ms=self.timeouts.element_ms)
        if state in ("captcha", "consent"):
            await self.clear_way()
            state = await self.first("off", "box", "opener", ms=self.timeouts.element_ms)
        if state == "off":
            raise Impossible(OFF)
        if state != "box" and self.marks.opener.selectors:
            opener = await self.found(self.marks.opener)
            await opener.click(timeout=self.timeouts.element_ms)

    async def shown(self) -> list[Shown]:
        """The comments on the page and in the site's data; what the data say of one is what counts."""
        await self._read_lists()
        drawn = await self.drawn()
        ids = {shown.external_id for shown in drawn}
        told = [shown for shown in self.known.values() if shown.external_id not in ids]
        return [self._signed(self.known.get(shown.external_id or "", shown)) for shown in [*drawn, *told]]

    async def drawn(self) -> list[Shown]:
        """The comments that are drawn on the page."""
        return []

    def learn(self, answer: object) -> None:
        """Take comments, and who this login is, from data of the site into ``known``."""

    def named(self, answer: object, text: str) -> Comment | None:
        """The comment that the site's answer to the click names."""
        return None

    # What recipes use.

    async def found(self, mark: Mark) -> Locator:
        """The thing on the page. Raises AskPerson."""
        places = [f"{selector}:visible" for selector in mark.selectors]
        if (seen := await self._first_of(places, self.timeouts.element_ms)) is not None:
            return self.page.locator(places[seen]).first
        if self._find and (told := await self._find(self.page, mark.words)):
            with suppress(PlaywrightError):  # words for a selector that is none
                asked = self.page.locator(told)
                if await asked.count() == 1 and await asked.is_visible():
                    return asked
        raise await self.not_understood(mark.words)

    async def is_there(self, mark: Mark) -> bool:
        return bool(mark.selectors) and await self.page.locator(mark.visible).count() > 0

    async def read(self, *, text: str, link: str = "", time: str = "", key: str = "") -> list[dict[str, str | None]]:
        """The parts of each comment on the page: ``key`` (an attribute of it), own, text, href, time."""
        comments = ", ".join(self.marks.comment.selectors)
        parts = {"comments": comments, "text": text, "link": link, "time": time, "key": key}
        return [dict(comment) for comment in await self.page.evaluate(DRAWN, parts)]

    # How it is done.

    async def _arrive(self) -> None:
        states = ("captcha", "consent", "gone", "page", "signed_out")
        state = await self.first(*states, ms=self.timeouts.settle_ms)
        if state == "consent":
            await self.clear_way()
            state = await self.first(*states, ms=self.timeouts.settle_ms)
        if state in ("captcha", "consent"):
            await self.clear_way()
        if state == "gone":
            raise Impossible(GONE)
        if state is None:
            raise await self.not_understood(self.marks.page.words)

    async def first(self, *names: str, ms: int) -> str | None:
        """The first of the named marks that is seen within ``ms``; the order decides where several are."""
        marks: dict[str, Mark] = {name: getattr(self.marks, name) for name in names}
        places = {name: mark.visible for name, mark in marks.items() if mark.selectors}
        seen = await self._first_of(list(places.values()), ms)
        return None if seen is None else list(places)[seen]

    async def _first_of(self, places: Sequence[str], ms: int) -> int | None:
        """Which of these selectors something is seen at, the earlier ones before the later, within ``ms``.

        They are asked for side by side: each answer costs a way to the browser and back.
        """
        locators = [self.page.locator(place) for place in places]

        async def look() -> int | None:
            counts = await asyncio.gather(*(locator.count() for locator in locators))
            return next((index for index, count in enumerate(counts) if count), None)

        if not places:
            return None
        if (seen := await look()) is not None:
            return seen
        try:
            await self.page.locator(", ".join(places)).first.wait_for(timeout=ms)
        except PlaywrightTimeout:
            return None
        return await look()

    async def clear_way(self) -> None:
        """Decline what asks for consent; a captcha is the person's."""
        if await self.is_there(self.marks.captcha):
            raise AskPerson(WALL)
        if await self.is_there(self.marks.consent):
            if not await self.is_there(self.marks.decline):
                raise AskPerson(CONSENT)
            decline = await self.found(self.marks.decline)
            await decline.click(timeout=self.timeouts.element_ms)
            await self.page.locator(self.marks.consent.visible).first.wait_for(
                state="hidden", timeout=self.timeouts.settle_ms
            )

    async def not_understood(self, what: str) -> Later | AskPerson:
        """Why ``what`` was not found."""
        if await self.is_there(self.marks.captcha):
            return AskPerson(WALL)
        if await self.page.evaluate("document.readyState") != "complete":
            return Later(SLOW)
        return AskPerson(f"The page is not understood, it may have changed ({what} was not found): post by hand.")

    async def _check(self, box: Locator, text: str) -> None:
        """Whether it holds the text and nothing else; a menu or an autocompletion may have come late."""
        limit, written = await asyncio.gather(box.get_attribute("maxlength"), self._written_in(box))
        if limit and limit.isdigit() and len(text.encode("utf-16-le")) // 2 > int(limit):
            raise Impossible(f"The site takes {limit} characters at most: shorten the note.")
        if as_written(written) != as_written(text):
            raise AskPerson(CHANGED)

    async def _written_in(self, box: Locator) -> str:
        if await box.and_(self.page.locator("textarea, input")).count():
            return await box.input_value()
        return str(await box.evaluate(TEXT_OF))  # an editor

    async def _ready(self, mark: Mark) -> Locator:
        """The thing, once it could be clicked."""
        found = await self.found(mark)
        await found.click(trial=True, timeout=self.timeouts.element_ms)
        return found

    @asynccontextmanager
    async def _listening(self, click: _Click) -> AsyncIterator[None]:
        """Answers to what is sent from now on and carries the text go to the click."""

        def answered(response: Response) -> None:
            if self._is_sent(response.request, click.text):
                click.answers.put_nowait(response)

        def failed(request: Request) -> None:
            if self._is_sent(request, click.text):
                click.answers.put_nowait(None)

        self.page.on("response", answered)
        self.page.on("requestfailed", failed)
        try:
            yield
        finally:
            self.page.remove_listener("response", answered)
            self.page.remove_listener("requestfailed", failed)

    def _is_sent(self, request: Request, text: str) -> bool:
        return request.method == "POST" and bool(self.answers_at.search(request.url)) and carries(request, text)

    async def _answered(self, click: _Click) -> Comment | None:
        """What the site says to the click. Raises PostingError where it refuses."""
        answer = asyncio.ensure_future(click.answers.get())
        refusal = asyncio.ensure_future(self._refusal(self.timeouts.answer_ms))
        try:
            await asyncio.wait([answer, refusal], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                await refusal
                return None
            if (response := answer.result()) is None:
                return None
        finally:
            answer.cancel()
            refusal.cancel()
            await asyncio.gather(answer, refusal, return_exceptions=True)
        _check_status(response.status)
        if comment := self.named(await data_of(response), click.text):
            return comment
        await self._refusal(self.timeouts.refusal_ms)
        return None

    async def _refusal(self, ms: int) -> None:
        """Raises what the page says against the comment within ``ms``."""
        match await self.first("captcha", "limited", "refused", ms=ms):
            case "captcha":
                raise AskPerson(WALL)
            case "limited":
                raise Later(RATE)
            case "refused":
                raise Later(REFUSED)

    async def _appears(self, text: str, *, drawn_by_click: bool) -> Comment | None:
        """A comment of this login that was not there before the click.

        ``drawn_by_click``: the page draws nobody else's by itself, so one whose author is not told is this login's.
        """
        before = self._click.before if self._click else set()
        since = self._click.at - CLOCKS_APART if self._click else None
        async for there in self._looks(self.timeouts.shown_ms):
            for shown in there:
                mine = shown.own or (shown.own is None and drawn_by_click)
                older = since and shown.latest and shown.latest < since  # its list came after the click
                if mine and not older and shown.external_id not in before and plain(shown.text) == plain(text):
                    return shown.comment
        return None

    async def _looks(self, ms: int) -> AsyncIterator[list[Shown]]:
        """What is shown, once and then again and again for ``ms``."""
        now = asyncio.get_running_loop().time
        until = now() + ms / 1000
        yield await self.shown()
        while now() < until:
            await asyncio.sleep(_POLL_S)
            yield await self.shown()

    def _signed(self, shown: Shown) -> Shown:
        """The comment with ``own`` told, where the site says who wrote it and who this login is."""
        if shown.own is not None or shown.writer is None or self.me is None:
            return shown
        return replace(shown, own=shown.writer == self.me)

    def _keep_list(self, response: Response) -> None:
        if self.lists_at and self.lists_at.search(response.url):
            self._unread.append(response)

    async def _read_lists(self) -> None:
        while self._unread:
            self.learn(await data_of(self._unread.pop(0)))


def _check_status(status: int) -> None:
    """Raises PostingError for an answer that is none."""
    if status == 429:
        raise Later(RATE)
    if status >= 500:
        raise Later(f"The site answered with error {status}.")
    if status in (404, 410):
        raise Impossible(GONE)
    if status in (401, 403):
        raise AskPerson(RIGHTS)
    if status >= 400:
        raise Impossible(f"The site refuses this (error {status}).")
