"""Every setting of Sidenote, in one model: from the environment, a ``.env`` file or the command line.

Variables begin with ``SIDENOTE_``; ``DATABASE_URL`` and ``REDIS_URL`` have the names that everybody gives them. A value
that can't be used is refused at once, with its name, what is allowed and never a secret. Only ``server`` reads
settings; the other packages are handed what they need. ``docs/configuration.md`` is printed from this model.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import platformdirs
from pydantic import SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import NoDecode, SettingsConfigDict

from server.fields import note, setting
from server.posting_settings import PostingSettings
from server.speech_settings import SpeechSettings

PREFIX = "SIDENOTE_"
ENV_FILE = Path(".env")
EXTENSION_ID = "pogmpmmnnnfnofnednjnioeaeknfblno"
"""Of Sidenote's own extension, wherever it is installed: it follows from the ``key`` in extension/src/manifest.json."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_ORIGIN = re.compile(r"(https?|chrome-extension|moz-extension)://[a-z0-9.-]+(:\d{1,5})?")
_DATABASES = re.compile(r"(sqlite|postgres(ql)?)(\+\w+)?://.+", re.DOTALL)


class SettingsError(Exception):
    """A setting can't be used. The message names the variable and what is allowed; the person mends it."""


class Settings(SpeechSettings, PostingSettings):
    """All settings. Units stand in the names."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        validate_default=False,
    )

    # Where it runs and what it keeps
    data_dir: Path = setting(
        lambda: platformdirs.user_data_path("sidenote", appauthor=False),
        "Server",
        "a folder this user may write to; made when missing",
        "Holds the SQLite database, the token secret and whatever else must outlive the process.",
        extra={"shown": "the user's data folder (`~/.local/share/sidenote` on Linux)"},
    )
    host: str = setting(
        "127.0.0.1",
        "Server",
        "an address or name of this machine",
        "Address to listen on. Anything but this machine's own loopback lets others on the network try tokens.",
        min_length=1,
    )
    port: int = setting(8765, "Server", "0 to 65535", "Port to listen on; 0 takes a free one.", ge=0, le=65535)
    database_url: SecretStr | None = setting(
        None,
        "Server",
        "`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`",
        "The database.",
        validation_alias="DATABASE_URL",
        extra={"shown": "`sidenote.sqlite3` in the data folder"},
    )
    redis_url: SecretStr | None = setting(
        None,
        "Server",
        "`redis://HOST:PORT/N`",
        "Carries events between several server processes that share a PostgreSQL database. Needs the extra `redis`.",
        validation_alias="REDIS_URL",
        extra={"shown": "none: events stay inside the one process"},
    )
    open_browser: bool = setting(
        True,
        "Server",
        "`true` or `false`",
        "Whether `sidenote serve` opens its page in your browser, where it runs in a terminal on a desktop.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "Server", "`debug`, `info`, `warning`, `error`", "The least important lines that are still logged."
    )
    log_json: bool | None = setting(
        None,
        "Server",
        "`true` or `false`",
        "Logs as one JSON object a line.",
        extra={"shown": "`true`, but `false` when the log goes to a terminal"},
    )
    traces: Literal["off", "log"] = setting(
        "off", "Server", "`off` or `log`", "`log` writes every finished span of a trace as a log line."
    )

    # Understanding
    llm: Literal["basic", "openai"] = setting(
        "basic",
        "Understanding",
        "`basic` or `openai`",
        "`basic`: rules and sentence embeddings on this machine. `openai`: any OpenAI-compatible endpoint; `basic` "
        "answers when it fails.",
    )
    llm_base_url: str | None = setting(
        None,
        "Understanding",
        "an address that begins with `http://` or `https://`",
        "The endpoint, such as a llama.cpp server of your own.",
        pattern=r"^https?://\S+$",
        extra={"shown": "OpenAI's own"},
    )
    llm_api_key: SecretStr | None = setting(
        None,
        "Understanding",
        "the key as its issuer gave it",
        "Key of the endpoint. A server of your own may need none.",
    )
    llm_model: str | None = setting(
        None,
        "Understanding",
        "a model name that the endpoint knows",
        "Needed with `SIDENOTE_LLM=openai`.",
        min_length=1,
    )
    llm_deadline_s: float = setting(
        6.0,
        "Understanding",
        "0.5 to 120",
        "Time the endpoint has for one utterance before `basic` answers.",
        ge=0.5,
        le=120,
    )

    # Notes
    confirm_seconds: float = setting(
        3.0, "Notes", "0.1 to 60", "How long a new note waits for Keep, Post or Scratch.", ge=0.1, le=60
    )
    auto_post: bool = setting(
        False,
        "Notes",
        "`true` or `false`",
        "Whether a note with a confidence above 0.7 is posted when that time is over: for whoever has not chosen it "
        "in the options. This is consent to post.",
    )
    timestamp_offset_s: float = setting(
        0.0, "Notes", "-60 to 60", "Added to the video time at which you began to speak.", ge=-60, le=60
    )
    idle_minutes: float = setting(
        15.0,
        "Notes",
        "more than 0, up to 1440",
        "A session without a connection is put away after this.",
        gt=0,
        le=1440,
    )
    keep_audio: bool = setting(
        False,
        "Notes",
        "`true` or `false`",
        "Keep recordings after their notes are safe; otherwise they are deleted then.",
    )
    keep_audio_hours: float = setting(
        24.0,
        "Notes",
        "more than 0, up to 8760",
        "How long a recording is kept at most: of a sentence that failed; with `SIDENOTE_KEEP_AUDIO`, of every one.",
        gt=0,
        le=8760,
    )

    # Connections
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = setting(
        (),
        "Connections",
        "origins with commas between, such as `chrome-extension://ID,https://review.example`; no path, no `*`",
        "Web origins that may connect besides the server's own address and its extension. Each must match exactly.",
        extra={"shown": "none besides those two"},
    )
    token_ttl_s: int = setting(
        3600, "Connections", "60 to 2592000", "How long a connect token is good for.", ge=60, le=2_592_000
    )
    max_frame_bytes: int = setting(
        262_144, "Connections", "4096 to 16777216", "Largest websocket frame taken.", ge=4096, le=16_777_216
    )
    idle_timeout_s: float = setting(
        60.0,
        "Connections",
        "1 to 3600",
        "A connection on which nothing arrives for this long is closed.",
        ge=1,
        le=3600,
    )
    prejoin_timeout_s: float = setting(
        10.0, "Connections", "0.5 to 300", "Time a new connection has to join its first topic.", ge=0.5, le=300
    )
    outgoing_queue_bytes: int = setting(
        1_048_576,
        "Connections",
        "65536 to 67108864",
        "What may wait for a slow client before it is cut off.",
        ge=65_536,
        le=67_108_864,
    )
    max_topics: int = setting(100, "Connections", "1 to 1000", "Topics one connection may join.", ge=1, le=1000)
    max_connections_per_user: int = setting(
        20, "Connections", "1 to 1000", "Connections one user may have open.", ge=1, le=1000
    )

    token_grace_s: float = setting(
        30.0, "Connections", "1 to 3600", "Time for a new token after a connection's token has expired.", ge=1, le=3600
    )

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _DATABASES.fullmatch(value.get_secret_value()):
            raise ValueError("this is no address of a SQLite or PostgreSQL database")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"(rediss?|unix)://", value.get_secret_value()):
            raise ValueError("this is no address of a Redis server")
        return value

    @field_validator("stt_api_key", "llm_api_key", "browserbase_api_key", "youtube_client_secret", "find_api_key")
    @classmethod
    def _usable_key(cls, value: SecretStr | None) -> SecretStr | None:
        """Files that hold a key often end in a line break, which no request can carry."""
        key = value.get_secret_value().strip() if value is not None else ""
        if not re.fullmatch(r"[!-~]*", key):
            raise ValueError("this is no key")
        return SecretStr(key) if key else None

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no exact origin")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if self.llm == "openai":
            if self.llm_model is None:
                raise ValueError("SIDENOTE_LLM is openai, so SIDENOTE_LLM_MODEL must name a model of that endpoint.")
            if self.llm_base_url is None and self.llm_api_key is None:
                raise ValueError(
                    "SIDENOTE_LLM is openai, so set SIDENOTE_LLM_API_KEY to a key of OpenAI, or SIDENOTE_LLM_BASE_URL "
                    "to an endpoint that needs none."
                )
        return self

    @property
    def database(self) -> str:
        """URL of the database. May hold a password: never log it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{quote(str(self.data_dir / 'sidenote.sqlite3'))}"  # whatever characters its path has

    @property
    def loopback(self) -> bool:
        """Whether only programs on this machine can connect."""
        return self.host in LOOPBACK

    def url(self, port: int | None = None) -> str:
        """The server's own address, for a person to open. ``port``: the real one where the setting is 0."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port if port is None else port}"

    @property
    def practice_url(self) -> str | None:
        """Address of the practice page, where there is one."""
        there = self.loopback if self.practice is None else self.practice
        return f"{self.public_url or self.url()}/practice" if there else None

    def origins(self, port: int | None = None) -> frozenset[str]:
        """Every origin that may connect: the listed ones, the server's own address and the extension."""
        own = {self.url(port), f"chrome-extension://{EXTENSION_ID}", *([self.public_url] if self.public_url else [])}
        if self.loopback or self.host in {"0.0.0.0", "::"}:
            own |= {f"http://{name}:{self.port if port is None else port}" for name in ("127.0.0.1", "localhost")}
        return frozenset(self.allowed_origins) | own


