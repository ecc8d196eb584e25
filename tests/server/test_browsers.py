"""server/browsers.py: which driver, finder and linked account the settings ask for."""

import os
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from automation.addresses import Fence
from automation.browser import Login, NoBrowser
from automation.browsers.browserbase import BrowserbaseBrowser
from automation.browsers.chromium import MISSING
from automation.browsers.local import LocalChromium
from automation.finders.stagehand import StagehandFind
from automation.linking import Tokens
from automation.sealing import Seal, new_key
from automation.sites.contract import AskPerson
from automation.youtube_api import YouTubeApi
from server.browsers import (
    API,
    LinkedYouTube,
    StoredContexts,
    build_browser,
    build_find,
    build_linking,
    build_seal,
    build_ways,
)
from server.identity import LOCAL_USER
from server.secrets import SEAL_FILE
from server.settings import Settings, SettingsError, load_settings
from server.wiring import open_database
from storage.connection_state import ConnectionState
from storage.logins import Logins
from storage.users import Users

LOGIN = Login(LOCAL_USER, "youtube")
TOKENS = Tokens("access-hush", "refresh-hush", time.time() + 3600)
CLIENT = {"youtube_client_id": "id", "youtube_client_secret": "secret"}


def settings_in(folder: Path, **given: Any) -> Settings:
    return load_settings(env_file=None, data_dir=folder, **given)


@pytest.fixture
async def logins(tmp_path: Path) -> AsyncIterator[Logins]:
    async with open_database(settings_in(tmp_path)) as database:
        await Users(database).ensure(LOCAL_USER)
        yield Logins(database)


async def test_chromium_of_this_machine_is_the_usual_one(logins: Logins, tmp_path: Path) -> None:
    browser = build_browser(settings_in(tmp_path), logins)
    assert isinstance(browser, LocalChromium)
    await browser.close()
    assert not (tmp_path / "browsers").exists(), "nothing is started or made yet"


async def test_that_a_browser_is_missing_is_told_when_one_is_needed(
    logins: Logins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    browser = build_browser(settings_in(tmp_path), logins)
    try:
        with pytest.raises(NoBrowser) as missing:
            async with browser.page(LOGIN, Fence()):
                pass
    finally:
        await browser.close()
    assert str(missing.value) == MISSING


async def test_the_program_that_was_named_is_the_one_that_is_started(
    logins: Logins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    program = tmp_path / "chromium"
    program.write_text("no program\n")
    program.chmod(0o600)
    browser = build_browser(settings_in(tmp_path, browser_path=program), logins)
    try:
        with pytest.raises(NoBrowser, match=f"{program} is no program"):
            async with browser.window(LOGIN, "https://site.example/"):
                pass
    finally:
        await browser.close()


async def test_a_machine_without_a_screen_says_so_before_a_window_is_tried(
    logins: Logins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    browser = build_browser(settings_in(tmp_path), logins)
    with pytest.raises(NoBrowser, match="no screen"):
        async with browser.window(LOGIN, "https://site.example/"):
            pass
    await browser.close()


async def test_browserbase_keeps_its_contexts_in_the_table_of_logins(logins: Logins, tmp_path: Path) -> None:
    rented = {"browser": "browserbase", "browserbase_api_key": "key", "browserbase_project_id": "project"}
    browser = build_browser(settings_in(tmp_path, **rented), logins)
    assert isinstance(browser, BrowserbaseBrowser)
    await browser.close()

    contexts = StoredContexts(logins)
    assert await contexts.get(LOGIN) is None
    await contexts.put(LOGIN, "ctx-1")
    assert await contexts.get(LOGIN) == "ctx-1"
    assert await contexts.get(Login(LOCAL_USER, "vimeo")) is None
    await contexts.drop(LOGIN)
    assert await contexts.get(LOGIN) is None


def test_a_model_is_asked_for_elements_only_where_one_is_named(tmp_path: Path) -> None:
    assert build_find(settings_in(tmp_path)) is None
    found = build_find(settings_in(tmp_path, find="stagehand", find_model="openai/m", find_api_key="key"))
    assert isinstance(found, StagehandFind)


def test_accounts_can_be_linked_only_with_a_client(tmp_path: Path) -> None:
    assert build_linking(settings_in(tmp_path)) is None
    assert build_linking(settings_in(tmp_path, **CLIENT)) is not None


async def test_only_who_has_linked_an_account_goes_that_way(logins: Logins, tmp_path: Path) -> None:
    assert build_ways(settings_in(tmp_path), logins) == {}
    assert not (tmp_path / SEAL_FILE).exists(), "a key that nobody needs is not made"
    ways = build_ways(settings_in(tmp_path, **CLIENT), logins)
    assert list(ways) == ["youtube"]
    assert await ways["youtube"].linked(LOGIN) is None

    await linked_with(logins, build_seal(settings_in(tmp_path))).keep(LOGIN, TOKENS)
    site = await ways["youtube"].linked(LOGIN)
    assert isinstance(site, YouTubeApi)
    assert await ways["youtube"].linked(Login(LOCAL_USER, "vimeo")) is None
    row = await logins.get(LOCAL_USER, "youtube")
    assert row
    assert (row.state, row.driver) == (ConnectionState.ACTIVE, API)


async def test_the_table_holds_no_token_in_the_clear(logins: Logins, tmp_path: Path) -> None:
    await linked_with(logins, build_seal(settings_in(tmp_path))).keep(LOGIN, TOKENS)
    with sqlite3.connect(tmp_path / "sidenote.sqlite3") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert "platform_connections" in dump
    assert "hush" not in dump
    assert b"hush".hex() not in dump.lower()


async def test_tokens_that_the_key_does_not_open_ask_to_link_again(logins: Logins, tmp_path: Path) -> None:
    await linked_with(logins, Seal([new_key()])).keep(LOGIN, TOKENS)
    way = build_ways(settings_in(tmp_path, **CLIENT), logins)["youtube"]
    with pytest.raises(AskPerson, match="sidenote connect youtube --api") as asked:
        await way.linked(LOGIN)
    assert "hush" not in str(asked.value)


async def test_an_older_key_still_opens_what_it_sealed(logins: Logins, tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    await linked_with(logins, build_seal(settings_in(tmp_path, seal_keys=old))).keep(LOGIN, TOKENS)
    way = build_ways(settings_in(tmp_path, **CLIENT, seal_keys=f"{new},{old}"), logins)["youtube"]
    assert await way.linked(LOGIN) is not None
    way = build_ways(settings_in(tmp_path, **CLIENT, seal_keys=new), logins)["youtube"]
    with pytest.raises(AskPerson):
        await way.linked(LOGIN)


def test_a_seal_that_others_can_read_is_refused(tmp_path: Path) -> None:
    build_seal(settings_in(tmp_path))
    os.chmod(tmp_path / SEAL_FILE, 0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        build_seal(settings_in(tmp_path))


def linked_with(logins: Logins, seal: Seal) -> LinkedYouTube:
    linking = build_linking(load_settings(env_file=None, **CLIENT))
    assert linking
    return LinkedYouTube(logins, linking, seal)
