import asyncio

import pytest

from storage.errors import InvalidValue, NotFound
from tests.storage.conftest import Desk


async def test_a_user_is_made_once_and_keeps_the_name(desk: Desk) -> None:
    first = await desk.users.get("ada")
    again = await desk.users.ensure("ada")
    assert (again.name, again.created_at) == ("Ada", first.created_at)
    assert (await desk.users.ensure("ada", "Ada Łoś 🎬")).name == "Ada Łoś 🎬"
    assert (await desk.users.get("ada")).name == "Ada Łoś 🎬"


async def test_many_connections_may_bring_the_same_new_user(desk: Desk) -> None:
    users = await asyncio.gather(*(desk.users.ensure("eve") for _ in range(8)))
    assert len({user.created_at for user in users}) == 1


async def test_an_unknown_user_is_said_so(desk: Desk) -> None:
    with pytest.raises(NotFound, match="token"):
        await desk.users.get("nobody")


@pytest.mark.parametrize("user_id", ["", "x" * 65, "a\0b", "\ud800"])
async def test_an_id_that_cant_be_stored_is_refused(desk: Desk, user_id: str) -> None:
    with pytest.raises(InvalidValue):
        await desk.users.ensure(user_id)
