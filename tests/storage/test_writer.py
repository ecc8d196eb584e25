import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from storage import writer as module
from storage.connections import parsed, writing_engine
from storage.errors import DatabaseUnavailable, StorageError
from storage.tables import User
from storage.writer import Writer


class Gate:
    """Holds the writer's thread inside a write, so that others pile up behind it."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, session: Session) -> None:
        self.entered.set()
        assert self.open.wait(10)

    async def wait_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, 10)


class Bench:
    def __init__(self, file: Path) -> None:
        self.engine = writing_engine(parsed(f"sqlite:///{file}"), 0.2)
        self.commits = 0
        event.listen(self.engine, "commit", self._committed)
        self.writer = Writer(self.engine)

    def _committed(self, _connection: Any) -> None:
        self.commits += 1

    def start(self, fn: Callable[[Session], Any]) -> "asyncio.Task[Any]":
        return asyncio.create_task(self.writer.write(fn))

    async def ids(self) -> list[str]:
        return list(await self.writer.write(lambda session: session.exec(select(User.id)).all()))


def add(user_id: str) -> Callable[[Session], None]:
    return lambda session: session.add(User(id=user_id))


@pytest.fixture
async def bench(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    shutil.copy(sqlite_template, tmp_path / "writer.db")
    made = Bench(tmp_path / "writer.db")
    await made.writer.open()
    made.commits = 0
    yield made
    await made.writer.close(5)


async def test_what_waits_shares_one_commit_and_keeps_its_order(bench: Bench) -> None:
    gate, order = Gate(), []

    def step(number: int) -> Callable[[Session], int]:
        def write(session: Session) -> int:
            order.append(number)
            session.add(User(id=f"{number:03}"))
            return number

        return write

    first = bench.start(gate)
    await gate.wait_entered()
    writes = [bench.start(step(number)) for number in range(100)]
    await asyncio.sleep(0)  # each puts itself in the queue
    gate.open.set()
    await first
    assert await asyncio.gather(*writes) == list(range(100))
    assert order == list(range(100))
    assert bench.commits == 2  # the gate's and one for all the others


async def test_a_failing_write_takes_back_only_itself(bench: Bench) -> None:
    gate = Gate()

    def half_done(session: Session) -> None:
        session.add(User(id="half"))
        session.flush()
        raise LookupError("changed my mind")

    first = bench.start(gate)
    await gate.wait_entered()
    writes = [bench.start(fn) for fn in (add("a"), half_done, add("a"), add("b"))]
    await asyncio.sleep(0)
    gate.open.set()
    await first
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), LookupError, StorageError, type(None)]
    assert await bench.ids() == ["a", "b"]
    assert bench.commits == 3  # gate, group, ids


async def test_nobody_is_answered_before_the_commit(bench: Bench) -> None:
    committing, go_on = threading.Event(), threading.Event()

    def hold(_connection: Any) -> None:
        committing.set()
        assert go_on.wait(10)

    event.listen(bench.engine, "commit", hold)
    writes = [bench.start(add("a")), bench.start(add("b"))]
    assert await asyncio.to_thread(committing.wait, 10)
    await asyncio.sleep(0)
    assert not any(write.done() for write in writes)
    go_on.set()
    await asyncio.gather(*writes)


async def test_a_group_is_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP_LIMIT", 10)
    gate = Gate()
    first = bench.start(gate)
    await gate.wait_entered()
    writes = [bench.start(add(str(number))) for number in range(25)]
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(first, *writes)
    assert bench.commits == 1 + 3


async def test_a_caller_that_has_gone_wants_nothing_done(bench: Bench) -> None:
    gate = Gate()
    first = bench.start(gate)
    await gate.wait_entered()
    gone, stays = bench.start(add("gone")), bench.start(add("stays"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(first, stays)
    assert await bench.ids() == ["stays"]


async def test_a_full_queue_is_said_so(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_WAIT_S", 0.01)
    monkeypatch.setattr(module, "QUEUE_LIMIT", 1)
    shutil.copy(sqlite_template, tmp_path / "writer.db")
    bench, gate = Bench(tmp_path / "writer.db"), Gate()
    await bench.writer.open()
    first = bench.start(gate)
    await gate.wait_entered()
    waiting = bench.start(add("waiting"))
    await asyncio.sleep(0)
    with pytest.raises(DatabaseUnavailable, match="faster disk"):
        await bench.writer.write(add("one too many"))
    gate.open.set()
    await asyncio.gather(first, waiting)
    assert await bench.ids() == ["waiting"]
    await bench.writer.close(5)


async def test_closing_commits_what_waits_and_refuses_the_rest(bench: Bench) -> None:
    gate = Gate()
    first = bench.start(gate)
    await gate.wait_entered()
    waiting = bench.start(add("a"))
    await asyncio.sleep(0)
    closing = asyncio.create_task(bench.writer.close(5))
    await asyncio.sleep(0)
    late = bench.start(add("late"))
    gate.open.set()
    await asyncio.gather(first, waiting, closing)
    with pytest.raises(DatabaseUnavailable, match="closed"):
        await late


async def test_closing_gives_up_on_a_write_that_never_ends(bench: Bench) -> None:
    gate = Gate()
    stuck = bench.start(gate)
    await gate.wait_entered()
    behind = bench.start(add("behind"))
    await asyncio.sleep(0)
    closing = asyncio.create_task(bench.writer.close(0.01))
    for write in (stuck, behind):
        with pytest.raises(DatabaseUnavailable, match="closed before"):
            await write
    gate.open.set()
    await closing


async def test_each_commit_is_flushed_to_the_disk(bench: Bench) -> None:
    def settings(session: Session) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [session.connection().exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    assert await bench.writer.write(settings) == ["wal", 2, 1]  # 2 is FULL
