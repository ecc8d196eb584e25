"""automation/sites/generic.py: one form for comments, in any of some languages, or the person."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from automation.sites.contract import AskPerson, Comment
from automation.sites.page import SitePage
from tests.automation.clicks import go
from tests.automation.sites.lookalike import OTHER, URLS, Wall

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

URL, TEXT = URLS["generic"], "The cut comes too late"


@pytest.mark.parametrize("variant", ["german", "japanese", "editable"])
async def test_a_form_is_known_by_its_words(at: Callable[..., SitePage], wall: Wall, variant: str) -> None:
    recipe = at("generic", variant=variant)
    await recipe.open_at(URL)
    await recipe.write(TEXT)
    assert await recipe.submit(go) is None
    assert await recipe.read_back(TEXT) == Comment(None, f"{URL}#comment-Ugx0001")
    assert [sent["text"] for sent in wall.sent] == [TEXT]


async def test_two_forms_are_one_too_many(at: Callable[..., SitePage], wall: Wall) -> None:
    recipe = at("generic", variant="two")
    await recipe.open_at(URL)
    with pytest.raises(AskPerson, match="more than one box"):
        await recipe.write(TEXT)
    assert wall.sent == []


async def test_the_text_on_the_page_says_nothing_about_who_wrote_it(at: Callable[..., SitePage], wall: Wall) -> None:
    recipe = at("generic")
    await recipe.open_at(URL)
    assert await recipe.find_own(TEXT, datetime.now(UTC), ()) is None
    wall.put(TEXT, OTHER)
    await recipe.open_at(URL)
    await recipe.page.wait_for_selector("#comment-Ugx0001")
    with pytest.raises(AskPerson, match="look at it"):
        await recipe.find_own(TEXT, datetime.now(UTC), ())


async def test_a_comment_without_an_anchor_has_the_pages_address(at: Callable[..., SitePage]) -> None:
    recipe = at("generic", draws=False)
    await recipe.open_at(URL)
    await recipe.write(TEXT)
    await recipe.submit(go)
    await recipe.page.evaluate(
        "text => document.body.append(Object.assign(document.createElement('p'), {innerText: text}))", TEXT
    )
    assert await recipe.read_back(TEXT) == Comment(None, URL)
