"""Which video an address means: the site and the id it has there. An address is kept, never fetched."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

SUPPORTED = frozenset({"practice", "youtube", "vimeo", "twitch", "frameio", "generic"})
PRACTICE_URL = "sidenote:practice"
"""The video that comes with the program."""

_YOUTUBE = {"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "www.youtube-nocookie.com"}
_ID = re.compile(r"[\w-]{1,128}", re.ASCII)
_MAX_ID = 256  # of an external id in the store
_MAX_URL = 2048


class UnknownVideo(ValueError):
    """The address is no address of a video. The message says what is wanted."""


@dataclass(frozen=True, slots=True)
class VideoRef:
    platform: str
    external_id: str
    url: str


def video_of(url: str) -> VideoRef:
    """The video an address means: a known site's id, else the address itself. Raises UnknownVideo."""
    if url == PRACTICE_URL:
        return VideoRef("practice", "practice", url)
    wanted = f"The address of a video begins with http:// or https:// and has at most {_MAX_URL} characters."
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        raise UnknownVideo(wanted) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > _MAX_URL:
        raise UnknownVideo(wanted)
    host, path = parts.hostname.lower(), [part for part in parts.path.split("/") if part]
    found = _on_site(host, path, parse_qs(parts.query))
    if found and _ID.fullmatch(found[1]):
        return VideoRef(found[0], found[1], url)
    address = urlunsplit(parts._replace(fragment=""))
    external_id = address if len(address) <= _MAX_ID else hashlib.sha256(address.encode()).hexdigest()
    return VideoRef("generic", external_id, url)


def _on_site(host: str, path: list[str], query: dict[str, list[str]]) -> tuple[str, str] | None:
    first, second = (*path, "", "")[:2]
    if host in _YOUTUBE:
        id_ = second if first in ("shorts", "live", "embed") else query.get("v", [""])[0]
        return "youtube", id_
    match host:
        case "youtu.be":
            return "youtube", first
        case "vimeo.com" | "www.vimeo.com" | "player.vimeo.com":
            after = [path[at + 1] for at, part in enumerate(path[:-1]) if part in ("video", "videos")]
            return "vimeo", next((part for part in after or path if part.isdigit()), "")
        case "twitch.tv" | "www.twitch.tv" | "m.twitch.tv":
            return "twitch", second if first == "videos" else ""
        case "app.frame.io" | "next.frame.io" | "f.io":
            return "frameio", path[-1] if path else ""
        case _:
            return None
