"""server/accounts.py: logins at sites from the command line, and what is written down of each."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page
from typer.testing import CliRunner, Result

from automation.addresses import AddressRefused, Fence
from automation.browser import Browser, Login, NoBrowser
from automation.browsers.local import LocalChromium
from automation.linking import Consent, EndpointFailed, Tokens
from automation.sites.contract import Later
from server import accounts
from server.cli import app
from server.identity import LOCAL_USER
from server.secrets import SEAL_FILE
from server.settings import Settings
from storage.connection_state import ConnectionState
from storage.errors import InvalidTransition
from storage.logins import Logins
from storage.tables import PlatformConnection
from tests.automation.sites.lookalike import URLS, Scenario, Server, Wall, browser, serving
from tests.server.handset import HandBrowser
from tests.server.notepad import Notepad

VIDEO = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"
LOGIN = Login(LOCAL_USER, "youtube")
CLIENT = {"SIDENOTE_YOUTUBE_CLIENT_ID": "id", "SIDENOTE_YOUTUBE_CLIENT_SECRET": "secret"}


@pytest.fixture
def logins(pad: Notepad) -> Logins:
    return Logins(pad.database)


def using(monkeypatch: pytest.MonkeyPatch, driver: Browser) -> None:
    monkeypatch.setattr(accounts, "build_browser", lambda settings, logins: driver)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> HandBrowser:
    """The browser of every command that runs in this process."""
    made = HandBrowser()
    using(monkeypatch, made)
    return made


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names lead to an address of the open internet, without a network."""

    async def resolve(host: str) -> list[str]:
        return ["93.184.215.14"]

    monkeypatch.setattr("automation.addresses._resolve", resolve)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


async def row(logins: Logins, site: str = "youtube") -> PlatformConnection:
    found = await logins.get(LOCAL_USER, site)
    assert found
    return found


async def state(logins: Logins, site: str = "youtube") -> tuple[str, str | None]:
    found = await row(logins, site)
    return found.state, found.reason


# The window


async def test_a_window_keeps_the_login_for_itself_until_it_is_closed(
    settings: Settings, pad: Notepad, logins: Logins, hand: HandBrowser, capsys: pytest.CaptureFixture[str]
) -> None:
    hand.person.address = "https://rented.example/window"
    note = await pad.jot("Too loud.", url=VIDEO)
    connecting = asyncio.create_task(accounts.connect(settings, "youtube"))
    await asyncio.wait_for(hand.person.opened.wait(), 10)
    assert await state(logins) == (ConnectionState.AWAITING_AUTH, None)
    assert (await row(logins)).driver == hand.name
    said = capsys.readouterr().out
    assert "Open this address: https://rented.example/window" in said
    assert "then close the window" in said

    with pytest.raises(InvalidTransition, match="open already"):
        await accounts.connect(settings, "youtube")
    with pytest.raises(AssertionError):  # no worker is given the login meanwhile
        await pad.claimed(note)

    hand.person.closed.set()
    await connecting
    assert await state(logins) == (ConnectionState.ACTIVE, None)
    assert hand.windows == [(LOGIN, "https://accounts.google.com/ServiceLogin?service=youtube")]
    assert "sidenote connect youtube --test" in capsys.readouterr().out
    assert (await pad.claimed(note)).site == "youtube"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NoBrowser("The browser's window ended by an error."), "The browser's window ended by an error."),
        (OSError(), "This was broken off."),
    ],
)
async def test_a_window_that_ends_badly_leaves_no_login(
    error: Exception, reason: str, settings: Settings, logins: Logins, hand: HandBrowser
) -> None:
    hand.person.breaks = error
    with pytest.raises(type(error)):
        await accounts.connect(settings, "youtube")
    assert await state(logins) == (ConnectionState.FAILED, reason)
    assert hand.closes == 1


async def test_interrupting_gives_the_login_back(settings: Settings, logins: Logins, hand: HandBrowser) -> None:
    connecting = asyncio.create_task(accounts.connect(settings, "youtube"))
    await asyncio.wait_for(hand.person.opened.wait(), 10)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    assert await state(logins) == (ConnectionState.FAILED, "This was broken off.")


async def test_a_window_is_not_open_for_ever(
    settings: Settings, logins: Logins, hand: HandBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "WINDOW_S", 0.1)
    with pytest.raises(accounts.NotConnected, match="closed after it had been open"):
        await accounts.connect(settings, "youtube")
    failed, reason = await state(logins)
    assert failed == ConnectionState.FAILED
    assert "Run the same command again" in (reason or "")


