"""Where a browser that posts may go. Addresses are rebuilt from (site, id); whatever leads elsewhere is refused.

A page's address was named by a client, and a page may lead on to any other. Without these rules a browser in the
server's network would open its router, its cloud's metadata or its neighbours for whoever asks. Fetches nothing.
"""

import asyncio
import ipaddress
import re
import socket
import unicodedata
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

RESOLVE_LIMIT_S = 5.0
MAX_URL = 2048

_DOMAINS = {"youtube": ("youtube.com", "youtu.be"), "vimeo": ("vimeo.com",), "frameio": ("frame.io", "f.io")}
_IDS = {
    "youtube": re.compile(r"[\w-]{11}", re.ASCII),
    "vimeo": re.compile(r"\d{1,15}", re.ASCII),
    "frameio": re.compile(r"[\w-]{8,64}", re.ASCII),
}
_USUAL_PORTS = {"http": 80, "https": 443}
_NUMERIC_HOST = re.compile(r"(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*", re.IGNORECASE)  # as inet_aton reads them
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b:1::/48",  # RFC 8215: translation inside a network
        "fec0::/10",  # RFC 3879: what networks called their own once
        "::/96",  # RFC 4291: an IPv4 address, in a form that nobody uses for good
        "::ffff:0:0:0/96",  # RFC 2765: the same
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address

Resolve = Callable[[str], Awaitable[Iterable[str]]]
"""All addresses of a host name, as text. Raises OSError."""


class AddressRefused(Exception):
    """A browser must not go there. The message says why, for the person whose note it is."""


def page_of(site: str, video: str, url: str, at_s: float, practice: str | None = None) -> str:
    """The address of a video at a second, made from its id alone; a page of no known site keeps its own.

    ``practice``: where this server shows its practice page. Raises AddressRefused for an id that is none.
    """
    second = max(0, int(at_s))
    if site == "practice":
        if practice is None:
            raise AddressRefused("The practice page is not served here.")
        return f"{practice}?t={second}"
    if site not in _IDS:
        return url
    if not _IDS[site].fullmatch(video):
        raise AddressRefused(f"That is no id of a video on {site}: open the video again.")
    match site:
        case "youtube":
            return f"https://www.youtube.com/watch?v={video}&t={second}s"
        case "vimeo":
            return f"https://vimeo.com/{video}#t={second}s"
        case _:
            return f"https://app.frame.io/player/{video}?t={second}"


@dataclass(frozen=True, slots=True)
class Fence:
    """The rules for one job's browser: asked before the first page, and again for every page it is led to."""

    practice: str | None = None  # the one address of this server that may be opened
    resolve: Resolve | None = None  # else the system's

    async def check(self, url: str) -> None:
        """Raises AddressRefused unless the browser may open ``url``."""
        await self.allowed(url)

    async def allowed(self, url: str) -> list[str]:
        """The IP addresses at which ``url`` may be opened, each looked at: whoever connects to one of them can't be led
        elsewhere by a name that changes. None for this server's own page. Raises AddressRefused.
        """
        host = self.look(url)
        if host is None:
            return []
        try:
            async with asyncio.timeout(RESOLVE_LIMIT_S):
                addresses = list(await (self.resolve or _resolve)(host))
        except (OSError, TimeoutError, UnicodeError):
            raise AddressRefused(f"{host} can't be found: check the address of the video.") from None
        if not addresses:
            raise AddressRefused(f"{host} has no address.")
        for address in addresses:  # one is enough: the browser may take any of them
            if not is_public(address):
                raise AddressRefused(f"{host} lies inside a private network, where no comment is posted.")
        return addresses

    def look(self, url: str) -> str | None:
        """The host of ``url`` as far as its look allows it; None for this server's own page. Raises AddressRefused."""
        if self.practice and origin_of(url) == origin_of(self.practice):
            own, asked = _parts(self.practice).path.rstrip("/"), _parts(url).path
            if asked != own and not asked.startswith(f"{own}/"):
                raise AddressRefused("Of this server only the practice page is opened.")
            return None
        return host_of(url)


def host_of(url: str) -> str:
    """The host of an address that may be public. Raises AddressRefused."""
    parts = _parts(url)
    if parts.scheme != "https":
        raise AddressRefused(f"Only https is opened, not {parts.scheme[:20] or 'an address without a scheme'}.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("An address with a name and a password in it is not opened.")
    host = (parts.hostname or "").rstrip(".").lower()
    if _port(parts) not in (None, 443):
        raise AddressRefused("Only the usual port is opened.")
    if not host or len(host) > 253:
        raise AddressRefused("The address names no host.")
    if ":" in host or _NUMERIC_HOST.fullmatch(host):
        raise AddressRefused("A number instead of a host's name is not opened.")
    if "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa")):
        raise AddressRefused(f"{host} is a name of a private network.")
    _check_look(host)
    return host


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, whether the usual port is written or not. Raises AddressRefused."""
    parts = _parts(url)
    return parts.scheme, parts.hostname, _port(parts) or _USUAL_PORTS.get(parts.scheme)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, looked at through what may be wrapped around it."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if any(found in network for network in _INSIDE):
            return False
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def _check_look(host: str) -> None:
    """Raises AddressRefused for a host that pretends to be a site whose login we may hold."""
    shown = _decoded(host)
    for site, domains in _DOMAINS.items():
        own = any(host == domain or host.endswith(f".{domain}") for domain in domains)
        if not own and any(domain in shown or domain.replace(".", "-") in shown for domain in domains[:1]):
            raise AddressRefused(f"{host} looks like {site} and is not.")
    if len(_scripts(shown)) > 1:
        raise AddressRefused(f"{host} mixes letters of several scripts, as names do that pretend to be others.")


def _decoded(host: str) -> str:
    """The host as a person reads it."""
    try:
        return unicodedata.normalize("NFKC", host.encode().decode("idna") if host.isascii() else host).lower()
    except UnicodeError:
        raise AddressRefused("The host's name can't be read.") from None


def _scripts(text: str) -> set[str]:
    return {unicodedata.name(letter, "?").partition(" ")[0] for letter in text if letter.isalpha()}


def _parts(url: str) -> SplitResult:
    try:
        if len(url) > MAX_URL:
            raise ValueError
        return urlsplit(url)
    except ValueError:
        raise AddressRefused("That is no address of a page.") from None


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise AddressRefused("That is no address of a page.") from None


async def _resolve(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
