"""YouTube without a browser: comments written through the Data API v3 for a person who linked their account.

A Site like the recipes, and like them it decides nothing and repeats nothing: ``insert`` is sent once, and where the
connection breaks under it, ``read_back`` is asked. What is posted is the text that was agreed to, nothing before it and
nothing after. Comment texts stand in request bodies only, never in addresses, which others may log.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from automation.linking import LINK_AGAIN, Answer, Linking, Tokens, Unanswered, ask, http_client
from automation.sites.contract import CLOCKS_APART, AskPerson, Comment, Go, Impossible, Later, PostingError, Refused
from automation.sites.reading import instant, plain

log = logging.getLogger(__name__)

API_URL = "https://www.googleapis.com/youtube/v3"
REQUEST_LIMIT_S = 15.0
PAGES = 5  # of a video's newest comments, looked through for one's own
PAGE_SIZE = 100  # the most that is given
READ_BACK_S = (1.0, 2.0, 4.0)  # pauses between looks: a new comment is listed after a moment

_VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
_REASON = re.compile(r"[A-Za-z]{1,60}")
_SPENT = {"quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded", "processingFailure"}
_GONE = {"videoNotFound", "commentThreadNotFound", "notFound"}
_TEXT = {"commentTextRequired", "commentTextTooLong"}

Save = Callable[[Tokens], Awaitable[None]]
"""Stores tokens that were renewed."""


class YouTubeApi:
    """One attempt's use of the API: enter it, use it as a Site, leave it."""

    proves_absence = False  # YouTube holds comments back for review, from their author's list too

    def __init__(
        self,
        tokens: Tokens | None,
        linking: Linking,
        save: Save,
        *,
        api_url: str = API_URL,
        request_limit_s: float = REQUEST_LIMIT_S,
        read_back_s: Sequence[float] = READ_BACK_S,
    ) -> None:
        """``tokens`` of the linked account; None where there is none."""
        self._tokens = tokens
        self._linking = linking
        self._save = save
        self._api_url = api_url.rstrip("/")
        self._client = http_client(request_limit_s)
        self._read_back_s = read_back_s
        self._video = ""
        self._channel = ""
        self._text = ""
        self._before: set[str] = set()
        self._sent_at = datetime.now(UTC)
        self._refusal: PostingError | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def open_at(self, url: str) -> None:
        """Take the video from an address of ``page_of``, and see that it is there and takes comments."""
        parts = urlsplit(url)
        video = parse_qs(parts.query).get("v", [""])[0]
        if parts.hostname != "www.youtube.com" or parts.path != "/watch" or not _VIDEO.fullmatch(video):
            raise Impossible("That is no address of a video on YouTube: open the video again.")
        self._video = video
        if self._tokens is not None:
            await self._get("commentThreads", part="id", videoId=video, maxResults="1")

    async def signed_in(self) -> bool:
        """Whether an account is linked that has a channel to comment with."""
        if self._tokens is None:
            return False
        found = await self._get("channels", part="id", mine="true")
        channel = next((item.get("id") for item in _items(found)), None)
        self._channel = channel if isinstance(channel, str) else ""
        return bool(self._channel)

    async def find_own(self, text: str, since: datetime, others: Collection[str]) -> Comment | None:
        async for comment in self._own(text, since):
            if comment not in others:
                return self._shown(comment)
        return None

    async def write(self, text: str) -> None:
        """Hold the text, and remember which comments have it already. The token was renewed for that, where need be."""
        self._text = text
        self._before = {comment async for comment in self._own(text, datetime.now(UTC) - CLOCKS_APART)}

    async def submit(self, go: Go) -> Comment | None:
        """Send it, once. Raises Later where nobody can say whether it arrived."""
        self._sent_at = datetime.now(UTC)
        body = {"snippet": {"videoId": self._video, "topLevelComment": {"snippet": {"textOriginal": self._text}}}}
        go()
        try:
            answer = await self._ask("POST", "commentThreads", {"part": "snippet"}, json=body)
        except Unanswered:
            raise Later("The connection to YouTube broke while the comment was being sent.") from None
        if answer.status != 200:
            error = _refusal(answer)
            if answer.status < 500 and "error" in answer.body:  # YouTube's own word, not that of something between
                self._refusal = error
            raise error
        comment = _dig(answer.body, "snippet", "topLevelComment", "id") or answer.body.get("id")
        return self._shown(comment) if isinstance(comment, str) else None

    async def read_back(self, text: str) -> Comment | None:
        """The comment just sent. Raises AskPerson with YouTube's own reason where it was refused."""
        if self._refusal is not None:
            raise Refused(f"Nothing was posted. {self._refusal}")
        for pause_s in (0.0, *self._read_back_s):
            await asyncio.sleep(pause_s)
            async for comment in self._own(text, self._sent_at - CLOCKS_APART):
                if comment not in self._before:
                    return self._shown(comment)
        return None

    async def _own(self, text: str, since: datetime) -> AsyncIterator[str]:
        """Ids of the account's comments with this text, newest first."""
        wanted, token = plain(text), ""
        for _ in range(PAGES):
            page = {"pageToken": token} if token else {}
            found = await self._get(
                "commentThreads",
                part="snippet",
                videoId=self._video,
                order="time",
                textFormat="plainText",
                maxResults=str(PAGE_SIZE),
                **page,
            )
            oldest = None
            for comment, snippet in _comments(found):
                oldest = instant(snippet.get("publishedAt"))
                said = snippet.get("textOriginal") or snippet.get("textDisplay")
                own = _dig(snippet, "authorChannelId", "value") == self._channel
                if own and oldest is not None and oldest >= since and plain(str(said)) == wanted:
                    yield comment
            token = str(found.get("nextPageToken") or "")
            if not token or (oldest is not None and oldest < since):
                return

    def _shown(self, comment: str) -> Comment:
        return Comment(comment, f"https://www.youtube.com/watch?v={self._video}&lc={comment}")

    async def _get(self, resource: str, **query: str) -> dict[str, Any]:
        """What YouTube answers to a question. A token that it no longer takes is renewed once."""
        await self._keep(await self._linking.refreshed(self._linked()))
        try:
            answer = await self._ask("GET", resource, query)
            if answer.status == 401:
                await self._keep(await self._linking.renewed(self._linked()))
                answer = await self._ask("GET", resource, query)
        except Unanswered as error:
            log.info("YouTube's API was not to be reached: %s", error)
            raise Later("YouTube could not be reached.") from None
        if answer.status != 200:
            raise _refusal(answer)
        return answer.body

    async def _ask(self, method: str, resource: str, query: dict[str, str], **given: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self._linked().access_token}"}
        url = f"{self._api_url}/{resource}"
        return await ask(self._client, method, url, params=query, headers=headers, **given)

    def _linked(self) -> Tokens:
        if self._tokens is None:
            raise AskPerson("Link a YouTube account first.")
        return self._tokens

    async def _keep(self, tokens: Tokens) -> None:
        if tokens != self._tokens:
            self._tokens = tokens
            await self._save(tokens)


