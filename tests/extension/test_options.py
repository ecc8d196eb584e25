"""extension/src/options: the options in a real Chromium, with and without a server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.async_api import Page, expect

from channels.client import Client
from inference.audio import SAMPLE_RATE
from tests.extension.axe import violations
from tests.extension.browser import ExtensionBrowser
from tests.extension.conftest import BrowserWithExtension
from tests.flows.process import ServerProcess, serving
from tests.speech.synthesis import write_wav

pytestmark = [pytest.mark.browser, pytest.mark.node]

SECTIONS = ("server", "microphone", "talking", "keys", "sites", "look", "posting", "privacy")
STORED = "async () => (await chrome.storage.local.get('settings')).settings ?? null"
UNTOUCHED = {"echoCancellation": False, "noiseSuppression": False, "autoGain": False}
WIDTH = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("data"), program=("tests/chaos/server.py",)) as process:
        yield process


async def stored(browser: ExtensionBrowser) -> dict[str, object]:
    settings = await browser.until(STORED)
    assert isinstance(settings, dict)
    return settings


async def at(page: Page, section: str) -> None:
    await page.get_by_role("navigation").get_by_role("link", name=section.capitalize()).click()
    await expect(page.get_by_role("heading", level=2)).to_have_text(section.capitalize())


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(
    browser_with_extension: BrowserWithExtension, scheme: Literal["light", "dark"]
) -> None:
    async with browser_with_extension() as browser:
        page = await browser.open("options.html")
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for section in SECTIONS:
            await at(page, section)
            assert await violations(page) == [], section
        await page.set_viewport_size({"width": 360, "height": 700})
        for section in SECTIONS:
            await at(page, section)
            assert await page.evaluate(WIDTH) <= 0, section
        assert browser.wrong == []


async def test_what_is_set_is_said_to_be_saved_and_survives_a_reload(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        page = await browser.open("options.html#look")
        await page.get_by_label("Theme").select_option("dark")
        await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await at(page, "talking")
        await page.get_by_label("Pause the video while I speak").check()
        await at(page, "sites")
        await page.get_by_label("Twitch").uncheck()
        await page.get_by_label("Another site").fill("https://www.example.com/film")
        await page.get_by_role("button", name="Switch off there").click()
        await expect(page.get_by_role("listitem").filter(has_text="example.com")).to_be_visible()

        await page.reload()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await expect(page.get_by_label("Twitch")).not_to_be_checked()
        await expect(page.get_by_label("YouTube")).to_be_checked()
        await at(page, "talking")
        await expect(page.get_by_label("Pause the video while I speak")).to_be_checked()
        settings = await stored(browser)
        assert settings["offSites"] == ["twitch.tv", "example.com"]
        assert browser.wrong == []


async def test_a_change_elsewhere_is_shown(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        page, other = await browser.open("options.html#look"), await browser.open("options.html#look")
        await other.get_by_label("Notes over the video").uncheck()
        await expect(page.get_by_label("Notes over the video")).not_to_be_checked()
        await expect(page.get_by_label("Emoji that fit a remark")).to_be_disabled()


async def test_the_server_is_checked_and_each_fault_has_its_sentence(
    browser_with_extension: BrowserWithExtension, server: ServerProcess, nobody: str
) -> None:
    async with browser_with_extension() as browser:
        page = await browser.open("options.html")
        address, token = page.get_by_label("Address"), page.get_by_label("Token")
        check, fault = page.get_by_role("button", name="Check"), page.get_by_role("alert")
        await address.fill(nobody.removeprefix("http://"))
        await check.click()
        await expect(fault).to_contain_text("Nothing answers")
        await expect(address).to_have_value(nobody)
        await address.fill("ftp://127.0.0.1")
        await expect(fault).to_contain_text("http or https")
        await address.fill(f"http://127.0.0.1:{server.port}/")
        await address.press("Enter")
        await expect(fault).to_contain_text("sidenote token")
        await token.fill("a.b.c")
        await check.click()
        await expect(fault).to_contain_text("does not know this token")
        await token.fill(f" {server.token}\n")
        await check.click()
        await expect(page.get_by_text("signed in as “local”")).to_be_visible()
        settings = await stored(browser)
        assert (settings["server"], settings["token"]) == (f"http://127.0.0.1:{server.port}", server.token)

        await page.reload()  # it looks by itself
        await expect(page.get_by_text("signed in as “local”")).to_be_visible()
        assert [line for line in browser.wrong if "403" not in line] == []  # the refusals themselves are


async def test_the_microphone_is_chosen_and_shown_while_its_section_is_open(
    browser_with_extension: BrowserWithExtension, tmp_path: Path
) -> None:
    hum = 8_000 * np.sin(np.arange(60 * SAMPLE_RATE) / 10)
    write_wav(tmp_path / "hum.wav", hum.astype(np.int16))
    async with browser_with_extension(speech=tmp_path / "hum.wav") as browser:
        await browser.ask("(settings) => chrome.storage.local.set({ settings })", UNTOUCHED)
        page = await browser.open("options.html#microphone")
        meter = page.get_by_role("meter")
        await expect(meter).to_have_attribute("aria-valuetext", "Good")
        choice = page.get_by_role("combobox", name="Microphone")
        await expect(choice.locator("option")).not_to_have_count(1)
        first = await choice.locator("option").nth(1).get_attribute("value")
        await choice.select_option(first)
        await expect(meter).to_have_attribute("aria-valuetext", "Good")
        assert (await stored(browser))["microphone"] == first
        await at(page, "talking")
        await expect(meter).to_have_count(0)
        assert browser.wrong == []


async def test_a_chosen_microphone_that_is_gone_is_told_and_another_one_helps(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension() as browser:
        await browser.ask("() => chrome.storage.local.set({ settings: { microphone: 'unplugged' } })")
        page = await browser.open("options.html#microphone")
        await expect(page.get_by_role("alert")).to_contain_text("The chosen microphone is not there")
        await expect(page.get_by_role("combobox", name="Microphone")).to_have_value("unplugged")
        await page.get_by_role("combobox", name="Microphone").select_option("")
        await expect(page.get_by_role("meter")).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)


async def test_where_the_microphone_is_not_allowed_the_page_that_asks_is_opened(
    browser_with_extension: BrowserWithExtension,
) -> None:
    async with browser_with_extension(microphone=False) as browser:
        page = await browser.open("options.html#microphone")
        async with browser.context.expect_page() as opening:
            await page.get_by_role("button", name="Allow the microphone").click()
        setup = await opening.value
        await expect(setup.get_by_role("button", name="Allow the microphone")).to_be_visible()


async def test_the_keys_of_the_browser_are_listed(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        page = await browser.open("options.html#keys")
        for does in ("Open the popup", "Open the side panel", "Start or stop listening in this tab"):
            await expect(page.get_by_text(does).or_(page.get_by_text(does[0].lower() + does[1:]))).to_be_visible()


async def test_who_posts_is_chosen_on_the_server_and_shown_in_every_browser(
    browser_with_extension: BrowserWithExtension, server: ServerProcess
) -> None:
    signed_in = {"server": f"http://127.0.0.1:{server.port}", "token": server.token}
    async with browser_with_extension() as browser, Client(server.url, server.token) as client:
        page = await browser.open("options.html#posting")
        switch = page.get_by_role("switch", name="Post by itself")
        await expect(switch).to_be_disabled()
        await expect(page.get_by_text("Until then this can't be changed.")).to_be_visible()
        await browser.ask("(settings) => chrome.storage.local.set({ settings })", signed_in)
        await expect(page.get_by_text("as the server is set, which is off")).to_be_visible()
        await switch.check()
        await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        await expect(page.get_by_text("You have chosen this")).to_be_visible()
        assert await violations(page) == []
        user = await client.join("user:local")
        assert user.reply["snapshot"]["preferences"] == {"auto_post": True, "auto_post_default": False}
        await user.push("set_preferences", {"auto_post": False})
        await expect(switch).not_to_be_checked()
        await page.get_by_role("button", name="As the server is set").click()
        await expect(page.get_by_text("You have not chosen")).to_be_visible()
        assert await user.push("get_preferences") == {"preferences": {"auto_post": None, "auto_post_default": False}}


async def test_everything_is_forgotten_once_that_is_confirmed(browser_with_extension: BrowserWithExtension) -> None:
    async with browser_with_extension() as browser:
        await browser.ask("() => chrome.storage.local.set({ settings: { token: 'a.b.c', theme: 'dark' } })")
        page = await browser.open("options.html#privacy")
        await page.get_by_role("button", name="Forget everything here").click()
        await page.keyboard.press("Enter")  # the focus is on the answer
        await expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
        assert await browser.ask("async () => (await chrome.storage.local.get('settings')).settings ?? null") is None
