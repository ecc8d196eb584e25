"""Following a session: its snapshot, coming back, its note commands, and whose it is."""

from typing import Any

import pytest

from channels.client import Channel, PushRefused
from channels.hub import HistorySettings
from tests.channels.conftest import Serve, Site, until


def told(channel_events: list[Any]) -> list[tuple[str, Any]]:
    return [(event.event, event.payload) for event in channel_events if event.seq is not None]


async def test_a_session_that_has_not_begun_is_idle_and_empty(site: Site) -> None:
    async with site.client() as client:
        session = await client.join("session:s1")
        assert session.reply["recovered"] is False
        assert session.reply["events"] == []
        assert session.reply["seq"] == 0
        snapshot = session.reply["snapshot"]
        assert snapshot == {
            "microphone": "idle",
            "mode": "ptt",
            "state": "idle",
            "utterance": None,
            "run": None,
            "runs": [],
            "last_transition": 0,
            "video_id": None,
            "notes": [],
        }


async def test_a_snapshot_holds_the_notes_and_where_things_stand(site: Site) -> None:
    async with site.review() as review, site.client() as other:
        note = await review.say()
        await review.until("state_changed")
        joined = await other.join("session:s1")
        snapshot = joined.reply["snapshot"]
        assert [each["id"] for each in snapshot["notes"]] == [note["id"]]
        assert snapshot["video_id"] == note["video_id"]
        assert snapshot["runs"] == [{"utterance": 1, "state": "confirming"}]
        assert joined.reply["seq"] > 5


async def test_the_id_belongs_to_the_first_user(site: Site) -> None:
    async with site.client() as ada, site.client("bob") as bob:
        await ada.join("session:s1")
        with pytest.raises(PushRefused, match="bound to its first user") as refused:
            await bob.join("session:s1")
        assert refused.value.reason == "forbidden"
        await bob.join("session:bobs")


async def test_two_clients_see_the_same_events_in_the_same_order(site: Site) -> None:
    async with site.review() as review, site.client() as other:
        follower = await other.join("session:s1")
        seen: list[Any] = []
        note = await review.say()
        await review.session.push("confirm_note", {"note_id": note["id"]})
        await review.until("note_updated")
        await until(follower, "note_updated", seen)
        assert told(seen) == told(review.seen)
        assert [event.seq for event in seen if event.seq] == list(range(1, len(told(seen)) + 1))
        names = [name for name, _ in told(seen)]
        assert [name for name in names if name != "state_changed"] == [
            "speech_started",
            "speech_ended",
            "asr_final",
            "intent",
            "note_created",
            "note_updated",
        ]


async def test_whoever_comes_back_gets_what_was_missed_and_nothing_twice(site: Site) -> None:
    async with site.review() as review, site.client() as other:
        before = await other.join("session:s1")
        position = {"epoch": before.reply["epoch"], "last_seq": before.reply["seq"]}
        await before.leave()
        await review.say()
        back = await other.join("session:s1", position)
        assert back.reply["recovered"] is True
        assert "snapshot" not in back.reply
        missed = [(event["event"], event["payload"]) for event in back.reply["events"]]
        seen = told(review.seen)
        assert missed[: len(seen)] == seen
        assert [payload["seq"] for _, payload in missed] == list(range(1, back.reply["seq"] + 1))


async def test_whoever_was_away_too_long_or_knows_another_epoch_gets_a_snapshot(serve: Serve) -> None:
    async with serve(history=HistorySettings(max_bytes=500)) as site, site.review() as review:
        await review.say()
        epoch = review.session.reply["epoch"]
        for position in ({"epoch": epoch, "last_seq": 0}, {"epoch": "another", "last_seq": 0}):
            session = await review.client.join("session:s1", position)
            assert session.reply["recovered"] is False
            assert len(session.reply["snapshot"]["notes"]) == 1