async def test_without_a_browser_the_missing_step_is_named(
    settings: Settings, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(monkeypatch, HandBrowser(breaks=NoBrowser("There is no Chromium here.")))
    done = await asyncio.to_thread(call, "connect", "youtube")
    assert (done.exit_code, done.stderr) == (1, "sidenote: There is no Chromium here.\n")
    assert await state(logins) == (ConnectionState.FAILED, "There is no Chromium here.")


@pytest.mark.parametrize("option", [[], ["--test"], ["--reset"]])
async def test_a_login_that_a_worker_uses_is_left_alone(
    option: list[str], pad: Notepad, logins: Logins, hand: HandBrowser, public: None
) -> None:
    await pad.claimed(await pad.jot("Too loud.", url=VIDEO))
    done = await asyncio.to_thread(call, "connect", "youtube", *option)
    assert done.exit_code == 1
    assert done.stderr == "sidenote: A comment is being posted with this login. Wait a moment, then try again.\n"
    assert await logins.get(LOCAL_USER, "youtube") is None
    assert (hand.windows, hand.forgotten) == ([], [])


@pytest.mark.browser
async def test_a_real_window_that_is_closed_leaves_a_profile(
    settings: Settings, logins: Logins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It closes by itself: what it shows is a picture, and there is no network."""
    flags = ["--headless=new", f"--screenshot={tmp_path / 'shown.png'}", "--host-resolver-rules=MAP * ~NOTFOUND"]
    using(monkeypatch, LocalChromium(settings.data_dir / "browsers", flags=flags))
    await accounts.connect(settings, "youtube")
    assert await state(logins) == (ConnectionState.ACTIVE, None)
    assert list((settings.data_dir / "browsers").glob("*/Default"))
    await accounts.reset(settings, "youtube")
    assert await state(logins) == (ConnectionState.LOGGED_OUT, None)
    assert list((settings.data_dir / "browsers").iterdir()) == []


# --test


class OnLookalikes(HandBrowser):
    """Pages of a real Chromium for which the look-alikes are the sites."""

    name = "Chromium"

    def __init__(self, chromium: Chromium, sites: Server) -> None:
        super().__init__()
        self._chromium = chromium
        self._sites = sites

    @asynccontextmanager
    async def page(self, login: Login, fence: Fence) -> AsyncIterator[Page]:
        context = await self._chromium.new_context()
        await self._sites.open_to(context)
        yield await context.new_page()
        await context.unroute_all(behavior="ignoreErrors")
        await context.close()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("lookalikes")) as server:
        yield server


@pytest.mark.browser
async def test_a_look_tells_whether_the_site_knows_the_login(
    settings: Settings,
    pad: Notepad,
    logins: Logins,
    sites: Server,
    public: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with browser() as chromium:
        using(monkeypatch, OnLookalikes(chromium, sites))
        sites.wall = Wall(Scenario(signed_in=True))
        await accounts.test_login(settings, "youtube", video=VIDEO)
        assert "knows the login" in capsys.readouterr().out
        assert await state(logins) == (ConnectionState.ACTIVE, None)

        sites.wall = Wall(Scenario(signed_in=False))
        await pad.jot("Too loud.", url=VIDEO)  # from now on there is a video of the person's own
        with pytest.raises(accounts.NotConnected, match="run `sidenote connect youtube`"):
            await accounts.test_login(settings, "youtube", video=None)
        assert await state(logins) == (ConnectionState.FAILED, "The site asked for a login.")
        assert sites.wall.sent == []


async def test_a_look_that_came_to_nothing_says_nothing_of_the_login(
    settings: Settings, logins: Logins, public: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(monkeypatch, HandBrowser(breaks=Later("The browser of this server did not start.")))
    for known, left in (
        (ConnectionState.ACTIVE, (ConnectionState.ACTIVE, None)),
        (ConnectionState.LOGGED_OUT, (ConnectionState.FAILED, "The browser of this server did not start.")),
    ):
        await logins.settled(LOCAL_USER, "youtube", known, driver="x")
        with pytest.raises(Later):
            await accounts.test_login(settings, "youtube", video=VIDEO)
        assert await state(logins) == left


async def test_no_page_inside_the_own_network_is_opened(
    settings: Settings, logins: Logins, hand: HandBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str) -> list[str]:
        return ["10.0.0.1"]

    monkeypatch.setattr("automation.addresses._resolve", resolve)
    with pytest.raises(AddressRefused, match="private network"):
        await accounts.test_login(settings, "youtube", video=VIDEO)
    assert await logins.get(LOCAL_USER, "youtube") is None


# --reset and the list


async def test_a_reset_deletes_what_is_stored(settings: Settings, logins: Logins, hand: HandBrowser) -> None:
    await logins.settled(LOCAL_USER, "youtube", ConnectionState.ACTIVE, driver=hand.name)
    await logins.keep_tokens(LOCAL_USER, "youtube", b"sealed", driver="api")
    done = await asyncio.to_thread(call, "connect", "youtube", "--reset")
    assert done.exit_code == 0, done.stderr
    assert "is deleted here" in done.stdout
    assert hand.forgotten == [LOGIN]
    left = await row(logins)
    assert (left.state, left.sealed_tokens) == (ConnectionState.LOGGED_OUT, None)


async def test_a_reset_that_fails_can_be_done_again(
    settings: Settings, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(monkeypatch, HandBrowser(breaks=Later("A browser on this login can't be ended.")))
    done = await asyncio.to_thread(call, "connect", "youtube", "--reset")
    assert (done.exit_code, done.stderr) == (1, "sidenote: A browser on this login can't be ended.\n")
    assert (await row(logins)).state == ConnectionState.FAILED, "nobody waits for a window"
    using(monkeypatch, HandBrowser())
    assert (await asyncio.to_thread(call, "connect", "youtube", "--reset")).exit_code == 0


async def test_logins_are_listed_by_site_without_what_keeps_them(logins: Logins) -> None:
    empty = await asyncio.to_thread(call, "connections")
    assert empty.stdout.strip() == "No logins yet. `sidenote connect SITE` makes one: youtube, vimeo, frameio."
    assert json.loads((await asyncio.to_thread(call, "connections", "--json")).stdout) == []
    await logins.settled(LOCAL_USER, "youtube", ConnectionState.ACTIVE, driver="Chromium on this machine")
    await logins.settled(LOCAL_USER, "vimeo", ConnectionState.EXPIRED, driver="Browserbase", reason="[red]Closed.")
    await logins.keep_tokens(LOCAL_USER, "youtube", b"sealed-hush", driver="api")
    await logins.keep_context(LOCAL_USER, "vimeo", "ctx-hush")
    shown = await asyncio.to_thread(call, "connections", "--json")
    first, second = json.loads(shown.stdout)
    assert set(first) == {"site", "state", "reason", "driver", "last_used_at", "updated_at"}
    assert (first["site"], first["state"], first["reason"]) == ("vimeo", "expired", "[red]Closed.")
    assert (second["site"], second["state"], second["driver"]) == ("youtube", "active", "api")
    assert second["last_used_at"]
    table = (await asyncio.to_thread(call, "connections")).stdout
    assert "[red]Closed." in table
    assert "hush" not in shown.stdout + table


# --api


async def test_an_account_is_linked_with_its_tokens_sealed(
    settings: Settings, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def agreed(consent: Consent) -> Tokens:
        return Tokens("access-hush", "refresh-hush", 2e9)

    monkeypatch.setattr(Consent, "tokens", agreed)
    with monkeypatch.context() as linked:
        for name, value in CLIENT.items():
            linked.setenv(name, value)
        done = await asyncio.to_thread(call, "connect", "youtube", "--api")
    assert done.exit_code == 0, done.stderr
    assert "https://accounts.google.com/o/oauth2/v2/auth?client_id=id&" in done.stdout
    assert "hush" not in done.stdout
    linked_now = await row(logins)
    assert (linked_now.state, linked_now.driver) == (ConnectionState.ACTIVE, "api")
    assert b"hush" not in (linked_now.sealed_tokens or b"hush")


async def test_an_account_that_is_not_linked_says_why(
    settings: Settings, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(consent: Consent) -> Tokens:
        raise EndpointFailed("Google gave no access. Link the account again.")

    monkeypatch.setattr(Consent, "tokens", refused)
    for name, value in CLIENT.items():
        monkeypatch.setenv(name, value)
    done = await asyncio.to_thread(call, "connect", "youtube", "--api")
    assert (done.exit_code, done.stderr) == (1, "sidenote: Google gave no access. Link the account again.\n")
    assert await logins.get(LOCAL_USER, "youtube") is None


def test_a_damaged_seal_is_told_before_anybody_agrees(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CLIENT.items():
        monkeypatch.setenv(name, value)
    settings.data_dir.mkdir(mode=0o700)
    (settings.data_dir / SEAL_FILE).write_text("hush")
    (settings.data_dir / SEAL_FILE).chmod(0o600)
    done = call("connect", "youtube", "--api")
    assert done.exit_code == 2
    assert SEAL_FILE in done.stderr
    assert "accounts.google.com" not in done.stdout


# What can't be asked for


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["myspace"], 2, "Sidenote knows no site 'myspace'. Use one of: youtube, vimeo, frameio."),
        (["practice"], 2, "Nobody logs in to practice."),
        (["generic", "--reset"], 2, "Nobody logs in to generic."),
        (["youtube", "--test"], 2, "You have no video on youtube yet: name one with --video."),
        (["youtube", "--test", "--video", URLS["vimeo"]], 2, "is no address of a video on youtube"),
        (["youtube", "--test", "--video", "ftp://x"], 2, "begins with http"),
        (["youtube", "--api"], 2, "SIDENOTE_YOUTUBE_CLIENT_ID and SIDENOTE_YOUTUBE_CLIENT_SECRET"),
        (["vimeo", "--api"], 2, "Only YouTube accounts can be linked"),
        (["youtube", "--test", "--reset"], 2, "Give one of --test, --reset and --api."),
        (["youtube", "--api", "--reset"], 2, "Give one of --test, --reset and --api."),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], code: int, message: str, settings: Settings, hand: HandBrowser
) -> None:
    done = call("connect", *arguments)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert message in done.stderr
    assert (hand.windows, hand.forgotten) == ([], [])
