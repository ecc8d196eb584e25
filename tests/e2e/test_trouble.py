"""What people do not notice: a server and a service worker that die in mid-sentence, another tab, another window."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.automation.sites.lookalike import Server
from tests.e2e.person import VISIBLE_MS, Person, hold, let_go, notes_in, passes, person
from tests.extension.conftest import BrowserWithExtension
from tests.flows.process import ServerProcess, serving
from tests.speech.synthesis import speak

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.speech, pytest.mark.model, pytest.mark.flow]
pytestmark += [pytest.mark.asyncio(loop_scope="module")]

SENTENCE = "The music is far too loud in this shot, and the picture of the evening at the harbor is very dark."
BEGINNING, END = "music", "dark"
BACK_MS = 60_000  # a server that starts anew loads its models first


def video(name: str) -> str:
    return f"https://www.youtube.com/watch?v={name:_<11}"


async def is_whole(panel: Page, within_ms: int = VISIBLE_MS) -> None:
    note = panel.locator("article.note .note-text")
    await expect(note).to_have_text([re.compile(BEGINNING, re.IGNORECASE)], timeout=within_ms)
    heard = await note.get_attribute("title") or ""
    assert re.search(END, heard, re.IGNORECASE), heard


@pytest.fixture
def doomed(tmp_path: Path) -> Path:
    """The data folder of a server that is killed."""
    return tmp_path / "doomed"


async def signed_in(somebody: Person, sites: Server, server: ServerProcess) -> None:
    await sites.open_to(somebody.browser.context, "**://*.youtube.com/**")
    await somebody.sign_in(server.url.replace("ws", "http", 1), server.token)


async def test_a_server_that_is_killed_in_mid_sentence_costs_no_word(
    browser_with_extension: BrowserWithExtension, sites: Server, tmp_path: Path, doomed: Path
) -> None:
    async with person(browser_with_extension, tmp_path) as somebody:
        with serving(doomed) as server:
            await signed_in(somebody, sites, server)
            seconds = somebody.will_say(speak(SENTENCE).samples)
            tab = await somebody.watch(video("killed"))
            panel = await somebody.panel()
            await hold(panel, tab, seconds * 0.4)
            server.kill()
            port = server.port
        await passes(tab, seconds * 0.6)
        await let_go(panel)
        await expect(panel.locator(".chip")).to_contain_text("to send", timeout=VISIBLE_MS)
        with serving(doomed, port=port):
            await is_whole(panel, BACK_MS)
            await expect(panel.locator(".chip")).to_have_text("Online")


async def test_a_service_worker_that_is_stopped_in_mid_sentence_costs_no_word(reviewer: Person) -> None:
    seconds = reviewer.will_say(speak(SENTENCE).samples)
    tab = await reviewer.watch(video("stopped"))
    panel = await reviewer.panel()
    await hold(panel, tab, seconds * 0.4)
    await reviewer.browser.stop_worker()
    await passes(tab, seconds * 0.6)
    await let_go(panel)
    await is_whole(panel)


async def test_notes_follow_the_video_of_the_tab(reviewer: Person) -> None:
    one = await reviewer.watch(video("one"))
    panel = await reviewer.panel()
    await write(panel, "A note about the first")
    other = await reviewer.watch(video("other"))
    await expect(notes_in(panel)).to_have_count(0)
    seconds = reviewer.will_say(speak("The logo comes in too early.").samples)
    await hold(panel, other, seconds)
    await let_go(panel)
    await expect(notes_in(panel)).to_have_text([re.compile("logo", re.IGNORECASE)], timeout=VISIBLE_MS)
    await one.bring_to_front()
    await expect(notes_in(panel)).to_have_text([re.compile("A note about the first")])
    await other.bring_to_front()
    await expect(notes_in(panel)).to_have_text([re.compile("logo", re.IGNORECASE)])


async def test_hands_free_goes_on_in_the_next_tab_about_its_video(reviewer: Person) -> None:
    said = [speak(text).samples for text in ("The logo comes in too early.", "The music is far too loud.")]
    reviewer.will_say(*said, gap_s=3.0)
    other = await reviewer.watch(video("second"))
    one = await reviewer.watch(video("first"))
    panel = await reviewer.panel()
    await panel.get_by_role("switch", name="Hands-free").check()
    await panel.get_by_role("button", name="Talk").click()
    await expect(notes_in(panel)).to_have_text([re.compile("logo", re.IGNORECASE)], timeout=VISIBLE_MS)
    await other.bring_to_front()
    await expect(notes_in(panel)).to_have_text([re.compile("music", re.IGNORECASE)], timeout=VISIBLE_MS)
    await one.bring_to_front()
    await expect(notes_in(panel)).to_have_text([re.compile("logo", re.IGNORECASE)])


async def test_two_panels_show_the_same_notes_once_each(reviewer: Person) -> None:
    seconds = reviewer.will_say(speak("The logo comes in too early.").samples)
    await reviewer.watch(video("shared"))
    first = await reviewer.panel()
    tab = await reviewer.in_new_window(video("shared"))
    second = await reviewer.panel()
    await hold(second, tab, seconds)
    await let_go(second)
    for panel in (first, second):
        await expect(notes_in(panel)).to_have_text([re.compile("logo", re.IGNORECASE)], timeout=VISIBLE_MS)
    await write(first, "Written in the other window")
    for panel in (first, second):
        await expect(notes_in(panel)).to_have_count(2)


async def write(panel: Page, text: str) -> None:
    await panel.get_by_role("textbox", name="Write a note").fill(text)
    await panel.get_by_role("button", name="Save").click()
    await expect(notes_in(panel).filter(has_text=text)).to_have_count(1, timeout=VISIBLE_MS)
