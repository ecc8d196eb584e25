"""extension/src/web: the server's own page, built by Vite, served by a real server, in a real Chromium."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from channels.client import Client
from tests.extension.axe import violations
from tests.flows.process import ServerProcess, serving

pytestmark = [pytest.mark.browser, pytest.mark.node]

ROOT = Path(__file__).parents[2]
SERVE = (
    "import runpy, server.app, pathlib; server.app.WEB = pathlib.Path({!r}); runpy.run_path({!r}, run_name='__main__')"
)
FLAGS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)

Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One with scripted hearing: whatever is said is `The music is too loud.`"""
    page = tmp_path_factory.mktemp("web")
    vite = str(ROOT / "node_modules/.bin/vite")
    build = [vite, "build", "extension/src/web", "--outDir", str(page), "--emptyOutDir", "--logLevel", "error"]
    subprocess.run(build, cwd=ROOT, check=True, timeout=100)
    program = ("-c", SERVE.format(str(page), str(ROOT / "tests/chaos/server.py")))
    with serving(tmp_path_factory.mktemp("data"), program=program) as running:
        yield running


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path is not None, "no Chromium here: install the Debian package chromium (`make test` does)"
    async with async_playwright() as playwright:
        arguments = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(chromium: Browser, server: ServerProcess, fragment: str = "", **options: Any) -> AsyncIterator[Page]:
    """The page at ``/``, signed in. Nothing may be said on its console, such as what its policy forbids."""
    said: list[str] = []
    context = await chromium.new_context(permissions=["microphone"], **options)
    page = await context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        await page.goto(f"http://127.0.0.1:{server.port}/{fragment or f'#token={server.token}'}")
        yield page
    finally:
        await context.close()
    assert said == []


async def test_the_token_leaves_the_address_and_a_typed_note_survives_a_reload(
    chromium: Browser, server: ServerProcess
) -> None:
    async with opened(chromium, server) as page:
        await expect(page.get_by_text("Online")).to_be_visible()
        assert page.url == f"http://127.0.0.1:{server.port}/"
        await page.evaluate("() => { document.querySelector('video').currentTime = 12.4 }")
        await page.get_by_label("Write a note").click()
        await expect(page.get_by_label("Time in the video")).to_have_value("0:12")
        await page.keyboard.type("The logo comes in too late")
        await page.keyboard.press("Enter")
        note = page.get_by_role("article").filter(has_text="The logo comes in too late")
        await expect(note).to_have_count(1)
        await expect(note.get_by_text("Kept")).to_be_visible()
        await page.reload()
        await expect(note).to_have_count(1)
        await note.get_by_role("button", name="Go to 0:12").click()
        await page.wait_for_function("() => document.querySelector('video').currentTime === 12")


async def test_what_is_said_while_the_button_is_held_becomes_a_note(chromium: Browser, server: ServerProcess) -> None:
    async with opened(chromium, server) as page:
        talk = page.get_by_role("button", name="Hold to talk")
        await talk.hover()
        await page.mouse.down()
        await expect(page.get_by_text("You are speaking")).to_be_visible()
        await page.mouse.up()
        await expect(page.get_by_role("article").filter(has_text="The music is too loud.").first).to_be_visible()


async def test_a_video_of_the_library_that_plays_elsewhere_is_opened_at_the_second_of_a_note(
    chromium: Browser, server: ServerProcess
) -> None:
    teaser = {"platform": "youtube", "external_id": "dQw4w9WgXcQ", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"}
    async with Client(server.url, server.token) as client:
        door = await client.join("video:new")
        await door.push("video_detected", {**teaser, "title": "Autumn teaser", "duration": 212})
    async with opened(chromium, server) as page:
        await page.get_by_role("tab", name="Library").click()
        await page.get_by_role("button", name="Autumn teaser").click()
        await expect(page.get_by_role("link", name="Open it at YouTube")).to_have_attribute("href", teaser["url"])
        await page.get_by_role("tab", name="Notes").click()
        await page.get_by_label("Write a note").fill("Cut two frames earlier")
        await page.get_by_label("Time in the video").fill("1:05")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Go to 1:05").click()
        link = page.get_by_role("link", name="Open it at YouTube at 1:05")
        await expect(link).to_have_attribute("href", f"{teaser['url']}&t=65s")
        await page.get_by_role("button", name="Back to the practice video").click()
        await expect(page.locator("video")).to_be_visible()


async def test_posting_by_itself_is_chosen_among_the_settings(chromium: Browser, server: ServerProcess) -> None:
    async with opened(chromium, server) as page, Client(server.url, server.token) as client:
        user = await client.join("user:local")
        await page.get_by_role("tab", name="Settings").click()
        await expect(page.get_by_text("as the server is set, which is off")).to_be_visible()
        await page.get_by_role("switch", name="Post by itself").check()
        await expect(page.get_by_text("You have chosen this")).to_be_visible()
        assert (await user.push("get_preferences"))["preferences"]["auto_post"] is True
        await page.get_by_role("button", name="As the server is set").click()
        await expect(page.get_by_text("You have not chosen")).to_be_visible()


async def test_without_a_token_it_asks_for_one(chromium: Browser, server: ServerProcess) -> None:
    async with opened(chromium, server, "#") as page:
        token = page.get_by_label("Token")
        await token.fill("nonsense")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("That is no token.")
        await token.fill(server.token)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Online")).to_be_visible()


@pytest.mark.parametrize("width", [320, 400, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_tab_and_nothing_is_wider_than_the_page(
    chromium: Browser, server: ServerProcess, scheme: Scheme, width: int
) -> None:
    async with opened(chromium, server, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        await expect(page.get_by_text("Online")).to_be_visible()
        for tab in ("Notes", "Library", "Agent", "Settings"):
            await page.get_by_role("tab", name=tab).click()
            await expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
            assert await page.evaluate("() => document.documentElement.scrollWidth") <= width
            assert await violations(page) == [], tab
