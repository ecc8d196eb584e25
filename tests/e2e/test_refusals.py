"""What stands in the way of a note, told in the real side panel with its way out; and that the way leads out."""

import socket
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from channels.auth import Tokens
from server.embedded import EmbeddedServer
from server.identity import LOCAL_USER, build_tokens
from tests.e2e.person import VISIBLE_MS, Person, hold, let_go, notes_in, person
from tests.extension.browser import ORIGIN, extension_browser
from tests.extension.conftest import BrowserWithExtension
from tests.flows.talk import settings_in
from tests.speech.synthesis import speak

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.speech, pytest.mark.model, pytest.mark.flow]
pytestmark += [pytest.mark.asyncio(loop_scope="module")]

REMARK = "The logo comes in too early."
REFUSED = "Sidenote may not use the microphone. Allow it in the site settings of the browser, then try again."
ABSENT = "No microphone was found. Connect one, then try again."
IN_USE = (
    "The microphone is in use elsewhere, or the system does not hand it out. Close the other program, then try again."
)
UNREACHABLE = "The server can't be reached. Start it with “sidenote serve”, or check its address in the options."
TURNED_AWAY = "The server turns this page away. Add its origin to SIDENOTE_ALLOWED_ORIGINS there"
ALOUD = "The video plays aloud, and its voices may become notes: use headphones, or hold to talk."
UNSEEN = "Sidenote can't see this page. Load it again, or click Sidenote's icon in the toolbar"
NO_LENGTH = "The length of this video is not known, so there is no timeline. The notes keep their times."

HOLD_ALL = """async () => {
  globalThis.held = [];
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  try {
    for (;;) held.push(await navigator.mediaDevices.getUserMedia({ audio: raw }));
  } catch (error) {
    return error.name;
  }
}"""
LIVE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Live - YouTube</title>
<div id="movie_player"><video muted></video></div><script>
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d");
  setInterval(() => { paper.fillStyle = `hsl(${performance.now() / 10} 50% 50%)`; paper.fillRect(0, 0, 300, 150) }, 40);
  document.querySelector("video").srcObject = canvas.captureStream(25);
