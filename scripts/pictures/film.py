"""The short film of the README: somebody holds the button beside a video, says a sentence, and posts the note."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from playwright.async_api import Locator, Page, expect

from scripts.pictures.image import Pixels, beside, pixels
from scripts.pictures.stage import PICTURES, Frame, Stage
from tests.e2e.person import VISIBLE_MS, passes
from tests.speech.synthesis import speak

FILM = PICTURES / "sidenote.webp"
WORDS = "The waves are too loud in this shot."
PLAYS_S, SEA_S = 72.0, 75.5  # of the practice film: until then the player has faded its controls
PAGE, PANEL, HEIGHT = 600, 400, 540
FRAMES_A_SECOND = 10
QUALITY = "75"
MOVE_S = 0.4
REST_S = 1.4  # at the end, before it begins anew
HAND = 11  # radius in pixels


@dataclass(frozen=True, slots=True)
class Moment:
    at_s: float
    page: bytes
    panel: bytes
    hand: tuple[float, float] | None
    pressed: bool


@dataclass(slots=True)
class Take:
    """What is seen of both pages while somebody acts in the panel."""

    page: Frame
    panel: Frame
    hand: tuple[float, float] = (PANEL * 0.75, HEIGHT * 0.8)
    pressed: bool = False
    moments: list[Moment] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            page, panel = await asyncio.gather(self.page.seen(), self.panel.seen())
            self.moments.append(Moment(time.monotonic(), page, panel, self.hand, self.pressed))

    async def go_to(self, target: Locator) -> None:
        box = await target.bounding_box()
        assert box is not None
        (from_x, from_y), began_s = self.hand, time.monotonic()
        to_x, to_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        while (share := min(1.0, (time.monotonic() - began_s) / MOVE_S)) < 1:
            eased = share * share * (3 - 2 * share)
            self.hand = from_x + (to_x - from_x) * eased, from_y + (to_y - from_y) * eased
            await self.panel.page.mouse.move(*self.hand)
        self.hand = to_x, to_y
        await self.panel.page.mouse.move(*self.hand)

    async def press(self) -> None:
        self.pressed = True
        await self.panel.page.mouse.down()

    async def release(self) -> None:
        self.pressed = False
        await self.panel.page.mouse.up()


async def draw(stage: Stage) -> None:
    await stage.sign_in()
    tab = await stage.person.watch(f"{stage.address}/practice")
    panel = await stage.person.panel()
    seconds = stage.person.will_say(speak(WORDS).samples, lead_s=0.1)
    async with _taken(stage, tab, panel) as take:
        await _act(take, tab, panel, seconds)
    _write(take.moments)


@asynccontextmanager
async def _taken(stage: Stage, tab: Page, panel: Page) -> AsyncIterator[Take]:
    take = Take(await Frame.of(tab), await Frame.of(panel))
    await take.page.sized(PAGE, HEIGHT, stage.theme)
    await take.panel.sized(PANEL, HEIGHT, stage.theme)
    await tab.evaluate("(at) => { document.querySelector('video').currentTime = at }", PLAYS_S)
    await passes(tab, SEA_S - PLAYS_S)
    taking = asyncio.create_task(take.run())
    yield take
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)


async def _act(take: Take, tab: Page, panel: Page, seconds: float) -> None:
    await take.go_to(panel.get_by_role("button", name="Hold to talk"))
    await take.press()
    await expect(panel.locator(".record-button.listening")).to_be_visible(timeout=VISIBLE_MS)
    await passes(tab, seconds)
    await take.release()
    note = panel.locator("article.note")
    await expect(note).to_be_visible(timeout=VISIBLE_MS)
    await passes(tab, 0.4)
    await take.go_to(note.get_by_role("button", name="Post"))
    await take.press()
    await take.release()
    await expect(note).to_contain_text("Posted", timeout=VISIBLE_MS)
    await passes(tab, REST_S)


def _write(moments: list[Moment]) -> None:
    """At an even pace, for ever from the beginning."""
    began_s, ended_s = moments[0].at_s, moments[-1].at_s
    with av.open(str(FILM), "w", format="webp", options={"loop": "0"}) as film:
        stream = film.add_stream("libwebp_anim", rate=FRAMES_A_SECOND)
        stream.options = {"quality": QUALITY, "compression_level": "6", "preset": "text"}
        stream.width, stream.height, stream.pix_fmt = PAGE + PANEL, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, FRAMES_A_SECOND)
        for number in range(round((ended_s - began_s) * FRAMES_A_SECOND)):
            at_s = began_s + number / FRAMES_A_SECOND
            moment = min(moments, key=lambda one: abs(one.at_s - at_s))
            frame = av.VideoFrame.from_ndarray(_composed(moment), format="rgb24")
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def _composed(moment: Moment) -> Pixels:
    panel = pixels(moment.panel).copy()
    if moment.hand:
        _point(panel, *moment.hand, HAND * (0.8 if moment.pressed else 1), 0.55 if moment.pressed else 0.35)
    return beside(pixels(moment.page), panel)


def _point(picture: Pixels, x: float, y: float, radius: float, strength: float) -> None:
    """A round finger tip: no screenshot shows the pointer."""
    rows, columns = np.ogrid[: picture.shape[0], : picture.shape[1]]
    away = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
    cover = np.clip(radius - away, 0, 1)[..., None] * strength
    picture[:] = (picture * (1 - cover) + np.array([20, 60, 90]) * cover).astype(np.uint8)
