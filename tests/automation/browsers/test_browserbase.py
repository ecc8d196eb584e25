"""automation/browsers/browserbase.py: the real SDK against a stand-in for their API, with real Chromiums behind it."""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

import pytest

from automation.addresses import AddressRefused, Fence
from automation.browser import NoBrowser
from automation.browsers.browserbase import BrowserbaseBrowser
from automation.sites.contract import Later
from tests.automation.browsers import rental
from tests.automation.browsers.conftest import ANNA, LOGGED_OUT, WHO, Remembered, Rented, Site
from tests.automation.browsers.web import Answer, Web

browser_needed = pytest.mark.browser
CONTEXTS, SESSIONS = ("POST", "/v1/contexts"), ("POST", "/v1/sessions")


async def opened(browser: BrowserbaseBrowser) -> None:
    async with browser.page(ANNA, Fence()):
        pass


def asked(rented: Rented) -> list[str]:
    return [f"{one.method} {one.path.split('/')[2]}" for one in rented.web.asked]


@browser_needed
async def test_a_session_is_asked_for_that_nobody_records_or_solves_anything_in(rented: Rented) -> None:
    await opened(rented.browser)
    [session] = rented.rental.sessions.values()
    assert session.settings == {
        "projectId": rental.PROJECT,
        "keepAlive": False,
        "timeout": 600,
        "browserSettings": {
            "context": {"id": rented.contexts.ids[ANNA], "persist": True},
            "solveCaptchas": False,
            "recordSession": False,
            "logSession": False,
            "viewport": {"width": 1280, "height": 800},
        },
    }
    assert session.status == "COMPLETED"
    assert asked(rented) == ["POST contexts", "POST sessions", "POST sessions"]


@browser_needed
async def test_a_context_that_is_gone_is_made_anew_and_the_login_with_it(rented: Rented, site: Site) -> None:
    async with rented.browser.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/login")
    lost = rented.contexts.ids[ANNA]
    del rented.rental.contexts[lost]
    async with rented.browser.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/")
        assert await page.evaluate(WHO) == LOGGED_OUT
    assert rented.contexts.ids[ANNA] in rented.rental.contexts


@browser_needed
async def test_a_page_is_judged_by_where_its_host_leads_from_here(rented: Rented, site: Site) -> None:
    async def inside(host: str) -> Iterable[str]:
        return ["10.0.0.1"]

    with pytest.raises(AddressRefused, match=r"inside\.example lies inside a private network"):
        async with rented.browser.page(ANNA, Fence(site.fence.practice, inside)) as page:
            await page.goto(f"{site.web.url}/to?https://inside.example/")
    assert rented.rental.running() == []


@browser_needed
async def test_a_session_that_can_t_be_reached_is_released_and_its_key_is_not_told(
    rented: Rented, caplog: pytest.LogCaptureFixture
) -> None:
    rented.rental.unreachable = True
    with pytest.raises(Later, match="could not be reached") as raised:
        await opened(rented.browser)
    assert len(rented.rental.sessions) == 1
    assert rented.rental.running() == []
    assert raised.value.__suppress_context__
    assert "nobody" not in caplog.text
    assert "ws://" not in caplog.text


@browser_needed
async def test_a_session_that_is_being_made_while_its_user_is_cancelled_is_released(rented: Rented) -> None:
    working = asyncio.create_task(opened(rented.browser))
    await rented.rental.starting.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert len(rented.rental.sessions) == 1
    assert rented.rental.running() == []


@browser_needed
async def test_a_session_that_is_not_released_is_logged_and_the_work_stays_done(
    rented: Rented, caplog: pytest.LogCaptureFixture
) -> None:
    async with rented.browser.page(ANNA, Fence()):
        [name] = rented.rental.sessions
        rented.rental.faults["POST", f"/v1/sessions/{name}"] = 401
    assert [record.levelno for record in caplog.records if "not released" in record.message] == [logging.WARNING]


@browser_needed
async def test_a_release_that_fails_for_a_moment_is_asked_for_again(rented: Rented) -> None:
    async with rented.browser.page(ANNA, Fence()):
        [name] = rented.rental.sessions
        rented.rental.failing_once = {("POST", f"/v1/sessions/{name}")}
    assert rented.rental.running() == []


