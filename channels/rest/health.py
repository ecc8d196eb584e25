"""Is this process alive, and can it do its work? For load balancers and people with curl."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from storage.errors import StorageError

log = logging.getLogger(__name__)

CHECK_LIMIT_S = 2.0


class NotReady(Exception):
    """This process can't take work now. The message says why."""


def health_routes(check: Callable[[], Awaitable[None]], shown: Callable[[], Mapping[str, Any]] = dict) -> list[Route]:
    """``/healthz``: Sidenote's event loop turns. ``/readyz``: ``check`` succeeds in two seconds, else 503 saying why.

    ``shown`` is told beside a readiness that is given.
    """

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok", "program": "sidenote"})

    async def readyz(request: Request) -> Response:
        try:
            async with asyncio.timeout(CHECK_LIMIT_S):
                await check()
        except TimeoutError:
            return JSONResponse({"status": "unavailable", "message": "The database takes too long to answer."}, 503)
        except (NotReady, StorageError) as error:
            return JSONResponse({"status": "unavailable", "message": str(error)}, 503)
        except Exception:  # its words may hold an address or a password
            log.exception("the check of readiness failed by a bug")
            return JSONResponse({"status": "unavailable", "message": "Something is wrong here: see the log."}, 503)
        return JSONResponse({"status": "ok", **shown()})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
