"""automation/sites/page.py: what every recipe does alike, on each of the look-alikes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page

from automation.sites.contract import AskPerson, Comment, Impossible, Later, PostingError
from automation.sites.marks import Timeouts
from automation.sites.page import SitePage
from tests.automation.clicks import go
from tests.automation.sites.lookalike import ME, OTHER, URLS, Wall

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TEXT = "At 1:15 the cut  comes too late… #pacing"
LINKS = {
    "practice": "http://practice.test/practice#comment-Ugx0001",
    "youtube": "https://www.youtube.com/watch?v=aqz-KE-bpKQ&lc=Ugx0001",
    "vimeo": "https://vimeo.com/76979871#comment_0001",
    "frameio": "https://app.frame.io/player/b1946ac9-2492-4d23-95b3-7e7bbd4ff2a1?comment=Ugx0001",
    "generic": "https://films.example/watch/7#comment-Ugx0001",
}
IDS = {"practice": "Ugx0001", "youtube": "Ugx0001", "vimeo": "0001", "frameio": "Ugx0001", "generic": None}
KNOWN = ["practice", "youtube", "vimeo", "frameio"]
At = Callable[..., SitePage]


async def ready(at: At, site: str, text: str = TEXT, **behaviour: object) -> SitePage:
    """A recipe that has written the text and clicked nothing."""
    recipe = at(site, **behaviour)
    await recipe.open_at(URLS[site])
    assert await recipe.signed_in()
    await recipe.write(text)
    return recipe


async def posted(recipe: SitePage, text: str = TEXT) -> Comment | None:
    return await recipe.submit(go) or await recipe.read_back(text)


async def written_and_sent(recipe: SitePage, text: str) -> None:
    """With enough time for the page to make something else of the text."""
    await recipe.write(text)
    await recipe.page.wait_for_function("window.rewritten")
    await recipe.submit(go)


@pytest.mark.parametrize("site", URLS)
async def test_a_comment_is_posted_once_and_its_address_is_known(at: At, wall: Wall, site: str) -> None:
    recipe = await ready(at, site)
    assert wall.sent == [], "nothing is on the site after writing"
    assert await posted(recipe) == Comment(IDS[site], LINKS[site])
    assert [posted.text for posted in wall.comments] == [TEXT]
    assert len(wall.sent) == 1


async def test_signed_out_is_seen(at: At) -> None:
    for site in ("youtube", "vimeo", "frameio", "generic"):
        recipe = at(site, signed_in=False)
        await recipe.open_at(URLS[site])
        assert not await recipe.signed_in(), site


async def test_comments_that_are_off_are_no_matter_of_time(at: At) -> None:
    for site in ("youtube", "vimeo", "frameio", "generic"):
        recipe = at(site, comments=False)
        await recipe.open_at(URLS[site])
        with pytest.raises(Impossible, match="turned off"):
            await recipe.write(TEXT)


async def test_a_video_that_is_gone_is_no_matter_of_time(at: At) -> None:
    for site in ("youtube", "vimeo", "frameio"):
        with pytest.raises(Impossible, match="gone, or private"):
            await at(site, gone=True).open_at(URLS[site])


async def test_a_captcha_is_the_persons(at: At) -> None:
    for site in URLS:
        with pytest.raises(AskPerson, match="captcha"):
            await at(site, captcha=True).open_at(URLS[site])


async def test_an_answer_that_is_no_page_says_where_the_job_goes(at: At) -> None:
    kinds: dict[int, type[PostingError]] = {404: Impossible, 418: Impossible, 429: Later, 503: Later, 403: AskPerson}
    for status, kind in kinds.items():
        with pytest.raises(kind):
            await at("practice", status=status).open_at(URLS["practice"])


async def test_a_page_that_does_not_come_is_tried_later(at: At, blank: Page) -> None:
    recipe = at("practice", slow_s=1.0)
    recipe.timeouts = Timeouts(open_ms=200)
    with pytest.raises(Later, match="too long"):
        await recipe.open_at(URLS["practice"])
    with pytest.raises(Later, match="connection"):
        await recipe.open_at("https://no.network.example/")
    await blank.close()
    with pytest.raises(Later, match="lost"):
        await recipe.open_at(URLS["practice"])


async def test_comments_that_load_slowly_are_waited_for(at: At, wall: Wall) -> None:
    assert await posted(await ready(at, "youtube", wait_ms=900)) == Comment(IDS["youtube"], LINKS["youtube"])


async def test_a_page_that_is_none_of_the_sites_is_the_persons(at: At) -> None:
    recipe = at("youtube")
    with pytest.raises(AskPerson, match="not understood"):
        await recipe.open_at(URLS["generic"])


@pytest.mark.parametrize("site", KNOWN)
async def test_a_box_and_a_button_that_moved_are_found_by_their_other_names(at: At, wall: Wall, site: str) -> None:
    assert await posted(await ready(at, site, moved=1)) == Comment(IDS[site], LINKS[site])
    assert len(wall.sent) == 1


async def told(page: Page, words: str) -> str | None:
    """Somebody who finds what is described in words."""
    if "opens" in words:
        return ".add"
    return "[data-send]" if "button" in words else ".moved, textarea:not([name=wishes])"


async def nonsense(page: Page, words: str) -> str | None:
    return ">>> nonsense ("


@pytest.mark.parametrize("site", ["youtube", "vimeo", "frameio", "generic"])
async def test_a_box_without_any_known_name_is_asked_for(at: At, wall: Wall, site: str) -> None:
    recipe = at(site, find=told, moved=2)
    await recipe.open_at(URLS[site])
    await recipe.write(TEXT)
    assert await posted(recipe) == Comment(IDS[site], LINKS[site])
    assert len(wall.sent) == 1


@pytest.mark.parametrize(("site", "find"), [("frameio", None), ("generic", None), ("practice", nonsense)])
async def test_a_box_that_nobody_finds_is_the_persons(at: At, wall: Wall, site: str, find: object) -> None:
    recipe = at(site, find=find, moved=3)
    await recipe.open_at(URLS[site])
    with pytest.raises(AskPerson, match=r"the box to write a comment in.* was not found"):
        await recipe.write(TEXT)


@pytest.mark.parametrize(
    ("site", "consent"), [("youtube", "dialog"), ("youtube", "page"), ("vimeo", "dialog"), ("frameio", "dialog")]
)
async def test_consent_to_what_is_not_necessary_is_declined(at: At, blank: Page, site: str, consent: str) -> None:
    await ready(at, site, consent=consent)
    assert [c.get("value") for c in await blank.context.cookies() if c.get("name") == "consent"] == ["Reject all"]


async def test_consent_that_can_t_be_declined_is_the_persons(at: At, blank: Page) -> None:
    with pytest.raises(AskPerson, match="no way to decline"):
        await at("youtube", consent="no way out").open_at(URLS["youtube"])
    assert await blank.context.cookies() == []


@pytest.mark.parametrize("site", URLS)
async def test_a_rate_limit_is_for_later_and_the_click_is_not_repeated(at: At, wall: Wall, site: str) -> None:
    recipe = await ready(at, site, answer="limited")
    with pytest.raises(Later, match="no more comments"):
        await recipe.submit(go)
    assert (len(wall.sent), wall.comments) == (1, [])


@pytest.mark.parametrize("site", ["youtube", "practice"])
async def test_an_error_of_the_site_is_for_later(at: At, wall: Wall, site: str) -> None:
    recipe = await ready(at, site, answer="error")
    with pytest.raises(Later, match="error 500"):
        await recipe.submit(go)
    assert len(wall.sent) == 1


@pytest.mark.parametrize("site", ["youtube", "vimeo", "generic"])
async def test_a_message_against_the_comment_counts_where_the_answer_says_nothing(
    at: At, wall: Wall, site: str
) -> None:
    recipe = await ready(at, site, answer="refused")
    with pytest.raises(Later, match="did not take"):
        await recipe.submit(go)
    assert len(wall.sent) == 1


@pytest.mark.parametrize("site", KNOWN)
async def test_a_comment_held_for_review_counts_where_the_answer_names_it(at: At, site: str) -> None:
    recipe = await ready(at, site, held=True)
    assert await recipe.submit(go) == Comment(IDS[site], LINKS[site])


@pytest.mark.parametrize("site", URLS)
async def test_a_comment_that_nothing_shows_is_not_taken_for_posted(at: At, wall: Wall, site: str) -> None:
    """Neither for an older one of the same login with this text, nor for somebody else's."""
    older = [wall.put(TEXT, ME, minutes_ago=60), wall.put(TEXT, OTHER)]
    recipe = await ready(at, site, held=True, answer="unnamed")
    assert await posted(recipe) is None
    assert [posted.held for posted in wall.comments if posted not in older] == [True]
    assert len(wall.sent) == 1