@browser_needed
async def test_a_window_is_seen_in_their_live_view_and_gone_when_the_session_is(rented: Rented, site: Site) -> None:
    async with rented.browser.window(ANNA, f"{site.web.url}/") as window:
        [name] = rented.rental.running()
        assert window.address == f"https://live.example/{name}"
        rented.rental.faults["GET", f"/v1/sessions/{name}"] = 503  # what is not known is asked again
        closed = asyncio.create_task(window.wait_closed())
        await rented.web.until_asked(f"/v1/sessions/{name}")
        assert not closed.done()
        await rented.rental.end(name)
        await closed
    assert rented.rental.sessions[name].settings["timeout"] == 900


@browser_needed
async def test_a_window_whose_page_does_not_open_is_released(rented: Rented) -> None:
    with pytest.raises(Later, match="did not open"):
        async with rented.browser.window(ANNA, "http://127.0.0.1:9/"):
            pass
    assert rented.rental.running() == []


@pytest.mark.parametrize("call", [CONTEXTS, SESSIONS])
@pytest.mark.parametrize(
    ("status", "error", "why"),
    [
        (401, NoBrowser, "SIDENOTE_BROWSERBASE_API_KEY and SIDENOTE_BROWSERBASE_PROJECT_ID"),
        (403, NoBrowser, "SIDENOTE_BROWSERBASE_API_KEY"),
        (402, NoBrowser, "HTTP 402.*account"),
        (400, NoBrowser, "HTTP 400.*SIDENOTE_BROWSERBASE_PROJECT_ID"),
        (404, NoBrowser, "HTTP 404.*SIDENOTE_BROWSERBASE_PROJECT_ID"),
        (429, Later, "too busy"),
        (500, Later, "too busy"),
        (503, Later, "too busy"),
    ],
)
async def test_what_they_refuse_is_said_in_our_words(
    rented: Rented, call: tuple[str, str], status: int, error: type[Exception], why: str
) -> None:
    rented.rental.faults[call] = status
    with pytest.raises(error, match=why):
        await opened(rented.browser)
    assert asked(rented).count("POST sessions") == (call == SESSIONS)  # nothing is made twice
    assert rented.rental.sessions == {}


@pytest.mark.parametrize("said", ["{}", "[]", "null", '"text"', "no JSON"])
@pytest.mark.parametrize("call", [CONTEXTS, SESSIONS])
async def test_an_answer_that_is_none_is_tried_later(rented: Rented, call: tuple[str, str], said: str) -> None:
    rented.rental.said[call] = Answer(said, 200, {"Content-Type": "application/json"})
    with pytest.raises(Later, match="not understood"):
        await opened(rented.browser)


async def test_a_known_context_outlives_a_refusal_that_is_not_about_it(rented: Rented, tmp_path: Path) -> None:
    rented.rental.contexts["kept"] = tmp_path
    rented.contexts.ids[ANNA] = "kept"
    rented.rental.faults[SESSIONS] = 400
    with pytest.raises(NoBrowser, match="HTTP 400"):
        await opened(rented.browser)
    assert rented.contexts.ids[ANNA] == "kept"


async def test_a_wrong_key_and_a_silent_server_are_told_apart() -> None:
    async def silent(_: object) -> Answer:
        await asyncio.Event().wait()
        return Answer()

    async with Web(silent) as web:
        slow = BrowserbaseBrowser("key", "p", contexts=Remembered(), base_url=web.url, call_limit_s=0.2)
        with pytest.raises(Later, match="does not answer"):
            await opened(slow)
        await slow.close()
    nobody = BrowserbaseBrowser("key", "p", contexts=Remembered(), base_url=web.url, call_limit_s=5)
    with pytest.raises(Later, match="does not answer"):
        await opened(nobody)
    await nobody.close()


async def test_a_login_is_forgotten_there_before_it_is_here(rented: Rented) -> None:
    name = "kept"
    rented.contexts.ids[ANNA] = name
    rented.rental.faults["DELETE", f"/v1/contexts/{name}"] = 503
    with pytest.raises(Later):
        await rented.browser.forget(ANNA)
    assert rented.contexts.ids == {ANNA: name}
    rented.rental.faults.clear()
    await rented.browser.forget(ANNA)  # there is no such context any more
    assert rented.contexts.ids == {}
