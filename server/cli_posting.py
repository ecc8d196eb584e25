"""The commands about comments: post one, look after the jobs, log in to sites, run a worker. Merged into `sidenote`."""

from typing import Annotated

import typer

from server.cli_parts import USAGE, Json, ListGroup, NoteId, fail, run, settings_of

app = typer.Typer()
jobs_app = typer.Typer(cls=ListGroup, help="What became of posts: list, retry, discard, or say that you found one.")
app.add_typer(jobs_app, name="jobs")

JobId = Annotated[str, typer.Argument(metavar="ID", help="Id of a job, or its first characters.")]
Site = Annotated[str, typer.Argument(metavar="SITE", help="youtube, vimeo or frameio.")]
Video = Annotated[str | None, typer.Option("--video", metavar="URL", help="With --test: the video to open.")]


@app.command()
def post(note_id: NoteId, as_json: Json = False) -> None:
    """Post a note as a comment on its video's site, and wait for its link."""
    settings = settings_of(quiet=True)
    from server import posts

    run(lambda: posts.post_note(settings, note_id, as_json=as_json))


@jobs_app.command("list")
def list_jobs(
    state: Annotated[str | None, typer.Option(help="Only jobs in this state, such as failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """Your posts and what became of them, newest first."""
    settings = settings_of(quiet=True)
    from server import posts

    run(lambda: posts.list_jobs(settings, state=state, limit=limit, as_json=as_json))


@jobs_app.command("retry")
def retry_job(
    job_id: JobId,
    absent: Annotated[
        bool, typer.Option("--absent", help="You looked: the comment is not on the site. Only then is it sent again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Try a failed post again. After "may have been sent", look at the site first: it is not sent twice by itself."""
    settings = settings_of(quiet=True)
    from server import posts

    run(lambda: posts.retry_job(settings, job_id, absent=absent, as_json=as_json))


@jobs_app.command("discard")
def discard_job(job_id: JobId, as_json: Json = False) -> None:
    """Give a post up; the note is kept."""
    settings = settings_of(quiet=True)
    from server import posts

    run(lambda: posts.discard_job(settings, job_id, as_json=as_json))


@jobs_app.command("found")
def found_job(
    job_id: JobId,
    permalink: Annotated[str | None, typer.Argument(metavar="[LINK]", help="The comment's own address.")] = None,
    as_json: Json = False,
) -> None:
    """Say that you saw the comment on the site."""
    settings = settings_of(quiet=True)
    from server import posts

    run(lambda: posts.found_job(settings, job_id, permalink, as_json=as_json))


@app.command()
def audit(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 100,
    as_json: Json = False,
) -> None:
    """Every step of every post: who, which note, the hash of its text, what came of it."""
    settings = settings_of(quiet=True)
    from server import posts

    run(lambda: posts.show_audit(settings, limit=limit, as_json=as_json))


@app.command()
def connect(
    site: Site,
    test: Annotated[bool, typer.Option("--test", help="Only look whether the login holds.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the stored login.")] = False,
    api: Annotated[bool, typer.Option("--api", help="Link a YouTube account for its Data API instead.")] = False,
    video: Video = None,
) -> None:
    """Log in to a site, so that comments can be posted there. Your password is never seen or stored by Sidenote."""
    if test + reset + api > 1:
        fail("Give one of --test, --reset and --api.", USAGE)
    settings = settings_of(quiet=True)
    from server import accounts

    if test:
        run(lambda: accounts.test_login(settings, site, video=video))
    elif reset:
        run(lambda: accounts.reset(settings, site))
    elif api:
        run(lambda: accounts.link(settings, site))
    else:
        run(lambda: accounts.connect(settings, site))


@app.command()
def connections(as_json: Json = False) -> None:
    """Your logins at video sites."""
    settings = settings_of(quiet=True)
    from server import accounts

    run(lambda: accounts.list_logins(settings, as_json=as_json))


@app.command()
def worker() -> None:
    """Post the comments of a fleet, told by Redis. Ctrl-C ends it."""
    settings = settings_of()
    from server.working import work_until_signalled

    run(lambda: work_until_signalled(settings))
