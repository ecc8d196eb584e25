"""Linking a YouTube account: OAuth 2.0 for installed apps (RFC 8252), with PKCE and an answer to a loopback address.

The person agrees in their own browser, on this machine; Google sends them back to a server that lives for this one
answer. Keeps nothing: whoever calls stores the tokens, sealed. Tokens and codes are in no message, repr or log.

    LinkingError
    ├── ConsentRefused   the person said no, or left out the one right that is needed
    ├── ForeignAnswer    an answer that this attempt did not ask for
    ├── NoAnswer         none came in time
    └── EndpointFailed   Google did not do its part
"""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from automation.sites.contract import AskPerson, Later

AUTHORISE_URL = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN_URL = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"  # the one that may write comments

ANSWER_LIMIT_S = 300.0  # for the person to agree
REQUEST_LIMIT_S = 10.0
EARLY_S = 60.0  # a token is renewed this long before it ends
MAX_BODY = 2**20  # bytes of an answer
MAX_HEAD = 8192  # bytes of what the browser asks of the loopback server

LINK_AGAIN = "Google no longer accepts the link to the account: link the YouTube account again."
_OTHER_CLIENT = "Google refuses this server's OAuth client: check its id and secret, and that the YouTube API is on."


class LinkingError(Exception):
    """Why no account was linked, in words for the person who tried."""


class ConsentRefused(LinkingError):
    pass


class ForeignAnswer(LinkingError):
    pass


class NoAnswer(LinkingError):
    pass


class EndpointFailed(LinkingError):
    pass


class Unanswered(Exception):
    """An HTTP request had no whole answer: whether it was done there is unknown."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a linked account is used with."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float  # Unix time in seconds, of the access token

    def stored(self) -> dict[str, Any]:
        """As ``Seal.seal`` takes it."""
        return asdict(self)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """What ``stored`` gave. Raises AskPerson for anything else."""
        access, refresh, at = (stored.get(name) for name in ("access_token", "refresh_token", "expires_at"))
        if not (isinstance(access, str) and isinstance(refresh, str) and isinstance(at, int | float)):
            raise AskPerson(LINK_AGAIN)
        return cls(access, refresh, float(at))


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP endpoint said. ``body`` is empty where it was no JSON object."""

    status: int
    body: dict[str, Any] = field(repr=False)


def http_client(limit_s: float = REQUEST_LIMIT_S) -> httpx.AsyncClient:
    """Goes to no other host than the one that was named, and asks for nothing that unpacks to more than was sent."""
    return httpx.AsyncClient(follow_redirects=False, timeout=limit_s, headers={"Accept-Encoding": "identity"})


async def ask(client: httpx.AsyncClient, method: str, url: str, **given: Any) -> Answer:
    """Send one request, once. Raises Unanswered."""
    read = bytearray()
    limit_s = client.timeout.read
    try:
        async with asyncio.timeout(limit_s), client.stream(method, url, **given) as response:
            async for piece in response.aiter_bytes():
                read += piece
                if len(read) > MAX_BODY:
                    raise Unanswered("The answer is too long.")
    except httpx.HTTPError as error:
        raise Unanswered(type(error).__name__) from None  # its text may quote the address
    except TimeoutError:
        raise Unanswered("No answer in time.") from None
    try:
        body = json.loads(read)
    except ValueError:
        body = None
    return Answer(response.status_code, body if isinstance(body, dict) else {})


