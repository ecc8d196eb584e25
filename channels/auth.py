"""Who may connect: signed tokens of short life, and an exact list of web origins. No cookies.

Tokens are JWTs signed with HMAC-SHA-256. They are never logged, and neither are the queries and headers they come in.
"""

import base64
import time
from collections.abc import Iterable
from dataclasses import dataclass

import jwt

ALGORITHM = "HS256"
AUDIENCE = "sidenote-socket"
BEARER = "base64url.bearer.phx."  # prefix of the subprotocol in which phoenix.js sends its authToken


class AuthError(Exception):
    """The connection is refused. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    user_id: str
    expires_at: float  # Unix seconds


class Tokens:
    """Issues and checks connect tokens."""

    def __init__(self, secret: bytes, ttl_s: int) -> None:
        self._secret = secret
        self._ttl_s = ttl_s

    def issue(self, user_id: str) -> str:
        claims = {"sub": user_id, "aud": AUDIENCE, "exp": int(time.time()) + self._ttl_s}
        return jwt.encode(claims, self._secret, ALGORITHM)

    def verify(self, token: str | None) -> Identity:
        """Raises AuthError for a token that is absent, expired, forged or for something else."""
        if not token:
            raise AuthError("A token is needed: `sidenote token` prints one for this machine.")
        try:
            claims = jwt.decode(
                token, self._secret, [ALGORITHM], audience=AUDIENCE, options={"require": ["sub", "exp", "aud"]}
            )
        except jwt.ExpiredSignatureError:
            raise AuthError("The token has expired: get a new one (`sidenote token`) and connect again.") from None
        except jwt.InvalidTokenError:
            raise AuthError("The token is not one of this server: get one from it (`sidenote token`).") from None
        return Identity(str(claims["sub"]), float(claims["exp"]))


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


def subprotocols_for(token: str) -> list[str]:
    """What a client offers to send its token in."""
    return ["phoenix", BEARER + base64.b64encode(token.encode()).decode().rstrip("=")]


def origin_allowed(origin: str | None, allowed: frozenset[str]) -> bool:
    """A present origin has to be listed, to the letter; an absent one is no browser's."""
    return origin is None or origin in allowed
