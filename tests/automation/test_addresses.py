"""automation/addresses.py: where a browser that posts may go, and why not elsewhere."""

import asyncio
from collections.abc import Iterable

import pytest

from automation.addresses import AddressRefused, Fence, Resolve, host_of, is_public, page_of

PUBLIC = "93.184.215.14"
PRACTICE = "http://127.0.0.1:8787/practice"


def resolving(*addresses: str) -> Resolve:
    async def resolve(host: str) -> Iterable[str]:
        return addresses

    return resolve


def check(url: str, *addresses: str, practice: str | None = None) -> None:
    asyncio.run(Fence(practice, resolving(*addresses)).check(url))


@pytest.mark.parametrize(
    ("site", "video", "page"),
    [
        ("youtube", "dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=75s"),
        ("vimeo", "76979871", "https://vimeo.com/76979871#t=75s"),
        ("frameio", "b1946ac9-2492", "https://app.frame.io/player/b1946ac9-2492?t=75"),
        ("practice", "practice", f"{PRACTICE}?t=75"),
        ("generic", "whatever", "https://example.org/film"),
    ],
)
def test_an_address_is_made_from_the_id(site: str, video: str, page: str) -> None:
    assert page_of(site, video, "https://example.org/film", 75.9, PRACTICE) == page


@pytest.mark.parametrize(
    ("site", "video"),
    [
        ("youtube", "dQw4w9WgXc"),
        ("youtube", "../../evil.a"),
        ("youtube", "dQw4w9WgXcQ&"),
        ("vimeo", "76979871/../.."),
        ("vimeo", "٣٤٥"),
        ("frameio", "a b c d e f"),
        ("practice", "practice"),
    ],
)
def test_an_id_that_is_none_makes_no_address(site: str, video: str) -> None:
    with pytest.raises(AddressRefused):
        page_of(site, video, "https://example.org", 0)


@pytest.mark.parametrize(
    "url", ["https://example.org/film?x=1", "https://www.youtube.com/watch?v=1", "https://bücher.de/"]
)
def test_public_pages_are_opened(url: str) -> None:
    check(url, PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/", "Only https"),
        ("file:///etc/passwd", "Only https"),
        ("javascript:alert(1)", "Only https"),
        ("data:text/html,hello", "Only https"),
        ("chrome://settings", "Only https"),
        ("view-source:https://example.org", "Only https"),
        ("//example.org/", "without a scheme"),
        ("https://user:secret@example.org/", "password"),
        ("https://youtube.com@evil.example/", "password"),
        ("https://example.org:8443/", "usual port"),
        ("https://example.org:99999/", "no address of a page"),
        ("https:///path", "names no host"),
        ("https://127.0.0.1/", "number"),
        ("https://2130706433/", "number"),
        ("https://0x7f000001/", "number"),
        ("https://0177.0.0.1/", "number"),
        ("https://127.1/", "number"),
        ("https://[::1]/", "number"),
        ("https://[::ffff:10.0.0.1]/", "number"),
        ("https://localhost/", "private network"),
        ("https://router/", "private network"),
        ("https://printer.local/", "private network"),
        ("https://metadata.google.internal/", "private network"),
        ("https://app.localhost./", "private network"),
        ("https://youtube.com.evil.example/", "looks like youtube"),
        ("https://youtube-com.evil.example/", "looks like youtube"),
        ("https://login-vimeo.com.example/", "looks like vimeo"),
        ("https://www.yоutube.com/", "several scripts"),  # a Cyrillic o
        ("https://xn--yutube-xqf.com/", "several scripts"),  # the same, as it is sent
        ("https://ｙｏｕｔｕｂｅ.com/", "looks like youtube"),  # full-width letters
        ("https://" + "a" * 3000, "no address of a page"),
        ("https://[::1/", "no address of a page"),
    ],
)
def test_what_leads_elsewhere_is_refused_and_says_why(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        check(url, PUBLIC)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # cloud metadata
        "100.64.0.1",  # carrier-grade NAT
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:192.168.0.1",
        "2002:c0a8:0001::1",  # 6to4 of 192.168.0.1
        "64:ff9b::a00:1",  # NAT64 of 10.0.0.1
        "nonsense",
    ],
)
def test_a_name_that_leads_inside_is_refused_even_beside_a_public_address(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(AddressRefused, match="private network"):
        check("https://rebound.example/", PUBLIC, address)


def test_the_practice_page_alone_may_be_this_machine() -> None:
    check(f"{PRACTICE}?t=3", "127.0.0.1", practice=PRACTICE)
    for other in ("http://127.0.0.1:8788/practice", "https://127.0.0.1:8787/practice", "http://127.0.0.1/practice"):
        with pytest.raises(AddressRefused):
            check(other, "127.0.0.1", practice=PRACTICE)


def test_the_practice_page_is_the_same_with_its_usual_port() -> None:
    check("https://sidenote.example:443/practice?t=3", practice="https://sidenote.example/practice")
    check("https://sidenote.example/practice", practice="https://sidenote.example:443/practice")


def test_the_addresses_that_were_looked_at_are_handed_on() -> None:
    fence = Fence(PRACTICE, resolving(PUBLIC, "93.184.215.15"))
    assert asyncio.run(fence.allowed("https://example.org/film")) == [PUBLIC, "93.184.215.15"]
    assert asyncio.run(fence.allowed(PRACTICE)) == []


def test_an_address_can_be_looked_at_without_asking_where_it_leads() -> None:
    async def never(host: str) -> Iterable[str]:
        raise AssertionError(f"asked for {host}")

    fence = Fence(PRACTICE, never)
    assert fence.look("https://example.org/film") == "example.org"
    assert fence.look(f"{PRACTICE}?t=3") is None
    with pytest.raises(AddressRefused, match="private network"):
        fence.look("https://printer.local/")


def test_a_name_that_can_t_be_found_is_said() -> None:
    async def lost(host: str) -> Iterable[str]:
        raise OSError("no such name")

    with pytest.raises(AddressRefused, match="can't be found"):
        asyncio.run(Fence(resolve=lost).check("https://nowhere.example/"))
    with pytest.raises(AddressRefused, match="no address"):
        check("https://nowhere.example/")


def test_the_host_is_read_as_browsers_read_it() -> None:
    assert host_of("https://Example.ORG./film") == "example.org"


@pytest.mark.parametrize("path", ["/metrics", "/", "/practiced", "/socket/websocket"])
def test_nothing_of_this_server_but_the_practice_page_is_opened(path: str) -> None:
    check(f"{PRACTICE}/style.css", practice=PRACTICE)
    with pytest.raises(AddressRefused, match="only the practice page"):
        check(f"http://127.0.0.1:8787{path}", practice=PRACTICE)


@pytest.mark.parametrize("address", ["64:ff9b:1::1", "fec0::1", "::127.0.0.1", "::ffff:0:10.0.0.1"])
def test_forms_of_inner_addresses_that_nobody_uses_for_good_are_refused(address: str) -> None:
    assert not is_public(address)
