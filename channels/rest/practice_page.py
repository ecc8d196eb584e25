"""The files of the practice page, each under rules that keep the page to this server alone. Knows no comment."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from channels.rest.policy import sealed

FILES = {"": "index.html", "/style.css": "style.css", "/script.js": "script.js", "/video.webm": "video.webm"}
HEADERS = sealed(
    {
        "connect-src": "'self'",
        "img-src": "'self' data:",  # the icon stands in the page
        "media-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
    }
)


def page_routes(assets: Path) -> list[Route]:
    """``/practice`` and what it needs below it, from the folder ``assets``. Raises RuntimeError where there is none."""
    files = StaticFiles(directory=assets)

    def route(path: str, name: str) -> Route:
        async def file(request: Request) -> Response:
            response = await files.get_response(name, request.scope)
            response.headers.update({**HEADERS, "Cache-Control": "no-cache"})  # asks each time, gets 304 mostly
            return response

        return Route(f"/practice{path}", file)

    return [route(path, name) for path, name in FILES.items()]
