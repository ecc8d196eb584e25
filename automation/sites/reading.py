"""What a site says about comments, drawn on its pages or told in data, in one form. Opens and clicks nothing."""

import asyncio
import json
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request, Response

from automation.sites.contract import Comment

MAX_ANSWER = 4 * 2**20  # bytes of one answer in data

TEXT_OF = """element => {
  const block = node => node !== null && /^(DIV|P|LI|UL|OL)$/.test(node.nodeName);
  let text = "";
  const walk = node => node.childNodes.forEach(child => {
    if (child.previousSibling && (block(child) || block(child.previousSibling))) text += "\\n";
    if (child.nodeType === Node.TEXT_NODE) text += child.data;
    else if (child.nodeName === "BR") text += child.nextSibling ? "\\n" : "";
    else if (child.nodeName === "IMG") text += child.alt;
    else walk(child);
  });
  walk(element);
  return text;
}"""
DRAWN = (
    """parts => [...document.querySelectorAll(parts.comments)].map(element => {
  const textOf = """
    + TEXT_OF
    + """;
  const part = selector => selector && (element.matches(selector) ? element : element.querySelector(selector));
  const [text, link, time] = [part(parts.text), part(parts.link), part(parts.time)];
  return {
    key: parts.key ? element.getAttribute(parts.key) : null,
    own: element.dataset.own ?? null,
    text: text ? textOf(text) : "",
    href: link ? link.href : null,
    time: time ? time.dateTime || textOf(time) : null,
  };
})"""
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A comment that the site shows. ``own``: whether it is this login's; None where that can't be told."""

    external_id: str | None
    permalink: str | None
    text: str
    own: bool | None = None
    earliest: datetime | None = None  # written at or after this
    latest: datetime | None = None  # and at or before this
    writer: str | None = None  # the site's id of who wrote it

    @property
    def comment(self) -> Comment:
        return Comment(self.external_id, self.permalink)


def plain(text: str) -> str:
    """A text as comments are compared: compatible characters, ellipses and all white space made one."""
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf" or letter == "\u200d")
    return " ".join(unicodedata.normalize("NFKC", visible).split())


def instant(text: object) -> datetime | None:
    """An ISO time with its zone, or None."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def walk(answer: object) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, outer ones first."""
    todo = deque([answer])
    while todo:
        value = todo.popleft()
        if isinstance(value, dict):
            yield value
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)


def as_written(text: str) -> str:
    """A text as boxes hold it: editors put hard spaces for spaces, and an empty line after the last one."""
    return text.replace("\r\n", "\n").replace("\N{NO-BREAK SPACE}", " ").removesuffix("\n")


async def data_of(response: Response) -> object:
    """What an answer says in JSON; None where it is none, too long, or gone with the page that asked for it."""
    try:
        if int(response.headers.get("content-length", "0")) > MAX_ANSWER:
            return None
        body = await response.body()
        # Some are megabytes, and the loop may have voices to listen to.
        return await asyncio.to_thread(json.loads, body) if len(body) <= MAX_ANSWER else None
    except (PlaywrightError, ValueError, RecursionError):
        return None


def carries(request: Request, text: str) -> bool:
    """Whether a request sends the text; one that can't be read (compressed, say) is taken for it."""
    try:
        body = request.post_data_json
    except (PlaywrightError, ValueError):
        body = None
    if body is None:
        return True
    strings = (value for item in walk(body) for value in item.values() if isinstance(value, str))
    return any(plain(text) in plain(value) for value in strings)
