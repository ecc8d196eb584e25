"""automation/sites/youtube.py: what YouTube alone does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from automation.sites.contract import AskPerson, Comment
from automation.sites.page import SitePage
from automation.sites.youtube import ago
from tests.automation.sites.lookalike import ME, URLS, Wall

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TEXT = "The cut comes too late"
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "oldest", "newest"),
    [
        ("0 seconds ago", timedelta(seconds=1), timedelta(0)),
        ("1 minute ago (edited)", timedelta(minutes=2), timedelta(minutes=1)),
        ("2 hours ago", timedelta(hours=3), timedelta(hours=2)),
        ("3 Weeks ago", timedelta(weeks=4), timedelta(weeks=3)),
    ],
)
async def test_an_age_is_between_two_times(told: str, oldest: timedelta, newest: timedelta) -> None:
    assert ago(told, NOW) == (NOW - oldest, NOW - newest)


@pytest.mark.parametrize("told", ["", "vor 2 Stunden", "9999999999 years ago"])
async def test_an_age_that_is_not_understood_is_none(told: str) -> None:
    assert ago(told, NOW) == (None, None)


async def test_a_comment_of_which_the_age_is_not_clear_is_the_persons(at: Callable[..., SitePage], wall: Wall) -> None:
    wall.put(TEXT, ME, minutes_ago=5.5)
    recipe = at("youtube")
    await recipe.open_at(URLS["youtube"])
    now = datetime.now(UTC)
    with pytest.raises(AskPerson, match="can't be told"):
        await recipe.find_own(TEXT, now - timedelta(minutes=5, seconds=30), ())
    assert await recipe.find_own(TEXT, now - timedelta(minutes=7), ()) == Comment(
        "Ugx0001", "https://www.youtube.com/watch?v=aqz-KE-bpKQ&lc=Ugx0001"
    )


async def test_an_answer_in_the_older_form_is_understood(at: Callable[..., SitePage]) -> None:
    recipe = at("youtube")
    await recipe.open_at(URLS["youtube"])
    thread = {"commentThreadRenderer": {"comment": {"commentRenderer": {"commentId": "UgxOld"}}}}
    answer = {"actions": [{"runAttestationCommand": {}}, {"createCommentAction": {"contents": thread}}]}
    assert recipe.named(answer, TEXT) == Comment("UgxOld", "https://www.youtube.com/watch?v=aqz-KE-bpKQ&lc=UgxOld")
    assert recipe.named({"actions": []}, TEXT) is None
