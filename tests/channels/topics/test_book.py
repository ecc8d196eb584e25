"""A note that is typed, on the topic of its video or session."""

from typing import Any

import pytest

from channels.client import Channel, PushRefused
from tests.channels.conftest import Site, until
from tests.channels.topics.test_video import FILM

NOTE: dict[str, Any] = {"text": " Lose the logo. ", "timestamp_s": 12.5, "client_ref": "9f2c51d07ab84e63"}


async def film(client: Any) -> Channel:
    found = await (await client.join("video:new")).push("video_detected", FILM)
    channel: Channel = await client.join(f"video:{found['video_id']}")
    return channel


async def refused(channel: Channel, payload: Any) -> tuple[str, str]:
    with pytest.raises(PushRefused) as refusal:
        await channel.push("write_note", payload)
    return refusal.value.reason, str(refusal.value)


async def test_a_typed_note_is_firmed_and_everybody_hears_of_it(site: Site) -> None:
    async with site.client() as client, site.client() as other:
        video, user = await film(client), await other.join("user:ada")
        note = (await video.push("write_note", NOTE))["note"]
        assert note | {"id": "", "video_id": ""} == {
            "id": "",
            "session_id": None,
            "video_id": "",
            "utterance": None,
            "part": 0,
            "text": "Lose the logo.",
            "transcript": "Lose the logo.",
            "category": "other",
            "confidence": 1.0,
            "coverage": None,
            "timestamp_s": 12.5,
            "status": "firmed",
            "reason": None,
            "revision": 1,
            "permalink": None,
        }
        for follower in (video, user):
            told = (await until(follower, "note_created")).payload
            assert (told["note"], told["utterance"]) == (note, None)
        assert (await video.push("get_notes"))["notes"] == [note]
        edited = await video.push("edit_note", {"note_id": note["id"], "text": "Keep the logo.", "revision": 1})
        assert edited["note"]["text"] == "Keep the logo."
        assert site.figures.total("notes", origin="written") == 1


async def test_a_push_that_is_said_again_makes_no_second_note(site: Site) -> None:
    async with site.client() as client:
        video = await film(client)
        note = (await video.push("write_note", NOTE))["note"]
    async with site.client() as back:
        video = await film(back)
        assert (await video.push("write_note", NOTE))["note"] == note
        assert (await video.push("get_notes"))["notes"] == [note]
        await video.push("delete_note", {"note_id": note["id"]})
        assert (await refused(video, NOTE))[0] == "not_found"


async def test_in_a_session_it_is_about_the_sessions_video(site: Site) -> None:
    async with site.review() as review:
        said = await review.say()
        note = (await review.session.push("write_note", {**NOTE, "category": "graphics"}))["note"]
        assert (note["session_id"], note["video_id"]) == ("s1", said["video_id"])
        assert (note["category"], note["utterance"]) == ("graphics", None)
        assert (await review.until("note_created")).payload["note"] == note
        assert site.figures.total("notes", origin="spoken") == 1
    async with site.client() as back:
        session = await back.join("session:s1")
        assert [each["id"] for each in session.reply["snapshot"]["notes"]] == [said["id"], note["id"]]


async def test_a_session_that_nobody_is_in_still_knows_its_video(site: Site) -> None:
    async with site.client() as client:
        video, session = await film(client), await client.join("session:s2")
        assert await refused(session, NOTE) == (
            "no_video",
            "This session has no video yet: write the note on the topic of the video.",
        )
        row = await site.sessions.claim("s2", user_id="ada", owner="gone", lease_s=30)
        video_id = video.topic.removeprefix("video:")
        await site.sessions.checkpoint("s2", row.fence, {}, video_id=video_id)
        await site.sessions.release("s2", row.fence)
        assert (await session.push("write_note", NOTE))["note"]["video_id"] == video_id


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"text": "   "}, "invalid_value", "empty"),
        ({"text": "x" * 201}, "invalid_value", "at most 200"),
        ({"text": None}, "invalid", "text"),
        ({"timestamp_s": -1}, "invalid", "timestamp_s"),
        ({"timestamp_s": 300}, "invalid_value", "ends at 212 s"),
        ({"category": "rant"}, "invalid", "category"),
        ({"client_ref": "short"}, "invalid", "client_ref"),
        ({"client_ref": "x" * 65}, "invalid", "client_ref"),
    ],
)
async def test_what_cant_be_a_note_is_refused(site: Site, change: dict[str, Any], reason: str, words: str) -> None:
    async with site.client() as client:
        video = await film(client)
        told, message = await refused(video, {**NOTE, **change})
        assert told == reason
        assert words in message
        assert (await video.push("get_notes"))["notes"] == []


async def test_nobody_writes_before_there_is_a_video_or_on_another_users(site: Site) -> None:
    async with site.client() as ada, site.client("bob") as bob:
        assert (await refused(await ada.join("video:new"), NOTE))[0] == "no_video"
        video = await film(ada)
        with pytest.raises(PushRefused) as no:
            await bob.join(video.topic)
        assert no.value.reason == "forbidden"


async def test_a_server_that_goes_down_still_takes_what_is_typed(site: Site) -> None:
    async with site.client() as client:
        video = await film(client)
        site.endpoint.drain()
        assert (await video.push("write_note", NOTE))["note"]["status"] == "firmed"
        with pytest.raises(PushRefused) as no:
            await client.join("user:ada")
        assert no.value.reason == "draining"
