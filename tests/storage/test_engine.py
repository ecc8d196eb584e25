import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

import migrations
from storage.connections import server_engine
from storage.engine import Database
from storage.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseUnavailable,
    DiskFull,
    SchemaMismatch,
    StorageError,
)
from storage.tables import User
from storage.users import Users
from tests.storage.databases import PostgresServer

NOBODY = 65534


async def ids(database: Database) -> list[str]:
    return sorted(await database.read(lambda session: session.exec(select(User.id)).all()))


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "sidenote.db")
    return f"sqlite:///{tmp_path / 'sidenote.db'}"


@pytest.fixture
def shared_folder(sqlite_template: Path) -> Iterator[Path]:
    """A folder with a migrated database that another user may enter; rights bind this process meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="sidenote-rights-"))
    shutil.copy(sqlite_template, folder / "sidenote.db")
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.chown(folder / "sidenote.db", NOBODY, NOBODY)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Rights don't bind root: be somebody else for a while."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


# Transactions


async def test_a_write_returns_its_value_after_the_commit(database: Database) -> None:
    def count(session: Session) -> int:
        session.add(User(id="a", name="Ada"))
        return len(session.exec(select(User)).all())

    assert await database.write(count) == 1
    assert await ids(database) == ["a"]


async def test_a_failed_write_leaves_nothing_and_raises_its_own_error(database: Database) -> None:
    def fail(session: Session) -> None:
        session.add(User(id="a"))
        session.flush()
        raise KeyError("the caller's own")

    with pytest.raises(KeyError):
        await database.write(fail)
    assert await ids(database) == []


async def test_a_read_cant_write(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    with pytest.raises(DatabaseReadOnly):
        await database.read(lambda session: session.connection().execute(text("DELETE FROM users")))
    await database.close()


async def test_rows_stay_usable_after_their_session(database: Database) -> None:
    user = await Users(database).ensure("a", "Ada")
    assert (user.id, user.name) == ("a", "Ada")
    await database.close()
    assert user.name == "Ada"


async def test_a_closed_database_says_so(database: Database) -> None:
    await database.close()
    await database.close()
    with pytest.raises(DatabaseUnavailable, match="open"):
        await database.write(lambda session: None)
    with pytest.raises(DatabaseUnavailable, match="open"):
        await database.read(lambda session: None)


async def test_errors_never_quote_what_was_said(database: Database) -> None:
    await database.write(lambda session: session.add(User(id="a", name="said in private")))
    with pytest.raises(StorageError) as refused:
        await database.write(lambda session: session.add(User(id="a", name="said in private")))
    causes: list[str] = []
    error: BaseException | None = refused.value
    while error is not None:
        causes.append(str(error))
        error = error.__cause__
    assert "private" not in " ".join(causes)


# Opening


async def test_a_missing_file_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="python -m migrations upgrade"):
        await Database(f"sqlite:///{tmp_path}/none.db").open()
    assert os.listdir(tmp_path) == []


async def test_a_database_without_tables_names_the_command(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(SchemaMismatch, match="python -m migrations upgrade"):
        await Database(empty_url).open()


@pytest.mark.parametrize(("revision", "words"), [("9999", "newer version"), ("0000", "python -m migrations upgrade")])
async def test_tables_of_another_version_are_refused(database: Database, revision: str, words: str) -> None:
    await database.write(
        lambda session: session.connection().execute(
            text("UPDATE alembic_version SET version_num = :v"), {"v": revision}
        )
    )
    with pytest.raises(SchemaMismatch, match=words):
        await Database(database._url.render_as_string(hide_password=False)).open()


async def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"certainly not a database " * 400)
    with pytest.raises(DatabaseDamaged, match="backup"):
        await Database(f"sqlite:///{tmp_path}/broken.db").open()


@pytest.mark.parametrize("what", ["sidenote.db", "."])
async def test_a_read_only_file_or_folder_is_found_at_the_start(shared_folder: Path, what: str) -> None:
    path = shared_folder / what
    path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    with unprivileged(), pytest.raises(DatabaseReadOnly, match="right to write"):
        await Database(f"sqlite:///{shared_folder}/sidenote.db").open()


# A database in trouble


async def test_a_lock_held_by_another_program_is_waited_for_then_named(sqlite_url: str) -> None:
    database = Database(sqlite_url, busy_timeout_s=0.1)
    await database.open()
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLocked, match="another program") as refused:
        await Users(database).ensure("a")
    assert refused.value.retryable
    assert await ids(database) == []  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    await Users(database).ensure("a")
    assert await ids(database) == ["a"]
    await database.close()


async def test_a_locked_database_can_be_opened(sqlite_url: str) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = Database(sqlite_url, busy_timeout_s=0.1)
    await database.open()
    other.execute("ROLLBACK")
    other.close()
    await Users(database).ensure("a")
    await database.close()


async def test_a_full_disk_fails_the_write_and_keeps_what_was_stored(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    users = Users(database)
    await users.ensure("before")

    def limit(session: Session) -> None:
        connection = session.connection()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await database.write(limit)

    def swell(session: Session) -> None:
        session.connection().exec_driver_sql("CREATE TABLE ballast (data BLOB)")
        session.connection().exec_driver_sql("INSERT INTO ballast VALUES (zeroblob(1000000))")

    with pytest.raises(DiskFull, match="Free some space"):
        await database.write(swell)
    assert await ids(database) == ["before"]
    await database.write(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 1000000"))
    await database.write(swell)
    await users.ensure("later")
    assert await ids(database) == ["before", "later"]
    await database.close()


async def test_what_was_acknowledged_survives_kill_9(database_url: str) -> None:
    program = """
