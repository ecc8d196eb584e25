import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.connections import parsed, shown, writing_engine
from storage.errors import InvalidValue


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("sqlite:///data/notes.db", "sqlite+pysqlite:///data/notes.db"),
        ("sqlite:////var/lib/notes.db", "sqlite+pysqlite:////var/lib/notes.db"),
        ("sqlite+aiosqlite:///notes.db", "sqlite+pysqlite:///notes.db"),
        ("postgres://u:p@host:5433/name", "postgresql+asyncpg://u:p@host:5433/name"),
        ("postgresql://u@/name?host=/run/pg", "postgresql+asyncpg://u@/name?host=%2Frun%2Fpg"),
        ("postgresql+asyncpg://u@h/name", "postgresql+asyncpg://u@h/name"),
        ("postgresql+psycopg://u@h/name?sslmode=require", "postgresql+asyncpg://u@h/name?ssl=require"),
    ],
)
def test_urls_get_the_driver_of_this_project(url: str, made: str) -> None:
    assert parsed(url).render_as_string(hide_password=False) == made


@pytest.mark.parametrize(
    "url", ["", "notes.db", "mysql://u@h/name", "sqlite://", "sqlite:///:memory:", "postgres://h:port/name"]
)
def test_a_url_that_cant_be_used_says_what_can(url: str) -> None:
    with pytest.raises(InvalidValue, match="Use sqlite:///"):
        parsed(url)


def test_a_password_is_never_shown() -> None:
    assert shown(parsed("postgres://ada:secret@host/name")) == "postgresql://ada:***@host/name"


def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """SQLite's own wait does not cover who makes a file WAL: of four at once, mostly one failed without ours."""
    writers = 4

    def write(url: str, together: threading.Barrier) -> None:
        engine = writing_engine(parsed(url), 20.0)
        together.wait()
        try:
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE IF NOT EXISTS t (a)"))
        finally:
            engine.dispose()

    with ThreadPoolExecutor(writers) as threads:
        for number in range(20):
            together = threading.Barrier(writers)
            url = f"sqlite:///{tmp_path}/{number}.db"
            for done in [threads.submit(write, url, together) for _ in range(writers)]:
                done.result()
