"""Google's consent page, token endpoint and the parts of the YouTube Data API v3 that Sidenote uses, on a free port.

Answers and errors have the shapes of the real ones. Every insert is recorded, whatever becomes of it.
"""

import asyncio
import base64
import hashlib
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.served import served

CLIENT_ID, CLIENT_SECRET = "1234-abcd.apps.googleusercontent.com", "GOCSPX-client-secret"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
OWN, OTHER = "UCown-channel-of-the-person", "UCsomebody-elses-channel"
VIDEO = "dQw4w9WgXcQ"
LONGEST_COMMENT = 10_000


@dataclass(slots=True)
class Posted:
    id: str
    text: str
    channel: str = OWN
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    held: bool = False  # for review: listed to nobody


@dataclass(slots=True)
class Failure:
    """What the next request to an endpoint runs into. ``after``: what it asked for is done all the same."""

    status: int = 200
    reason: str = ""
    after: bool = False
    breaks: bool = False  # the connection, in the middle of the answer
    hangs: bool = False
    body: str | None = None  # instead of JSON


class Google:
    def __init__(self) -> None:
        self.url = ""
        self.says_no = False
        self.grants = SCOPE
        self.has_channel = True
        self.holds = False  # new comments for review
        self.comments: list[Posted] = []
        self.inserts: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.forms: list[dict[str, str]] = []  # of the token endpoint
        self.failures: dict[str, list[Failure]] = defaultdict(list)
        self.access = {"ya29.first"}
        self.refresh = {"1//refresh"}
        self._codes: dict[str, dict[str, str]] = {}

    def fail(self, endpoint: str, *failures: Failure) -> None:
        """``endpoint``: token, channels, list or insert."""
        self.failures[endpoint] += failures

    async def authorise(self, request: Request) -> Response:
        """The consent page of a person who has decided already."""
        asked = dict(request.query_params)
        wanted = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256", "scope": SCOPE}
        if any(asked.get(name) != value for name, value in wanted.items()) or not asked.get("code_challenge"):
            return Response("Error 400: invalid_request", 400)
        if not asked["redirect_uri"].startswith("http://127.0.0.1:"):
            return Response("Error 400: redirect_uri_mismatch", 400)
        if self.says_no:
            return RedirectResponse(
                f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
            )
        code = f"4/{secrets.token_urlsafe(12)}"
        self._codes[code] = asked
        answer = {"state": asked["state"], "code": code, "scope": self.grants}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}")

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.forms.append(form)
        if failed := await self._failed("token"):
            return failed
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _oauth_error(401, "invalid_client", "The OAuth client was not found.")
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refresh:
                return _oauth_error(400, "invalid_grant", "Token has been expired or revoked.")
            return JSONResponse(self._given())
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or proof != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return _oauth_error(400, "invalid_grant", "Bad Request")
        refresh = f"1//{secrets.token_urlsafe(12)}"
        self.refresh.add(refresh)
        return JSONResponse(self._given() | {"refresh_token": refresh})

    async def channels(self, request: Request) -> Response:
        if refused := await self._refused(request, "channels"):
            return refused
        items = [{"kind": "youtube#channel", "etag": "c", "id": OWN}] if self.has_channel else []
        page = {"totalResults": len(items), "resultsPerPage": 5}
        return JSONResponse({"kind": "youtube#channelListResponse", "etag": "e", "pageInfo": page, "items": items})

    async def list(self, request: Request) -> Response:
        if refused := await self._refused(request, "list"):
            return refused
        asked = request.query_params
        if asked["videoId"] != VIDEO:
            return _error(404, "videoNotFound")
        newest = sorted((one for one in self.comments if not one.held), key=lambda one: one.at, reverse=True)
        start, size = int(asked.get("pageToken", "0")), int(asked.get("maxResults", "20"))
        shown = newest[start : start + size]
        answer: dict[str, Any] = {
            "kind": "youtube#commentThreadListResponse",
            "etag": "e",
            "pageInfo": {"totalResults": len(shown), "resultsPerPage": size},
            "items": [_thread(one, asked["part"]) for one in shown],
        }
        if start + size < len(newest):
            answer["nextPageToken"] = str(start + size)
        return JSONResponse(answer)

    async def insert(self, request: Request) -> Response:
        body = await request.json()
        self.inserts.append(body)
        failure = self.failures["insert"][0] if self.failures["insert"] else None
        if failure and not failure.after:
            return await self._failed("insert") or Response()
        if refused := self._unauthorised(request):
            return refused
        text = body["snippet"]["topLevelComment"]["snippet"]["textOriginal"]
        if body["snippet"]["videoId"] != VIDEO:
            return _error(404, "videoNotFound")
        if len(text) > LONGEST_COMMENT:
            return _error(400, "commentTextTooLong")
        posted = Posted(f"Ugx{secrets.token_urlsafe(12)}4AaABAg", text, held=self.holds)
        self.comments.append(posted)
        return await self._failed("insert") or JSONResponse(_thread(posted, request.query_params["part"]))

    def _given(self) -> dict[str, Any]:
        access = f"ya29.{secrets.token_urlsafe(12)}"
        self.access.add(access)
        return {"access_token": access, "expires_in": 3599, "scope": self.grants, "token_type": "Bearer"}

    async def _refused(self, request: Request, endpoint: str) -> Response | None:
        self.asked.append((endpoint, dict(request.query_params)))
        return await self._failed(endpoint) or self._unauthorised(request)

    def _unauthorised(self, request: Request) -> Response | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer" and token in self.access:
            return None
        return _error(401, "authError")

    async def _failed(self, endpoint: str) -> Response | None:
        if not self.failures[endpoint]:
            return None
        failure = self.failures[endpoint].pop(0)
        if failure.hangs:
            await asyncio.Event().wait()
        if failure.breaks:
            return StreamingResponse(_half(), headers={"Content-Length": "1000"}, media_type="application/json")
        if failure.body is not None:
            return Response(failure.body, failure.status, media_type="text/html")
        if endpoint == "token":
            return _oauth_error(failure.status, failure.reason, "")
        return _error(failure.status, failure.reason) if failure.reason else None


