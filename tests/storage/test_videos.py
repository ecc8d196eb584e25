import asyncio
from typing import Any

import pytest

from storage.errors import Forbidden, InvalidValue, NotFound
from tests.storage.conftest import Desk

KEY: dict[str, Any] = {"user_id": "ada", "platform": "youtube", "external_id": "abc", "url": "https://youtu.be/abc"}


async def test_what_is_missing_never_overwrites_what_is_known(desk: Desk) -> None:
    chapters = [{"title": "Opening — début", "start_s": 0.0}]
    first = await desk.videos.upsert(**KEY, title="Trailer", duration_s=90.5, chapters=chapters, cues=[{"text": "Hi"}])
    again = await desk.videos.upsert(**KEY)
    assert again.id == first.id
    assert (again.title, again.duration_s, again.chapters, again.cues) == ("Trailer", 90.5, chapters, [{"text": "Hi"}])
    assert again.updated_at > first.updated_at
    changed = await desk.videos.upsert(
        **{**KEY, "url": "https://www.youtube.com/watch?v=abc"}, title="Trailer 2", duration_s=0
    )
    stored = await desk.videos.get(first.id, "ada")
    assert (stored.title, stored.duration_s, stored.url) == ("Trailer 2", 0.0, changed.url)
    assert stored.chapters == chapters


async def test_each_user_has_a_row_of_their_own(desk: Desk) -> None:
    hers = await desk.videos.upsert(**KEY)
    his = await desk.videos.upsert(**{**KEY, "user_id": "bob"})
    assert hers.id != his.id
    with pytest.raises(Forbidden, match="another user"):
        await desk.videos.get(hers.id, "bob")
    with pytest.raises(NotFound):
        await desk.videos.get("nothing", "ada")


async def test_the_same_video_detected_twice_at_once_is_one_row(desk: Desk) -> None:
    videos = await asyncio.gather(*(desk.videos.upsert(**KEY) for _ in range(8)))
    assert len({video.id for video in videos}) == 1


async def test_a_user_who_is_not_known_has_no_videos(desk: Desk) -> None:
    with pytest.raises(NotFound, match="Create the user"):
        await desk.videos.upsert(**{**KEY, "user_id": "nobody"})


@pytest.mark.parametrize(
    "bad",
    [
        {"platform": ""},
        {"external_id": "x" * 257},
        {"url": "h" * 2049},
        {"duration_s": -1},
        {"duration_s": float("nan")},
        {"chapters": [{}] * 501},
    ],
)
async def test_values_out_of_their_limits_are_refused(desk: Desk, bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        await desk.videos.upsert(**{**KEY, **bad})


async def test_a_long_title_is_cut(desk: Desk) -> None:
    assert len((await desk.videos.upsert(**KEY, title="t" * 900)).title) == 500


async def test_its_version_is_another_one_after_each_detection(desk: Desk) -> None:
    first = await desk.videos.version(desk.video_id, "ada")
    assert await desk.videos.version(desk.video_id, "ada") == first
    await desk.videos.upsert(user_id="ada", platform="practice", external_id="1", url="sidenote:practice", title="New")
    assert await desk.videos.version(desk.video_id, "ada") > first
    for video_id, user_id in ((desk.video_id, "bob"), ("none", "ada")):
        with pytest.raises(NotFound):
            await desk.videos.version(video_id, user_id)
