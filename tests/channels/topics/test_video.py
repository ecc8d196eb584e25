"""One's own video: detected, followed, and its notes."""

from typing import Any

import pytest

from channels.client import PushRefused
from tests.channels.conftest import Site, until

FILM: dict[str, Any] = {
    "platform": "youtube",
    "external_id": "dQw4w9WgXcQ",
    "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "title": "The cut",
    "duration": 212.0,
    "chapters": [{"title": "Opening", "start_s": 0}],
}


async def test_a_page_asks_which_video_it_shows_and_joins_it(site: Site) -> None:
    async with site.client() as client:
        new = await client.join("video:new")
        assert new.reply == {}
        found = await new.push("video_detected", FILM)
        assert found["supported"] is True
        assert (await new.push("video_detected", FILM)) == found, "the same video again"
        row = await site.videos.get(found["video_id"], "ada")
        assert (row.title, row.duration_s, row.chapters) == ("The cut", 212.0, FILM["chapters"])
        video = await client.join(f"video:{found['video_id']}")
        assert video.reply["snapshot"] == {"notes": [], "next": None}
        assert (video.reply["recovered"], video.reply["seq"]) == (False, 0)


async def test_an_unsupported_platform_has_no_id(site: Site) -> None:
    async with site.client() as client:
        new = await client.join("video:new")
        found = await new.push("video_detected", {**FILM, "platform": "cinema"})
        assert found == {"video_id": None, "supported": False}


@pytest.mark.parametrize(
    "change, words",
    [
        ({"url": "javascript:alert(1)"}, "url: .*http://"),
        ({"url": ""}, "url"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "x" * 257}, "external_id"),
        ({"duration": -1}, "duration"),
        ({"chapters": ["Opening"]}, "chapters"),
        ({"chapters": [{}] * 501}, "chapters"),
        ({"cues": [{"text": {"deep": ["down"]}}]}, "cues"),
    ],
)
async def test_what_a_page_says_is_checked(site: Site, change: dict[str, Any], words: str) -> None:
    async with site.client() as client:
        new = await client.join("video:new")
        with pytest.raises(PushRefused, match=words) as refused:
            await new.push("video_detected", {**FILM, **change})
        assert refused.value.reason == "invalid"


async def test_a_long_title_is_no_reason_to_refuse_a_video(site: Site) -> None:
    async with site.client() as client:
        new = await client.join("video:new")
        assert (await new.push("video_detected", {**FILM, "title": "x" * 5000}))["supported"]


async def test_before_a_video_is_known_there_is_nothing_to_ask_of_it(site: Site) -> None:
    async with site.client() as client:
        new = await client.join("video:new")
        for event in ("get_notes", "edit_note", "huh"):
            with pytest.raises(PushRefused, match="video_detected first") as refused:
                await new.push(event, {"note_id": "n"})
            assert refused.value.reason == "no_video"


async def test_only_its_owner_joins_a_video(site: Site) -> None:
    async with site.client() as ada, site.client("bob") as bob:
        found = await (await ada.join("video:new")).push("video_detected", FILM)
        for user, topic, reason in ((bob, f"video:{found['video_id']}", "forbidden"), (ada, "video:none", "not_found")):
            with pytest.raises(PushRefused) as refused:
                await user.join(topic)
            assert refused.value.reason == reason
        theirs = await (await bob.join("video:new")).push("video_detected", FILM)
        assert theirs["video_id"] != found["video_id"], "each user has a row of their own"


async def test_its_notes_are_followed_listed_and_commanded(site: Site) -> None:
    async with site.review() as review:
        topic = f"video:{review.audio.reply['video_id']}"
        video = await review.client.join(topic)
        note = await review.say()
        created = await until(video, "note_created")
        assert (created.seq, created.payload["note"]) == (1, note)
        assert (await video.push("get_notes"))["notes"] == [note]
        kept = (await video.push("confirm_note", {"note_id": note["id"]}))["note"]
        assert (await until(video, "note_updated")).payload["note"] == kept
        with pytest.raises(PushRefused) as refused:
            await video.push("cancel")
        assert refused.value.reason == "unknown_event"
        await video.push("delete_note", {"note_id": note["id"]})
        assert (await until(video, "note_cancelled")).payload["deleted"] is True
        back = await review.client.join(topic, {"epoch": video.reply["epoch"], "last_seq": 1})
        assert [event["event"] for event in back.reply["events"]] == ["note_updated", "note_cancelled"]
        assert (await review.client.join(topic)).reply["snapshot"]["notes"] == []


async def test_its_notes_come_in_pages(site: Site) -> None:
    async with site.review(timestamp=None) as review:
        notes = [await review.say() for _ in range(3)]
        video = await review.client.join(f"video:{review.audio.reply['video_id']}")
        whole = await video.push("get_notes")
        assert (whole["notes"], whole["next"]) == (notes, None)
        first = await video.push("get_notes", {"limit": 2})
        assert (first["notes"], first["next"]) == (notes[:2], notes[1]["id"])
        rest = await video.push("get_notes", {"limit": 2, "after": first["next"]})
        assert (rest["notes"], rest["next"]) == (notes[2:], None)
        for wrong, reason in (({"limit": 0}, "invalid"), ({"limit": 201}, "invalid"), ({"after": "none"}, "not_found")):
            with pytest.raises(PushRefused) as refused:
                await video.push("get_notes", wrong)
            assert refused.value.reason == reason
