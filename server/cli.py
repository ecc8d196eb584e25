"""The command line. Each command is a few lines that call the module of its name; nothing heavy is imported before.

Exit status: 0 all went well, 1 something went wrong while it ran, 2 the command line or a file can't be used, 130 it
was interrupted.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server import cli_posting
from server.cli_parts import FAILED, Commands, Json, ListGroup, NoteId, fail, run, settings_of

if TYPE_CHECKING:
    from server.review import Outcome, Plan


class Mode(StrEnum):
    """As ``agent.events.Mode``, which would bring the agent with it."""

    PTT = "ptt"
    HANDS_FREE = "hands-free"


app = typer.Typer(
    cls=Commands,
    help="Say what you see: spoken remarks on a video become timestamped written notes, live.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
notes_app = typer.Typer(cls=ListGroup, help="Your notes: list, show, edit or delete them.")
app.add_typer(notes_app, name="notes")
glossary_app = typer.Typer(cls=ListGroup, help="Names and words that recognition should know: list, add, remove.")
app.add_typer(glossary_app, name="glossary")
app.add_typer(cli_posting.app)

Server = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="A running server; without it a private one is started.")
]
Token = Annotated[
    str | None, typer.Option("--token", metavar="T", help="Connect token for --server; this data folder's by default.")
]
Video = Annotated[str | None, typer.Option("--video", metavar="URL", help="The video; the practice video by default.")]
At = Annotated[float, typer.Option("--at", metavar="S", min=0, help="Where the video stands at the start, seconds.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the confirm time of the last note too.")]
Terms = Annotated[list[str], typer.Argument(metavar="TERM…", help="Names or words; quote one that has blanks.")]


@app.callback(invoke_without_command=True)
def main_options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib import metadata

        try:
            typer.echo(metadata.version("sidenote"))
        except metadata.PackageNotFoundError:
            fail("Not installed, so its version is not known. Run `make setup`.", FAILED)
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; this machine's own by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for the database and the secret.")] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Don't open the page in your browser.")] = False,
) -> None:
    """Run everything in this process: server, agents, worker, database. Ctrl-C ends it."""
    settings = settings_of(host=host, port=port, data_dir=data_dir, open_browser=False if no_open else None)
    from server.serving import serve_until_signalled

    run(lambda: serve_until_signalled(settings))


@app.command()
def say(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Recordings: WAV or whatever ffmpeg reads.")],
    gap: Annotated[float, typer.Option("--gap", metavar="S", min=0, max=600, help="Silence between the files.")] = 1.0,
    video: Video = None,
    at: At = 0.0,
    mode: Annotated[
        Mode, typer.Option(help="ptt: each file is one press. hands-free: all are one capture.")
    ] = Mode.PTT,
    fast: Annotated[bool, typer.Option("--fast", help="As quickly as the server stores it, not in real time.")] = False,
    server: Server = None,
    token: Token = None,
    wait: Wait = False,
    as_json: Json = False,
) -> None:
    """Play recordings into a session as a microphone would, and show what comes of them."""
    settings = settings_of(quiet=True)
    from server import say as saying

    plan = plan_of(mode, video, at, fast=fast, wait=wait)
    takes = saying.prepared(files, plan, gap)
    report(run(lambda: saying.say(settings, takes, plan, server=server, token=token, as_json=as_json)))


@app.command()
def listen(
    video: Video = None,
    at: At = 0.0,
    mode: Annotated[
        Mode, typer.Option(help="hands-free: speak as you like. ptt: Enter begins and ends each remark.")
    ] = Mode.HANDS_FREE,
    server: Server = None,
    token: Token = None,
    wait: Wait = False,
    as_json: Json = False,
) -> None:
    """The same from this machine's microphone. Ctrl-C ends it."""
    settings = settings_of(quiet=True)
    from channels.videos import video_of
    from server import say as saying

    plan = plan_of(mode, video, at, fast=False, wait=wait)
    video_of(plan.url)
    report(run(lambda: saying.listen(settings, plan, server=server, token=token, as_json=as_json)))


