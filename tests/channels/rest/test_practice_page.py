"""The practice page in a real Chromium, and its files as they are served."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from channels.rest.practice_page import page_routes
from tests.channels.rest.conftest import ASSETS, BOB, PATH, Place

pytestmark = pytest.mark.browser

FLAGS = (
    "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync"
)
AT_REST = "() => { const p = document.getElementById('player'); return p.readyState >= 2 && !p.seeking }"


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path is not None, "no Chromium here: install the Debian package chromium (`make test` does)"
    async with async_playwright() as playwright:
        arguments = [*FLAGS.split(), *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(chromium: Browser, address: str, *, loaded: bool = True, **context: Any) -> AsyncIterator[Page]:
    """The page in a profile of its own. Nothing it asks for may lie outside its server, and no script may fail."""
    asked: list[str] = []
    wrong: list[str] = []
    page = await chromium.new_page(**context)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    try:
        await page.goto(address)
        if loaded:
            await expect(page.locator("#comments")).to_have_attribute("data-loaded", "true")
        yield page
    finally:
        await page.context.close()
    origin = address[: address.index("/practice")]
    assert [url for url in asked if not url.startswith((origin + "/", "data:image/svg+xml,"))] == []
    assert wrong == []


async def at_s(page: Page) -> float:
    """Where the video stands, once it stands still."""
    while not await page.evaluate(AT_REST):
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    return float(await page.evaluate("() => document.getElementById('player').currentTime"))


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Add a comment").fill(text)
    await page.get_by_role("button", name="Post comment").click()


async def test_a_newcomer_writes_a_comment_and_finds_it_again(chromium: Browser, place: Place) -> None:
    async with opened(chromium, f"{place.url}/practice?t=62") as page:
        await expect(page.locator("header")).to_contain_text("a page to practise on; comments stay on this machine")
        await expect(page.locator("#empty")).to_be_visible()
        assert await at_s(page) == 62
        await expect(page.locator("#comment-time")).to_have_text("at 1:02")
        await write(page, "Love this <b>opening</b> shot")

        comment = page.locator("article.comment[data-own=true]")
        await expect(comment.locator("p.comment-text")).to_have_text("Love this <b>opening</b> shot")
        await expect(page.locator("#announcement")).to_have_text("Your comment was posted at 1:02.")
        await expect(page.locator("#empty")).to_be_hidden()
        await expect(page.locator("#comment-text")).to_have_value("")
        [kept] = await place.comments.list()
        assert (kept.text, kept.at_s) == ("Love this <b>opening</b> shot", 62)
        await expect(comment).to_have_attribute("data-comment-id", kept.id)
        permalink = await comment.locator("a.permalink").get_attribute("href")
        assert permalink == f"/practice?comment={kept.id}&t=62"
        stamp = await comment.locator("time").get_attribute("datetime")
        assert stamp == kept.created_at.isoformat(timespec="milliseconds")

        await page.goto(place.url + permalink)
        await expect(comment).to_have_attribute("aria-current", "true")
        await expect(comment).to_have_attribute("data-own", "true")
        await expect(comment).to_be_in_viewport()
        assert await at_s(page) == 62


async def test_the_thread_is_in_the_order_of_the_video_and_its_times_lead_there(
    chromium: Browser, place: Place
) -> None:
    for text, second in (("third", 70.5), ("first", 3.0), ("second", 12.0)):
        await place.post(BOB, text, second)
    async with opened(chromium, f"{place.url}/practice") as page:
        await expect(page.locator(".comment-text")).to_have_text(["first", "second", "third"])
        assert await page.locator(".comment[data-own=false]").count() == 3
        await page.get_by_role("button", name="Go to 0:12").click()
        assert await at_s(page) == 12
        await write(page, "after the second")
        await expect(page.locator(".comment-text")).to_have_text(["first", "second", "after the second", "third"])


async def test_a_permalink_inside_the_page_takes_nothing_that_is_being_written(chromium: Browser, place: Place) -> None:
    comment = (await place.post(BOB, "over there", 50.5)).json()
    async with opened(chromium, f"{place.url}/practice") as page:
        await page.locator("#comment-text").fill("half a thou")
        await page.locator("a.permalink").click()
        await expect(page.locator(".comment")).to_have_attribute("aria-current", "true")
        assert await at_s(page) == 50.5
        assert page.url == place.url + comment["permalink"]
        await expect(page.locator("#comment-text")).to_have_value("half a thou")
        await page.go_back()
        await expect(page.locator(".comment")).not_to_have_attribute("aria-current", "true")


@pytest.mark.parametrize(
    ("query", "second", "words"),
    [
        ("?comment=ffff&t=62", 62, "The comment of this address is not here"),
        ("?t=soon", 0, "names no second of the video"),
        ("?t=999999", None, ""),
    ],
)
async def test_an_address_that_leads_nowhere_says_so(
    query: str, second: float | None, words: str, chromium: Browser, place: Place
) -> None:
    async with opened(chromium, f"{place.url}/practice{query}") as page:
        length_s = float(await page.evaluate("() => document.getElementById('player').duration"))
        assert await at_s(page) == pytest.approx(length_s if second is None else second, abs=0.001)
        await expect(page.locator("#notice")).to_contain_text(words)
        assert bool(await page.locator("#notice").inner_text()) == bool(words)


async def test_what_was_posted_from_elsewhere_appears_by_itself(chromium: Browser, place: Place) -> None:
    async with opened(chromium, f"{place.url}/practice") as page:
        await place.post(BOB, "from a browser that works for somebody", 5)
        await expect(page.locator(".comment-text")).to_have_text("from a browser that works for somebody")
        await expect(page.locator("#announcement")).to_have_text("A new comment appeared.")


async def test_a_refused_comment_stays_in_the_box_and_the_reason_is_shown(chromium: Browser, place: Place) -> None:
    async with opened(chromium, f"{place.url}/practice") as page:
        await expect(page.locator("#comment-error")).to_have_text("")
        await page.locator("#comment-text").fill("x" * 501)
        await expect(page.locator("#comment-count")).to_have_text("501 of 500 characters")
        await page.locator("#comment-post").click()
        await expect(page.locator("#comment-error[role=alert]")).to_contain_text("Not posted. The comment has 501")
        await expect(page.locator("#comment-text")).to_have_value("x" * 501)
        await write(page, "short")
        await expect(page.locator(".comment-text")).to_have_text("short")
        await expect(page.locator("#comment-error")).to_have_text("")


async def test_the_button_waits_for_words_and_for_the_answer(chromium: Browser, place: Place) -> None:
    async with opened(chromium, f"{place.url}/practice") as page:
        asked: list[str] = []
        answered = asyncio.Event()

        async def hold(route: Route) -> None:
            asked.append(route.request.method)
            await answered.wait()
            await route.continue_()

        await page.route(f"**{PATH}", hold)
        button = page.locator("#comment-post")
        await expect(button).to_be_disabled()
        await page.locator("#comment-text").fill(" \n ")
        await expect(button).to_be_disabled()
        await page.locator("#comment-text").fill("once")
        async with page.expect_request(lambda request: request.method == "POST"):
            await button.click()
        await expect(button).to_be_disabled()
        await page.locator("#comment-text").press("Control+Enter")
        answered.set()
        await expect(page.locator(".comment-text")).to_have_text("once")
        await expect(button).to_be_disabled()
        assert asked.count("POST") == 1
        assert len(await place.comments.list()) == 1


async def test_a_list_from_before_a_comment_does_not_take_it_away(chromium: Browser, place: Place) -> None:
    async with opened(chromium, f"{place.url}/practice") as page:
        fetched, posted = asyncio.Event(), asyncio.Event()

        async def late(route: Route) -> None:
            if route.request.method == "POST" or fetched.is_set():
                await route.continue_()
                return
            old = await route.fetch()
            fetched.set()
            await posted.wait()
            await route.fulfill(response=old)

        await page.route(f"**{PATH}", late)
        await page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
        await fetched.wait()
        await write(page, "while a list was under way")
        await expect(page.locator(".comment")).to_have_count(1)
        async with page.expect_response(lambda answer: answer.request.method == "GET"):
            posted.set()
        async with page.expect_request(lambda request: request.method == "GET"):
            pass
        assert await page.locator(".comment").count() == 1


async def test_an_answer_that_is_lost_is_not_called_a_failure(chromium: Browser, place: Place) -> None:
    """The comment is on the server: whoever posts again has it twice."""
    async with opened(chromium, f"{place.url}/practice") as page:

        async def lose(route: Route) -> None:
            if route.request.method == "POST":
                await route.fetch()
                await route.abort()
            else:
                await route.continue_()

        await page.route(f"**{PATH}", lose)
        await write(page, "sent once")
        await expect(page.locator("#comment-error")).to_contain_text("It may have been posted")
        await expect(page.locator(".comment[data-own=true] .comment-text")).to_have_text("sent once")


async def test_a_list_that_cant_be_had_is_said_and_comes_by_itself(chromium: Browser, place: Place) -> None:
    comment = (await place.post(BOB, "there all along", 30.5)).json()
    async with opened(chromium, f"{place.url}/practice", loaded=False) as page:
        await page.route(f"**{PATH}", lambda route: route.fulfill(status=503, body="no JSON at all"))
        await page.goto(place.url + comment["permalink"])
        await expect(page.locator("#list-problem")).to_contain_text("can't be read (503)")
        await expect(page.locator("#comments")).to_have_attribute("data-loaded", "false")
        await expect(page.locator("#comment-error")).to_have_text("")
        await page.unroute(f"**{PATH}")
        await expect(page.locator("#comments")).to_have_attribute("data-loaded", "true")
        await expect(page.locator("#list-problem")).to_have_text("")
        await expect(page.locator(".comment")).to_have_attribute("aria-current", "true")
        assert await at_s(page) == 30.5


async def test_writing_stops_the_video_at_its_moment_and_posting_lets_it_go_on(chromium: Browser, place: Place) -> None:
    async with opened(chromium, f"{place.url}/practice?t=10") as page:
        await page.locator("#player").evaluate("async player => { player.muted = true; await player.play() }")
        await page.locator("#comment-text").press_sequentially("now")
        stopped_s = await at_s(page)
        assert await page.locator("#player").evaluate("player => player.paused")
        await page.locator("#comment-text").press("Control+Enter")
        await expect(page.locator(".comment-text")).to_have_text("now")
        await expect(page.locator("#player")).to_have_js_property("paused", False)
        [kept] = await place.comments.list()
        assert kept.at_s == stopped_s


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_side_panel_and_can_be_read(scheme: str, chromium: Browser, place: Place) -> None:
    comment = (await place.post(BOB, "averylongword" * 20, 5)).json()
    view: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "color_scheme": scheme}
    async with opened(chromium, place.url + comment["permalink"], **view) as page:
        await page.locator("#comment-text").fill("something")
        await expect(page.locator(".comment")).to_have_attribute("aria-current", "true")
        assert await page.evaluate("() => document.documentElement.scrollWidth") == 320
        for words in (
            "h1",
            "header p",
            "label",
            "output",
            "#comment-post",
            ".comment-text",
            ".seek",
            "time",
            ".permalink",
        ):
            assert await page.locator(words).first.evaluate(CONTRAST) >= 4.5, words


CONTRAST = """element => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  element.getAnimations({ subtree: true }).forEach((animation) => animation.finish());
  let under = element;
  const ground = () => channels(getComputedStyle(under).backgroundColor);
  for (; ground()[3] === 0; under = under.parentElement) under.getAnimations().forEach((a) => a.finish());
  const [a, b] = [light(channels(getComputedStyle(element).color)), light(ground())];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""