@pytest.mark.parametrize(
    ("site", "draws"), [*((site, False) for site in URLS), *((site, True) for site in ("youtube", "frameio"))]
)
async def test_a_comment_of_which_the_answer_was_lost_is_found_on_the_page(
    at: At, wall: Wall, site: str, draws: bool
) -> None:
    recipe = await ready(at, site, answer="lost", draws=draws)
    assert await recipe.submit(go) is None
    assert await recipe.read_back(TEXT) == Comment(IDS[site], LINKS[site])
    assert len(wall.sent) == 1


@pytest.mark.parametrize("site", KNOWN)
async def test_an_old_comment_that_is_listed_late_is_not_taken_for_the_new_one(at: At, wall: Wall, site: str) -> None:
    recipe = await ready(at, site, held=True, answer="unnamed", draws=False)
    assert await recipe.submit(go) is None
    wall.put(TEXT, ME, minutes_ago=90)
    assert await recipe.read_back(TEXT) is None


@pytest.mark.parametrize("site", KNOWN)
async def test_an_own_comment_is_told_by_author_text_and_time(at: At, wall: Wall, site: str) -> None:
    since = datetime.now(UTC) - timedelta(minutes=30)
    wall.put(TEXT, ME, minutes_ago=90)
    wall.put(TEXT, OTHER, minutes_ago=60 if site == "practice" else 0)
    wall.put("Something else", ME)
    recipe = at(site)
    await recipe.open_at(URLS[site])
    assert await recipe.find_own(TEXT, since, ()) is None
    wall.put(TEXT.replace("  ", " ").replace("…", "..."), ME, minutes_ago=5)  # as sites may show it
    await recipe.open_at(URLS[site])
    found = await recipe.find_own(TEXT, since, ())
    assert found
    assert found.external_id in ("Ugx0004", "0004")


