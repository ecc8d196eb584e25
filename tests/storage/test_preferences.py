import asyncio

import pytest

from storage.errors import NotFound
from storage.preferences import Preferences
from tests.storage.conftest import Desk


@pytest.fixture
def preferences(desk: Desk) -> Preferences:
    return Preferences(desk.database)


async def test_what_was_never_chosen_is_nobodys_choice(preferences: Preferences) -> None:
    assert await preferences.auto_post("ada") is None
    assert await preferences.auto_post("nobody") is None


@pytest.mark.parametrize("wanted", [True, False, None])
async def test_each_user_chooses_for_themselves_and_may_take_it_back(
    preferences: Preferences, wanted: bool | None
) -> None:
    await preferences.set_auto_post("ada", True)
    await preferences.set_auto_post("ada", wanted)
    assert await preferences.auto_post("ada") is wanted
    assert await preferences.auto_post("bob") is None


async def test_first_choices_that_come_at_once_are_one(preferences: Preferences) -> None:
    await asyncio.gather(*(preferences.set_auto_post("ada", True) for _ in range(8)))
    assert await preferences.auto_post("ada") is True


async def test_somebody_unknown_chooses_nothing(preferences: Preferences) -> None:
    with pytest.raises(NotFound):
        await preferences.set_auto_post("nobody", True)
