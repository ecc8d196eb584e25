"""The practice page of this server: every comment is listed, so a text that is not there was not posted."""

import re
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urljoin

from automation.sites.contract import AskPerson, Comment
from automation.sites.marks import Mark, Marks
from automation.sites.page import UNLIKE, SitePage, in_words
from automation.sites.reading import Shown, instant, plain, walk


class Practice(SitePage):
    name = "practice"
    login_url = ""
    proves_absence = True
    answers_at = re.compile(r"/practice/comments$")
    marks = Marks(
        page=Mark("the practice video", ("#player", "main video"), "visitor"),
        box=Mark("the box to write a comment in", ("textarea#comment-text", "#comment-form textarea"), "visitor"),
        button=Mark(
            "the button that posts the comment", ("button#comment-post", "#comment-form button[type=submit]"), "visitor"
        ),
        comment=Mark("a comment", ("article.comment",)),
        listed=Mark(
            "the loaded list of comments",
            ('main:has(#comments[data-loaded="true"])', 'body:has(#comments[data-loaded="true"])'),
            "visitor",
        ),
        limited=Mark("a message about too many comments", ('#comment-error:has-text("too many")',)),
        refused=Mark("a message that the comment was not taken", ("#comment-error:not(:empty)",)),
    )

    async def signed_in(self) -> bool:
        return True  # who may open the page may comment

    async def find_own(self, text: str, since: datetime, others: Collection[str]) -> Comment | None:
        """The page knows a writer by a number in the browser, which a browser that was killed may have lost."""
        if found := await super().find_own(text, since, others):
            return found
        with in_words():
            shown_now = await self.shown()
        same = [shown for shown in shown_now if plain(shown.text) == plain(text) and shown.external_id not in others]
        if any(shown.latest is None or shown.latest >= since for shown in same):
            raise AskPerson(UNLIKE)
        return None

    async def drawn(self) -> list[Shown]:
        drawn = await self.read(text="p.comment-text", link="a.permalink", time="time[datetime]", key="data-comment-id")
        return [
            Shown(
                external_id=comment["key"],
                permalink=comment["href"],
                text=comment["text"] or "",
                own=comment["own"] == "true",
                earliest=instant(comment["time"]),
                latest=instant(comment["time"]),
            )
            for comment in drawn
        ]

    def named(self, answer: object, text: str) -> Comment | None:
        for item in walk(answer):
            if item.get("id") is not None and plain(str(item.get("text", ""))) == plain(text):
                permalink = item.get("permalink")
                return Comment(str(item["id"]), urljoin(self.page.url, str(permalink)) if permalink else None)
        return None
