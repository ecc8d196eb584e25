"""Any page with one recognizable form for comments. Where there is none, or more than one, the person is asked.

Nothing is known of who wrote what on such a page. So absence is never proved, and a comment counts as posted only where
its text stands on the page once more than before the click.
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urldefrag

from playwright.async_api import Locator

from automation.sites.contract import AskPerson, Comment, Go, Impossible
from automation.sites.marks import Mark, Marks
from automation.sites.page import OFF, UNLIKE, SitePage, in_words
from automation.sites.reading import Shown, plain

SEVERAL = "The page has more than one box that may be for comments: post this comment by hand."

# "Comment", and what posts one, in English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian,
# Japanese, Chinese and Korean.
_COMMENT = (
    r"comment|kommentar|coment[aá]rio?|commento|reactie|komentarz|комментари|コメント|评论|評論|댓글|leave a reply"
)
_POST = (
    r"post|publish|send|submit|comment|reply|senden|ver[oö]ffentlichen|kommentieren|publier|envoyer|commenter|"
    r"publicar|enviar|comentar|pubblica|invia|commenta|plaatsen|verzenden|opublikuj|wy[sś]lij|отправить|投稿|送信|发布|發佈|등록"
)
_NOT = r"search|such|recherche|buscar|cerca|zoek|szukaj|поиск|検索|cancel|abbrechen|annuler|cancelar|annulla|preview"
_BOXES = "textarea, [contenteditable=''], [contenteditable='true'], [contenteditable='plaintext-only']"
_BUTTONS = "button, input[type=submit], [role=button]"
_READ = """(nodes) => nodes.map(node => {
  const seen = node.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && !node.disabled && !node.readOnly;
  const labels = [...(node.labels ?? [])].map(label => label.innerText);
  const by = (node.getAttribute("aria-labelledby") ?? "").split(/\\s+/)
    .map(id => document.getElementById(id)?.innerText);
  const own = ["aria-label", "placeholder", "data-placeholder", "name", "id", "title"].map(at => node.getAttribute(at));
  const form = node.closest("form");
  const around = form ? ["id", "class", "name", "aria-label", "action"].map(at => form.getAttribute(at)) : [];
  const heading = form?.querySelector("legend, h1, h2, h3, h4")?.innerText;
  const section = node.closest("section, [role=region]")?.querySelector("h1, h2, h3, h4")?.innerText;
  const forms = [...document.forms];
  return {
    seen,
    form: form ? forms.indexOf(form) : -1,
    words: [...labels, ...by, ...own, ...around, heading, section].filter(Boolean).join(" "),
    says: [node.innerText, node.value, node.getAttribute("aria-label"), node.title].filter(Boolean).join(" "),
    submits: node.type === "submit",
  };
})"""
_PLACES = """(root, wanted) => {
  const plain = text => text.normalize("NFKC").replace(/[\\p{Cf}--\\u200d]/gv, "").replace(/\\s+/g, " ").trim();
  const holds = node => !node.closest("textarea, script, style, template, [contenteditable]") &&
    plain(node.innerText ?? "") === wanted;
  return [...root.querySelectorAll("*")]
    .filter(node => holds(node) && ![...node.children].some(holds))
    .map(node => {
      const item = node.closest("[id*='comment' i], article[id], li[id]");
      const link = item?.querySelector("a[href*='#'], a[rel~='bookmark'], a:has(time)");
      return link ? link.href : item ? `#${item.id}` : "";
    });
}"""


class Generic(SitePage):
    name = "generic"
    login_url = ""
    answers_at = re.compile(r"^https?://")
    marks = Marks(
        page=Mark("a page", ("body",), "visitor"),
        box=Mark("the box to write a comment in"),
        button=Mark("the button that posts the comment"),
        comment=Mark("a comment"),
        signed_out=Mark(
            "a demand to log in",
            (
                'form:has(input[type="password"])',
                ':is(p, a, div, span):has-text("log in to comment")',
                ':is(p, a, div, span):has-text("logged in to post a comment")',
                ':is(p, a, div, span):has-text("sign in to comment")',
            ),
        ),
        off=Mark(
            "a message that comments are turned off",
            (':is(p, h2, h3):has-text("comments are closed")', ':is(p, h2, h3):has-text("comments are turned off")'),
        ),
        limited=Mark(
            "a message about too many comments",
            (':is([role="alert"], .error):has-text("too many")', ':is([role="alert"], .error):has-text("too quickly")'),
        ),
        refused=Mark("a message that the comment was not taken", ('[role="alert"]:has-text("error")',)),
    )

    _form = -1
    _places: tuple[str, ...] = ()

    async def signed_in(self) -> bool:
        with in_words():
            await self.clear_way()
            return bool(await self._candidates()) or not await self.is_there(self.marks.signed_out)

    async def find_own(self, text: str, since: datetime, others: Collection[str]) -> Comment | None:
        with in_words():
            if await self._placed(text):
                raise AskPerson(UNLIKE)
        return None

    async def reach_box(self) -> None:
        await self.clear_way()
        if not await self._candidates() and await self.is_there(self.marks.off):
            raise Impossible(OFF)

    async def found(self, mark: Mark) -> Locator:
        if mark is self.marks.box:
            candidates = await self._candidates()
            if len(candidates) > 1:
                raise AskPerson(SEVERAL)
            if candidates:
                index, box = candidates[0]
                self._form = box["form"]
                return self.page.locator(_BOXES).nth(index)
        if mark is self.marks.button and (button := await self._button()):
            return button
        return await super().found(mark)

    async def submit(self, go: Go) -> Comment | None:
        with in_words():
            self._places = await self._placed(self._written[1]) if self._written else ()
        return await super().submit(go)

    async def shown(self) -> list[Shown]:
        """The text that was submitted, wherever it stands once more than before the click."""
        if self._click is None:
            return []
        places = await self._placed(self._click.text)
        if len(places) <= len(self._places):
            return []
        new = [place for place in places if place not in self._places]
        link = new[0] if new and new[0] else self.page.url
        permalink = f"{urldefrag(self.page.url).url}{link}" if link.startswith("#") else link
        return [Shown(f"place {len(places)}", permalink, self._click.text, own=True)]

    async def read_back(self, text: str) -> Comment | None:
        comment = await super().read_back(text)
        return Comment(None, comment.permalink) if comment else None

    async def _placed(self, text: str) -> tuple[str, ...]:
        """Where the text stands on the page: an address, an anchor, or nothing that can be linked."""
        return tuple(await self.page.locator("body").evaluate(_PLACES, plain(text)))

    async def _candidates(self) -> list[tuple[int, dict[str, Any]]]:
        """Boxes that are for comments as far as their words say, with their places among all boxes."""
        boxes = list(enumerate(await self.page.locator(_BOXES).evaluate_all(_READ)))
        return [
            (index, box)
            for index, box in boxes
            if box["seen"]
            and re.search(_COMMENT, box["words"], re.IGNORECASE)
            and not re.search(_NOT, box["words"], re.IGNORECASE)
        ]

    async def _button(self) -> Locator | None:
        """The one button of the box's form that posts; None where none or several might."""
        buttons = list(enumerate(await self.page.locator(_BUTTONS).evaluate_all(_READ)))
        near = [
            (index, button)
            for index, button in buttons
            if button["seen"] and button["form"] == self._form and not re.search(_NOT, button["says"], re.IGNORECASE)
        ]
        said = [index for index, button in near if re.search(_POST, button["says"], re.IGNORECASE)]
        submitting = [index for index in said if dict(near)[index]["submits"]]
        inside = [index for index, _ in near] if self._form >= 0 else []
        for indexes in (submitting, said, inside):
            if len(indexes) == 1:
                return self.page.locator(_BUTTONS).nth(indexes[0])
        return None