@pytest.mark.parametrize(
    ("site", "rewrites"), [("practice", "late"), ("youtube", "at once"), ("frameio", "late"), ("vimeo", "at once")]
)
async def test_a_text_that_the_page_changes_is_not_sent(at: At, wall: Wall, site: str, rewrites: str) -> None:
    recipe = at(site, rewrites=rewrites)
    await recipe.open_at(URLS[site])
    with pytest.raises(AskPerson, match="changes the text"):
        await written_and_sent(recipe, "Ask @ada about it")
    assert wall.sent == []


@pytest.mark.parametrize("site", ["youtube", "vimeo", "frameio"])
async def test_lines_and_signs_are_written_as_they_are(at: At, wall: Wall, site: str) -> None:
    text = "Two lines:\n\n  <b>one</b> & @two #three 😀"
    recipe = await ready(at, site, text)
    assert wall.sent == [], "a new line sends nothing"
    assert await posted(recipe, text)
    assert [" ".join(posted.text.split()) for posted in wall.comments] == [" ".join(text.split())]


async def test_a_text_too_long_for_the_box_is_said(at: At, wall: Wall) -> None:
    recipe = at("practice", limit=10)
    await recipe.open_at(URLS["practice"])
    await recipe.write(TEXT)
    with pytest.raises(Impossible, match="10 characters"):
        await recipe.submit(go)
    assert wall.sent == []


async def test_nothing_is_clicked_before_something_was_written(at: At, wall: Wall) -> None:
    recipe = at("practice")
    await recipe.open_at(URLS["practice"])
    with pytest.raises(AskPerson):
        await recipe.submit(go)
    assert wall.sent == []
