"""What becomes of comments, from the command line: post one now, look at the jobs, try again, give up, the audit.

Everything is read from and written to the database. A server that runs on it takes the jobs; without one, `post` does
the work in this process.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from automation.worker import embedded_broker
from server.identity import LOCAL_USER
from server.notebook import open_notebook
from server.posting import Office, working
from server.practising import practice_server
from server.screen import make_console, print_json
from server.settings import Settings
from server.telemetry import setup_telemetry
from server.timeline import clock
from server.wiring import node_name, open_database
from storage.errors import InvalidValue, NotFound
from storage.job_state import HELD, JobState
from storage.jobs import Jobs
from storage.tables import PostJob

LOOK_EVERY_S = 0.2
TAKEN_WITHIN = timedelta(seconds=10)  # a server or worker looks for jobs every two seconds
KNOCK_S = 0.5
ANSWER_S = 2.0  # a server may be busy
LEAST_PREFIX = 4
UNDER_WAY = frozenset({"pending_post", "posting"})
UNTAKEN = "The post is due and nobody takes it: start `sidenote serve`, or look at the log of what runs already."

STEPS = {
    "claimed": "taken",
    "opening": "opening the page",
    "signing_in": "looking at the login",
    "looking": "looking for an earlier attempt",
    "writing": "writing",
    "submitting": "submitting",
    "reading_back": "reading the comment back",
}


class NotPosted(Exception):
    """The comment is not on the site, or nobody knows. The message says why and what to do."""


class Steps:
    """A hub with one listener: the person at the terminal, who posts one note. Others may be posted beside it."""

    def __init__(self, note_id: str, *, silent: bool) -> None:
        self._note_id = note_id
        self._silent = silent

    async def publish(self, topic: str, event: str, payload: Mapping[str, Any], *, durable: bool = True) -> None:
        wanted = event == "tool_progress" and topic.startswith("user:") and payload["note_id"] == self._note_id
        if wanted and not self._silent:
            make_console().print(Text(f"  {STEPS.get(payload['step'], payload['step'])}", style="dim"))

    async def renew(self, topic: str) -> None:
        pass


async def post_note(settings: Settings, note_id: str, *, as_json: bool) -> None:
    """Post a note and wait for what comes of it. Raises NotPosted; errors of the store pass through."""
    async with open_notebook(settings) as notebook:
        note = await notebook.show(note_id)
        if note["status"] not in UNDER_WAY:
            note = await notebook.post(note["id"])
    async with open_database(settings) as database:
        jobs = Jobs(database)
        job = (await jobs.list_for_note(note["id"], LOCAL_USER))[0]
        if not as_json:
            make_console().print(Text.assemble(f"Posting to {job.site}: ", (job.text, "bold")))
        async with contextlib.AsyncExitStack() as stack:
            if settings.redis_url is None and not await is_served(settings):
                telemetry = setup_telemetry("off")
                stack.callback(telemetry.close)
                served = await stack.enter_async_context(practice_server(settings, database))
                office = Office(served, database, Steps(note["id"], silent=as_json), telemetry, node_name())
                await stack.enter_async_context(working(office, embedded_broker()))
            job = await _settled(jobs, job)
    if as_json:
        print_json(job_payload(job))
    if job.state != JobState.POSTED:
        raise NotPosted(_what_now(job))
    if not as_json:
        make_console().print(f"Posted: {job.external_permalink or 'the site gave no link'}", soft_wrap=True)


def _what_now(job: PostJob) -> str:
    """Why a job has not come to its end, and how it goes on."""
    if job.state in (JobState.QUEUED, *HELD):
        return UNTAKEN
    said = f"{job.reason or 'It was taken back.'} To try again: sidenote post {job.note_id[:8]}."
    if job.state == JobState.NEEDS_ATTENTION and job.submitted_at is not None:
        said += f" Where you see it on the site: sidenote jobs found {job.id[:8]}; where you don't: retry --absent."
    return said


async def list_jobs(settings: Settings, *, state: str | None, limit: int, as_json: bool) -> None:
    """Print the jobs, newest first."""
    if state is not None and state not in list(JobState):
        raise InvalidValue(f"There is no state {state!r}. Use one of: {', '.join(JobState)}.")
    async with _opened(settings) as jobs:
        found = await jobs.list_for_user(LOCAL_USER, states=[JobState(state)] if state else (), limit=limit)
    _print_jobs([job_payload(job) for job in found], as_json=as_json)


async def retry_job(settings: Settings, job_id: str, *, absent: bool, as_json: bool) -> None:
    """Make a failed job due again; a server, a worker or `sidenote post` takes it.

    ``absent``: the person has looked, and the comment is not on the site.
    """
    async with _opened(settings) as jobs:
        job = await jobs.retry(await _whole_id(jobs, job_id), user_id=LOCAL_USER, absent=absent)
    _print_jobs([job_payload(job)], as_json=as_json)


async def discard_job(settings: Settings, job_id: str, *, as_json: bool) -> None:
    """Give a job up; its note is kept."""
    async with _opened(settings) as jobs:
        job = await jobs.discard(await _whole_id(jobs, job_id), user_id=LOCAL_USER)
    _print_jobs([job_payload(job)], as_json=as_json)


async def found_job(settings: Settings, job_id: str, permalink: str | None, *, as_json: bool) -> None:
    """The person saw the comment on the site."""
    if permalink is not None and not re.fullmatch(r"https?://\S+", permalink):
        raise InvalidValue(f"{permalink!r} is no address of a comment. Copy it from the site.")
    async with _opened(settings) as jobs:
        job = await jobs.found(await _whole_id(jobs, job_id), user_id=LOCAL_USER, permalink=permalink)
    _print_jobs([job_payload(job)], as_json=as_json)


async def show_audit(settings: Settings, *, limit: int, as_json: bool) -> None:
    """Print what was done about posts, newest first."""
    async with _opened(settings) as jobs:
        entries = await jobs.audit(LOCAL_USER, limit=limit)
    if as_json:
        hidden = {"id", "user_id"}
        print_json([entry.model_dump(exclude=hidden) for entry in entries])
        return
    table = _table("at", "who", "what", "site", "note", "text", "why or where")
    for entry in entries:
        at = entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        rest = entry.permalink or entry.reason or ""
        table.add_row(at, entry.actor, entry.event, entry.site, entry.note_id[:8], entry.text_sha256[:8], Text(rest))
    make_console().print(table if entries else Text("Nothing was ever posted.", style="dim"))


def job_payload(job: PostJob) -> dict[str, Any]:
    """A job as programs see it."""
    return {
        "id": job.id,
        "note_id": job.note_id,
        "site": job.site,
        "state": job.state,
        "reason": job.reason,
        "attempt": job.attempt,
        "consent": job.consent,
        "text": job.text,
        "text_sha256": job.text_sha256,
        "timestamp_s": job.timestamp_s,
        "due_at": job.due_at,
        "permalink": job.external_permalink,
    }


async def _settled(jobs: Jobs, job: PostJob) -> PostJob:
    """The job once it has come to rest, or has been due for ``TAKEN_WITHIN`` while nobody posted anything."""
    alive_at = datetime.now(UTC)
    while job.state in (JobState.QUEUED, *HELD):
        at = datetime.now(UTC)
        held = await jobs.list_for_user(LOCAL_USER, states=sorted(HELD))
        if any(one.lease_until and one.lease_until > at for one in held):  # it, or one that it waits for
            alive_at = at
        if at > max(alive_at, job.due_at) + TAKEN_WITHIN:
            break
        await asyncio.sleep(LOOK_EVERY_S)
        job = await jobs.get(job.id, LOCAL_USER)
    return job


async def answers(settings: Settings) -> bool:
    """Whether any program listens where these settings say."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host
    try:
        async with asyncio.timeout(KNOCK_S):
            _, writer = await asyncio.open_connection(host, settings.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def is_served(settings: Settings) -> bool:
    """Whether it is Sidenote that listens there: it takes the jobs, if its database is this one."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_S) as client:
            return '"sidenote"' in (await client.get(f"{settings.url()}/healthz")).text
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Jobs]:
    async with open_database(settings) as database:
        yield Jobs(database)


async def _whole_id(jobs: Jobs, given: str) -> str:
    """Ids may be shortened as long as they fit one job only. Raises NotFound, InvalidValue."""
    if len(given) < LEAST_PREFIX:
        raise InvalidValue(f"{given!r} is too short for an id: give at least {LEAST_PREFIX} characters of it.")
    recent = await jobs.list_for_user(LOCAL_USER, limit=1000)
    fitting = [job.id for job in recent if job.id.startswith(given.lower())]
    if not fitting:
        raise NotFound(f"There is no job whose id begins with {given!r}. `sidenote jobs` shows the ids.")
    if len(fitting) > 1:
        raise InvalidValue(f"{len(fitting)} jobs have an id that begins with {given!r}. Give more characters of it.")
    return fitting[0]


def _print_jobs(jobs: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(jobs)
    else:
        make_console().print(jobs_table(jobs))


def jobs_table(jobs: list[dict[str, Any]]) -> RenderableType:
    """Jobs as they come."""
    if not jobs:
        return Text("No jobs.", style="dim")
    table = _table("id", "site", "time", "state", "note", "why or where")
    for job in jobs:
        rest = job["permalink"] or job["reason"] or ""
        at = clock(job["timestamp_s"])
        table.add_row(job["id"][:8], job["site"], at, job["state"], Text(job["text"]), Text(rest))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        long = column in ("note", "why or where")
        table.add_column(column, no_wrap=not long, overflow="fold" if long else "ellipsis")
    return table
