"""What a person should know before it runs: settings without effect, misspelt variables, what leaves the machine."""

import difflib
import os
from urllib.parse import urlsplit

from dotenv import dotenv_values

from server.settings import ENV_FILE, LOOPBACK, PREFIX, Settings, variables


def notices(settings: Settings, environ: dict[str, str] | None = None) -> list[str]:
    """One sentence or two each; ``environ`` instead of the process's own environment and the ``.env`` file."""
    return [
        *_about_connections(settings),
        *_about_speech(settings),
        *_about_understanding(settings),
        *_about_posting(settings),
        *_misspelt(environ),
    ]


def _about_connections(settings: Settings) -> list[str]:
    found = []
    if settings.redis_url is not None and settings.database.startswith("sqlite"):
        found.append("REDIS_URL is set, but the database is SQLite: several processes need PostgreSQL (DATABASE_URL).")
    if not settings.loopback:
        found.append(f"Listening on {settings.host}: others on the network can reach this server. Keep tokens private.")
    return found


def _about_speech(settings: Settings) -> list[str]:
    if settings.stt == "openai":
        address = urlsplit(settings.stt_url)
        host = address.hostname or settings.stt_url
        open_way = (
            " The way there is not encrypted (http)." if address.scheme == "http" and host not in LOOPBACK else ""
        )
        return [
            f"What you say is sent as audio to {host} to be transcribed, with names from the video and your glossary "
            f"(SIDENOTE_STT=openai).{open_way}"
        ]
    found = []
    if settings.stt_base_url or settings.stt_api_key:
        found.append("A transcription endpoint is set but not used: set SIDENOTE_STT=openai to use it.")
    if settings.stt_model.endswith(".en") and settings.language != "en":
        found.append(
            f"SIDENOTE_LANGUAGE is {settings.language}, but the model {settings.stt_model} knows English only. "
            "Name a model without .en in SIDENOTE_STT_MODEL."
        )
    return found


def _about_understanding(settings: Settings) -> list[str]:
    if settings.llm == "basic" and (settings.llm_base_url or settings.llm_model):
        return ["An LLM endpoint is set but not used: set SIDENOTE_LLM=openai to use it."]
    return []


def _about_posting(settings: Settings) -> list[str]:
    found = []
    if settings.browser == "browserbase":
        found.append("Comments are posted from browsers at Browserbase, which keep your logins (SIDENOTE_BROWSER).")
    elif settings.browserbase_api_key or settings.browserbase_project_id:
        found.append("A project at Browserbase is set but not used: set SIDENOTE_BROWSER=browserbase to use it.")
    if settings.find == "stagehand":
        found.append(
            "Where a recipe finds no button, the visible text of the page is sent to "
            f"{settings.find_model} (SIDENOTE_FIND)."
        )
    if settings.youtube_client_id and settings.redis_url is not None and settings.seal_keys is None:
        found.append(
            "Several processes can't open each other's links to accounts: give all the same SIDENOTE_SEAL_KEYS."
        )
    if settings.auto_post:
        found.append("Sure notes of whoever has not switched it off are posted by themselves (SIDENOTE_AUTO_POST).")
    if settings.practice_url and not settings.loopback:
        found.append("Whoever reaches this server can comment on its practice page (SIDENOTE_PRACTICE).")
    return found


def _misspelt(environ: dict[str, str] | None) -> list[str]:
    found, known = [], set(variables())
    for name in sorted(environ if environ is not None else _environment()):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            found.append(f"{name} is no setting of Sidenote." + (f" Did you mean {near[0]}?" if near else ""))
    return found


def _environment() -> dict[str, str]:
    from_file = dotenv_values(ENV_FILE) if ENV_FILE.is_file() else {}
    return {**{name: value or "" for name, value in from_file.items()}, **os.environ}
