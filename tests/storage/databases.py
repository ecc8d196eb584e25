"""Fixtures for every test that needs a database: migrated once, copied for each test, on either engine.

Reuse them from another folder's conftest.py: ``from tests.storage.databases import *``.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import migrations
from storage.engine import Database

__all__ = ["_postgres_template", "database", "database_url", "empty_url", "postgres_server", "sqlite_template"]

START_TIMEOUT_S = 30
UNPRIVILEGED = "postgres"  # the server refuses to run as root


@dataclass(slots=True)
class PostgresServer:
    """A throw-away PostgreSQL in ``folder``, reached through a socket there."""

    folder: Path
    binaries: Path

    @classmethod
    def create(cls, binaries: Path) -> "PostgresServer":
        folder = Path(tempfile.mkdtemp(prefix="sidenote-pg-", dir="/tmp"))  # a socket's path must be short
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        server = cls(folder, binaries)
        server.tool(
            "initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"
        )
        return server

    def tool(self, name: str, *arguments: str) -> None:
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        with open(self.folder / f"{name}.log", "wb") as log:  # a pipe would be held open by the server
            done = subprocess.run(
                [str(self.binaries / name), *arguments],
                user=user,
                group=user,
                extra_groups=[] if user else None,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=START_TIMEOUT_S,
                check=False,
            )
        assert done.returncode == 0, (self.folder / f"{name}.log").read_text()

    def start(self) -> None:
        # No flush to the disk: these servers are killed, the machine is not.
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self.tool(
            "pg_ctl", "-D", f"{self.folder}/data", "-w", "-o", options, "-l", f"{self.folder}/server.log", "start"
        )

    def stop(self) -> None:
        self.tool("pg_ctl", "-D", f"{self.folder}/data", "-w", "-m", "immediate", "stop")

    def create_database(self, template: str = "template0") -> str:
        name = f"t{uuid.uuid4().hex[:12]}"
        self.tool("createdb", "-h", str(self.folder), "-U", "postgres", "-T", template, name)
        return name

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def destroy(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)


def _run(make: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine apart from the loop that the test may have."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(make())).result()


def postgres_binaries() -> Path:
    """The folder of the newest PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].name:
        pytest.fail("no PostgreSQL here: install the Debian package postgresql (`make test` does)")
    return found[-1].parent


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer.create(postgres_binaries())
    try:
        server.start()
        yield server
    finally:
        server.destroy()


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> str:
    name = postgres_server.create_database()
    _run(lambda: migrations.upgrade(postgres_server.url(name)))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    _run(lambda: migrations.upgrade(f"sqlite:///{file}"))
    return file


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database of its own for each test, once on each engine."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "sidenote.db")
        return f"sqlite:///{tmp_path / 'sidenote.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.url(server.create_database(request.getfixturevalue("_postgres_template")))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.url(server.create_database())


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await opened.open()
    yield opened
    await opened.close()