class Linking:
    """One OAuth client of type "Desktop app"."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        authorise_url: str = AUTHORISE_URL,
        token_url: str = TOKEN_URL,
        request_limit_s: float = REQUEST_LIMIT_S,
    ) -> None:
        if not client_id or not client_secret:
            raise ValueError("Linking needs the id and the secret of an OAuth client of type 'Desktop app'.")
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._authorise_url = authorise_url
        self._token_url = token_url
        self._limit_s = request_limit_s

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["Consent"]:
        """Listen for one answer; ``url`` of what is yielded is what the person opens."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        async with _Loopback(state) as loopback:
            asked = {
                "client_id": self._client["client_id"],
                "redirect_uri": loopback.url,
                "response_type": "code",
                "scope": SCOPE,
                "access_type": "offline",  # a refresh token is wanted
                "prompt": "consent",  # and is given only to who is asked anew
                "state": state,
                "code_challenge": _challenge(verifier),
                "code_challenge_method": "S256",
            }
            yield Consent(f"{self._authorise_url}?{urlencode(asked)}", self, loopback, verifier)

    async def exchange(self, code: str, redirect_uri: str, verifier: str) -> Tokens:
        """The tokens for a code. Raises LinkingError."""
        form = {"code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        try:
            answer = await self._post("authorization_code", form)
        except Unanswered:
            raise EndpointFailed("Google did not answer. Link the account again in a while.") from None
        if answer.status in (400, 401) and answer.body.get("error") in ("invalid_client", "unauthorized_client"):
            raise EndpointFailed(_OTHER_CLIENT)
        tokens = _tokens(answer, None)
        if tokens is None:
            raise EndpointFailed(f"Google gave no access (status {answer.status}). Link the account again.")
        if SCOPE not in str(answer.body.get("scope", SCOPE)).split():
            raise ConsentRefused("The right to write comments was left out: link again and tick its box.")
        return tokens

    async def refreshed(self, tokens: Tokens) -> Tokens:
        """The same tokens, or renewed ones where they are about to end. Raises as ``renewed``."""
        return tokens if tokens.expires_at - time.time() > EARLY_S else await self.renewed(tokens)

    async def renewed(self, tokens: Tokens) -> Tokens:
        """Tokens with a new access token. Raises AskPerson where the account must be linked again, and Later."""
        try:
            answer = await self._post("refresh_token", {"refresh_token": tokens.refresh_token})
        except Unanswered:
            raise Later("Google did not answer when the link to the account was renewed.") from None
        if renewed := _tokens(answer, tokens.refresh_token):
            return renewed
        if answer.body.get("error") == "invalid_grant":
            raise AskPerson(LINK_AGAIN)
        if answer.status in (400, 401, 403):
            raise AskPerson(_OTHER_CLIENT)
        raise Later(f"Google did not renew the link to the account (status {answer.status}).")

    async def _post(self, grant: str, form: Mapping[str, str]) -> Answer:
        async with http_client(self._limit_s) as client:
            return await ask(client, "POST", self._token_url, data={**self._client, "grant_type": grant, **form})


class Consent:
    """One attempt of one person."""

    def __init__(self, url: str, linking: Linking, loopback: "_Loopback", verifier: str) -> None:
        self.url = url  # to be opened in a browser on this machine
        self._linking = linking
        self._loopback = loopback
        self._verifier = verifier

    async def tokens(self, limit_s: float = ANSWER_LIMIT_S) -> Tokens:
        """Wait until the person has agreed. Raises LinkingError."""
        try:
            async with asyncio.timeout(limit_s):
                code = await self._loopback.code()
        except TimeoutError:
            raise NoAnswer("Nobody agreed in time. Link the account again.") from None
        return await self._linking.exchange(code, self._loopback.url, self._verifier)


class _Loopback:
    """A server for the one answer that brings a code; what else a browser asks of it is turned away."""

    def __init__(self, state: str) -> None:
        self.url = ""
        self._state = state
        self._answered: asyncio.Future[str | LinkingError] = asyncio.get_running_loop().create_future()
        self._open: dict[asyncio.StreamWriter, asyncio.Task[Any] | None] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_HEAD)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        tasks = [task for task in self._open.values() if task]
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def code(self) -> str:
        answer = await asyncio.shield(self._answered)
        if isinstance(answer, LinkingError):
            raise answer
        return answer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        # A browser may open connections that it then leaves unused; others may send anything.
        with suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(REQUEST_LIMIT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                answer = None if self._answered.done() else self._understood(head)
                writer.write(_page(answer))
                await writer.drain()
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
            if answer is not None and not self._answered.done():
                self._answered.set_result(answer)
        writer.close()
        del self._open[writer]

    def _understood(self, head: bytes) -> str | LinkingError | None:
        """The code that a request brings, or why there is none; None for a request that is not about consent."""
        method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        address = urlsplit(rest.partition(" ")[0])
        said = dict(parse_qsl(address.query))
        if method != "GET" or address.path != "/" or not said.keys() & {"code", "error"}:
            return None
        if not secrets.compare_digest(said.get("state", "").encode(), self._state.encode()):
            return ForeignAnswer("An answer came that was not asked for, and was not taken. Link the account again.")
        if said.get("error") == "access_denied":
            return ConsentRefused("Access was refused, so no account is linked.")
        return said.get("code") or EndpointFailed("Google gave no access. Link the account again.")


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _tokens(answer: Answer, refresh_token: str | None) -> Tokens | None:
    """The tokens of an answer, which need not repeat ``refresh_token``; None where it has none."""
    access, refresh = answer.body.get("access_token"), answer.body.get("refresh_token") or refresh_token
    lasts_s = answer.body.get("expires_in")
    if answer.status != 200 or not isinstance(access, str) or not isinstance(refresh, str):
        return None
    return Tokens(access, refresh, time.time() + (lasts_s if isinstance(lasts_s, int | float) else 0))


def _page(answer: str | LinkingError | None) -> bytes:
    """What the person's browser shows."""
    if isinstance(answer, str):
        status, text = "200 OK", "Thank you. Sidenote finishes the rest; this page can be closed."
    elif isinstance(answer, LinkingError):
        status, text = "200 OK", f"{answer} This page can be closed."
    else:
        status, text = "404 Not Found", "There is nothing here."
    body = f'<!doctype html><meta charset="utf-8"><title>Sidenote</title><p>{text}</p>'.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
