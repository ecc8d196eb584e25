"""What both drivers promise (automation/browser.py): a page with its login, and nothing left behind."""

import asyncio
from dataclasses import replace

import pytest

from automation.addresses import AddressRefused
from tests.automation.browsers.conftest import ANNA, LOGGED_IN, LOGGED_OUT, WHO, Rig, Site
from tests.automation.browsers.web import Web

pytestmark = pytest.mark.browser


class Broken(Exception):
    pass


async def test_a_page_opens_runs_scripts_and_asks_nobody_anything(rig: Rig, site: Site) -> None:
    async with rig.browser.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/")
        assert await page.title() == "Home"
        assert await page.evaluate("[navigator.language, innerWidth > 1000, confirm('Sure?')]") == [
            "en-US",
            True,
            False,
        ]
        asked = "async name => (await navigator.permissions.query({name})).state"
        for permission in ("geolocation", "microphone", "notifications"):
            assert await page.evaluate(asked, permission) == "denied"
        async with page.context.expect_page() as opened:
            await page.evaluate("void open('/')")
        popup = await opened.value
        if not popup.is_closed():
            await popup.wait_for_event("close")
        assert page.context.pages == [page]
        assert rig.busy()
    assert not rig.busy()


async def test_a_login_stays_with_its_user_and_site_until_it_is_forgotten(rig: Rig, site: Site) -> None:
    async with rig.browser.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/login")
        assert await page.evaluate(WHO) == LOGGED_IN
    shown = {}
    for login in (ANNA, replace(ANNA, user_id="bert"), replace(ANNA, site="vimeo")):
        async with rig.browser.page(login, site.fence) as page:
            await page.goto(f"{site.web.url}/")
            shown[login] = await page.evaluate(WHO)
    assert list(shown.values()) == [LOGGED_IN, LOGGED_OUT, LOGGED_OUT]
    await rig.browser.forget(ANNA)
    await rig.browser.forget(ANNA)  # there is none any more
    async with rig.browser.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/")
        assert await page.evaluate(WHO) == LOGGED_OUT


async def test_a_page_that_breaks_or_is_cancelled_is_given_back(rig: Rig, site: Site) -> None:
    with pytest.raises(Broken):
        async with rig.browser.page(ANNA, site.fence):
            raise Broken
    assert not rig.busy()

    opened = asyncio.Event()

    async def work() -> None:
        async with rig.browser.page(ANNA, site.fence) as page:
            await page.goto(f"{site.web.url}/login")
            opened.set()
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await opened.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert not rig.busy()
    async with rig.browser.page(ANNA, site.fence) as page:  # what it had written was kept
        await page.goto(f"{site.web.url}/")
        assert await page.evaluate(WHO) == LOGGED_IN


async def test_a_page_that_is_led_elsewhere_is_stopped_before_it_asks(rig: Rig, site: Site, other: Web) -> None:
    with pytest.raises(AddressRefused, match="Only https"):
        async with rig.browser.page(ANNA, site.fence) as page:
            await page.goto(f"{site.web.url}/to?{other.url}/")
    site.pages["/leave"] = "<script>location.href = 'https://localhost/'</script>"

    async def is_sent_away() -> None:
        async with rig.browser.page(ANNA, site.fence) as page, page.expect_event("close"):
            await page.goto(f"{site.web.url}/leave", wait_until="commit")

    with pytest.raises(AddressRefused, match="private network"):
        await is_sent_away()
    assert other.connections == 0
    assert not rig.busy()


async def test_what_a_person_logs_in_to_in_the_window_is_there_for_the_next_page(rig: Rig, site: Site) -> None:
    async with rig.browser.window(ANNA, f"{site.web.url}/login") as window:
        await site.web.until_asked("/logged-in")
        closed = asyncio.create_task(window.wait_closed())
        await asyncio.sleep(0)
        assert not closed.done()
        await rig.person_closes()
        await closed
    assert not rig.busy()
    async with rig.browser.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/")
        assert await page.evaluate(WHO) == LOGGED_IN


async def test_a_window_is_taken_away_when_nobody_waits_for_it(rig: Rig, site: Site) -> None:
    async with rig.browser.window(ANNA, f"{site.web.url}/login"):
        await site.web.until_asked("/logged-in")
    assert not rig.busy()
    with pytest.raises(AddressRefused, match="of the web"):
        async with rig.browser.window(ANNA, "--no-sandbox"):
            pass