"""How much the words of an element differ from what lies behind them, as WCAG 2 counts it."""


async def test_everything_can_be_reached_by_keyboard(chromium: Browser, place: Place) -> None:
    await place.post(BOB, "by key", 20)
    async with opened(chromium, f"{place.url}/practice") as page:
        await page.locator("#comment-text").fill("x")
        await page.locator("#comment-text").focus()
        reached = []
        for _ in range(4):
            reached.append(await page.evaluate("() => document.activeElement.id || document.activeElement.className"))
            await page.keyboard.press("Tab")
        assert reached == ["comment-text", "comment-post", "seek", "permalink"]


async def test_where_nothing_may_be_stored_comments_are_posted_all_the_same(chromium: Browser, place: Place) -> None:
    async with opened(chromium, f"{place.url}/practice") as page:
        await page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('off') } })"
        )
        await page.reload()
        await write(page, "no storage here")
        await expect(page.locator(".comment[data-own=true] .comment-text")).to_have_text("no storage here")


async def test_the_page_is_sealed_and_its_video_answers_ranges(place: Place) -> None:
    for path in ("/practice", "/practice/style.css", "/practice/script.js", "/practice/video.webm"):
        answer = await place.web.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status_code == 200
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
        assert "unsafe" not in policy
        assert (answer.headers["X-Content-Type-Options"], answer.headers["Referrer-Policy"]) == (
            "nosniff",
            "no-referrer",
        )
        again = await place.web.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    part = await place.web.get("/practice/video.webm", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, (ASSETS / "video.webm").read_bytes()[100:200])
    assert part.headers["Content-Type"] == "video/webm"


@pytest.mark.parametrize("path", ["/practice/other.css", "/practice/../app.py", "/practice/%2e%2e/reviewer.opus"])
async def test_nothing_but_the_files_of_the_page_is_served(path: str, place: Place) -> None:
    assert (await place.web.get(path)).status_code == 404


def test_a_server_without_the_files_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="does not exist"):
        page_routes(tmp_path / "nowhere")


def test_the_film_is_small_long_enough_and_has_sound() -> None:
    file = ASSETS / "video.webm"
    assert file.stat().st_size < 300_000
    with av.open(str(file)) as film:
        [picture], [sound] = film.streams.video, film.streams.audio
        assert (picture.codec_context.name, picture.width, picture.height) == ("vp9", 640, 360)
        assert sound.codec_context.name == "opus"
        assert film.duration is not None
        assert 100 <= film.duration / av.time_base <= 120
