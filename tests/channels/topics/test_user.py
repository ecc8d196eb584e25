"""Everything of one user, for that user alone."""

import pytest

from channels.client import PushRefused
from tests.channels.conftest import Site, until


async def test_a_user_sees_the_changes_of_every_note(site: Site) -> None:
    async with site.review() as review, site.client() as other:
        user = await other.join("user:ada")
        assert user.reply["snapshot"] == {"notes": []}
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


async def test_it_takes_no_commands(site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        with pytest.raises(PushRefused, match=r"see docs/wire\.md") as refused:
            await user.push("edit_note", {"note_id": "n"})
        assert refused.value.reason == "unknown_event"
