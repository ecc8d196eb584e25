"""automation/sites/vimeo.py: what Vimeo alone does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from automation.sites.contract import AskPerson
from automation.sites.page import SitePage
from tests.automation.sites.lookalike import ME, URLS, Wall

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_where_the_site_does_not_say_who_is_logged_in_the_person_is_asked(
    at: Callable[..., SitePage], wall: Wall
) -> None:
    wall.put("The cut comes too late", ME)
    recipe = at("vimeo", signed_in=False)
    await recipe.open_at(URLS["vimeo"])
    await recipe.page.wait_for_selector("#comment_0001")
    with pytest.raises(AskPerson, match="can't be told"):
        await recipe.find_own("The cut comes too late", datetime.now(UTC) - timedelta(minutes=5), ())


async def test_the_address_is_made_from_the_video_that_was_opened(at: Callable[..., SitePage]) -> None:
    recipe = at("vimeo")
    await recipe.open_at(URLS["vimeo"])
    answer = {"uri": "/videos/76979871/comments/15", "text": "Too dark", "link": "https://evil.example/"}
    found = recipe.named(answer, "Too dark")
    assert found
    assert found.permalink == "https://vimeo.com/76979871#comment_15"
    assert recipe.named({"uri": "/videos/76979871", "text": "Too dark"}, "Too dark") is None
