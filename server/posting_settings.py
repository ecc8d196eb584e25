"""The settings of how notes become comments. A part of ``Settings``."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from server.fields import setting

_FERNET_KEY = re.compile(r"[\w-]{43}=", re.ASCII)


class PostingSettings(BaseSettings):
    """All settings of the section "Posting". Units stand in the names; docs/posting.md says what they are for."""

    browser: Literal["chromium", "browserbase"] = setting(
        "chromium",
        "Posting",
        "`chromium` or `browserbase`",
        "`chromium`: a browser of this machine, with a profile for each user and site. `browserbase`: theirs.",
    )
    browser_path: Path | None = setting(
        None,
        "Posting",
        "the program of a Chromium, Chrome or Edge",
        "Which browser posts.",
        extra={"shown": "the first that is found"},
    )
    browser_headless: bool = setting(True, "Posting", "`true` or `false`", "Whether it posts without a window.")
    browserbase_api_key: SecretStr | None = setting(
        None, "Posting", "the key as Browserbase gave it", "Needed with `SIDENOTE_BROWSER=browserbase`."
    )
    browserbase_project_id: str | None = setting(
        None, "Posting", "the id of a project there", "Needed with `SIDENOTE_BROWSER=browserbase`.", min_length=1
    )
    post_workers: int = setting(
        2,
        "Posting",
        "1 to 16",
        "Comments that are posted side by side; each needs a browser of about 300 MB.",
        ge=1,
        le=16,
    )
    post_lease_s: float = setting(
        30.0, "Posting", "0.5 to 600", "After this long without a sign a worker's job goes to another.", ge=0.5, le=600
    )
    post_deadline_s: float = setting(90.0, "Posting", "5 to 170", "Time for one attempt.", ge=5, le=170)
    metrics_port: int = setting(
        0,
        "Posting",
        "0 to 65535",
        "Port on this machine at which `sidenote worker` shows its figures as `/metrics`; 0: none.",
        ge=0,
        le=65535,
    )
    practice: bool | None = setting(
        None,
        "Posting",
        "`true` or `false`",
        "Whether `/practice` is there, a page where anybody who reaches this server can comment.",
        extra={"shown": "`true` where only this machine can connect, else `false`"},
    )
    public_url: str | None = setting(
        None,
        "Posting",
        "an address that begins with `http://` or `https://`, without a path",
        "Where browsers reach this server, when that is not the address it listens on.",
        pattern=r"^https?://[^\s/]+$",
        extra={"shown": "the address it listens on"},
    )
    youtube_client_id: str | None = setting(
        None,
        "Posting",
        "the id of an OAuth client of type desktop app",
        "With it `sidenote connect youtube --api` links an account, and comments go through YouTube's Data API.",
        min_length=1,
    )
    youtube_client_secret: SecretStr | None = setting(
        None, "Posting", "the secret that belongs to it", "Needed with `SIDENOTE_YOUTUBE_CLIENT_ID`."
    )
    seal_keys: SecretStr | None = setting(
        None,
        "Posting",
        "Fernet keys with commas between, the newest first",
        "Seals the tokens of linked accounts in the database. Several processes need the same.",
        extra={"shown": "a key in the data folder, made on first use"},
    )
    find: Literal["off", "stagehand"] = setting(
        "off",
        "Posting",
        "`off` or `stagehand`",
        "`stagehand`: asks a model for an element of a page that a recipe no longer finds. Needs that extra.",
    )
    find_model: str | None = setting(
        None, "Posting", "a model as Stagehand names it", "Needed with `SIDENOTE_FIND=stagehand`.", min_length=1
    )
    find_api_key: SecretStr | None = setting(
        None, "Posting", "the key of that model", "Needed with `SIDENOTE_FIND=stagehand`."
    )

    @field_validator("browser_path")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.expanduser().is_file():
            raise ValueError("there is no such program")
        return value.expanduser() if value else None

    @field_validator("seal_keys")
    @classmethod
    def _fernet_keys(cls, value: SecretStr | None) -> SecretStr | None:
        given = value.get_secret_value().split(",") if value is not None else []
        keys = [key.strip() for key in given if key.strip()]
        if not all(map(_FERNET_KEY.fullmatch, keys)):
            raise ValueError("one of these is no Fernet key")
        return SecretStr(",".join(keys)) if keys else None

    @model_validator(mode="after")
    def _consistent_posting(self) -> Self:
        if self.browser == "browserbase" and not (self.browserbase_api_key and self.browserbase_project_id):
            raise ValueError(
                "SIDENOTE_BROWSER is browserbase, so set SIDENOTE_BROWSERBASE_API_KEY and "
                "SIDENOTE_BROWSERBASE_PROJECT_ID to those of a project there."
            )
        if self.find == "stagehand" and not (self.find_model and self.find_api_key):
            raise ValueError("SIDENOTE_FIND is stagehand, so set SIDENOTE_FIND_MODEL and SIDENOTE_FIND_API_KEY.")
        if self.youtube_client_id and not self.youtube_client_secret:
            raise ValueError("SIDENOTE_YOUTUBE_CLIENT_ID is set, so set SIDENOTE_YOUTUBE_CLIENT_SECRET as well.")
        return self
