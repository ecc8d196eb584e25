"""Everything of one user, for that user alone."""

from typing import Any

import pytest

from agent.services import AgentSettings
from channels.client import PushRefused
from tests.channels.conftest import NEW_USER, Serve, Site, until


async def test_a_user_sees_the_changes_of_every_note(site: Site) -> None:
    async with site.review() as review, site.client() as other:
        user = await other.join("user:ada")
        assert user.reply["snapshot"] == NEW_USER
        note = await review.say()
        assert (await until(user, "note_created")).payload["note"] == note
        await review.session.push("scratch_note", {"note_id": note["id"]})
        assert (await until(user, "note_cancelled")).payload["note"]["status"] == "cancelled"
        back = await other.join("user:ada", {"epoch": user.reply["epoch"], "last_seq": 0})
        assert [event["event"] for event in back.reply["events"]] == ["note_created", "note_cancelled"]
        again = await other.join("user:ada")
        assert [each["id"] for each in again.reply["snapshot"]["notes"]] == [note["id"]]


async def test_nobody_elses_topic_can_be_joined(site: Site) -> None:
    async with site.client("bob") as bob:
        with pytest.raises(PushRefused) as refused:
            await bob.join("user:ada")
        assert refused.value.reason == "forbidden"


async def test_the_glossary_is_set_and_every_client_of_the_user_hears_of_it(site: Site) -> None:
    async with site.client() as one, site.client() as other, site.client("bob") as bob:
        here, there, theirs = await one.join("user:ada"), await other.join("user:ada"), await bob.join("user:bob")
        assert await here.push("get_glossary") == {"terms": []}
        stored = await here.push("set_glossary", {"terms": [" Marisol  Quintero", "Zeiss", "zeiss"]})
        assert stored == {"terms": ["Marisol Quintero", "Zeiss"]}
        for client in (here, there):
            changed = await until(client, "glossary_changed")
            assert (changed.seq, changed.payload["terms"]) == (1, stored["terms"])
        assert await there.push("get_glossary") == stored
        assert await theirs.push("get_glossary") == {"terms": []}
        assert (await other.join("user:ada")).reply["snapshot"]["glossary"] == stored["terms"]


@pytest.mark.parametrize(
    ("payload", "reason", "words"),
    [
        ({}, "invalid", "terms"),
        ({"terms": "Zeiss"}, "invalid", "terms"),
        ({"terms": ["Zeiss", 5]}, "invalid", "terms.1"),
        ({"terms": [f"word {number}" for number in range(201)]}, "invalid", "terms"),
        ({"terms": ["x" * 65]}, "invalid_value", "at most 64"),
        ({"terms": [""]}, "invalid_value", "empty"),
    ],
)
async def test_a_glossary_that_cant_be_kept_is_refused(payload: Any, reason: str, words: str, site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        await user.push("set_glossary", {"terms": ["Zeiss"]})
        with pytest.raises(PushRefused, match=words) as refused:
            await user.push("set_glossary", payload)
        assert refused.value.reason == reason
        assert await user.push("get_glossary") == {"terms": ["Zeiss"]}


@pytest.mark.parametrize("default", [True, False])
async def test_preferences_are_set_and_every_client_of_the_user_hears_of_it(serve: Serve, default: bool) -> None:
    untouched = {"auto_post": None, "auto_post_default": default}
    agent = AgentSettings(auto_post=default)
    async with (
        serve(agent=agent) as site,
        site.client() as one,
        site.client() as other,
        site.client("bob") as bob,
    ):
        here, there, theirs = await one.join("user:ada"), await other.join("user:ada"), await bob.join("user:bob")
        assert here.reply["snapshot"]["preferences"] == untouched
        chosen = {**untouched, "auto_post": not default}
        assert await here.push("set_preferences", {"auto_post": not default}) == {"preferences": chosen}
        for client in (here, there):
            changed = await until(client, "preferences_changed")
            assert (changed.seq, changed.payload["preferences"]) == (1, chosen)
        assert await there.push("get_preferences") == {"preferences": chosen}
        assert await theirs.push("get_preferences") == {"preferences": untouched}
        assert (await other.join("user:ada")).reply["snapshot"]["preferences"] == chosen
        assert await here.push("set_preferences", {"auto_post": None}) == {"preferences": untouched}


@pytest.mark.parametrize("payload", [{}, {"auto_post": "true"}, {"auto_post": 1}, {"auto_posts": True}, None])
async def test_a_preference_that_is_none_is_refused(payload: Any, site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        with pytest.raises(PushRefused) as refused:
            await user.push("set_preferences", payload)
        assert refused.value.reason == "invalid"
        assert await user.push("get_preferences") == {"preferences": NEW_USER["preferences"]}


async def test_it_takes_no_commands(site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        with pytest.raises(PushRefused, match=r"see docs/wire\.md") as refused:
            await user.push("edit_note", {"note_id": "n"})
        assert refused.value.reason == "unknown_event"
