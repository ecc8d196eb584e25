"""Comments of the practice page, on both engines."""

import asyncio
import math
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, delete

from storage.engine import Database
from storage.errors import InvalidValue
from storage.practice import A_MINUTE, KEPT, TEXT_LENGTH, PracticeBusy, PracticeComments, PracticeFull
from storage.tables import PracticeComment
from storage.values import now

ADA, BOB = "a" * 64, "b" * 64


@pytest.fixture
def comments(database: Database) -> PracticeComments:
    return PracticeComments(database)


async def filled(database: Database, count: int, created_at: datetime) -> None:
    """So many comments, all of one moment."""

    def write(session: Session) -> None:
        for number in range(count):
            session.add(PracticeComment(id=str(number), author=ADA, text="x", at_s=1.0, created_at=created_at))

    await database.write(write)


async def test_a_comment_is_kept_and_found(comments: PracticeComments) -> None:
    before = now()
    added = await comments.add("  The cut comes too late\n", 12.5, ADA)
    (found,) = await comments.list()
    assert (found.text, found.at_s, found.author) == ("The cut comes too late", 12.5, ADA)
    assert before <= found.created_at <= now()
    assert found == added


async def test_the_list_is_in_the_order_of_the_video(comments: PracticeComments) -> None:
    for text, at_s in (("late", 62.0), ("first at one", 1.0), ("start", 0), ("second at one", 1.0)):
        await comments.add(text, at_s, BOB)
    texts = [comment.text for comment in await comments.list()]
    assert texts == ["start", "first at one", "second at one", "late"]
    assert [comment.text for comment in await comments.list(limit=2)] == texts[:2]


@pytest.mark.parametrize(
    ("text", "at_s", "words"),
    [
        (" \n ", 1.0, "comment is empty"),
        ("x" * (TEXT_LENGTH + 1), 1.0, "at most 500 are kept"),
        ("a\0b", 1.0, "can't be stored"),
        ("half a pair \ud83d", 1.0, "can't be stored"),
        ("fine", -0.1, "zero or more seconds"),
        ("fine", math.nan, "zero or more seconds"),
        ("fine", math.inf, "zero or more seconds"),
    ],
)
async def test_what_is_no_comment_is_refused_and_nothing_is_kept(
    text: str, at_s: float, words: str, comments: PracticeComments
) -> None:
    with pytest.raises(InvalidValue, match=words):
        await comments.add(text, at_s, ADA)
    assert await comments.list() == []


async def test_the_longest_comment_fits(comments: PracticeComments) -> None:
    await comments.add("🎬" * TEXT_LENGTH, 0.0, ADA)
    assert [comment.text for comment in await comments.list()] == ["🎬" * TEXT_LENGTH]


async def test_a_full_page_takes_no_more_and_loses_nothing(comments: PracticeComments, database: Database) -> None:
    await filled(database, KEPT - 1, now() - timedelta(hours=1))
    await comments.add("the last one that fits", 2.0, BOB)
    with pytest.raises(PracticeFull, match="full") as refused:
        await comments.add("one too many", 3.0, BOB)
    assert not refused.value.retryable
    kept = await comments.list(limit=KEPT + 1)
    assert (len(kept), kept[-1].text) == (KEPT, "the last one that fits")

    await database.write(lambda session: session.exec(delete(PracticeComment).where(col(PracticeComment.id) == "7")))
    await comments.add("there is room again", 3.0, BOB)


async def test_so_many_a_minute_whoever_writes(comments: PracticeComments, database: Database) -> None:
    await filled(database, A_MINUTE - 1, now() - timedelta(seconds=50))
    await comments.add("the last one of this minute", 2.0, BOB)
    with pytest.raises(PracticeBusy, match="Try again in a minute") as refused:
        await comments.add("one too many", 3.0, BOB)
    assert refused.value.retryable
    assert 0 < refused.value.wait_s <= 10
    assert len(await comments.list()) == A_MINUTE


async def test_a_minute_later_there_is_room(comments: PracticeComments, database: Database) -> None:
    await filled(database, A_MINUTE, now() - timedelta(seconds=60))
    assert (await comments.add("room again", 3.0, BOB)).text == "room again"


async def test_a_clock_that_was_set_back_keeps_nobody_waiting(comments: PracticeComments, database: Database) -> None:
    await filled(database, A_MINUTE, now() + timedelta(hours=1))
    assert (await comments.add("from the past", 3.0, BOB)).text == "from the past"


async def test_writers_at_once_share_what_is_left(comments: PracticeComments, database: Database) -> None:
    await filled(database, A_MINUTE - 3, now())
    found = await asyncio.gather(
        *(comments.add(f"at once {number}", 2.0, BOB) for number in range(8)), return_exceptions=True
    )
    assert sum(isinstance(one, PracticeComment) for one in found) == 3
    assert sum(isinstance(one, PracticeBusy) for one in found) == 5
    assert len(await comments.list()) == A_MINUTE
