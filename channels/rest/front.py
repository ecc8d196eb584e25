"""The page at ``/``: the bundle that was built of the extension's sources, or a few words where there is none.

Serves files and knows nothing of what is in them.
"""

import base64
import hashlib
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from channels.rest.policy import sealed

HEADERS = {
    **sealed(
        {
            "connect-src": "'self' ws: wss:",
            "img-src": "'self' data:",
            "media-src": "'self' blob:",
            "script-src": "'self' 'wasm-unsafe-eval'",  # a detector of speech may be WebAssembly
            "style-src": "'self'",
            "worker-src": "'self' blob:",
        }
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
_HASHED = re.compile(r"-(?![a-z]+\.)[\w-]{8}\.\w+$")
"""A name that changes with what is in the file, as Vite makes them; a hash that happens to look like a word is none."""


def front_routes(bundle: Path, unbuilt: Path) -> list[Route]:
    """``/`` and ``/assets``, from the folder ``bundle``; the file ``unbuilt`` where it holds no page just now.

    Raises OSError where ``unbuilt`` can't be read.
    """
    pages = StaticFiles(directory=bundle, check_dir=False)
    assets = StaticFiles(directory=bundle / "assets", check_dir=False)
    words = unbuilt.read_text(encoding="utf-8")
    words_headers = sealed({"style-src": _hash_of_style(words)})

    async def page(request: Request) -> Response:
        try:
            response = await pages.get_response("index.html", request.scope)
            response.headers.update(HEADERS)
        except HTTPException:  # there is no such file
            response = HTMLResponse(words, headers=words_headers)
        response.headers["Cache-Control"] = "no-cache"  # asks each time, gets 304 mostly
        return response

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        response = await assets.get_response(name, request.scope)
        kept = "public, max-age=31536000, immutable" if _HASHED.search(name) else "no-cache"
        response.headers.update({**HEADERS, "Cache-Control": kept})
        return response

    return [Route("/", page), Route("/assets/{name:path}", asset)]


def _hash_of_style(page: str) -> str:
    """Allows the one style element of a page, and no other."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