import asyncio, sys
from storage.connections import server_engine
from storage.engine import Database
from storage.users import Users
async def main():
    database = Database(sys.argv[1])
    await database.open()
    for number in range(1000000):
        await Users(database).ensure(f"user-{number}")
        print(number, flush=True)
asyncio.run(main())
"""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, database_url, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert child.stdout is not None
    acknowledged = -1
    while acknowledged < 20:
        acknowledged = int(await asyncio.wait_for(child.stdout.readline(), 30))
    child.send_signal(signal.SIGKILL)
    rest = await child.stdout.read()
    await child.wait()
    acknowledged = int(rest.split()[-1]) if rest.split() else acknowledged
    database = Database(database_url)
    await database.open()
    assert {f"user-{number}" for number in range(acknowledged + 1)} <= set(await ids(database))
    await database.close()


@pytest.mark.postgres
async def test_a_stopped_server_is_named_and_used_again_when_it_is_back(postgres_server: PostgresServer) -> None:
    own = PostgresServer.create(postgres_server.binaries)
    try:
        own.start()
        url = own.url(own.create_database())
        await migrations.upgrade(url)
        database = Database(url)
        await database.open()
        users = Users(database)
        await users.ensure("before")
        own.stop()
        for attempt in (users.ensure("meanwhile"), users.get("before"), Database(url).open(), migrations.current(url)):
            with pytest.raises(DatabaseUnavailable, match="Check that its server runs") as refused:
                await attempt
            assert refused.value.retryable
        own.start()
        await users.ensure("after")
        assert await ids(database) == ["after", "before"]
        await database.close()
    finally:
        own.destroy()


@pytest.mark.postgres
async def test_a_refused_login_names_what_to_check(postgres_server: PostgresServer) -> None:
    for url in (
        postgres_server.url("no_such_database"),
        postgres_server.url("postgres").replace("postgres@", "no_such_user@"),
    ):
        with pytest.raises(DatabaseUnavailable, match="the user, the password and the database name"):
            await Database(url).open()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_row_lock_on_postgresql_is_waited_for_then_named(database_url: str) -> None:
    database = Database(database_url, busy_timeout_s=0.1)
    await database.open()
    await Users(database).ensure("a")
    other = server_engine(database._url, 1)
    async with other.connect() as connection:
        await connection.execute(select(User).where(User.id == "a").with_for_update())
        with pytest.raises(DatabaseLocked):
            await Users(database).ensure("a", "Ada")
    await other.dispose()
    assert (await Users(database).ensure("a", "Ada")).name == "Ada"
    await database.close()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_server_that_only_reads_is_named(database: Database) -> None:
    def read_only(session: Session) -> None:
        session.connection().execute(text("SET TRANSACTION READ ONLY"))
        session.add(User(id="a"))

    with pytest.raises(DatabaseReadOnly):
        await database.write(read_only)
