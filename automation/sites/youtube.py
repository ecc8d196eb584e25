"""YouTube's watch page. Comments load when they are scrolled to; who wrote one is told in data and not on the page.

Times are told as "2 hours ago": a comment of which the age is not clear is the person's to judge. New comments may be
held for review, and popular videos show only some at first, so absence is never proved.
"""

import re
from datetime import UTC, datetime, timedelta

from automation.sites.contract import AskPerson, Comment, Impossible
from automation.sites.marks import Mark, Marks
from automation.sites.page import OFF, WALL, SitePage
from automation.sites.reading import Shown, plain, walk

_VIDEO = re.compile(r"[?&]v=([\w-]{11})")
_COMMENT = re.compile(r"[?&]lc=([\w.-]+)")
_AGO = re.compile(r"(\d+) (second|minute|hour|day|week|month|year)s? ago")
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
}
_SCROLLS, _SCROLL_PX, _SCROLL_MS = 12, 700, 600


class YouTube(SitePage):
    name = "youtube"
    login_url = "https://accounts.google.com/ServiceLogin?service=youtube"
    answers_at = re.compile(r"/youtubei/v1/comment/create_comment\b")
    lists_at = re.compile(r"/youtubei/v1/next\b")
    marks = Marks(
        page=Mark("the video's page", ("ytd-watch-flexy[video-id]", "#movie_player", "ytd-app video"), "visitor"),
        opener=Mark(
            "what opens the box to write a comment in",
            (
                "ytd-comment-simplebox-renderer #simplebox-placeholder",
                "ytd-comment-simplebox-renderer #placeholder-area",
            ),
            "visitor",
        ),
        box=Mark(
            "the box to write a comment in",
            (
                "ytd-comments-header-renderer ytd-commentbox #contenteditable-root",
                'ytd-comment-simplebox-renderer [contenteditable="true"]',
            ),
            "login",
        ),
        button=Mark(
            "the button that posts the comment",
            (
                "ytd-comment-simplebox-renderer #submit-button button",
                "ytd-comment-simplebox-renderer #submit-button",
                "ytd-comment-simplebox-renderer button.yt-spec-button-shape-next--filled",
            ),
            "login",
        ),
        comment=Mark("a comment", ("ytd-comment-thread-renderer",), "visitor"),
        listed=Mark(
            "the comments",
            ("ytd-comments ytd-comments-header-renderer", "ytd-comments ytd-message-renderer"),
            "visitor",
        ),
        signed_in=Mark("the login's picture", ("ytd-masthead #avatar-btn", "ytd-masthead #account-menu"), "login"),
        signed_out=Mark(
            "the button to log in",
            (
                'ytd-masthead a[href*="accounts.google.com/ServiceLogin"]',
                'ytd-masthead a[aria-label="Sign in"]',
                'form[action*="/v3/signin"]',
            ),
            "visitor",
        ),
        gone=Mark(
            "a message that the video can't be seen",
            (
                "ytd-background-promo-renderer",
                "ytd-watch-flexy[player-unavailable]",
                "yt-player-error-message-renderer",
            ),
        ),
        off=Mark("a message that comments are turned off", ("ytd-comments ytd-message-renderer",)),
        limited=Mark("a message about too many comments", ('tp-yt-paper-toast:has-text("too many")',)),
        refused=Mark(
            "a message that the comment was not taken",
            ('tp-yt-paper-toast:has-text("failed")', 'tp-yt-paper-toast:has-text("went wrong")'),
        ),
        consent=Mark(
            "a question for consent",
            (
                "ytd-consent-bump-v2-lightbox",
                'form[action*="consent.youtube.com"]',
                'form[action*="consent.google.com"]',
            ),
        ),
        decline=Mark(
            "the button that declines what is not necessary",
            (
                'ytd-consent-bump-v2-lightbox button[aria-label*="Reject" i]',
                "ytd-consent-bump-v2-lightbox .eom-buttons ytd-button-renderer:first-child button",
                'form[action*="/save"] button[aria-label*="Reject" i]',
            ),
        ),
    )

    async def open_at(self, url: str) -> None:
        await super().open_at(url)
        if "google.com/sorry" in self.page.url or "/signin/challenge" in self.page.url:
            raise AskPerson(WALL)

    async def reach_comments(self) -> None:
        for _ in range(_SCROLLS):
            await self.clear_way()
            if await self.first("listed", ms=_SCROLL_MS):
                return
            await self.page.mouse.wheel(0, _SCROLL_PX)
        await super().reach_comments()

    async def reach_box(self) -> None:
        await self.reach_comments()
        if await self.is_there(self.marks.off):
            raise Impossible(OFF)
        await super().reach_box()

    async def drawn(self) -> list[Shown]:
        now = datetime.now(UTC)
        drawn = await self.read(
            text="#content-text", link='#published-time-text a[href*="lc="]', time="#published-time-text"
        )
        return [self._shown(_id(c["href"]), c["text"] or "", None, c["time"] or "", now) for c in drawn]

    def learn(self, answer: object) -> None:
        now = datetime.now(UTC)
        for properties, author, text in _told(answer):
            own = author.get("isCurrentUser")
            told = str(properties.get("publishedTime", ""))
            shown = self._shown(str(properties["commentId"]), text, own if isinstance(own, bool) else None, told, now)
            self.known[str(properties["commentId"])] = shown

    def named(self, answer: object, text: str) -> Comment | None:
        for properties, _, told in _told(answer):
            if plain(told) == plain(text):
                return self._comment(str(properties["commentId"]))
        for item in walk(answer):  # as it was until 2024
            if created := item.get("createCommentAction"):
                ids = [inner["commentId"] for inner in walk(created) if "commentId" in inner]
                if ids:
                    return self._comment(str(ids[0]))
        return None

    def _comment(self, comment_id: str | None) -> Comment:
        video = _VIDEO.search(self.url)
        if video is None or comment_id is None:
            return Comment(comment_id, None)
        return Comment(comment_id, f"https://www.youtube.com/watch?v={video[1]}&lc={comment_id}")

    def _shown(self, comment_id: str | None, text: str, own: bool | None, told: str, now: datetime) -> Shown:
        earliest, latest = ago(told, now)
        return Shown(comment_id, self._comment(comment_id).permalink, text, own, earliest, latest)


def ago(told: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Between when and when something was written that is told as "2 hours ago"; None where that isn't understood."""
    if not (match := _AGO.search(told.lower())):
        return None, None
    count, unit = int(match[1]), _UNITS[match[2]]
    try:
        return now - (count + 1) * unit, now - count * unit
    except OverflowError:
        return None, None


def _id(href: str | None) -> str | None:
    found = _COMMENT.search(href or "")
    return found[1] if found else None


def _told(answer: object) -> list[tuple[dict[str, object], dict[str, object], str]]:
    """Properties, author and text of each comment in YouTube's data, as they are since 2024."""
    told = []
    for item in walk(answer):
        match item.get("commentEntityPayload"):
            case {"properties": {"commentId": str(), "content": {"content": str(text)}} as properties, **rest}:
                author = rest.get("author")
                told.append((properties, author if isinstance(author, dict) else {}, text))
    return told
