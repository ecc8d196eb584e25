"""The door over plain HTTP: what a handshake would come to, and a new token for one that is still good.

A page can't read why a websocket's handshake is refused, so it asks here. It had better POST: then its browser says the
page's origin, even to the server that the page came from. The rules are the endpoint's own; tokens are never logged.
"""

import time
from collections import defaultdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.auth import Tokens, bearer_of
from channels.endpoint import Endpoint, Unwelcome
from channels.limits import Bucket, SocketSettings

CHECK, RENEW = "/socket/check", "/v1/token"


def admission_routes(endpoint: Endpoint, tokens: Tokens, settings: SocketSettings) -> list[Route]:
    """``/socket/check`` for pages from anywhere, ``/v1/token`` for those that may connect."""
    renewals = defaultdict[str, Bucket](
        lambda: Bucket(settings.renewals_per_s, settings.renewals_burst, time.monotonic)
    )

    async def check(request: Request) -> Response:
        try:
            identity = await endpoint.check(*_shown_by(request))
        except Unwelcome as refusal:
            return _refused(refusal, "*")
        whose = {"ok": True, "user_id": identity.user_id, "expires_at": identity.expires_at}
        return JSONResponse(whose, headers=_readable_for("*"))

    async def renew(request: Request) -> Response:
        origin, token = _shown_by(request)
        reader = origin if endpoint.allows(origin) else None
        try:
            identity = await endpoint.admit(origin, token)
            if not renewals[identity.user_id].take(1):
                message = "This user has had many new tokens just now: use the last one, and ask again in a minute."
                raise Unwelcome(429, "too_many_tokens", message)
            new = tokens.renewed(token)
        except Unwelcome as refusal:
            return _refused(refusal, reader)
        expires_at = tokens.verify(new).expires_at
        return JSONResponse({"token": new, "expires_at": expires_at}, headers=_readable_for(reader))

    async def ask_to_check(request: Request) -> Response:
        return Response(status_code=204, headers=_readable_for("*"))

    async def ask_to_renew(request: Request) -> Response:
        origin = request.headers.get("Origin")
        return Response(status_code=204, headers=_readable_for(origin if endpoint.allows(origin) else None))

    return [
        Route(CHECK, check, methods=["GET", "POST"]),
        Route(CHECK, ask_to_check, methods=["OPTIONS"]),
        Route(RENEW, renew, methods=["POST"]),
        Route(RENEW, ask_to_renew, methods=["OPTIONS"]),
    ]


def _shown_by(request: Request) -> tuple[str | None, str | None]:
    """Origin and token."""
    return request.headers.get("Origin"), bearer_of(request.headers.get("Authorization"))


def _refused(refusal: Unwelcome, reader: str | None) -> Response:
    return JSONResponse(
        {"reason": refusal.reason, "message": str(refusal)}, refusal.status, headers=_readable_for(reader)
    )


def _readable_for(origin: str | None) -> dict[str, str]:
    """Headers that let pages of that origin ask with a token and read the answer; None: no page of another origin."""
    headers = {"Cache-Control": "no-store", "Vary": "Origin"}
    if origin is not None:
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization",
            "Access-Control-Max-Age": "600",
        }
    return headers
