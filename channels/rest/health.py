"""Is this process alive, and can it do its work? For load balancers and people with curl."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHECK_LIMIT_S = 2.0


def health_routes(check: Callable[[], Awaitable[None]]) -> list[Route]:
    """``/healthz``: the event loop turns. ``/readyz``: ``check`` succeeds in two seconds, else 503 saying why."""

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        try:
            async with asyncio.timeout(CHECK_LIMIT_S):
                await check()
        except TimeoutError:
            return JSONResponse({"status": "unavailable", "message": "The database takes too long to answer."}, 503)
        except Exception as error:
            return JSONResponse({"status": "unavailable", "message": str(error)}, 503)
        return JSONResponse({"status": "ok"})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