</script></html>"""


def video(name: str) -> str:
    return f"https://www.youtube.com/watch?v={name:_<11}"


def address(server: EmbeddedServer) -> str:
    return server.url.replace("ws", "http", 1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(settings_in(tmp_path_factory.mktemp("data"))) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def somebody(extension_built: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Person]:
    """One browser for all who have a microphone."""
    launch = partial(extension_browser, extension_built, tmp_path_factory.mktemp("profile"))
    async with person(launch, tmp_path_factory.mktemp("said")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def reviewer(somebody: Person, server: EmbeddedServer) -> AsyncIterator[Person]:
    """Signed in, with nothing open but what the browser opened by itself."""
    context = somebody.browser.context
    await somebody.sign_in(address(server), server.token)
    there = set(context.pages)
    yield somebody
    for page in set(context.pages) - there:
        if not page.url.endswith("/offscreen.html"):
            await page.close()


async def notice(view: Page, sentence: str) -> Locator:
    """The one that says so."""
    found = view.locator(".notice").filter(has_text=sentence)
    await expect(found).to_be_visible(timeout=VISIBLE_MS)
    return found


async def leads_to(view: Page, button: Locator, name: str) -> Page:
    async with view.context.expect_page(lambda page: name in page.url) as opened:
        await button.click()
    return await opened.value


async def write(panel: Page, text: str) -> Locator:
    """The note, once it is stored."""
    await panel.get_by_role("textbox", name="Write a note").fill(text)
    await panel.get_by_role("button", name="Save").click()
    note = notes_in(panel).filter(has_text=text)
    await expect(note).to_have_count(1, timeout=VISIBLE_MS)
    return note


async def press(panel: Page) -> None:
    button = panel.get_by_role("button", name="Hold to talk")
    await button.hover()
    await panel.mouse.down()


async def test_a_microphone_that_is_refused_is_allowed_on_the_page_to_which_the_panel_leads(
    browser_with_extension: BrowserWithExtension, server: EmbeddedServer, tmp_path: Path
) -> None:
    async with person(browser_with_extension, tmp_path, microphone=False) as somebody:
        await somebody.sign_in(address(server), server.token)
        somebody.will_say(speak(REMARK).samples)
        tab = await somebody.watch(video("refused"))
        panel = await somebody.panel()
        await press(panel)
        told = await notice(panel, REFUSED)
        await let_go(panel)
        step = await leads_to(panel, told.get_by_role("button", name="Allow the microphone"), "microphone.html")
        assert step.url == f"{ORIGIN}/microphone.html#microphone"
        await step.get_by_role("button", name="Allow the microphone").click()
        await expect(step.get_by_role("alert")).to_contain_text("told not to give Sidenote the microphone")
        session = await step.context.new_cdp_session(step)
        wanted = {"permission": {"name": "microphone"}, "setting": "granted", "origin": ORIGIN}
        await session.send("Browser.setPermission", wanted)  # as if the person had gone to the browser's settings
        await expect(step.get_by_text("Sidenote hears you.")).to_be_visible(timeout=VISIBLE_MS)
        await tab.bring_to_front()
        await hold(panel, tab, 0.2)
        await expect(panel.locator(".notice")).to_have_count(0)
        await let_go(panel)


async def test_without_a_microphone_notes_are_typed(
    extension_built: Path, server: EmbeddedServer, tmp_path: Path
) -> None:
    launch = partial(extension_browser, extension_built, tmp_path / "profile", device=False)
    async with person(launch, tmp_path) as somebody:
        await somebody.sign_in(address(server), server.token)
        await somebody.watch(video("absent"))
        panel = await somebody.panel()
        await press(panel)
        told = await notice(panel, ABSENT)
        await let_go(panel)
        await told.get_by_role("button", name="Try again").click()
        await notice(panel, ABSENT)
        await write(panel, "Typed where nothing can be said")


async def test_a_microphone_that_somebody_else_uses_is_there_once_they_let_go(reviewer: Person) -> None:
    """No browser opens a microphone more often than so many times: a page of the same browser takes all of them."""
    other = await reviewer.browser.context.new_page()
    await other.goto(video("other"))
    assert await other.evaluate(HOLD_ALL) == "NotReadableError"
    tab = await reviewer.watch(video("in-use"))
    panel = await reviewer.panel()
    await press(panel)
    told = await notice(panel, IN_USE)
    await let_go(panel)
    await told.get_by_role("button", name="Try again").click()
    await notice(panel, IN_USE)
    await other.close()
    await told.get_by_role("button", name="Try again").click()
    await expect(told).to_have_count(0)
    await hold(panel, tab, 0.2)
    await let_go(panel)


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (lambda _: "", "You are not signed in. Run “sidenote token” and enter what it prints."),
        (
            lambda tokens: tokens.issue(LOCAL_USER, -1),
            "Your sign-in has ended. Run “sidenote token” and enter the new token.",
        ),
        (
            lambda _: Tokens(b"the secret of another server here", 3600).issue(LOCAL_USER),
            "The server does not know this token. Run “sidenote token” where it runs, and enter what it prints.",
        ),
    ],
    ids=["missing", "expired", "refused"],
)
async def test_a_token_that_does_not_do_is_replaced_in_the_options(
    reviewer: Person, server: EmbeddedServer, token: Callable[[Tokens], str], sentence: str
) -> None:
    await reviewer.sign_in(address(server), token(server.parts.tokens))
    await reviewer.watch(video("token"))
    panel = await reviewer.panel(online=False)
    told = await notice(panel, sentence)
    await expect(panel.locator(".record-words")).to_have_text("Not connected")
    options = await leads_to(panel, told.get_by_role("button", name="Enter a token"), "options.html")
    await options.get_by_label("Token").fill(server.token)
    await options.keyboard.press("Enter")
    await expect(panel.locator(".chip")).to_have_text("Online", timeout=VISIBLE_MS)
    await expect(told).to_have_count(0)


async def test_the_popup_says_it_as_well(reviewer: Person, server: EmbeddedServer) -> None:
    await reviewer.sign_in(address(server), "")
    await reviewer.watch(video("popup"))
    popup = await reviewer.popup()
    told = await notice(popup, "You are not signed in.")
    await leads_to(popup, told.get_by_role("button", name="Enter a token"), "options.html")


async def test_a_server_that_does_not_know_the_extension_is_told_of_it(
    reviewer: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("server.settings.EXTENSION_ID", "a" * 32)  # it came with a build that has another key
        async with EmbeddedServer(settings_in(tmp_path)) as strict:
            await reviewer.sign_in(address(strict), strict.token)
            await reviewer.watch(video("origin"))
            panel = await reviewer.panel(online=False)
            told = await notice(panel, TURNED_AWAY)
            await leads_to(panel, told.get_by_role("button", name="Open options"), "options.html")
        port = int(strict.url.rpartition(":")[2])
        async with EmbeddedServer(settings_in(tmp_path, allowed_origins=(ORIGIN,)), port=port):
            await expect(panel.locator(".chip")).to_have_text("Online", timeout=VISIBLE_MS)
            await expect(told).to_have_count(0)


async def test_a_panel_that_found_no_server_finds_it_by_itself_when_it_comes(reviewer: Person, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    settings = settings_in(tmp_path)
    await reviewer.sign_in(f"http://127.0.0.1:{port}", build_tokens(settings).issue(LOCAL_USER))
    tab = await reviewer.watch(video("nobody"))
    panel = await reviewer.panel(online=False)
    told = await notice(panel, UNREACHABLE)
    await expect(panel.locator(".chip")).to_have_text("Offline")
    await expect(panel.get_by_role("heading", name="Offline")).to_be_visible()
    await leads_to(panel, told.get_by_role("button", name="Open options"), "options.html")
    await has_no_video(panel)
    await expect(panel.locator(".notice")).to_have_count(1)
    await tab.bring_to_front()
    async with EmbeddedServer(settings, port=port):
        await expect(panel.locator(".chip")).to_have_text("Online", timeout=VISIBLE_MS)
        await expect(panel.get_by_role("heading", name="No notes yet")).to_be_visible(timeout=VISIBLE_MS)


async def test_a_live_stream_has_no_timeline_and_its_notes_keep_their_times(reviewer: Person) -> None:
    live = video("live")
    await reviewer.browser.context.route(live, lambda route: route.fulfill(body=LIVE, content_type="text/html"))
    tab = await reviewer.watch(live)
    assert await tab.evaluate("() => document.querySelector('video').duration") == float("inf")
    panel = await reviewer.panel()
    await panel.get_by_role("textbox", name="Write a note").fill("Far ahead of what was shown")
    at = panel.get_by_label("Time in the video")
    await at.fill("1:75")
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Seconds go from 00 to 59.")).to_be_visible()
    await at.fill("9:59:59")
    await panel.get_by_role("button", name="Save").click()
    [note] = await reviewer.notes(panel, 1)
    await expect(note.locator(".note-time")).to_have_text("9:59:59")
    await expect(panel.locator(".timeline")).to_have_text(NO_LENGTH)


async def test_a_draft_is_confirmed_over_a_video_that_fills_the_screen(reviewer: Person) -> None:
    seconds = reviewer.will_say(speak(REMARK).samples)
    tab = await reviewer.watch(video("whole"))
    panel = await reviewer.panel()
    await hold(panel, tab, seconds)
    await let_go(panel)
    [note] = await reviewer.notes(panel, 1, having="logo")
    await tab.evaluate("() => document.querySelector('#movie_player').requestFullscreen()")
    await tab.wait_for_function("() => document.querySelector('#movie_player > sidenote-overlay') !== null")
    await click_overlay(tab, "Confirm the note")
    await expect(note).to_contain_text("Kept", timeout=VISIBLE_MS)
    await tab.evaluate("() => document.exitFullscreen()")
    await tab.wait_for_function("() => document.querySelector('html > sidenote-overlay') !== null")


async def click_overlay(tab: Page, name: str) -> None:
    """With the mouse: no selector reaches into the overlays, for no page may either."""
    session = await tab.context.new_cdp_session(tab)
    await session.send("DOM.enable")
    tree = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    [node] = [
        node
        for node in tree
        if node.get("role", {}).get("value") == "button" and node["name"]["value"].startswith(name)
    ]
    box = await session.send("DOM.getBoxModel", {"backendNodeId": node["backendDOMNodeId"]})
    [left, top, _, _, right, bottom, *_] = box["model"]["border"]
    await tab.mouse.click((left + right) / 2, (top + bottom) / 2)


@pytest.mark.parametrize("url", ["chrome://version", "https://films.example.com/cuts"])
async def test_a_page_that_may_not_be_seen_is_said_to_be_so(reviewer: Person, url: str) -> None:
    tab = await reviewer.watch(video("seen"))
    panel = await reviewer.panel()
    await tab.goto(url)
    told = await notice(panel, UNSEEN)
    await has_no_video(panel)
    await tab.goto(video("seen"))
    await expect(told).to_have_count(0)
    await expect(panel.locator(".record-words")).to_have_text("Hold to talk")


async def test_a_page_without_a_video_is_no_trouble(reviewer: Person) -> None:
    tab = await reviewer.watch(video("with"))
    panel = await reviewer.panel()
    await tab.goto("https://www.youtube.com/")
    await has_no_video(panel)
    await expect(panel.locator(".notice")).to_have_count(0)


async def has_no_video(panel: Page) -> None:
    await expect(panel.locator(".record-words")).to_have_text("No video to speak about")
    await expect(panel.get_by_role("heading", name="No video here")).to_be_visible()
    await expect(panel.get_by_text("Open a page with a video to take notes.")).to_be_visible()


async def test_an_empty_list_says_how_to_begin_and_a_filter_that_finds_nothing_how_to_end_it(reviewer: Person) -> None:
    await reviewer.watch(video("empty"))
    panel = await reviewer.panel()
    await expect(panel.get_by_role("heading", name="No notes yet")).to_be_visible()
    await expect(panel.get_by_text("Say what you see, or write it below.")).to_be_visible()
    await write(panel, "Skin tones turn green")
    await panel.get_by_label("Find in notes").fill("harbor")
    await expect(panel.get_by_role("heading", name="No note matches")).to_be_visible()
    await expect(notes_in(panel)).to_have_count(0)
    await panel.get_by_role("button", name="Show all notes").click()
    await expect(panel.locator(".note-text")).to_have_text(["Skin tones turn green"])


@pytest.mark.parametrize("answer", ["I wear headphones", "Dismiss"])
async def test_who_listens_hands_free_while_the_film_plays_aloud_is_warned_until_they_answer(
    reviewer: Person, answer: str
) -> None:
    reviewer.will_say(speak(REMARK).samples)  # somebody in the film
    tab = await reviewer.watch(video(answer.replace(" ", "_")[:11]))
    await tab.evaluate("() => { document.querySelector('video').muted = false }")
    panel = await reviewer.panel()
    await panel.get_by_role("switch", name="Hands-free").check()
    talk = panel.get_by_role("button", name="Talk")
    await talk.click()
    told = await notice(panel, ALOUD)
    await reviewer.notes(panel, 1, having="logo")
    await told.get_by_role("button", name=answer).click()
    await expect(told).to_have_count(0)
    await talk.click()
    await expect(talk).to_have_attribute("aria-pressed", "false")
    await talk.click()
    await expect(panel.locator(".record-words")).to_have_text("Press to stop")
    await expect(told).to_have_count(0)
    await talk.click()
