"""automation/sites/frameio.py: the frame that a comment is pinned to."""

from collections.abc import Callable

import pytest

from automation.sites.contract import Later
from automation.sites.frameio import second_of
from automation.sites.marks import Timeouts
from automation.sites.page import SitePage
from tests.automation.clicks import go
from tests.automation.sites.lookalike import URLS, Wall

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_the_comment_is_pinned_to_the_second_of_the_note(at: Callable[..., SitePage], wall: Wall) -> None:
    recipe = at("frameio")
    await recipe.open_at(URLS["frameio"])
    await recipe.write("Too dark")
    await recipe.submit(go)
    assert [sent["timestamp"] for sent in wall.sent] == [75]


async def test_a_player_that_does_not_go_there_is_tried_later(at: Callable[..., SitePage], wall: Wall) -> None:
    recipe = at("frameio")
    await recipe.open_at(URLS["frameio"])
    await recipe.page.evaluate("document.querySelector('video').src = 'data:video/webm,'")
    recipe.timeouts = Timeouts(settle_ms=300, element_ms=500)
    with pytest.raises(Later, match="pinned elsewhere"):
        await recipe.write("Too dark")
    assert wall.sent == []


@pytest.mark.parametrize(
    ("link", "permalink"),
    [
        ("https://f.io/abc123", "https://f.io/abc123"),
        ("https://next.frame.io/project/1/view/2?comment=9", "https://next.frame.io/project/1/view/2?comment=9"),
        ("https://evil.example/frame.io", "https://app.frame.io/player/b1946ac9-2492-4d23-95b3-7e7bbd4ff2a1?comment=9"),
        ("https://notf.io/abc", "https://app.frame.io/player/b1946ac9-2492-4d23-95b3-7e7bbd4ff2a1?comment=9"),
        ("javascript:alert(1)", "https://app.frame.io/player/b1946ac9-2492-4d23-95b3-7e7bbd4ff2a1?comment=9"),
    ],
)
async def test_only_a_link_of_the_application_is_kept(at: Callable[..., SitePage], link: str, permalink: str) -> None:
    recipe = at("frameio")
    await recipe.open_at(URLS["frameio"])
    found = recipe.named({"data": {"id": "9", "text": "Too dark", "view_url": link}}, "Too dark")
    assert found
    assert found.permalink == permalink


@pytest.mark.parametrize(
    ("query", "second"), [("?t=75", 75), ("?x=1&t=75s", 75), ("", 0), ("?t=", 0), ("?t=-3", 0), ("?t=٣", 0)]
)
async def test_the_second_stands_in_the_address(query: str, second: int) -> None:
    assert second_of(f"https://app.frame.io/player/b1946ac9{query}") == second
