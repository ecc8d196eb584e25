"""Asks a language model, by Stagehand's ``observe``, where something lies on a page. Optional: ``sidenote[stagehand]``.

Stagehand works inside a browser, as an extension that may debug every page, behind an open port. A browser with a
person's login in it is given neither. Stagehand is shown a likeness of the page in an empty browser of its own that
reaches no network: visible elements with their roles and labels, without scripts, addresses or anything typed. What it
points at there is looked up on the page. So it can click nothing, whatever the page talks the model into.

Seen is the page's own tree, neither frames nor shadow trees. The model is asked from here, through the same kind of
client as all others; Stagehand itself sends nothing anywhere.
"""

import asyncio
import importlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import openai
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params.response_format_json_schema import JSONSchema
from playwright.async_api import JSHandle, Page

from inference.http_client import http_client

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
LIMIT_S = 45.0  # for the whole search
MODEL_LIMIT_S = 30.0
CLOSE_LIMIT_S = 5.0
MAX_QUESTION = 200_000  # characters that a model is asked to read
MAX_ANSWER_TOKENS = 500  # an element is about 50
MAX_ANSWER = 4000  # characters
INSTALL = 'Stagehand is not installed: pip install "sidenote[stagehand]"'

_NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # its own port is there
_ARGUMENTS = ["--disable-gpu", "--disable-quic", _NO_NETWORK]

# Each element that is kept bears its place in ``elements``, by which the likeness is led back to the page.
_LIKENESS = """() => {
  const LEFT_OUT = new Set(["script", "style", "link", "meta", "base", "noscript", "template", "iframe", "frame",
    "object", "embed", "svg", "math", "source", "track"]);
  const KEPT = ["role", "type", "name", "placeholder", "title", "alt", "for", "id", "tabindex", "disabled", "hidden",
    "readonly", "contenteditable"];
  const VOID = new Set(["input", "img", "br", "hr", "wbr", "area", "col"]);
  const ELEMENTS = 20000, CHARACTERS = 1000000, TEXT = 200;
  const escaped = text => text.slice(0, TEXT).replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);
  const elements = [], parts = [];
  let size = 0;
  const put = text => { parts.push(text); size += text.length; };
  const draw = element => {
    if (LEFT_OUT.has(element.localName)) return;
    const name = /^[a-z][a-z0-9-]*$/.test(element.localName) ? element.localName : "div";
    if (elements.length >= ELEMENTS || size >= CHARACTERS) return;
    const style = getComputedStyle(element);
    if (style.display === "none" || element.type === "hidden") return;
    const seen = style.visibility === "visible";
    put(`<${name} data-place="${elements.push(element) - 1}"`);
    for (const {name: key, value} of seen ? element.attributes : [])
      if (KEPT.includes(key) || /^aria-[a-z]+$/.test(key)) put(` ${key}="${escaped(value)}"`);
    if (seen && /^(button|submit|reset)$/.test(element.type ?? "") && name === "input")
      put(` value="${escaped(element.value)}"`);
    if (seen && element.isContentEditable && element.hasAttribute("contenteditable") && !element.hasAttribute("role"))
      put(' role="textbox"');  // emptied, it would be passed over
    put(name === "a" && element.hasAttribute("href") ? ' href="#">' : ">");
    if (VOID.has(name)) return;
    if (name !== "textarea" && !element.isContentEditable)
      for (const child of element.childNodes)
        if (child.nodeType === Node.ELEMENT_NODE) draw(child);
        else if (child.nodeType === Node.TEXT_NODE && seen) put(escaped(child.data));
    put(`</${name}>`);
  };
  for (const child of document.body?.children ?? []) draw(child);
  return {html: parts.join(""), elements};
}"""

# The XPath of an element, by places alone: names of elements may hold letters that XPath has no way to write.
_PATH = """({elements}, place) => {
  const steps = [];
  let element = elements[place];
  if (!element?.isConnected) return null;
  for (; element.parentElement; element = element.parentElement)
    steps.unshift([...element.parentElement.children].indexOf(element) + 1);
  return element === document.documentElement ? ["", 1, ...steps].map(step => step && `*[${step}]`).join("/") : null;
}"""

_PLACE = """(path => {
  const found = document.evaluate(path, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue;
  const element = found?.nodeType === Node.ELEMENT_NODE ? found : found?.parentElement;
  return element?.closest("[data-place]")?.dataset.place ?? null;
})"""


class NoFinder(Exception):
    """Stagehand can't be used here. The message names the one step that is missing."""


