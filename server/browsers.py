"""The browser, the linked accounts and the finder that these settings ask for."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from automation.browser import Browser, Login
from automation.delivery import AnotherWay
from automation.linking import Linking, Tokens
from automation.sealing import Seal, SealBroken
from automation.sites.contract import AskPerson, Find, Site
from automation.youtube_api import YouTubeApi
from server.secrets import seal_key
from server.settings import Settings
from storage.logins import Logins

API = "api"  # the driver of a linked account


def build_browser(settings: Settings, logins: Logins) -> Browser:
    """Nothing is started yet: that a browser is missing is told when one is needed."""
    if settings.browser == "browserbase":
        from automation.browsers.browserbase import BrowserbaseBrowser

        assert settings.browserbase_api_key  # the settings were checked
        assert settings.browserbase_project_id
        return BrowserbaseBrowser(
            settings.browserbase_api_key.get_secret_value(),
            settings.browserbase_project_id,
            contexts=StoredContexts(logins),
        )
    from automation.browsers.local import LocalChromium

    return LocalChromium(
        settings.data_dir / "browsers",
        executable=settings.browser_path,
        headless=settings.browser_headless,
        screen=_has_screen(),
    )


def _has_screen() -> bool:
    """Whether a window could be shown to a person here."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def build_find(settings: Settings) -> Find | None:
    if settings.find == "off":
        return None
    from automation.finders.stagehand import StagehandFind

    assert settings.find_model
    assert settings.find_api_key
    return StagehandFind(settings.find_model, settings.find_api_key.get_secret_value())


def build_ways(settings: Settings, logins: Logins) -> Mapping[str, AnotherWay]:
    linking = build_linking(settings)
    return {"youtube": LinkedYouTube(logins, linking, build_seal(settings))} if linking else {}


def build_linking(settings: Settings) -> Linking | None:
    """None where no OAuth client is set."""
    if not (settings.youtube_client_id and settings.youtube_client_secret):
        return None
    return Linking(settings.youtube_client_id, settings.youtube_client_secret.get_secret_value())


def build_seal(settings: Settings) -> Seal:
    """Raises SettingsError."""
    if settings.seal_keys is None:
        return Seal([seal_key(settings.data_dir)])
    return Seal(settings.seal_keys.get_secret_value().split(","))


class StoredContexts:
    """Under which id Browserbase keeps a login: in the table of logins."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    async def get(self, login: Login) -> str | None:
        row = await self._logins.get(login.user_id, login.site)
        return row.context_id if row else None

    async def put(self, login: Login, context_id: str) -> None:
        await self._logins.keep_context(login.user_id, login.site, context_id)

    async def drop(self, login: Login) -> None:
        await self._logins.keep_context(login.user_id, login.site, None)


class LinkedYouTube:
    """YouTube's Data API for whoever has linked an account."""

    def __init__(self, logins: Logins, linking: Linking, seal: Seal) -> None:
        self._logins = logins
        self._linking = linking
        self._seal = seal

    async def linked(self, login: Login) -> AbstractAsyncContextManager[Site] | None:
        """Raises AskPerson."""
        row = await self._logins.get(login.user_id, login.site)
        if row is None or row.sealed_tokens is None:
            return None
        try:
            tokens = Tokens.read(self._seal.open(row.sealed_tokens))
        except SealBroken as broken:
            raise AskPerson(f"{broken} The command is: sidenote connect {login.site} --api.") from None

        async def save(renewed: Tokens) -> None:
            await self.keep(login, renewed)

        return YouTubeApi(tokens, self._linking, save)

    async def keep(self, login: Login, tokens: Tokens) -> None:
        sealed = self._seal.seal(tokens.stored())
        await self._logins.keep_tokens(login.user_id, login.site, sealed, driver=API)
