"""automation/sites/catalogue.py: every recipe, driven as the worker drives it, and looked over as people do."""

import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import pytest
from playwright.async_api import Page

from automation.posting import UNSEEN, Attempt
from automation.sites.catalogue import RECIPES
from automation.sites.contract import Site
from tests.automation.sites.conftest import QUICK
from tests.automation.sites.lookalike import URLS, Scenario, Server, Wall, browser
from tests.storage.conftest import Desk
from tests.storage.office import LEASE_S, Office

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def smoke() -> ModuleType:
    file = Path(__file__).parents[3] / "scripts" / "smoke_sites.py"
    spec = importlib.util.spec_from_file_location("smoke_sites", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["smoke_sites"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def page(lookalikes: Server) -> AsyncIterator[Page]:
    async with browser() as chromium:
        context = await chromium.new_context()
        await lookalikes.open_to(context)
        yield await context.new_page()
        await context.unroute_all(behavior="ignoreErrors")


def test_recipes_have_the_names_of_the_sites() -> None:
    assert {name: recipe.name for name, recipe in RECIPES.items()} == {name: name for name in URLS}
    for name in ("youtube", "vimeo", "frameio"):
        assert RECIPES[name].login_url.startswith("https://")


async def test_an_attempt_posts_once_and_a_held_comment_is_the_persons(
    desk: Desk, lookalikes: Server, wall: Wall
) -> None:
    office, told = Office(desk), []

    async def tell(step: str) -> None:
        told.append(step)

    async with page(lookalikes) as shared:

        @asynccontextmanager
        async def opened() -> AsyncIterator[Site]:
            site = RECIPES["youtube"](shared)
            site.timeouts = QUICK  # type: ignore[attr-defined] # the protocol has none
            yield site

        first = await office.submit(note := await office.firm())
        attempt = Attempt(await office.claimed(first), office.claims, tell, lease_s=LEASE_S, deadline_s=60)
        await attempt.run(URLS["youtube"], opened())
        assert await office.state(first) == "posted"
        assert told == ["opening", "signing_in", "writing", "submitting", "reading_back"]
        permalink = (await desk.notes.get(note.id, "ada")).external_permalink
        assert permalink == "https://www.youtube.com/watch?v=aqz-KE-bpKQ&lc=Ugx0001"

        wall.scenario = Scenario(held=True, answer="unnamed")
        second = await office.submit(await office.firm(2, text="The sky is too blue"))
        attempt = Attempt(await office.claimed(second), office.claims, tell, lease_s=LEASE_S, deadline_s=60)
        await attempt.run(URLS["youtube"], opened())
        job = await office.jobs.get(second.id, "ada")
        assert (job.state, job.reason) == ("needs_attention", UNSEEN)
        assert [sent["commentText"] for sent in wall.sent] == [note.text, "The sky is too blue"]


async def test_a_look_at_the_sites_tells_what_changed_and_sends_nothing(
    smoke: ModuleType,
    lookalikes: Server,
    wall: Wall,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for recipe in smoke.PAGES:
        monkeypatch.setattr(recipe, "timeouts", QUICK)
    wall.put("A comment")
    wall.scenario = Scenario(signed_in=False)
    async with page(lookalikes) as visitor:
        seen = await smoke.look_at(smoke.URLS, visitor)
        assert smoke.printed(seen) == 0
        out = capsys.readouterr().out
        assert "youtube   opener      found    ytd-comment-simplebox-renderer #simplebox-placeholder" in out
        assert "frameio: everything that a visitor sees was found." in out
        assert f"youtube: {seen['youtube'].hidden} names need a login and were not tried." in out
        assert seen["youtube"].hidden > 3

        wall.scenario = Scenario(signed_in=False, moved=2)
        assert smoke.printed(await smoke.look_at({"youtube": smoke.URLS["youtube"]}, visitor)) == smoke.DRIFTED
        assert "youtube: the page has changed, nothing was found of: opener." in capsys.readouterr().out

        unreached = await smoke.look_at({"generic": "https://no.network.example/"}, visitor)
        assert smoke.printed(unreached) == smoke.UNREACHED
        assert "generic: not looked at. The connection" in capsys.readouterr().out
    assert wall.sent == []


def test_pages_to_look_at_are_chosen_by_site_and_address(smoke: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.asked_for([]) == smoke.URLS
    assert smoke.asked_for(["vimeo"]) == {"vimeo": smoke.URLS["vimeo"]}
    given = "http://127.0.0.1:8787/practice"
    assert smoke.asked_for(["practice", "--url", f"practice={given}"]) == {"practice": given}
    for wrong in (["myspace"], ["practice"], ["--url", "myspace=https://myspace.example"]):
        with pytest.raises(SystemExit):
            smoke.asked_for(wrong)
    assert "give one with --url practice=ADDRESS" in capsys.readouterr().err
