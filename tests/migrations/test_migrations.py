import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlmodel import SQLModel

import migrations
import storage.tables  # noqa: F401 - fills the metadata
from migrations.__main__ import main
from storage.connections import is_sqlite, parsed, reading_engine, server_engine, sqlite_url
from storage.engine import Database
from storage.errors import DatabaseUnavailable, SchemaMismatch

T = TypeVar("T")

ROOT = Path(migrations.__file__).parents[1]


async def inspected(url: str, look: Callable[[Connection], T]) -> T:
    where = parsed(url)
    if is_sqlite(where):
        file = reading_engine(where, 1)
        with file.connect() as opened:
            return look(opened)
    engine = server_engine(where, 1)
    async with engine.connect() as connection:
        found = await connection.run_sync(look)
    await engine.dispose()
    return found


async def test_the_migrated_tables_are_those_of_the_models(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    assert await inspected(database_url, differences) == []


async def test_every_constraint_has_the_name_that_the_models_give_it(database_url: str) -> None:
    def names(connection: Connection) -> set[str | None]:
        found = inspect(connection)
        made: set[str | None] = set()
        for table in SQLModel.metadata.tables:
            made.add(found.get_pk_constraint(table)["name"])
            made |= {key["name"] for key in found.get_foreign_keys(table)}
            made |= {key["name"] for key in found.get_unique_constraints(table)}
        return made

    expected = {str(c.name) for table in SQLModel.metadata.tables.values() for c in table.constraints}
    assert await inspected(database_url, names) == expected


async def test_deleting_goes_where_the_models_say(database_url: str) -> None:
    def rules(connection: Connection) -> set[tuple[str, str]]:
        found = inspect(connection)
        keys = [key for table in SQLModel.metadata.tables for key in found.get_foreign_keys(table)]
        return {(str(key["name"]), key["options"]["ondelete"]) for key in keys}

    keys = [key for table in SQLModel.metadata.tables.values() for key in table.foreign_key_constraints]
    assert await inspected(database_url, rules) == {(str(key.name), str(key.ondelete)) for key in keys}


async def test_up_down_and_up_again(empty_url: str) -> None:
    assert await migrations.current(empty_url) is None
    await migrations.upgrade(empty_url)
    assert await migrations.current(empty_url) == migrations.head()
    await migrations.upgrade(empty_url)  # nothing to do
    await migrations.downgrade(empty_url, "base")
    assert await migrations.current(empty_url) is None
    tables = await inspected(empty_url, lambda connection: inspect(connection).get_table_names())
    assert tables == ["alembic_version"]
    await migrations.upgrade(empty_url)
    database = Database(empty_url)
    await database.open()
    await database.close()


async def test_a_failed_migration_leaves_nothing_behind(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ScriptDirectory.from_config

    def broken(config: Config) -> ScriptDirectory:
        made = real(config)
        migration: Any = made.get_revision("0001").module
        whole = migration.upgrade

        def half() -> None:
            whole()
            raise RuntimeError("power cut")

        migration.upgrade = half
        return made

    monkeypatch.setattr(ScriptDirectory, "from_config", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        await migrations.upgrade(empty_url)
    monkeypatch.undo()
    assert await inspected(empty_url, lambda connection: inspect(connection).get_table_names()) == []
    await migrations.upgrade(empty_url)


async def test_a_database_of_a_newer_version_is_refused(empty_url: str) -> None:
    await migrations.upgrade(empty_url)
    database = Database(empty_url)
    await database.open()
    await database.write(
        lambda session: session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    await database.close()
    for refused in (migrations.upgrade(empty_url), migrations.downgrade(empty_url, "base")):
        with pytest.raises(SchemaMismatch, match="newer version"):
            await refused
    assert await migrations.current(empty_url) == "9999"


async def test_processes_may_migrate_at_once(empty_url: str) -> None:
    command = [sys.executable, "-m", "migrations", "upgrade", empty_url]
    pipe = asyncio.subprocess.PIPE
    started = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
        for _ in range(4)
    ]
    outputs = [(await asyncio.wait_for(process.communicate(), 60))[0].decode() for process in started]
    assert [process.returncode for process in started] == [0] * 4, outputs
    assert await migrations.current(empty_url) == migrations.head()


async def test_a_missing_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="folder exists"):
        await migrations.upgrade(f"sqlite:///{tmp_path}/none/sidenote.db")


async def test_a_path_with_a_percent_sign_and_blanks(tmp_path: Path) -> None:
    (tmp_path / "100 %20").mkdir()
    file = tmp_path / "100 %20" / "notes ü?.db"
    url = sqlite_url(file)
    await migrations.upgrade(url)
    assert file.exists()
    assert await migrations.current(url) == migrations.head()


def test_the_command_line_reports_and_fails_clearly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/sidenote.db"
    assert main(["current", url]) == 0
    assert "revision none" in capsys.readouterr().out
    assert main(["upgrade", url]) == 0
    assert f"revision {migrations.head()}" in capsys.readouterr().out
    assert main(["upgrade", "mysql://x"]) == 1
    assert "Use sqlite:///" in capsys.readouterr().err


def test_revisions_are_numbered_in_order() -> None:
    revisions = [script.revision for script in ScriptDirectory.from_config(migrations._config(None)).walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert all(revision.isdigit() and len(revision) == 4 for revision in revisions)
