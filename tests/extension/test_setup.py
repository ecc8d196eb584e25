"""extension/src/setup: from nothing to the first note, in a real Chromium, by a real server with scripted hearing."""

from collections.abc import AsyncIterator, Iterator
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.extension.axe import violations
from tests.extension.browser import ORIGIN, ExtensionBrowser
from tests.extension.conftest import BrowserWithExtension
from tests.flows.process import ServerProcess, serving

pytestmark = [pytest.mark.browser, pytest.mark.node]

HEARD = "The music is too loud."  # whatever is said
STEPS = ("Find your server", "Allow the microphone", "Say your first note")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("data"), program=("tests/chaos/server.py",)) as process:
        yield process


@pytest.fixture
async def browser(browser_with_extension: BrowserWithExtension) -> AsyncIterator[ExtensionBrowser]:
    """With a microphone that beeps, and that may be used."""
    async with browser_with_extension() as opened:
        yield opened


async def at(page: Page, step: int) -> None:
    await expect(page.locator(".setup-step.open").get_by_role("heading")).to_contain_text(STEPS[step])


async def sign_in(browser: ExtensionBrowser, server: ServerProcess) -> None:
    settings = {"server": f"http://127.0.0.1:{server.port}", "token": server.token}
    await browser.ask("(settings) => chrome.storage.local.set({ settings })", settings)


async def allowed(page: Page, setting: str) -> None:
    """As if the person had gone to the browser's settings."""
    session = await page.context.new_cdp_session(page)
    wanted = {"permission": {"name": "microphone"}, "setting": setting, "origin": ORIGIN}
    await session.send("Browser.setPermission", wanted)


async def test_three_steps_lead_from_nothing_to_a_spoken_note(browser: ExtensionBrowser, server: ServerProcess) -> None:
    page = await browser.open("microphone.html")
    await at(page, 0)
    await page.get_by_label("Address").fill(f"127.0.0.1:{server.port}")
    await page.keyboard.press("Tab")
    await page.keyboard.insert_text(server.token)
    await page.keyboard.press("Enter")
    await at(page, 1)
    await expect(page.get_by_role("heading", name=STEPS[1])).to_be_focused()

    await expect(page.get_by_text("Sidenote hears you.")).to_be_visible()
    await page.get_by_role("button", name="Go on", exact=True).press("Enter")
    await at(page, 2)

    talk = page.get_by_role("button", name="Hold to talk")
    await talk.focus()
    await page.keyboard.down("Space")
    await expect(page.locator(".step").first).to_be_visible()  # the server has heard that somebody speaks
    await page.keyboard.up("Space")
    await expect(page.get_by_role("article")).to_contain_text(HEARD)
    await expect(page.get_by_text("3 of 3 done")).to_be_visible()
    assert await violations(page) == []

    async with browser.context.expect_page() as opening:
        await page.get_by_role("button", name="Practise on the film").click()
    film = await opening.value
    assert film.url == f"http://127.0.0.1:{server.port}/practice"
    assert browser.wrong == []


async def test_a_note_is_typed_where_there_is_no_microphone(
    browser_with_extension: BrowserWithExtension, server: ServerProcess
) -> None:
    async with browser_with_extension(microphone=False) as browser:
        await sign_in(browser, server)
        page = await browser.open("microphone.html")
        await at(page, 1)  # the server is known
        await page.get_by_role("button", name="Go on and type your notes").click()
        await at(page, 2)
        await page.get_by_label("Write a note").fill("The logo comes in too late.")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article")).to_contain_text("The logo comes in too late.")
        await expect(page.get_by_text("3 of 3 done")).to_be_visible()
        assert browser.wrong == []


async def test_a_refused_microphone_is_told_and_noticed_once_it_is_allowed(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension(microphone=False) as browser:  # without a head, the browser itself says no
        page = await browser.open("microphone.html#microphone")
        await at(page, 1)
        await page.get_by_role("button", name="Allow the microphone").click()
        await expect(page.get_by_role("alert")).to_contain_text("told not to give Sidenote the microphone")
        await expect(page.get_by_role("button", name="Ask again")).to_be_visible()
        async with browser.context.expect_page() as opening:
            await page.get_by_role("button", name="Open the browser's settings").click()
        assert (await opening.value).url.startswith("chrome://settings/content/siteDetails")
        await page.bring_to_front()
        await allowed(page, "granted")
        await expect(page.get_by_role("meter")).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)
        assert browser.wrong == []


async def test_a_server_that_is_not_there_leads_back_to_the_first_step(browser: ExtensionBrowser, nobody: str) -> None:
    settings = {"server": nobody, "token": "a.b.c"}
    await browser.ask("(settings) => chrome.storage.local.set({ settings })", settings)
    page = await browser.open("microphone.html#microphone")
    await page.get_by_role("button", name="Open: Say your first note").click()
    await at(page, 2)
    await page.get_by_role("button", name="Open options").click()
    await at(page, 0)
    await expect(page.get_by_role("alert")).to_contain_text("Nothing answers at this address")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_step(
    browser: ExtensionBrowser, server: ServerProcess, scheme: Literal["light", "dark"]
) -> None:
    await sign_in(browser, server)
    page = await browser.open("microphone.html#microphone")
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await expect(page.get_by_role("meter")).to_be_visible()
    assert await violations(page) == []
    for step in (0, 2):
        await page.get_by_role("button", name=STEPS[step]).click()
        await at(page, step)
        assert await violations(page) == []
    await page.set_viewport_size({"width": 360, "height": 700})
    assert await page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert browser.wrong == []
