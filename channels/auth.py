"""Who may connect: signed tokens of short life, and an exact list of web origins. No cookies.

Tokens are JWTs signed with HMAC-SHA-256. They are never logged, and neither are the queries and headers they come in.
"""

import base64
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options

ALGORITHM = "HS256"
AUDIENCE = "sidenote-socket"
BEARER = "base64url.bearer.phx."  # prefix of the subprotocol in which phoenix.js sends its authToken


class AuthError(Exception):
    """The connection is refused: ``reason`` for programs, and the message says what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Identity:
    user_id: str
    expires_at: float  # Unix seconds


class Tokens:
    """Issues and checks connect tokens."""

    def __init__(self, secret: bytes, ttl_s: int) -> None:
        self._secret = secret
        self._ttl_s = ttl_s

    def issue(self, user_id: str, ttl_s: int | None = None) -> str:
        """``ttl_s``: how long it is good for, where that is not the usual time."""
        now_s = int(time.time())
        ends_s = now_s + (self._ttl_s if ttl_s is None else ttl_s)
        claims = {"sub": user_id, "aud": AUDIENCE, "iat": now_s, "exp": ends_s}
        return jwt.encode(claims, self._secret, ALGORITHM)

    def verify(self, token: str | None) -> Identity:
        """Raises AuthError for a token that is absent, expired, forged or for something else."""
        claims = self._claims(token)
        return Identity(str(claims["sub"]), float(claims["exp"]))

    def renewed(self, token: str | None) -> str:
        """A new token for one that is still good, and as long as that one was. Raises AuthError."""
        claims = self._claims(token)
        return self.issue(str(claims["sub"]), claims["exp"] - claims["iat"] if "iat" in claims else None)

    def _claims(self, token: str | None) -> dict[str, Any]:
        if not token:
            raise AuthError("token_missing", "A token is needed: `sidenote token` prints one for this machine.")
        # The clock of the server that issued it may be a little ahead of ours: when that was, is not checked.
        options: Options = {"require": ["sub", "exp", "aud"], "verify_iat": False}
        try:
            return jwt.decode(token, self._secret, [ALGORITHM], audience=AUDIENCE, options=options)
        except jwt.ExpiredSignatureError:
            message = "The token has expired: get a new one (`sidenote token`) and connect again."
            raise AuthError("token_expired", message) from None
        except jwt.InvalidTokenError:
            message = "The token is not one of this server: get one from it (`sidenote token`)."
            raise AuthError("token_refused", message) from None


def token_of(subprotocols: Iterable[str], query_token: str | None) -> str | None:
    """The token of a connection: from its subprotocols as phoenix.js sends it, else from the query."""
    for offered in subprotocols:
        if offered.startswith(BEARER):
            encoded = offered.removeprefix(BEARER).replace("-", "+").replace("_", "/")  # either alphabet
            try:
                return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
            except ValueError:
                return "undecodable"  # sent and wrong is not the same as not sent
    return query_token


def bearer_of(authorization: str | None) -> str | None:
    """The token of a plain request, from its header ``Authorization``."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def subprotocols_for(token: str) -> list[str]:
    """What a client offers to send its token in."""
    return ["phoenix", BEARER + base64.b64encode(token.encode()).decode().rstrip("=")]


def origin_allowed(origin: str | None, allowed: frozenset[str]) -> bool:
    """A present origin has to be listed, to the letter; an absent one is no browser's."""
    return origin is None or origin in allowed
