from datetime import UTC, datetime, timedelta, timezone

import pytest

from inference.llm.contract import Category
from storage.engine import Database
from storage.errors import InvalidValue
from storage.tables import User
from storage.values import CATEGORIES


def test_the_categories_are_those_that_notes_are_read_into() -> None:
    assert {category.value for category in Category} == CATEGORIES


async def test_a_time_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    at = datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await database.write(lambda session: session.add(User(id="u", created_at=at)))
    stored = await database.read(lambda session: session.get(User, "u"))
    assert stored is not None
    assert stored.created_at == at
    assert stored.created_at.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(InvalidValue, match="aware"):
        await database.write(lambda session: session.add(User(id="u", created_at=datetime(2024, 1, 1))))
