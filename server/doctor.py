"""Looks over this installation: what is there, what is not, and what to do about it.

Each check is one function that returns what it found or raises Problem. Nothing is changed, save that the data folder
is made when it is missing and the packaged ``base`` put together. Talks to no machine but those that the settings name:
endpoints, and where events and records are kept.
"""

import asyncio
import contextlib
import importlib.util
import platform
import shutil
import socket
import tempfile
import urllib.request
from collections.abc import Awaitable, Callable
from importlib import metadata

from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.endpoints import look_at_endpoint, without_password
from server.findings import Absent, Finding, Found, Problem, Verdict
from server.notices import notices
from server.screen import make_console, print_json
from server.settings import Settings
from server.speed import speech_speed

MODULES = (  # import names of what the base installation brings
    "starlette uvicorn websockets orjson jwt faster_whisper ctranslate2 av onnxruntime numpy threadpoolctl webrtcvad "
    "tokenizers openai sqlmodel sqlalchemy asyncpg greenlet alembic dramatiq playwright browserbase "
    "pydantic_settings platformdirs opentelemetry.sdk prometheus_client typer rich httpx cryptography"
).split()
LEAST_FREE_BYTES = 500_000_000  # a month of notes is a few megabytes; recordings pass through
REINSTALL = "Install Sidenote again: `make setup`, or `pip install --force-reinstall sidenote`."


SHOWN = {Verdict.OK: ("ok", "green"), Verdict.ABSENT: ("absent", "dim"), Verdict.PROBLEM: ("problem", "bold red")}

Check = Callable[[Settings], Awaitable[str | Found]]


async def examine(
    settings: Settings, checks: "dict[str, Check] | None" = None, on_check: Callable[[str], None] = lambda _: None
) -> list[Finding]:
    """Run every check, one after another; ``on_check`` gets the name of each before it runs."""
    findings = []
    for name, check in (checks or CHECKS).items():
        on_check(name)
        findings.append(await _run(name, check, settings))
    return findings


async def _run(name: str, check: Check, settings: Settings) -> Finding:
    try:
        found = await check(settings)
        if isinstance(found, Found):
            return Finding(name, Verdict.OK, found.found, found.todo, found.figures)
        return Finding(name, Verdict.OK, found)
    except Absent as absent:
        return Finding(name, Verdict.ABSENT, str(absent), absent.todo)
    except Problem as problem:
        return Finding(name, Verdict.PROBLEM, str(problem), problem.todo)
    except Exception as error:  # our own errors say what to do; any other is worth showing too
        said, _, todo = str(error).partition(". ")
        return Finding(name, Verdict.PROBLEM, said or type(error).__name__, todo or REINSTALL)


async def _python(settings: Settings) -> str:
    return f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"


async def _packages(settings: Settings) -> str:
    missing = [name for name in MODULES if not _importable(name)]
    if missing:
        raise Problem(f"missing: {', '.join(missing)}", REINSTALL)
    return f"Sidenote {version()}, {len(MODULES)} packages it needs"


async def _speech_model(settings: Settings) -> str:
    if settings.stt == "openai":
        await look_at_endpoint(settings.stt_url, settings.stt_api_key, "STT", "Until then no speech becomes text.")
        return f"{settings.stt_model} at {without_password(settings.stt_url)}"
    from inference.models import find_speech_model

    model = await asyncio.to_thread(find_speech_model, settings.stt_model, download=False)
    await asyncio.to_thread(model.verify)
    return f"{model.name}, " + ("SHA-256 as it should be" if model.sha256 else "no SHA-256 known") + f", {model.folder}"


async def _voice_activity(settings: Settings) -> str:
    import webrtcvad

    from inference.vad.silero import shared_model

    webrtcvad.Vad()
    await asyncio.to_thread(shared_model)
    return "webrtcvad and Silero"


async def _sentence_model(settings: Settings) -> str:
    from inference.embed.minilm import MODEL, TOKENIZER, checked, locate

    for file in (MODEL, TOKENIZER):
        await asyncio.to_thread(checked, locate(file), file)
    return "MiniLM, SHA-256 as published"


async def _data_folder(settings: Settings) -> str:
    from server.secrets import token_secret

    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as error:
        todo = "Give this user the right to write there, or name another folder in SIDENOTE_DATA_DIR."
        raise Problem(f"{settings.data_dir} can't be written ({error.strerror})", todo) from None
    token_secret(settings.data_dir)
    return str(settings.data_dir)


async def _disk(settings: Settings) -> str:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Problem(
            f"{free / 1e6:.0f} MB free at {folder}", f"Free some space: {LEAST_FREE_BYTES // 10**6} MB at least."
        )
    return f"{free / 1e9:.1f} GB free"


