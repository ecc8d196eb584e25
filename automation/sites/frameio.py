"""Frame.io's player page, where a comment is pinned to the frame that is shown: the recipe goes there before it writes.

Both faces of the application are known: app.frame.io (V3) by the names of its styles, next.frame.io (V4) by its test
ids (2026). Comments come and go as objects with ``id``, ``text`` and who owns them.
"""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from automation.sites.contract import Comment, Later
from automation.sites.marks import Mark, Marks
from automation.sites.page import SitePage, in_words
from automation.sites.reading import Shown, instant, plain, walk

PLAYER = "The player did not go to the second of the note: the comment would be pinned elsewhere."

_CELL = re.compile(r"^comment-cell-([\w-]+)$")
_SEEK = """async (video, {second, ms}) => {
  const ended = new AbortController();
  const happened = name => new Promise(resolve => video.addEventListener(name, resolve, {signal: ended.signal}));
  const go = async () => {
    video.pause();
    if (video.readyState < HTMLMediaElement.HAVE_METADATA) await happened("loadedmetadata");
    if (Math.abs(video.currentTime - second) > 0.5) {
      const seeked = happened("seeked");
      video.currentTime = second;
      await seeked;
    }
  };
  await Promise.race([go(), new Promise(resolve => setTimeout(resolve, ms))]);
  ended.abort();
  return video.paused && Math.abs(video.currentTime - Math.min(second, video.duration)) <= 1; // no duration: false
}"""


class FrameIo(SitePage):
    name = "frameio"
    login_url = "https://accounts.frame.io/"
    answers_at = re.compile(r"frame\.io/.*\b(?:comments|graphql)\b")
    lists_at = re.compile(r"frame\.io/.*\b(?:comments|graphql|me)\b")
    marks = Marks(
        page=Mark("the player", ("video",), "login"),
        box=Mark(
            "the box to write a comment in",
            (
                '[data-testid*="comment-composer"] [contenteditable="true"]',
                '[contenteditable="true"][data-placeholder*="comment" i]',
                '[contenteditable="true"][aria-label*="comment" i]',
                'textarea[placeholder*="comment" i]',
            ),
            "login",
        ),
        button=Mark(
            "the button that sends the comment",
            (
                '[data-testid*="comment-composer"] button[type="submit"]',
                'button[aria-label="Send" i]',
                'button:has-text("Send")',
            ),
            "login",
        ),
        comment=Mark(
            "a comment", ('.comment-cell[data-testid^="comment-cell-"]', '[class*="Comment__StyledComment"]'), "login"
        ),
        listed=Mark(
            "the comments",
            (
                '[data-testid="comment-tab-container"]',
                "#comment-tab-container",
                '[class*="CommentList"]',
                '[class*="CommentTextContainer"]',
            ),
            "login",
        ),
        signed_in=Mark(
            "the login's picture",
            ('header [data-testid="avatar-container"]', '[data-testid="user-menu"]', '[aria-label="Account" i]'),
            "login",
        ),
        signed_out=Mark(
            "the page to log in",
            ('input[type="email"]', 'input[name="email"]', 'a[href*="accounts.frame.io"]'),
            "visitor",
        ),
        gone=Mark(
            "a message that the video can't be seen",
            (':is(h1, h2, p):has-text("does not exist")', ':is(h1, h2, p):has-text("no longer available")'),
        ),
        off=Mark(
            "a message that comments are turned off",
            ('[data-testid="comments-disabled"]', ':is(p, h2, h3):has-text("Comments are disabled")'),
        ),
        limited=Mark("a message about too many comments", ('[role="alert"]:has-text("too many")',)),
        refused=Mark(
            "a message that the comment was not taken",
            ('[role="alert"]:has-text("could not be sent")', '[role="alert"]:has-text("went wrong")'),
        ),
        consent=Mark("a question for consent", ("#onetrust-banner-sdk",)),
        decline=Mark("the button that declines what is not necessary", ("#onetrust-reject-all-handler",)),
    )

    async def write(self, text: str) -> None:
        """At the second that the address names. Raises Later where the player does not go there."""
        with in_words():
            await self.clear_way()
            video = await self.found(self.marks.page)
            second = second_of(self.url)
            if not await video.evaluate(_SEEK, {"second": second, "ms": self.timeouts.settle_ms}):
                raise Later(PLAYER)
        await super().write(text)

    async def drawn(self) -> list[Shown]:
        drawn = await self.read(
            text="[data-testid='comment-text'], [class*='CommentTextContainer__Text']", time="time", key="data-testid"
        )
        return [
            Shown(
                external_id=cell[1] if cell else None,
                permalink=self._permalink(cell[1]) if cell else None,
                text=comment["text"] or "",
                earliest=instant(comment["time"]),
                latest=instant(comment["time"]),
            )
            for comment in drawn
            for cell in [_CELL.match(comment["key"] or "")]
        ]

    def learn(self, answer: object) -> None:
        for item in walk(answer):
            match item:
                case {"me": {"id": str(me)}} | {"id": str(me), "email": str(), "account_id": _}:
                    self.me = me
                case {"id": str(comment_id), "text": str(text)}:
                    at = instant(item.get("created_at") or item.get("inserted_at"))
                    self.known[comment_id] = Shown(
                        comment_id, self._permalink(comment_id), text, earliest=at, latest=at, writer=_owner(item)
                    )

    def named(self, answer: object, text: str) -> Comment | None:
        for item in walk(answer):
            if isinstance(item.get("id"), str) and plain(str(item.get("text", ""))) == plain(text):
                return Comment(item["id"], _own_link(item) or self._permalink(item["id"]))
        return None

    def _permalink(self, comment_id: str) -> str:
        parts = urlsplit(self.page.url)
        return f"https://{parts.netloc}{parts.path}?comment={comment_id}"


def second_of(url: str) -> int:
    """The second that an address names with ``t``; 0 where it names none."""
    named = parse_qs(urlsplit(url).query).get("t", ["0"])[0].removesuffix("s")
    return int(named) if named.isascii() and named.isdigit() else 0


def _owner(item: dict[str, Any]) -> str | None:
    """Who wrote a comment. A guest of a shared link has no id, and is nobody's login."""
    match item:
        case {"owner_id": str(owner)} | {"owner": {"id": str(owner)}}:
            return owner
    return None


def _own_link(item: dict[str, Any]) -> str | None:
    """The link that the application itself gives a comment."""
    for key in ("view_url", "link", "url"):
        parts = urlsplit(str(item.get(key, "")))
        if parts.scheme == "https" and f".{parts.hostname}".endswith((".frame.io", ".f.io")):
            return parts.geturl()
    return None
