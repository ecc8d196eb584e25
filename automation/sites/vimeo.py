"""Vimeo's video page. Its markup is nowhere written down and changes; its data are, and say who wrote what and when.

Comments come and go as objects of Vimeo's public API: ``uri`` (/videos/ID/comments/N), ``text``, ``created_on`` and
``user``.
"""

import re
from typing import Any

from automation.sites.contract import Comment
from automation.sites.marks import Mark, Marks
from automation.sites.page import SitePage
from automation.sites.reading import Shown, instant, plain, walk

_VIDEO = re.compile(r"vimeo\.com/(?:video/)?(\d+)")
_COMMENT = re.compile(r"(?:/comments/|comment_)(\d+)$")
_USER = re.compile(r"/users/(\d+)$")


class Vimeo(SitePage):
    name = "vimeo"
    login_url = "https://vimeo.com/log_in"
    answers_at = re.compile(r"vimeo\.com/.*\bcomments\b")
    lists_at = re.compile(r"vimeo\.com/(?:.*\bcomments\b|_next/viewer\b)")
    marks = Marks(
        page=Mark("the video", ("main video", "#main video", ".vp-video", "[data-player] video"), "visitor"),
        box=Mark(
            "the box to write a comment in",
            (
                'form[aria-label*="comment" i] textarea',
                'textarea[placeholder*="comment" i]',
                '[contenteditable="true"][aria-label*="comment" i]',
                '[contenteditable="true"][data-placeholder*="comment" i]',
            ),
            "login",
        ),
        button=Mark(
            "the button that posts the comment",
            (
                'form[aria-label*="comment" i] button[type="submit"]',
                'form:has(textarea[placeholder*="comment" i]) button[type="submit"]',
                '[aria-label*="comment" i] button:has-text("Post")',
            ),
            "login",
        ),
        comment=Mark("a comment", ('[id^="comment_"]',)),
        listed=Mark(
            "the comments", ("#comments", '[data-testid="comments"]', 'section[aria-label*="comments" i]'), "visitor"
        ),
        signed_in=Mark(
            "the login's picture",
            ("#topnav_menu_avatar", '[data-testid="user-avatar"]', 'button[aria-label*="account" i]'),
            "login",
        ),
        signed_out=Mark(
            "the button to log in",
            ('a[href*="/log_in"]', '[data-testid="login-button"]', 'button:has-text("Log in")'),
            "visitor",
        ),
        gone=Mark(
            "a message that the video can't be seen",
            ('h1:has-text("Sorry, we couldn")', 'h1:has-text("Private video")', ".exception_title"),
        ),
        off=Mark(
            "a message that comments are turned off",
            ('#comments:has-text("Comments are disabled")', ':is(p, h2, h3):has-text("Comments have been disabled")'),
        ),
        limited=Mark("a message about too many comments", ('[role="alert"]:has-text("too many")',)),
        refused=Mark(
            "a message that the comment was not taken",
            ('[role="alert"]:has-text("not be posted")', '[role="alert"]:has-text("went wrong")'),
        ),
        consent=Mark("a question for consent", ("#onetrust-banner-sdk",)),
        decline=Mark("the button that declines what is not necessary", ("#onetrust-reject-all-handler",)),
    )

    async def drawn(self) -> list[Shown]:
        drawn = await self.read(text=":is(.comment_text, [data-testid='comment-text'], p)", time="time", key="id")
        return [
            Shown(
                external_id=comment_id,
                permalink=self._permalink(comment_id),
                text=comment["text"] or "",
                earliest=instant(comment["time"]),
                latest=instant(comment["time"]),
            )
            for comment in drawn
            if (comment_id := _number(comment["key"]))
        ]

    def learn(self, answer: object) -> None:
        for item in walk(answer):
            match item:
                case {"xsrft": str(), "user": {"id": int(me)}}:  # _next/viewer: who is logged in
                    self.me = str(me)
                case {"uri": str(uri), "text": str(text)} if number := _number(uri):
                    at = instant(item.get("created_on"))
                    self.known[number] = Shown(
                        number, self._permalink(number), text, earliest=at, latest=at, writer=_writer(item)
                    )

    def named(self, answer: object, text: str) -> Comment | None:
        for item in walk(answer):
            if plain(str(item.get("text", ""))) == plain(text) and (number := _number(str(item.get("uri", "")))):
                return Comment(number, self._permalink(number))
        return None

    def _permalink(self, number: str) -> str | None:
        video = _VIDEO.search(self.url)
        return f"https://vimeo.com/{video[1]}#comment_{number}" if video else None


def _number(name: object) -> str | None:
    """The number of a comment in its ``uri`` or in the id of its element."""
    found = _COMMENT.search(str(name))
    return found[1] if found else None


def _writer(item: dict[str, Any]) -> str | None:
    match item.get("user"):
        case {"uri": str(uri)} if found := _USER.search(uri):
            return found[1]
    return None
