import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from storage.errors import Forbidden, NotFound, StaleFence
from storage.tables import AudioChunk, Note, ReviewSession
from storage.values import now
from tests.storage.conftest import Desk


async def test_an_id_is_bound_to_its_first_user(desk: Desk) -> None:
    assert (await desk.sessions.bind("new", "ada")).fence == 0
    assert (await desk.sessions.bind("new", "ada")).user_id == "ada"
    with pytest.raises(Forbidden, match="bound to its first user"):
        await desk.sessions.bind("new", "bob")
    with pytest.raises(Forbidden):
        await desk.sessions.claim("new", user_id="bob", owner="x", lease_s=1)


async def test_a_takeover_raises_the_fence_and_shuts_the_old_owner_out(desk: Desk) -> None:
    await desk.sessions.checkpoint("s", desk.fence, {"runs": []}, video_id=desk.video_id, mode="ptt")
    note = await desk.note(1)
    await desk.audio.append("s", desk.fence, 1, 0, b"ab")
    mark = ("s", desk.fence, 2)
    taken = await desk.sessions.claim("s", user_id="ada", owner="second", lease_s=30)
    assert (taken.fence, taken.owner, taken.state, taken.mode) == (desk.fence + 1, "second", {"runs": []}, "ptt")
    assert taken.lease_until is not None
    assert timedelta(seconds=25) < taken.lease_until - now() < timedelta(seconds=31)
    before = await everything(desk)
    for late in (
        desk.sessions.renew("s", desk.fence, 30),
        desk.sessions.checkpoint("s", desk.fence, {"runs": [1]}, mode="hands-free", unfinished=True),
        desk.sessions.release("s", desk.fence),
        desk.audio.append("s", desk.fence, 1, 1, b"cd"),
        desk.audio.append("s", desk.fence, 2, 0, b"cd"),
        desk.audio.append_silence("s", desk.fence, 1, 1, 10),
        desk.note(1),
        desk.note(2),
        desk.notes.edit(note.id, user_id="ada", text="Another", mark=mark),
        desk.notes.keep(note.id, user_id="ada", mark=mark),
        desk.notes.cancel(note.id, user_id="ada", mark=mark),
        desk.notes.withdraw("s", 1, desk.fence),
    ):
        with pytest.raises(StaleFence, match="Stop writing"):
            await late
        assert await everything(desk) == before
    await desk.audio.append("s", taken.fence, 1, 1, b"cd")
    await desk.notes.keep(note.id, user_id="ada", mark=("s", taken.fence, 2))


async def everything(desk: Desk) -> list[Any]:
    """All that is stored of the session."""

    def look(session: Session) -> list[Any]:
        rows = [each for table in (ReviewSession, Note, AudioChunk) for each in session.exec(select(table)).all()]
        return [each.model_dump() for each in rows]

    return await desk.database.read(look)


async def test_claims_at_once_get_a_fence_each(desk: Desk) -> None:
    claimed = await asyncio.gather(
        *(desk.sessions.claim("race", user_id="ada", owner=str(n), lease_s=30) for n in range(8))
    )
    assert sorted(row.fence for row in claimed) == list(range(1, 9))


async def test_a_checkpoint_leaves_what_it_does_not_name(desk: Desk) -> None:
    await desk.sessions.checkpoint("s", desk.fence, {"a": {"b": "ü"}}, video_id=desk.video_id, mode="hands-free")
    before = await desk.sessions.get("s")
    await desk.sessions.checkpoint("s", desk.fence, {"a": 2})
    after = await desk.sessions.get("s")
    assert before.state == {"a": {"b": "ü"}}
    assert (after.state, after.video_id, after.mode) == ({"a": 2}, desk.video_id, "hands-free")
    assert after.last_transition_at > before.last_transition_at


async def test_a_session_looks_at_its_own_users_videos_only(desk: Desk) -> None:
    his = await desk.videos.upsert(user_id="bob", platform="practice", external_id="1", url="http://localhost/1")
    with pytest.raises(Forbidden):
        await desk.sessions.checkpoint("s", desk.fence, {}, video_id=his.id)
    with pytest.raises(NotFound):
        await desk.sessions.checkpoint("s", desk.fence, {}, video_id="nothing")


async def test_release_ends_the_lease_and_renew_extends_it(desk: Desk) -> None:
    await desk.sessions.renew("s", desk.fence, 900)
    renewed = (await desk.sessions.get("s")).lease_until
    assert renewed is not None
    assert renewed - now() > timedelta(seconds=800)
    await desk.sessions.release("s", desk.fence)
    released = await desk.sessions.get("s")
    assert (released.owner, released.lease_until, released.fence) == (None, None, desk.fence)


async def test_what_does_not_exist_is_said_so(desk: Desk) -> None:
    for missing in (
        desk.sessions.get("none"),
        desk.sessions.renew("none", 1, 1),
        desk.sessions.bind("fresh", "nobody"),
    ):
        with pytest.raises(NotFound):
            await missing


async def test_work_left_without_a_living_owner_is_listed_for_a_successor(desk: Desk) -> None:
    assert await desk.sessions.list_unfinished() == []
    assert [await desk.sessions.unfinished(name) for name in ("s", "no such session")] == [False, False]
    await desk.audio.append("s", desk.fence, 1, 0, b"ab")
    assert await desk.sessions.list_unfinished() == [], "its owner lives"
    assert await desk.sessions.unfinished("s")
    await desk.sessions.release("s", desk.fence)
    assert [row.id for row in await desk.sessions.list_unfinished()] == ["s"]
    taken = await desk.sessions.claim("s", user_id="ada", owner="next", lease_s=-1)
    assert [row.id for row in await desk.sessions.list_unfinished()] == ["s"], "the next owner died too"
    assert [await desk.sessions.owner("s", living=living) for living in (False, True)] == ["next", None]
    await desk.sessions.checkpoint("s", taken.fence, {}, unfinished=False)
    assert await desk.sessions.list_unfinished() == []