def _refusal(answer: Answer) -> PostingError:
    """What an error of the API means for a job."""
    reasons = {str(one.get("reason")) for one in _dicts(_dig(answer.body, "error", "errors"))}
    named = ", ".join(sorted(reason for reason in reasons if _REASON.fullmatch(reason))) or f"status {answer.status}"
    if answer.status == 401:
        return AskPerson(LINK_AGAIN)
    if "commentsDisabled" in reasons:
        return Impossible("Comments are turned off for this video.")
    if reasons & _SPENT or answer.status == 429 or answer.status >= 500:
        return Later(f"YouTube takes no more for now ({named}).")
    if reasons & _GONE or answer.status == 404:
        return Impossible("The video is gone, or is private.")
    if reasons & _TEXT:
        return Impossible(f"YouTube does not take this text ({named}): change the note.")
    if answer.status == 403:
        return AskPerson(f"YouTube does not let this account comment here ({named}): look there, or link another one.")
    return AskPerson(f"YouTube refused ({named}): look there before trying again.")


def _comments(answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Id and snippet of each thread's first comment."""
    for item in _items(answer):
        comment, snippet = (_dig(item, "snippet", "topLevelComment", name) for name in ("id", "snippet"))
        if isinstance(comment, str) and isinstance(snippet, dict):
            yield comment, snippet


def _items(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return _dicts(answer.get("items"))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _dig(value: Any, *names: str) -> Any:
    """What lies at a path of names; None where the path ends early."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
