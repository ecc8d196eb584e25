"""server/working.py: `sidenote worker` as a process of its own, on a real PostgreSQL, a real Redis and real pages."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automation.poster import QueuedPoster
from automation.relay import SWEEP_EVERY_S, Relay
from automation.worker import redis_broker
from server.cli import app
from server.identity import LOCAL_USER
from server.practising import practice_server
from server.settings import Settings, load_settings
from storage.job_state import HELD, JobState
from storage.jobs import Jobs
from tests.channels.redis_server import RedisServer, redis_server  # noqa: F401 - a fixture
from tests.server.notepad import Notepad, free_port, notepad
from tests.storage.databases import PostgresServer

ROOT = Path(__file__).parents[2]
EXIT_LIMIT_S = 20


@dataclass(frozen=True, slots=True)
class Fleet:
    """What its processes share. ``settings`` are those of each."""

    settings: Settings
    environment: dict[str, str]
    redis: RedisServer


@pytest.fixture
def fleet(
    tmp_path: Path,
    redis_server: RedisServer,  # noqa: F811 - the fixture imported above
    postgres_server: PostgresServer,
    _postgres_template: str,
) -> Fleet:
    url = postgres_server.url(postgres_server.create_database(_postgres_template))
    own = {
        "SIDENOTE_DATA_DIR": str(tmp_path),
        "SIDENOTE_PORT": str(free_port()),
        "DATABASE_URL": url,
        "REDIS_URL": redis_server.url,
        "SIDENOTE_LOG_LEVEL": "warning",
    }
    settings = load_settings(
        env_file=None, data_dir=tmp_path, port=int(own["SIDENOTE_PORT"]), database_url=url, redis_url=redis_server.url
    )
    return Fleet(settings, {**os.environ, **own}, redis_server)


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    process: subprocess.Popen[str]
    log: Path

    def end(self) -> tuple[int, str]:
        """Exit status, and what it wrote since it was ready, after a signal that somebody has sent."""
        said, _ = self.process.communicate(timeout=EXIT_LIMIT_S)
        return self.process.returncode, said


@contextmanager
def working_process(fleet: Fleet, folder: Path) -> Iterator[WorkerProcess]:
    """A worker that waits for posts, and has written no error when it ends."""
    log = folder / "worker.log"
    with ExitStack() as stack:
        errors = stack.enter_context(log.open("a"))
        command = [sys.executable, "-m", "server.cli", "worker"]
        process = stack.enter_context(
            subprocess.Popen(command, env=fleet.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
        )
        assert process.stdout
        try:
            for line in process.stdout:
                if line.startswith("practice page"):
                    break
            else:
                pytest.fail(f"the worker ended before it was ready: {log.read_text()}")
            yield WorkerProcess(process, log)
        finally:
            if process.poll() is None:
                process.kill()
    assert log.read_text() == ""


@asynccontextmanager
async def another_process(fleet: Fleet) -> AsyncIterator[tuple[Notepad, QueuedPoster]]:
    """Submits posts as a server of the fleet does, and serves the practice page."""
    async with notepad(fleet.settings) as pad, practice_server(fleet.settings, pad.database) as served:
        assert served.port == fleet.settings.port
        broker = redis_broker(fleet.redis.url)
        relay = Relay(broker)
        try:
            yield pad, QueuedPoster(Jobs(pad.database), relay.wake)
        finally:
            await asyncio.to_thread(relay.close)
            broker.close()


async def pickup_s(pad: Notepad, job_id: str) -> float:
    """From the post being due to a worker having it, by the audit."""
    entries = await Jobs(pad.database).audit(LOCAL_USER)
    at = {entry.event: entry.at for entry in entries if entry.job_id == job_id}
    return (at["claimed"] - at["queued"]).total_seconds()


@pytest.mark.browser
@pytest.mark.postgres
@pytest.mark.redis
async def test_it_takes_posts_at_once_even_those_that_redis_forgot_and_finishes_at_a_signal(
    fleet: Fleet, tmp_path: Path
) -> None:
    with working_process(fleet, tmp_path) as worker:
        async with another_process(fleet) as (pad, poster):
            # Sites without a recipe need no browser: what is left is the way of the word.
            quick = []
            for number in range(1, 8):
                note = await pad.jot(f"Remark {number}.", number=number, url="https://www.twitch.tv/videos/1")
                quick.append(await poster.submit(note, consent="click"))
                assert (await pad.settled(quick[-1])).state == JobState.FAILED
            waits = [await pickup_s(pad, job) for job in quick]
            assert statistics.median(waits) < SWEEP_EVERY_S / 4, waits

            os.kill(worker.process.pid, signal.SIGSTOP)
            forgotten = await poster.submit(await pad.jot("Too dark.", number=20), consent="click")
            async with asyncio.timeout(10):
                while not fleet.redis.ask("DBSIZE"):  # noqa: ASYNC110 - another thread's word
                    await asyncio.sleep(0.01)
            fleet.redis.ask("FLUSHALL")
            os.kill(worker.process.pid, signal.SIGCONT)
            assert (await pad.settled(forgotten)).state == JobState.POSTED

            last = await poster.submit(await pad.jot("Too loud.", number=21), consent="click")
            await pad.until(last, *HELD)
            os.kill(worker.process.pid, signal.SIGTERM)
            began = time.monotonic()
            code, said = await asyncio.to_thread(worker.end)
            assert time.monotonic() - began < EXIT_LIMIT_S
            assert (code, said.splitlines()[-1]) == (0, "Stopped."), said
            assert "comments under way are finished" in said
            job = await pad.job(last)
            assert job.state == JobState.POSTED
            assert [text for _, text in await pad.wall()] == ["Too dark.", "Too loud."]
            assert job.external_permalink
            assert job.external_permalink.startswith(f"{fleet.settings.practice_url}?comment=")


def test_without_redis_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("REDIS_URL", raising=False)
    done = CliRunner().invoke(app, ["worker"], catch_exceptions=False)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    for said in ("REDIS_URL", "DATABASE_URL", "sidenote serve"):
        assert said in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("gone", "said"),
    [((), "Redis"), (("redis.asyncio.connection", "dramatiq.brokers.redis"), "pip install")],
)
def test_a_redis_that_is_not_there_is_said_plainly(
    gone: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/redis.sock")
    for module in gone:
        monkeypatch.setitem(sys.modules, module, None)
    done = CliRunner().invoke(app, ["worker"], catch_exceptions=False)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr
