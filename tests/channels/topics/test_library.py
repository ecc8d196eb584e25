"""A user's library over the wire: videos, and a search over the notes."""

import time
from typing import Any

import pytest

from channels.client import Channel, PushRefused
from tests.channels.conftest import Site
from tests.channels.topics.test_video import FILM


async def opened(client: Any, name: str, **change: Any) -> str:
    """The id of a video that a page has shown just now."""
    url = f"https://www.youtube.com/watch?v={name}"
    new = await client.join("video:new")
    found = await new.push("video_detected", {**FILM, "external_id": name, "url": url, **change})
    return str(found["video_id"])


async def write(client: Any, video_id: str, text: str, **more: Any) -> dict[str, Any]:
    video = await client.join(f"video:{video_id}")
    payload = {"text": text, "timestamp_s": 1.0, "client_ref": f"note: {text}", **more}
    return dict((await video.push("write_note", payload))["note"])


async def titles(user: Channel, **wanted: Any) -> list[str]:
    return [video["title"] for video in (await user.push("list_videos", wanted))["videos"]]


async def texts(user: Channel, query: str, **wanted: Any) -> list[str]:
    return [note["text"] for note in (await user.push("search_notes", {"query": query, **wanted}))["notes"]]


async def test_the_videos_come_with_their_notes_counted(site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        assert await user.push("list_videos") == {"videos": [], "next": None}
        first, began = await opened(client, "one", title="One"), time.time()
        await opened(client, "two", title="Two", duration=None)
        await write(client, first, "Softer.")
        gone = await write(client, first, "Louder.")
        await (await client.join(f"video:{first}")).push("scratch_note", {"note_id": gone["id"]})
        answer = await user.push("list_videos")
        one, two = answer["videos"]
        assert answer["next"] is None
        assert began - 1 < one.pop("newest_note_at") == one.pop("updated_at") < time.time() + 1
        assert one == {
            "id": first,
            "platform": "youtube",
            "external_id": "one",
            "url": "https://www.youtube.com/watch?v=one",
            "title": "One",
            "duration_s": 212.0,
            "notes": 1,
            "unposted": 1,
        }
        assert (two["notes"], two["newest_note_at"], two["duration_s"]) == (0, None, None)


async def test_they_come_in_pages_and_by_a_query(site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        for title in ("One", "Two", "Three"):
            await opened(client, title.lower(), title=title)
        first = await user.push("list_videos", {"limit": 2})
        assert [video["title"] for video in first["videos"]] == ["Three", "Two"]
        assert await titles(user, limit=2, after=first["next"]) == ["One"]
        assert await titles(user, query=" T ") == ["Three", "Two", "One"], "it is part of every address"
        assert await titles(user, query="V=TH") == ["Three"]


async def test_a_search_finds_every_word_in_the_note_or_its_transcript(site: Site) -> None:
    async with site.client() as client:
        video, user = await opened(client, "one", title="One"), await client.join("user:ada")
        loud = await write(client, video, "The music is too loud.", category="audio")
        late = await write(client, await opened(client, "two", title="Two"), "The cut comes too late.")
        found = await user.push("search_notes", {"query": "TOO the"})
        assert found["notes"] == [late, loud], "newest first"
        url = "https://www.youtube.com/watch?v="
        assert found["videos"] == {
            loud["video_id"]: {"title": "One", "url": f"{url}one"},
            late["video_id"]: {"title": "Two", "url": f"{url}two"},
        }
        assert await texts(user, "loud cut") == []
        assert await texts(user, "%") == []
        assert await texts(user, "too", limit=1) == [late["text"]]
        assert await texts(user, "", category="audio") == [loud["text"]]
        topic = await client.join(f"video:{video}")
        await topic.push("scratch_note", {"note_id": loud["id"]})
        assert await texts(user, "music") == []
        assert await texts(user, "music", status="cancelled") == [loud["text"]]


async def test_nobody_finds_what_is_another_users(site: Site) -> None:
    async with site.client() as ada, site.client("bob") as bob:
        hers = await opened(ada, "one", title="One")
        await write(ada, hers, "The music is too loud.")
        user = await bob.join("user:bob")
        assert await titles(user) == await texts(user, "music") == []
        with pytest.raises(PushRefused) as refused:
            await user.push("list_videos", {"after": hers})
        assert refused.value.reason == "not_found"


@pytest.mark.parametrize(
    ("push", "payload", "reason", "words"),
    [
        ("list_videos", {"limit": 0}, "invalid", "limit"),
        ("list_videos", {"limit": 201}, "invalid", "limit"),
        ("list_videos", {"query": "x" * 201}, "invalid", "query"),
        ("list_videos", {"after": "none"}, "not_found", "no such video"),
        ("search_notes", {}, "invalid", "query"),
        ("search_notes", {"query": None}, "invalid", "query"),
        ("search_notes", {"query": "x " * 13}, "invalid_value", "at most 12"),
        ("search_notes", {"query": "x", "category": "rant"}, "invalid", "category"),
        ("search_notes", {"query": "x", "status": "lost"}, "invalid", "status"),
        ("search_notes", {"query": "x", "limit": 201}, "invalid", "limit"),
    ],
)
async def test_what_cant_be_asked_is_refused(site: Site, push: str, payload: Any, reason: str, words: str) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        with pytest.raises(PushRefused, match=words) as refused:
            await user.push(push, payload)
        assert refused.value.reason == reason