class StagehandFind:
    """A ``Find`` (see ``automation/sites/contract.py``)."""

    def __init__(
        self,
        model_name: str,
        api_key: str,
        *,
        base_url: str = OPENAI_URL,
        executable: str | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        """``base_url``: an OpenAI-compatible endpoint. ``executable``: a Chromium, else the one that Stagehand finds.

        Raises NoFinder where the package is not installed.
        """
        try:
            self._stagehand: Any = importlib.import_module("stagehand")
        except ImportError:
            raise NoFinder(INSTALL) from None
        self._model_name = model_name
        self._executable = executable
        self._limit_s = limit_s
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=0,
            timeout=min(MODEL_LIMIT_S, limit_s),
            http_client=http_client(),
        )

    async def __call__(self, page: Page, words: str) -> str | None:
        """A selector of the one visible element of ``page`` that ``words`` describe, or None."""
        try:
            async with asyncio.timeout(self._limit_s):
                return await self._search(page, words)
        except Exception as error:  # whatever it is, the recipe goes on without; its text may quote the page
            log.warning("Stagehand did not look for %r: %s", words, type(error).__name__)
            return None

    async def close(self) -> None:
        await self._client.close()

    async def _search(self, page: Page, words: str) -> str | None:
        drawn = await page.evaluate_handle(_LIKENESS)
        try:
            place = await self._observed(await drawn.evaluate("({html}) => html"), words)
            selector = await _selector(drawn, place)
        finally:
            await drawn.dispose()
        if selector is None:
            log.info("Stagehand points at no one thing for %r", words)
            return None
        found = page.locator(selector)
        if await found.count() != 1 or not await found.is_visible():
            log.info("what Stagehand points at for %r is not to be seen", words)
            return None
        return selector

    async def _observed(self, html: str, words: str) -> int | None:
        """The place in the likeness of the one element that the model names."""
        async with self._likeness(html) as (stagehand, page):
            result = await stagehand.observe(words, page=page, timeout=self._limit_s * 1000)
            places = set()
            for action in result.data:
                path = json.dumps(action.selector.removeprefix("xpath="))
                places.add(await page.evaluate(f"{_PLACE}({path})"))
        found = places.pop() if len(places) == 1 else None
        return int(found) if isinstance(found, str) else None

    @asynccontextmanager
    async def _likeness(self, html: str) -> AsyncIterator[tuple[Any, Any]]:
        """Stagehand, and its page with the likeness, in a browser that ends with the block."""
        browser = await self._stagehand.local_browser.launch(
            headless=True, executable_path=self._executable, args=_ARGUMENTS
        )
        try:
            # Its log would go to the standard error, with what the page says.
            stagehand = await self._stagehand.Stagehand.create(
                browser=browser, model=self._answer, logging={"level": "off"}
            )
            try:
                page = (await browser.context.pages())[0]
                await page.evaluate(f"document.body.innerHTML = {json.dumps(html)}; null")
                yield stagehand, page
            finally:
                with suppress(Exception):  # the browser ends all the same
                    async with asyncio.timeout(CLOSE_LIMIT_S):
                        await stagehand.close()
        finally:
            await browser.close()

    async def _answer(self, asked: Any) -> Any:
        """What the model says to Stagehand's question, in the form that Stagehand wants."""
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": asked.system_prompt or ""},
            {"role": "user", "content": "\n".join(_text(message.content) for message in asked.messages)},
        ]
        if sum(len(str(message["content"])) for message in messages) > MAX_QUESTION:
            raise ValueError("The page is too long to be asked about.")
        form = asked.response_format
        schema = form.schema_.model_dump(mode="json", by_alias=True, exclude_none=True)
        text = await self._said(messages, {"name": form.name, "schema": schema})
        return self._stagehand.LLMStructuredGenerateResult.model_validate(
            {
                "role": "assistant",
                "content": {"type": "text", "text": text},
                "output_format": "json_schema",
                "structured_content": json.loads(text),
            }
        )

    async def _said(self, messages: list[ChatCompletionMessageParam], schema: JSONSchema) -> str:
        text = ""
        stream = await self._client.chat.completions.create(
            model=self._model_name,
            messages=messages,
            max_tokens=MAX_ANSWER_TOKENS,
            response_format={"type": "json_schema", "json_schema": schema},
            stream=True,
        )
        async with stream:
            async for chunk in stream:
                text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
                if len(text) > MAX_ANSWER:
                    raise ValueError("The model says too much.")
        return text


async def _selector(drawn: JSHandle, place: int | None) -> str | None:
    path = None if place is None else await drawn.evaluate(_PATH, place)
    return None if path is None else f"xpath={path}"


def _text(content: Any) -> str:
    """The words of a message, which holds one block or several."""
    blocks = content if isinstance(content, list) else [content]
    return "\n".join(str(block.root.text) for block in blocks)