@pytest.mark.parametrize("position", [{"epoch": 7}, {"last_seq": -1}, {"epoch": "e", "last_seq": "x"}, [], [1]])
async def test_a_position_that_is_none(site: Site, position: Any) -> None:
    async with site.client() as client:
        if position == []:
            assert (await client.join("session:s1", position)).reply["recovered"] is False
        else:
            with pytest.raises(PushRefused) as refused:
                await client.join("session:s1", position)
            assert refused.value.reason == "invalid"


async def refused(channel: Channel, event: str, payload: Any = None) -> str:
    with pytest.raises(PushRefused) as refusal:
        await channel.push(event, payload)
    assert str(refusal.value)
    return refusal.value.reason


async def test_a_note_is_kept_edited_scratched_and_deleted(site: Site) -> None:
    async with site.review() as review:
        note = await review.say()
        this = {"note_id": note["id"]}
        kept = (await review.session.push("confirm_note", this))["note"]
        assert (kept["status"], kept["revision"]) == ("firmed", note["revision"] + 1)
        change = {**this, "text": "Turn the music down.", "category": "audio", "timestamp_s": 3.5}
        edited = (await review.session.push("edit_note", {**change, "revision": kept["revision"]}))["note"]
        assert (edited["text"], edited["category"], edited["timestamp_s"]) == ("Turn the music down.", "audio", 3.5)
        assert await refused(review.session, "edit_note", {**this, "text": "x", "revision": 1}) == "revision_conflict"
        assert await refused(review.session, "edit_note", this) == "invalid_value"
        assert await refused(review.session, "post_note", this) == "posting_unavailable"
        assert (await review.session.push("scratch_note", this))["note"]["status"] == "cancelled"
        assert await refused(review.session, "confirm_note", this) == "not_now"
        assert await review.session.push("delete_note", this) == this
        assert await refused(review.session, "edit_note", {**this, "text": "x"}) == "not_found"


async def test_a_conflict_names_the_revision_that_is_stored(site: Site) -> None:
    async with site.review() as review:
        note = await review.say()
        with pytest.raises(PushRefused) as conflict:
            await review.session.push("edit_note", {"note_id": note["id"], "text": "x", "revision": 99})
        assert conflict.value.response["current"] == note["revision"]


async def test_commands_of_the_session_apply_only_where_they_can(site: Site) -> None:
    async with site.client() as client:
        session = await client.join("session:s1")
        assert await refused(session, "cancel") == "not_now"
        assert await refused(session, "reset") == "not_now"
        assert await refused(session, "huh") == "unknown_event"
        assert await refused(session, "confirm_note", {}) == "invalid"
        assert await refused(session, "confirm_note", {"note_id": "missing"}) == "not_found"
    async with site.review() as review:
        assert await refused(review.session, "reset") == "not_now"
        await review.say()
        assert await review.session.push("cancel") == {}
        await review.until("note_cancelled")
        assert await refused(review.session, "cancel") == "not_now"


async def test_another_users_note_cant_be_touched(site: Site) -> None:
    async with site.review() as review, site.client("bob") as bob:
        note = await review.say()
        session = await bob.join("session:bobs")
        for event in ("confirm_note", "delete_note", "scratch_note", "post_note"):
            assert await refused(session, event, {"note_id": note["id"]}) == "forbidden"
        assert await refused(session, "edit_note", {"note_id": note["id"], "text": "mine"}) == "forbidden"
        assert await refused(session, "settle_post", {"note_id": note["id"], "found": True}) == "forbidden"


async def test_a_post_is_settled_by_a_plain_answer_alone(site: Site) -> None:
    async with site.review() as review:
        this = {"note_id": (await review.say())["id"]}
        assert await refused(review.session, "settle_post", this) == "invalid"
        bad = {**this, "found": True, "permalink": "javascript:alert(1)"}
        assert await refused(review.session, "settle_post", bad) == "invalid"
        assert await refused(review.session, "settle_post", {**this, "found": True}) == "posting_unavailable"
