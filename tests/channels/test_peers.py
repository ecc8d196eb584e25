"""Questions between processes: answered, refused or given up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from agent.errors import NoAnswer
from channels.peers import Answer, PeerSettings, RedisPeers
from channels.redis_link import RedisLink
from tests.channels.redis_server import QUICK, RedisServer, eventually

Start = Callable[..., Awaitable[RedisPeers]]


async def echo(question: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"you asked": question}


@pytest.fixture
async def start(redis_server: RedisServer) -> AsyncIterator[Start]:
    """``await start(node, answer)``: a process of its own."""
    async with AsyncExitStack() as stack:

        async def started(node: str, answer: Answer = echo, settings: PeerSettings | None = None) -> RedisPeers:
            link = RedisLink(redis_server.url, QUICK)
            await link.start()
            stack.push_async_callback(link.close)
            peers = RedisPeers(link, settings)
            await peers.start(node, answer)
            stack.push_async_callback(peers.close)
            return peers

        yield started


@pytest.mark.redis
async def test_each_question_gets_its_own_answer(start: Start) -> None:
    one, two, three = await start("one"), await start("two"), await start("three")
    questions = [one.ask("two", {"n": n}) for n in range(20)] + [three.ask("two", {"n": "é"}), two.ask("two", {})]
    answers = await asyncio.gather(*questions)
    assert answers == [{"you asked": {"n": n}} for n in [*range(20), "é"]] + [{"you asked": {}}]


@pytest.mark.redis
async def test_nobody_there_is_known_at_once(start: Start) -> None:
    one, two = await start("one", settings=PeerSettings(answer_s=3600)), await start("two")
    await two.close()
    assert await one.ask("two", {}) is None
    assert await one.ask("never seen", {}) is None


@pytest.mark.redis
async def test_an_answer_that_takes_too_long_is_not_waited_for_and_its_work_is_finished(start: Start) -> None:
    go_on, finished = asyncio.Event(), asyncio.Event()

    async def dawdle(question: Mapping[str, Any]) -> Mapping[str, Any]:
        await go_on.wait()
        finished.set()
        return {}

    one, _ = await start("one", settings=PeerSettings(answer_s=0.05)), await start("two", dawdle, PeerSettings(0.05))
    with pytest.raises(NoAnswer):
        await one.ask("two", {})
    go_on.set()
    await finished.wait()


@pytest.mark.redis
async def test_an_answer_that_fails_is_logged_and_named(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(question: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ZeroDivisionError("a secret")

    async def say_nonsense(question: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"set": set()}

    one, _, _ = await start("one"), await start("two", fail), await start("three", say_nonsense)
    assert await one.ask("two", {}) == {"error": "ZeroDivisionError"}
    assert "was not answered" in caplog.text
    assert await one.ask("three", {}) == {"error": "TypeError"}


@pytest.mark.redis
async def test_what_is_too_large_is_neither_asked_nor_answered(start: Start) -> None:
    asked: list[Mapping[str, Any]] = []

    async def much(question: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(question)
        return {"text": "x" * 2000}

    settings = PeerSettings(max_bytes=1000)
    one, _ = await start("one", settings=settings), await start("two", much, settings)
    with pytest.raises(NoAnswer):
        await one.ask("two", {"text": "x" * 2000})
    assert asked == []
    assert await one.ask("two", {}) == {"error": "too large"}


@pytest.mark.redis
async def test_more_questions_than_can_be_answered_are_told_so(start: Start) -> None:
    go_on = asyncio.Event()

    async def slow(question: Mapping[str, Any]) -> Mapping[str, Any]:
        await go_on.wait()
        return {}

    one, _ = await start("one"), await start("two", slow, PeerSettings(max_questions=2))
    waiting = [asyncio.create_task(one.ask("two", {})) for _ in range(3)]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [{"error": "busy"}]
    go_on.set()
    assert sorted(map(str, await asyncio.gather(*waiting))) == ["{'error': 'busy'}", "{}", "{}"]


@pytest.mark.redis
async def test_strange_messages_are_left_alone(start: Start, redis_server: RedisServer) -> None:
    one, _ = await start("one"), await start("two")
    for strange in ("", "{", "[]", '{"number": 1}', '{"number": "x", "answer": {}}', '{"number": "x", "question": {}}'):
        redis_server.ask("PUBLISH", "sidenote:peer:two", strange)
    assert await one.ask("two", {"n": 1}) == {"you asked": {"n": 1}}


@pytest.mark.redis
async def test_without_redis_nobody_answers_and_later_they_do(
    start: Start, redis_server: RedisServer, link: RedisLink
) -> None:
    one, _ = await start("one"), await start("two")
    lost, back = asyncio.Event(), asyncio.Event()
    link.watch(lost.set, back.set)
    redis_server.kill()
    await lost.wait()
    with pytest.raises(NoAnswer):
        await one.ask("two", {})
    redis_server.start()
    await back.wait()

    async def answers() -> bool:
        with contextlib.suppress(NoAnswer):
            return await one.ask("two", {}) is not None
        return False

    await eventually(answers)  # each process comes back at its own time
