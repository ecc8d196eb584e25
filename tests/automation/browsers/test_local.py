"""automation/browsers/local.py with a real Chromium: where it can't be led, and how it ends when things break."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Route

from automation.addresses import AddressRefused, Fence
from automation.browser import NoBrowser
from automation.browsers import chromium
from automation.browsers.gate import Gate
from automation.browsers.local import LocalChromium
from automation.browsers.profiles import Profiles
from automation.sites.contract import Later
from tests.automation.browsers.conftest import ANNA, LOGGED_IN, WHO, Site, processes_below
from tests.automation.browsers.web import Web

pytestmark = pytest.mark.browser

PUBLIC = "93.184.215.14"


async def inside(host: str) -> Iterable[str]:
    return ["10.0.0.1"]


class Datagrams(asyncio.DatagramProtocol):
    """Counts what comes over UDP."""

    def __init__(self) -> None:
        self.came = 0

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.came += 1


@pytest.fixture
async def udp() -> AsyncIterator[tuple[Datagrams, int]]:
    loop = asyncio.get_running_loop()
    transport, counted = await loop.create_datagram_endpoint(Datagrams, local_addr=("127.0.0.1", 0))
    yield counted, transport.get_extra_info("sockname")[1]
    transport.close()


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://10.0.0.1/", "Only https"),
        ("https://169.254.169.254/latest/meta-data/", "number instead"),
        ("https://youtube.com.evil.example/", "looks like youtube"),
        ("https://inside.example/", "inside.example lies inside a private network"),
    ],
)
async def test_a_page_is_not_led_to(local: LocalChromium, site: Site, target: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        async with local.page(ANNA, Fence(site.fence.practice, inside)) as page:
            await page.goto(f"{site.web.url}/to?{target}")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "data:text/html,hello"])
async def test_no_file_and_no_made_up_page_is_opened(local: LocalChromium, site: Site, url: str) -> None:
    shown: list[str] = []

    async def look() -> None:
        async with local.page(ANNA, site.fence) as page:
            await page.goto(url)
            shown.append(await page.content())

    with pytest.raises(AddressRefused, match=r"Only https is opened, not (file|data)"):
        await look()
    assert not any("root:" in text for text in shown)


EMBEDS = """<title>Film</title><img src="{other}/image"><iframe src="{other}/frame"></iframe>
<iframe src="https://inside.example/"></iframe><iframe src="file:///etc/passwd"></iframe>
<link rel="stylesheet" href="http://10.0.0.1/style"><script src="https://127.0.0.1:{port}/script"></script>
<link rel="prefetch" href="{other}/later"><link rel="preconnect" href="{other}">"""
FETCHES = """async ([other, port, udp]) => {
    const urls = [other, "http://localhost:" + port, "http://[::1]:" + port, "http://169.254.169.254/",
        "https://localhost:" + port, "https://printer.local", "https://inside.example"];
    const said = await Promise.all(urls.map(url => fetch(url, {mode: "no-cors"}).then(
        answer => answer.type, () => "failed")));
    const socket = await new Promise(done => {
        const made = new WebSocket("ws://127.0.0.1:" + port);
        made.onopen = () => done("open"); made.onerror = () => done("failed");
    });
    const turn = {urls: "turn:127.0.0.1:" + port + "?transport=tcp", username: "a", credential: "b"};
    const call = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:" + udp}, turn]});
    call.createDataChannel("x");
    await call.setLocalDescription();
    await new Promise(done => {
        if (call.iceGatheringState === "complete") done();
        call.onicegatheringstatechange = () => call.iceGatheringState === "complete" && done();
        setTimeout(done, 1500);
    });
    const transport = await new WebTransport("https://127.0.0.1:" + udp).ready.then(() => "open", () => "failed");
    return [said, socket, transport];
}"""


async def test_what_a_page_embeds_or_fetches_of_this_network_fails_and_the_page_goes_on(
    local: LocalChromium, site: Site, other: Web, udp: tuple[Datagrams, int]
) -> None:
    site.pages["/film"] = EMBEDS.format(other=other.url, port=other.port)
    counted, udp_port = udp
    async with local.page(ANNA, Fence(site.fence.practice, inside)) as page:
        await page.goto(f"{site.web.url}/film")
        said, socket, transport = await page.evaluate(FETCHES, [other.url, other.port, udp_port])
        # What is declined over http is an opaque answer of the gate's own to the page.
        assert set(said) <= {"failed", "opaque"}
        assert (socket, transport) == ("failed", "failed")
        assert await page.title() == "Film"
    assert (other.connections, counted.came) == (0, 0)


async def test_a_name_that_changes_leads_to_the_address_that_was_looked_at(tmp_path: Path) -> None:
    """DNS rebinding: the second answer would be this machine. What arrives is the browser's own TLS greeting."""
    hello: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    answers: list[str] = []
    dialled: list[str] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not hello.done():
            hello.set_result(await reader.read(4096))
        writer.close()

    async def rebinding(host: str) -> Iterable[str]:
        if host != "rebound.example":
            raise OSError("no network")  # for what the browser asks on its own account
        answers.append(PUBLIC if not answers else "127.0.0.1")
        return answers[-1:]

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def dial(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        dialled.append(address)
        return await asyncio.open_connection("127.0.0.1", port)

    browser = LocalChromium(tmp_path / "profiles", gate=lambda fence: Gate(fence, dial=dial))
    with contextlib.suppress(PlaywrightError, AddressRefused):  # nobody talks TLS there; asked again, it is refused
        async with browser.page(ANNA, Fence(resolve=rebinding)) as page:
            await page.goto("https://rebound.example/")
    said = await hello
    server.close()
    await browser.close()
    assert said[:2] == b"\x16\x03"
    assert b"rebound.example" in said
    assert dialled == [PUBLIC]


async def test_a_page_that_a_test_fulfils_needs_no_network(local: LocalChromium) -> None:
    async def lost(host: str) -> Iterable[str]:
        raise OSError("no network")

    async def film(route: Route) -> None:
        await route.fulfill(body="<title>Film</title>", content_type="text/html")

    async with local.page(ANNA, Fence(resolve=lost)) as page:
        await page.context.route("https://www.youtube.com/**", film)
        await page.goto("https://www.youtube.com/watch?v=1")
        assert await page.title() == "Film"
        await page.goto("https://www.youtube.com/watch?v=2")
        assert page.url.endswith("v=2")


async def test_a_file_is_not_downloaded(local: LocalChromium, site: Site) -> None:
    site.pages["/save"] = "<a href='/' download='film.html'>Save</a>"
    async with local.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/save")
        async with page.expect_download() as offered:
            await page.click("a")
        assert "accept_downloads" in str(await (await offered.value).failure())


async def test_a_browser_of_a_killed_worker_makes_way(local: LocalChromium, site: Site, tmp_path: Path) -> None:
    async with local.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/login")
    folder = Profiles(tmp_path / "profiles").folder(ANNA)
    flags = ["--headless=new", f"--user-data-dir={folder}", *chromium.QUIET, *chromium.SAME_COOKIES]
    if not chromium.sandboxed():
        flags.append("--no-sandbox")
    site.pages["/here"] = "<script>fetch('/orphan')</script>"
    orphan = await asyncio.create_subprocess_exec(
        shutil.which("chromium") or "chromium", *flags, f"{site.web.url}/here", stderr=asyncio.subprocess.DEVNULL
    )
    await site.web.until_asked("/orphan")
    assert (folder / "SingletonLock").is_symlink()
    async with local.page(ANNA, site.fence) as page:
        assert await orphan.wait() == -signal.SIGKILL
        await page.goto(f"{site.web.url}/")
        assert await page.evaluate(WHO) == LOGGED_IN


async def test_a_browser_that_hangs_is_killed(
    local: LocalChromium, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automation.browsers.local.CLOSE_LIMIT_S", 0.2)
    async with asyncio.timeout(20):
        async with local.page(ANNA, site.fence):
            for process in processes_below(tmp_path):
                os.kill(process, signal.SIGSTOP)
    assert processes_below(tmp_path) == []


async def test_a_page_that_is_cancelled_while_its_browser_starts_leaves_none(tmp_path: Path) -> None:
    begun = asyncio.Event()

    def gate(fence: Fence) -> Gate:
        begun.set()
        return Gate(fence)

    browser = LocalChromium(tmp_path / "profiles", gate=gate)

    async def work() -> None:
        async with browser.page(ANNA, Fence()):
            raise AssertionError("the page was opened")

    working = asyncio.create_task(work())
    await begun.wait()
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert processes_below(tmp_path) == []
    await browser.close()


def helpers() -> list[int]:
    """Playwright's processes that this one started."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(child) for child in children if b"playwright" in Path(f"/proc/{child}/cmdline").read_bytes()]


async def test_the_next_page_opens_after_playwright_s_helper_was_killed(local: LocalChromium, site: Site) -> None:
    async with local.page(ANNA, site.fence) as page:
        [helper] = helpers()
        os.kill(helper, signal.SIGKILL)
        with pytest.raises(PlaywrightError):
            await page.goto(f"{site.web.url}/")
    async with local.page(ANNA, site.fence) as page:
        await page.goto(f"{site.web.url}/")
        assert await page.title() == "Home"


async def test_a_browser_that_does_not_start_is_tried_later(tmp_path: Path, site: Site) -> None:
    browser = LocalChromium(tmp_path / "profiles", executable=Path(shutil.which("false") or "false"))
    with pytest.raises(Later, match="did not start"):
        async with browser.page(ANNA, site.fence):
            pass
    async with browser.window(ANNA, site.web.url) as window:
        with pytest.raises(NoBrowser, match="ended by an error"):
            await window.wait_closed()
    await browser.close()


async def test_the_missing_step_is_named(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    browser = LocalChromium(tmp_path / "profiles", screen=False)
    with pytest.raises(NoBrowser, match="apt-get install -y chromium"):
        async with browser.page(ANNA, site.fence):
            pass
    with pytest.raises(NoBrowser, match="sidenote connect"):
        async with browser.window(ANNA, site.web.url):
            pass
    await browser.close()


async def test_a_machine_that_can_t_make_sandboxes_is_told_how(tmp_path: Path, site: Site) -> None:
    script = tmp_path / "chromium"
    script.write_text("#!/bin/sh\necho '[1:1:FATAL:zygote_host] No usable sandbox!' >&2\nexit 1\n")
    script.chmod(0o755)
    browser = LocalChromium(tmp_path / "profiles", executable=script)
    with pytest.raises(NoBrowser, match="namespaces"):
        async with browser.page(ANNA, site.fence):
            pass
    await browser.close()
