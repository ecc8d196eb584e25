"""storage/readers.py: side by side, within a limit, and none given up at the end."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, text

from storage import readers
from storage.connections import parsed, reading_engine
from storage.errors import DatabaseUnavailable
from storage.readers import THREADS, Readers

WAIT_S = 5  # for what must happen; never waited out when all is well


@pytest.fixture
def free() -> Iterator[threading.Event]:
    """Lets every read that waits for it go on, at the end of the test at the latest."""
    event = threading.Event()
    yield event
    event.set()


def readers_of(file: Path) -> Readers:
    return Readers(reading_engine(parsed(f"sqlite:///{file}"), 1, THREADS))


async def test_a_read_that_takes_too_long_says_so_and_holds_up_no_other(
    sqlite_template: Path, free: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = readers_of(sqlite_template)
    monkeypatch.setattr(readers, "READ_LIMIT_S", 0.05)
    with pytest.raises(DatabaseUnavailable, match="took too long"):
        await opened.read(lambda session: free.wait(WAIT_S))
    monkeypatch.setattr(readers, "READ_LIMIT_S", WAIT_S)
    assert await opened.read(lambda session: session.connection().scalar(text("SELECT 7"))) == 7
    free.set()
    await opened.close()


async def test_what_was_asked_for_before_the_end_is_answered(sqlite_template: Path, free: threading.Event) -> None:
    opened = readers_of(sqlite_template)

    def late(session: Session) -> bool:
        return free.wait(WAIT_S)

    reads = [asyncio.create_task(opened.read(late)) for _ in range(2 * THREADS)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(opened.close())
    await asyncio.sleep(0)
    free.set()
    assert await asyncio.gather(*reads) == [True] * (2 * THREADS)
    await closing
