"""What every command shares: how errors end it, the options that several have, and how it gets its settings."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from server.settings import Settings

T = TypeVar("T")

USAGE, FAILED, INTERRUPTED = 2, 1, 130


class Commands(TyperGroup):
    """Turns errors that say what to do into one line on standard error and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, asyncio.CancelledError):
            fail("Interrupted.", INTERRUPTED)
        except BrokenPipeError:  # whoever read the output has enough
            sys.stderr.close()
            raise SystemExit(FAILED) from None
        except Exception as error:
            if type(error).__module__.partition(".")[0] in ("typer", "click"):  # they print themselves
                raise
            code = exit_code(error)
            if code is None:
                raise
            fail(str(error) or "The server did not answer in time: look at its log, then try again.", code)


class ListGroup(TyperGroup):
    """``sidenote notes`` alone, or with options only, lists them; so does ``sidenote glossary``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


Json = Annotated[bool, typer.Option("--json", help="JSON for programs; nothing else on standard output.")]
NoteId = Annotated[str, typer.Argument(metavar="ID", help="Id of a note, or its first characters.")]


def exit_code(error: Exception) -> int | None:
    """The exit status for an error that tells the person what to do; None for a bug of ours."""
    from agent.errors import AgentError
    from channels.client import ClientError
    from channels.redis_link import LinkError
    from channels.videos import UnknownVideo
    from inference.errors import BadAudio, InferenceError
    from server.settings import SettingsError
    from storage.errors import InvalidValue, StorageError

    if isinstance(error, (BadAudio, SettingsError, UnknownVideo, InvalidValue)):
        return USAGE
    if isinstance(error, (AgentError, ClientError, InferenceError, LinkError, StorageError, OSError, TimeoutError)):
        return FAILED
    from automation.addresses import AddressRefused
    from automation.browser import NoBrowser
    from automation.sites.contract import PostingError
    from server.accounts import NotConnected
    from server.app import PortInUse
    from server.microphone import NoMicrophone
    from server.notebook import NotDeleted
    from server.posts import NotPosted
    from server.review import ReviewFailed
    from server.watch import NotATopic

    if isinstance(error, (NotATopic, AddressRefused)):
        return USAGE
    ended = (PortInUse, NoMicrophone, NotDeleted, ReviewFailed, NoBrowser, PostingError, NotConnected, NotPosted)
    return FAILED if isinstance(error, ended) else None


def fail(message: str, code: int) -> NoReturn:
    """Say what went wrong, and end."""
    typer.echo(f"sidenote: {message}", err=True)
    raise typer.Exit(code)


def settings_of(*, quiet: bool = False, **overrides: Any) -> "Settings":
    """The settings, with logging set up. ``quiet``: only warnings, unless a level was asked for."""
    from server.logs import setup_logging
    from server.settings import load_settings

    settings = load_settings(**overrides)
    level = "warning" if quiet and "log_level" not in settings.model_fields_set else settings.log_level
    setup_logging(level, as_json=settings.log_json)
    return settings


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What the work returns. SIGTERM and SIGHUP end it as Ctrl-C does: browsers and sessions are given back."""

    async def endable() -> T:
        task = asyncio.current_task()
        assert task
        # Signals come to the main thread alone; a program that calls a command from another one has its own.
        for number in (signal.SIGTERM, signal.SIGHUP) if threading.current_thread() is threading.main_thread() else ():
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await work()

    return asyncio.run(endable())