async def _database(settings: Settings) -> str:
    import migrations
    from storage.connections import parsed, shown
    from storage.engine import Database

    where = shown(parsed(settings.database))
    revision, newest = await migrations.current(settings.database), migrations.head()
    if revision is None:
        return f"{where}, made on the first start"
    if revision < newest:
        return f"{where}, tables {revision}, brought to {newest} on the next start"
    database = Database(settings.database)
    await database.open()
    await database.close()
    return f"{where}, tables {revision}"


async def _events(settings: Settings) -> str:
    if settings.redis_url is None:
        raise Absent("events stay in the one process", "Several processes need REDIS_URL (and PostgreSQL).")
    from channels.redis_link import RedisLink

    link = RedisLink(settings.redis_url.get_secret_value())
    await link.start()
    try:
        information = dict(
            line.split(":", 1) for line in (await link.call("INFO", "server")).decode().split() if ":" in line
        )
    finally:
        await link.close()
    return f"Redis {information.get('redis_version', 'of unknown version')} answers"


async def _port(settings: Settings) -> str:
    if settings.port == 0:
        return "a free one is taken on each start"
    with contextlib.closing(socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if await asyncio.to_thread(_is_sidenote, settings.url()):
                return f"Sidenote is running at {settings.url()}"
            todo = "Stop what listens there, or choose another port in SIDENOTE_PORT."
            raise Problem(f"port {settings.port} on {settings.host}: {error.strerror}", todo) from None
    return f"{settings.port} on {settings.host} is free"


def _is_sidenote(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return b'"sidenote"' in answer.read(200)
    except (OSError, ValueError):
        return False


async def _language_model(settings: Settings) -> str:
    if settings.llm != "openai":
        return "basic: rules and MiniLM on this machine"
    base = (settings.llm_base_url or "https://api.openai.com/v1").rstrip("/")
    await look_at_endpoint(base, settings.llm_api_key, "LLM", "Until then the basic engine answers.")
    return f"{settings.llm_model} at {without_password(base)}"


async def _browser(settings: Settings) -> str:
    """Opens one for real: that a program is there does not mean that it starts."""
    from automation.addresses import Fence
    from automation.browser import Login, NoBrowser
    from automation.browsers.local import LocalChromium
    from automation.sites.contract import PostingError

    if settings.browser == "browserbase":
        return "Browserbase: asked only when a comment is posted"
    browser = LocalChromium(settings.data_dir / "browsers", executable=settings.browser_path)
    login = Login("sidenote doctor", "none")
    try:
        async with browser.page(login, Fence()) as page:
            version = page.context.browser.version if page.context.browser else ""
            user_agent = await page.evaluate("navigator.userAgent")
        await browser.forget(login)
    except (NoBrowser, PostingError) as error:
        found, _, todo = str(error).partition(": ")
        raise Absent(found, f"Without one notes are kept and not posted. {todo}".strip()) from None
    finally:
        await browser.close()
    return f"Chromium {version or user_agent.rpartition('Chrome/')[2].partition(' ')[0]}, opens a page"


async def _microphone(settings: Settings) -> str:
    from server.microphone import NoMicrophone, find_microphone

    try:
        return find_microphone()
    except NoMicrophone as error:
        found, _, todo = str(error).partition(". ")
        raise Absent(found, f"Only `sidenote listen` needs it. {todo}") from None


def version() -> str:
    """This program's version."""
    try:
        return metadata.version("sidenote")
    except metadata.PackageNotFoundError:
        return "(not installed, run from its folder)"


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


CHECKS: dict[str, Check] = {
    "Python": _python,
    "packages": _packages,
    "speech model": _speech_model,
    "voice activity": _voice_activity,
    "sentence model": _sentence_model,
    "data folder": _data_folder,
    "disk": _disk,
    "database": _database,
    "events": _events,
    "port": _port,
    "language model": _language_model,
    "speech speed": speech_speed,
    "browser": _browser,
    "microphone": _microphone,
}


async def show(settings: Settings, *, as_json: bool) -> bool:
    """Print what was found; whether nothing is wrong."""
    with Console(stderr=True, quiet=as_json).status("Looking") as progress:
        findings = await examine(settings, on_check=lambda name: progress.update(f"Looking at: {name}"))
    well = all(finding.verdict is not Verdict.PROBLEM for finding in findings)
    if as_json:
        print_json({"ok": well, "checks": [finding.payload() for finding in findings]})
        return well
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("", "check", "found", "what to do"):
        table.add_column(column, no_wrap=column in ("", "check"), overflow="fold")
    for finding in findings:
        word, style = SHOWN[finding.verdict]
        table.add_row(Text(word, style=style), finding.check, Text(finding.found), Text(finding.todo))
    console = make_console()
    console.print(table)
    for notice in notices(settings):
        console.print(Text(notice, style="yellow"))
    console.print("Everything is in order." if well else "Something is to be done, see above.")
    return well
