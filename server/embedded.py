"""A whole server inside this program, on a free port: for ``sidenote say``, ``listen``, the demo and the tests."""

import asyncio
from types import TracebackType
from typing import Any, Self

from server.app import serve
from server.identity import LOCAL_USER
from server.settings import Settings
from server.wiring import Parts


class EmbeddedServer:
    """``async with EmbeddedServer(settings) as server`` runs one on this event loop.

    It listens on this machine only. What keeps it from starting is raised on entering.
    """

    url: str  # ws://127.0.0.1:PORT
    token: str  # for the local user
    parts: Parts

    def __init__(self, settings: Settings, *, port: int = 0) -> None:
        """``port``: 0 takes a free one."""
        self._settings = settings.model_copy(update={"host": "127.0.0.1", "port": port})
        self._stop = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        started: asyncio.Future[tuple[Parts, int]] = asyncio.get_running_loop().create_future()
        self._serving = asyncio.create_task(
            serve(self._settings, self._stop, lambda parts, port: started.set_result((parts, port)))
        )
        either: set[asyncio.Future[Any]] = {self._serving, started}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            await self._serving
        self.parts, port = started.result()
        self.url = f"ws://127.0.0.1:{port}"
        self.token = self.parts.tokens.issue(LOCAL_USER)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._serving:
            await self._serving
