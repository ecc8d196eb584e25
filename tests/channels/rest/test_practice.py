"""Comments of the practice page over HTTP: a real server, a real SQLite file."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import orjson
import pytest
from sqlmodel import Session, col, select, update

from channels.rest import practice
from channels.rest.practice import BODY_LIMIT
from storage.practice import A_MINUTE, KEPT
from storage.tables import PracticeComment
from storage.values import now
from tests.channels.rest.conftest import ADA, BOB, PATH, Place


async def test_a_comment_is_posted_and_shown(place: Place) -> None:
    before = now()
    answer = await place.post(text=" Too dark ", at_s=62.9)
    posted = answer.json()
    assert answer.status_code == 201
    assert before - timedelta(seconds=1) <= datetime.fromisoformat(posted.pop("created_at")) <= now()
    assert posted == {
        "id": posted["id"],
        "text": "Too dark",
        "at_s": 62.9,
        "own": True,
        "permalink": f"/practice?comment={posted['id']}&t=62",
    }
    assert [comment["id"] for comment in await place.shown()] == [posted["id"]]


async def test_only_who_wrote_it_is_told_that_it_is_their_own(place: Place) -> None:
    await place.post(ADA)
    assert [[comment["own"] for comment in await place.shown(author)] for author in (ADA, BOB, None)] == [
        [True],
        [False],
        [False],
    ]


async def test_the_number_of_a_browser_is_neither_kept_nor_shown(place: Place) -> None:
    await place.post(ADA)
    [kept] = await place.comments.list()
    assert len(kept.author) == 64
    assert kept.author != ADA
    answer = await place.web.get(PATH)
    assert ADA not in answer.text
    assert kept.author not in answer.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", ""])
async def test_a_page_of_another_site_cant_write(origin: str, place: Place) -> None:
    answer = await place.post(Origin=origin)
    assert (answer.status_code, answer.json()["reason"]) == (403, "bad_origin")
    assert await place.shown() == []


async def test_nobody_writes_without_an_origin(place: Place) -> None:
    body = orjson.dumps({"text": "x", "at_s": 1})
    answer = await place.web.post(PATH, content=body, headers={"X-Author": ADA, "Content-Type": "application/json"})
    assert answer.status_code == 403
    assert await place.shown() == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
async def test_what_a_plain_form_could_send_is_refused(kind: str, place: Place) -> None:
    answer = await place.post(**{"Content-Type": kind})
    assert (answer.status_code, answer.json()["reason"]) == (415, "bad_content_type")


async def test_json_with_a_charset_is_taken(place: Place) -> None:
    assert (await place.post(**{"Content-Type": "Application/JSON; charset=utf-8"})).status_code == 201


@pytest.mark.parametrize("author", ["", "a1", ADA.upper(), ADA + "0", "g1" * 16])
async def test_a_browser_without_a_number_is_told_so(author: str, place: Place) -> None:
    for answer in (await place.post(author), await place.web.get(PATH, headers={"X-Author": author})):
        assert (answer.status_code, answer.json()["reason"]) == (400, "bad_author")
    assert await place.shown() == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "not sound JSON"),
        (b"{", "not sound JSON"),
        (b'{"text": "x", "at_s": NaN}', "not sound JSON"),
        (b'{"text": "\\ud800", "at_s": 1}', "not sound JSON"),
        (b'"x"', "text must be"),
        (b'{"at_s": 1}', "text must be"),
        (b'{"text": 5, "at_s": 1}', "text must be"),
        (b'{"text": "x"}', "at_s must be"),
        (b'{"text": "x", "at_s": "1"}', "at_s must be"),
        (b'{"text": "x", "at_s": true}', "at_s must be"),
        (b'{"text": "x", "at_s": -0.5}', "at_s must be"),
        (b'{"text": "x", "at_s": 1e300}', "at_s must be"),
        (b'{"text": "  ", "at_s": 1}', "is empty"),
        (b'{"text": "a\\u0000b", "at_s": 1}', "can't be stored"),
        (orjson.dumps({"text": "x" * 501, "at_s": 1}), "at most 500"),
    ],
)
async def test_what_is_no_comment_is_refused_in_words(sent: bytes, words: str, place: Place) -> None:
    headers = {"Origin": place.url, "X-Author": ADA, "Content-Type": "application/json"}
    answer = await place.web.post(PATH, content=sent, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (400, "invalid")
    assert words in answer.json()["message"]
    assert await place.shown() == []


async def test_the_longest_comment_fits_into_what_is_taken(place: Place) -> None:
    assert (await place.post(text="🎬" * 500)).status_code == 201


async def pieces(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 1024):
        yield bytes(1024)


async def test_a_body_that_is_too_long_is_refused_whether_or_not_its_length_is_said(place: Place) -> None:
    headers = {"Origin": place.url, "X-Author": ADA, "Content-Type": "application/json"}
    for content in (bytes(BODY_LIMIT + 1), pieces(BODY_LIMIT * 2)):
        answer = await place.web.post(PATH, content=content, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")


async def test_a_body_that_never_ends_is_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practice, "BODY_LIMIT_S", 0.05)
    answer = await opened(place, "Content-Length: 100", b'{"text"')
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"too_slow"' in answer


async def test_who_goes_in_the_middle_leaves_nothing(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    await opened(place, "Content-Length: 100", b'{"text"', leave=True)
    assert await place.shown() == []
    assert [record for record in caplog.records if record.exc_info] == []


async def opened(place: Place, length: str, start: bytes, *, leave: bool = False) -> bytes:
    """Send the head and the start of a comment by hand; what is answered, or nothing when leaving at once."""
    host = place.url.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nOrigin: {place.url}\r\nX-Author: {ADA}\r\n"
        f"Content-Type: application/json\r\n{length}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + start)
    await writer.drain()
    try:
        async with asyncio.timeout(5):
            return b"" if leave else await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def fill(place: Place, count: int, age: timedelta) -> None:
    def write(session: Session) -> None:
        for number in range(count):
            row = PracticeComment(id=f"old{number}", author="x", text="x", at_s=float(number), created_at=now() - age)
            session.add(row)

    await place.database.write(write)


async def test_a_full_page_says_so_and_shows_all_it_has(place: Place) -> None:
    await fill(place, KEPT, timedelta(hours=1))
    answer = await place.post()
    assert (answer.status_code, answer.json()["reason"]) == (503, "full")
    assert "Retry-After" not in answer.headers
    assert len(await place.shown()) == KEPT


async def test_too_many_in_a_minute_are_told_when_to_come_back(place: Place) -> None:
    await fill(place, A_MINUTE, timedelta(seconds=40))
    answer = await place.post()
    assert (answer.status_code, answer.json()["reason"]) == (429, "too_many")
    assert 1 <= int(answer.headers["Retry-After"]) <= 20

    def age(session: Session) -> None:
        session.exec(update(PracticeComment).values(created_at=now() - timedelta(seconds=61)))

    await place.database.write(age)
    assert (await place.post()).status_code == 201


async def test_a_database_that_is_gone_is_told_in_words(place: Place) -> None:
    await place.database.close()
    for answer in (await place.post(), await place.web.get(PATH)):
        assert (answer.status_code, answer.json()["reason"]) == (503, "unavailable")
        assert "database" in answer.json()["message"]


async def test_an_answer_is_never_kept_nor_taken_for_a_page(place: Place) -> None:
    for answer in (await place.web.get(PATH), await place.post(Origin="https://evil.example")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"] == "application/json"
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_words_are_kept_as_they_were_written(place: Place) -> None:
    said = "<img src=x onerror=alert(1)> & “quotes”\nsecond line"
    await place.post(text=said)
    texts = await place.database.read(lambda session: session.exec(select(col(PracticeComment.text))).all())
    assert texts == [said]
    assert [comment["text"] for comment in await place.shown()] == [said]


async def test_other_methods_are_refused(place: Place) -> None:
    assert (await place.web.delete(PATH)).status_code == 405