@app.command()
def watch(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="session:ID, video:ID or user:ID.")],
    server: Annotated[
        str | None, typer.Option("--server", metavar="URL", help="The server; this machine's by default.")
    ] = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Follow what happens on one topic of a running server. Ctrl-C ends it."""
    settings = settings_of(quiet=True)
    from server import watch as watching

    run(lambda: watching.watch(settings, topic, server=server, token=token, as_json=as_json))


def plan_of(mode: Mode, video: str | None, at_s: float, *, fast: bool, wait: bool) -> "Plan":
    from agent.events import Mode as SessionMode
    from channels.videos import PRACTICE_URL
    from server.review import Plan

    return Plan(SessionMode(mode), url=video or PRACTICE_URL, at_s=at_s, fast=fast, wait=wait)


def report(outcome: "Outcome") -> None:
    """Exit 0 when all went well, even if no note was due."""
    if outcome.failures:
        fail("Not everything went well: " + " ".join(dict.fromkeys(outcome.failures)), FAILED)


@app.command()
def token(
    days: Annotated[
        int | None, typer.Option("--days", metavar="N", min=1, max=365, help="Good for so many days.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The server's data folder.")] = None,
) -> None:
    """Print a connect token for the local server, and nothing else."""
    from server.identity import LOCAL_USER, build_tokens
    from server.settings import load_settings

    ttl_s = None if days is None else days * 86_400
    typer.echo(build_tokens(load_settings(data_dir=data_dir)).issue(LOCAL_USER, ttl_s))


@app.command()
def structure(
    text: Annotated[
        str, typer.Argument(metavar="TEXT|-", help="What was said; -: one transcript a line from the input.")
    ],
    last: Annotated[str | None, typer.Option(help="The note before, which an edit refers to.")] = None,
    as_json: Json = False,
) -> None:
    """Read one transcript: intent, category, cleaned text, time and confidence."""
    settings = settings_of(quiet=True)
    from server import structuring

    if text == "-":
        structuring.structure_lines(settings, last)
    else:
        run(lambda: structuring.structure_text(settings, text, last, as_json=as_json))


@notes_app.command("list")
def list_notes(
    status: Annotated[
        str | None, typer.Option(help="Only notes of this status; cancelled ones are shown only so.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="Only notes of this category, such as audio.")] = None,
    text: Annotated[str | None, typer.Option(help="Only notes that hold this text.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """Your notes, newest first."""
    settings = settings_of(quiet=True)
    from server import notebook

    run(
        lambda: notebook.list_notes(settings, status=status, category=category, text=text, limit=limit, as_json=as_json)
    )


@notes_app.command("show")
def show_note(note_id: NoteId, as_json: Json = False) -> None:
    """One note with everything that is known of it."""
    settings = settings_of(quiet=True)
    from server import notebook

    run(lambda: notebook.show_note(settings, note_id, as_json=as_json))


@notes_app.command("edit")
def edit_note(
    note_id: NoteId,
    text: Annotated[str | None, typer.Option(help="The new text.")] = None,
    category: Annotated[str | None, typer.Option(help="The new category.")] = None,
    time: Annotated[str | None, typer.Option(metavar="M:SS", help="The new time in the video.")] = None,
    as_json: Json = False,
) -> None:
    """Change a note; it is kept from then on."""
    settings = settings_of(quiet=True)
    from server import notebook

    run(lambda: notebook.edit_note(settings, note_id, text=text, category=category, time=time, as_json=as_json))


@notes_app.command("delete")
def delete_note(
    note_id: NoteId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a note and its words."""
    settings = settings_of(quiet=True)
    from server import notebook

    run(lambda: notebook.delete_note(settings, note_id, yes=yes, as_json=as_json))


@glossary_app.command("list")
def list_glossary(as_json: Json = False) -> None:
    """The words of your glossary, in their order."""
    settings = settings_of(quiet=True)
    from server import glossary

    run(lambda: glossary.list_terms(settings, as_json=as_json))


@glossary_app.command("add")
def add_to_glossary(terms: Terms, as_json: Json = False) -> None:
    """Add words at the end; print the whole glossary."""
    settings = settings_of(quiet=True)
    from server import glossary

    run(lambda: glossary.add_terms(settings, terms, as_json=as_json))


@glossary_app.command("remove")
def remove_from_glossary(terms: Terms, as_json: Json = False) -> None:
    """Remove words; print the whole glossary."""
    settings = settings_of(quiet=True)
    from server import glossary

    run(lambda: glossary.remove_terms(settings, terms, as_json=as_json))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this installation, and say what to do about what is missing."""
    settings = settings_of(quiet=True)
    from server import doctor as doctoring

    if not run(lambda: doctoring.show(settings, as_json=as_json)):
        raise typer.Exit(FAILED)


@app.command()
def demo(
    show: Annotated[bool, typer.Option("--show", help="Open the comment in your browser; Ctrl-C ends it.")] = False,
    as_json: Json = False,
) -> None:
    """Play a recorded review through the whole path, show the notes, and post one on the practice page."""
    settings = settings_of(quiet=True)
    from server import demo as showing

    report(run(lambda: showing.demo(settings, show=show, as_json=as_json)))


def main() -> None:
    """The console script ``sidenote``."""
    app()


if __name__ == "__main__":
    main()