def variable(name: str) -> str:
    """The environment variable of a field: ``port`` is set by ``SIDENOTE_PORT``."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else PREFIX + name.upper()


def variables() -> Iterator[str]:
    """Every environment variable that is a setting, in the order of the documentation."""
    return map(variable, Settings.model_fields)


def load_settings(*, env_file: Path | None = ENV_FILE, **overrides: Any) -> Settings:
    """Read the settings: ``overrides`` first (None means not given), then the environment, then ``env_file``.

    Raises SettingsError with one paragraph that names each variable that can't be used.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(_env_file=env_file, **given)
    except ValidationError as error:
        raise SettingsError(" ".join(map(_explain, error.errors()))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {env_file} can't be read ({error}). Mend it or move it away.") from None


def _explain(detail: ErrorDetails) -> str:
    if not detail["loc"]:  # two settings that don't go together: the validator has said it all
        return detail["msg"].removeprefix("Value error, ")
    place = str(detail["loc"][0])
    name = next((n for n in Settings.model_fields if place in (n, variable(n))), place)
    field = Settings.model_fields[name]
    secret = "SecretStr" in str(field.annotation)
    value = "has a value that can't be used" if secret else f"is {str(detail['input'])!r}, which can't be used"
    allowed = (note(field, "allowed") or "see docs/configuration.md").replace("`", "")
    return f"{variable(name)} {value}. Allowed: {allowed}."
