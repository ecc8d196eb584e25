"""offscreen/src/opus.ts and uplink.ts in a real Chromium: what WebCodecs make of speech, and what a real server stores
of it when the connection is cut in the middle of a sentence."""

import base64
import os
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Page, async_playwright
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from channels.client import Client
from channels.wire import decode_opus
from inference import opus
from inference.audio import Int16Samples, pcm16_samples
from tests.channels.conftest import until
from tests.chaos.faults import Fault, Kind, Link, Plan, Side
from tests.chaos.proxy import Proxy
from tests.flows.process import ServerProcess, serving
from tests.served import served
from tests.speech.synthesis import librivox, speak
from tests.speech.wer import word_errors

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.speech]

ROOT = Path(__file__).parents[2]
SENTENCE = "Please lower the background music under the interview, it drowns out every word that she says."
CUTS = Plan(
    links=(
        Link(faults=(Fault(Kind.RESET, Side.UP, after=5_000),)),
        Link(faults=(Fault(Kind.CLOSE, Side.UP, after=6_000),), refused=2),
    )
)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """An origin: WebCodecs are there for pages of a secure one."""

    async def blank(_: object) -> HTMLResponse:
        return HTMLResponse("<!doctype html><title>uplink</title>")

    with served(Starlette(routes=[Route("/", blank)])) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    node = shutil.which("node")
    assert node is not None, "no Node here: run `scripts/setup node`"
    assert (ROOT / "node_modules/vite").is_dir(), "no Vite here: run `scripts/setup node`"
    folder = tmp_path_factory.mktemp("page")
    subprocess.run([node, Path(__file__).parent / "rig/bundle.mjs", folder], check=True, cwd=ROOT, timeout=60)
    return folder / "page.js"


@pytest.fixture
async def page(site: str, script: Path) -> AsyncIterator[Page]:
    path = shutil.which("chromium")
    assert path is not None, "no Chromium here: install the Debian package chromium (`make test` does)"
    flags = ["--disable-gpu", "--no-first-run", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=flags)
        opened = await browser.new_page()
        await opened.add_init_script(path=script)
        await opened.goto(site)
        yield opened
        await browser.close()


@pytest.fixture
def server(site: str, tmp_path: Path) -> Iterator[ServerProcess]:
    """One that keeps what it heard, and lets the page in."""
    settings = {"SIDENOTE_KEEP_AUDIO": "true", "SIDENOTE_ALLOWED_ORIGINS": site}
    with serving(tmp_path, settings=settings) as running:
        yield running


def as_base64(samples: Int16Samples) -> str:
    return base64.b64encode(samples.astype("<i2").tobytes()).decode()


def likeness(one: Int16Samples, other: Int16Samples) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def envelope(samples: Int16Samples) -> Int16Samples:
    """Loudness of each 10 ms."""
    blocks = samples[: len(samples) // 160 * 160].astype(np.float64).reshape(-1, 160)
    loudness: Int16Samples = np.sqrt((blocks**2).mean(axis=1)).astype(np.int16)
    return loudness


def kept(folder: Path, session: str) -> Int16Samples:
    """What the server has of the session's one capture, each sample once and none missing."""
    with closing(sqlite3.connect(f"file:{folder / 'sidenote.sqlite3'}?mode=ro", uri=True)) as database:
        query = "SELECT capture, start_sample, pcm FROM audio_chunks WHERE session_id = ? ORDER BY 1, 2"
        chunks = database.execute(query, (session,)).fetchall()
    pcm = bytearray()
    for capture, start, part in chunks:
        assert (capture, 2 * start) == (1, len(pcm))
        pcm += part
    return pcm16_samples(bytes(pcm))


async def test_what_webcodecs_make_of_speech_is_decoded_to_the_same_samples(page: Page) -> None:
    speech = librivox()[0].samples
    pushes = [bytes(push) for push in await page.evaluate("(pcm) => sidenote.encode(pcm)", as_base64(speech))]
    heard = bytearray()
    for push in pushes:
        frame = decode_opus(bytes(8) + push)
        heard += opus.decode(frame.packets, skip=frame.skip, samples=frame.samples)
    decoded = pcm16_samples(bytes(heard))
    assert len(decoded) == len(speech)
    assert likeness(speech, decoded) > 0.95
    moved = max(range(-8, 9), key=lambda by: likeness(speech[100:-100], np.roll(decoded, by)[100:-100]))
    assert abs(moved) <= 1, "samples are where they were"
    assert sum(map(len, pushes)) < 2 * len(speech) / 8


async def test_a_sentence_is_stored_whole_though_the_connection_is_cut_while_it_is_spoken(
    page: Page, server: ServerProcess, tmp_path: Path
) -> None:
    spoken = speak(SENTENCE).samples
    async with Client(server.url, server.token) as client, Proxy(server.port, CUTS) as proxy:
        session = await client.join("session:s1")
        told = await page.evaluate(
            "([url, token, pcm]) => sidenote.say(url, token, 's1', pcm)",
            [f"{proxy.url}/socket", server.token, as_base64(spoken)],
        )
        final = await until(session, "asr_final")
        assert sum(happened.fault is not None for happened in proxy.happened) == CUTS.cuts
    assert set(told["encodings"]) == {"opus"}
    assert told["joins"] > CUTS.cuts
    assert told["refusals"] == []
    assert told["bytes"] < 2 * len(spoken) / 6, "what was sent twice included"
    stored = kept(tmp_path, "s1")
    assert len(stored) == len(spoken)
    assert likeness(stored, spoken) > 0.9
    assert likeness(envelope(stored), envelope(spoken)) > 0.99
    assert word_errors(SENTENCE, final.payload["text"]).errors == 0