async def _half() -> AsyncIterator[bytes]:
    yield b'{"kind": "youtube#comm'


def _thread(posted: Posted, part: str) -> dict[str, Any]:
    thread: dict[str, Any] = {"kind": "youtube#commentThread", "etag": "e", "id": posted.id}
    if "snippet" not in part:
        return thread
    at = posted.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    snippet = {
        "channelId": OTHER,
        "videoId": VIDEO,
        "textDisplay": posted.text,
        "authorDisplayName": "@somebody",
        "authorChannelId": {"value": posted.channel},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": at,
        "updatedAt": at,
    }
    if posted.channel == OWN:
        snippet["textOriginal"] = posted.text  # promised to the author alone
    top = {"kind": "youtube#comment", "etag": "e", "id": posted.id, "snippet": snippet}
    common = {"channelId": OTHER, "videoId": VIDEO, "canReply": True, "totalReplyCount": 0, "isPublic": True}
    return thread | {"snippet": common | {"topLevelComment": top}}


def _error(status: int, reason: str) -> Response:
    said = {"message": "A sentence in which Google may quote the request.", "domain": "youtube.commentThread"}
    errors = [said | {"reason": reason, "location": "videoId", "locationType": "parameter"}]
    return JSONResponse({"error": {"code": status, "message": said["message"], "errors": errors}}, status)


def _oauth_error(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def old(posted: Posted, **ago: float) -> Posted:
    """The same comment, written that long ago."""
    posted.at -= timedelta(**ago)
    return posted


@contextmanager
def serving() -> Iterator[Google]:
    google = Google()
    app = Starlette(
        routes=[
            Route("/o/oauth2/v2/auth", google.authorise),
            Route("/token", google.token, methods=["POST"]),
            Route("/youtube/v3/channels", google.channels),
            Route("/youtube/v3/commentThreads", google.list),
            Route("/youtube/v3/commentThreads", google.insert, methods=["POST"]),
        ]
    )
    with served(app) as port:
        google.url = f"http://127.0.0.1:{port}"
        yield google
