"""The three uses in a real browser, from the voice to the note and the comment."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from server.embedded import EmbeddedServer
from tests.automation.sites.lookalike import URLS, Server
from tests.e2e.conftest import logged_in
from tests.e2e.person import VISIBLE_MS, Person, hold, let_go, notes_in, passes
from tests.speech.synthesis import speak

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.speech, pytest.mark.model, pytest.mark.flow]
pytestmark += [pytest.mark.asyncio(loop_scope="module")]

REMARK = "The music is far too loud in this shot."
LONG_REMARK = "The music is far too loud in this shot, and the picture of the evening at the harbor is very dark."
POPUP_VIDEO, HANDS_FREE_VIDEO = (f"https://www.youtube.com/watch?v=popup{n:06}" for n in range(2))
WORDS = ("music", "too loud")


async def test_a_remark_in_the_side_panel_becomes_a_comment_with_a_link(
    reviewer: Person, sites: Server, server: EmbeddedServer
) -> None:
    await logged_in(server, "youtube")
    seconds = reviewer.will_say(speak(REMARK).samples)
    tab = await reviewer.watch(URLS["youtube"])
    panel = await reviewer.panel()
    await hold(panel, tab, seconds)
    await expect(panel.locator(".partial-text")).to_contain_text("music", ignore_case=True, timeout=VISIBLE_MS)
    await let_go(panel)

    [note] = await reviewer.notes(panel, 1)
    text = await note.locator(".note-text").inner_text()
    assert all(word in text.lower() for word in WORDS)
    await note.get_by_role("button", name="Post").click()
    link = note.get_by_role("link", name="Posted")
    await expect(link).to_be_visible(timeout=VISIBLE_MS)
    assert [comment.text for comment in sites.wall.comments] == [text]

    permalink = urlsplit(await link.get_attribute("href") or "")
    assert permalink.hostname == "www.youtube.com"
    assert parse_qs(permalink.query) == {"v": ["aqz-KE-bpKQ"], "lc": [sites.wall.comments[0].id]}
    async with reviewer.browser.context.expect_page() as opened:
        await link.click()
    comments = (await opened.value).locator("ytd-comments")
    await comments.scroll_into_view_if_needed()  # they are loaded when somebody looks
    await expect(comments).to_contain_text(text, timeout=VISIBLE_MS)


async def test_a_popup_that_closes_in_mid_word_is_a_release(reviewer: Person) -> None:
    seconds = reviewer.will_say(speak(LONG_REMARK).samples)
    tab = await reviewer.watch(POPUP_VIDEO)
    popup = await reviewer.popup()
    await hold(popup, tab, seconds * 0.4)
    await popup.close()
    panel = await reviewer.panel()
    [note] = await reviewer.notes(panel, 1)
    text = (await note.locator(".note-text").inner_text()).lower()
    assert "music" in text
    assert "harbor" not in text.replace("harbour", "harbor"), "what was said after the popup was gone was heard"


async def test_three_remarks_hands_free_of_which_one_is_taken_back(reviewer: Person) -> None:
    said = [speak(text).samples for text in ("The logo comes in too early.", "Scratch that.", REMARK)]
    seconds = reviewer.will_say(*said, gap_s=2.0)
    tab = await reviewer.watch(HANDS_FREE_VIDEO)
    panel = await reviewer.panel()
    await panel.get_by_role("switch", name="Hands-free").check()
    await panel.get_by_role("button", name="Talk").click()
    await passes(tab, seconds + 1)
    await expect(notes_in(panel)).to_have_text([re.compile("music", re.IGNORECASE)], timeout=VISIBLE_MS)
    await panel.get_by_role("button", name="Talk").click()
    await expect(panel.get_by_role("button", name="Talk")).to_have_attribute("aria-pressed", "false")
