"""A page of a real Chromium with the content script's parts in it. What it calls in the page is entry.ts."""

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Page, expect

VIDEO = "document.querySelector('video')"
READY = f"() => {VIDEO}.readyState >= 3"
ON = {"pauseWhileSpeaking": False, "overlays": True, "emoji": True}
PLAY_PAST = f"""async (atS) => {{
  const video = {VIDEO};
  await video.play();
  while (video.currentTime < atS) {{
    await new Promise(told => video.addEventListener("timeupdate", told, {{ once: true }}));
  }}
}}"""


def note(id_: str, text: str = "Music is too loud.", at_s: float = 62.4, **more: object) -> dict[str, object]:
    return {"id": id_, "revision": 1, "text": text, "confidence": 0.8, "timestamp_s": at_s, "status": "ghost"} | more


@dataclass(slots=True)
class Tab:
    page: Page
    site: str
    wrong: list[str] = field(default_factory=list)
    """What the browser complained of."""

    async def open(self, name: str = "player") -> None:
        await self.page.goto(f"{self.site}/{name}")
        await self.page.evaluate("(settings) => sidenote.start(null, settings)", ON)

    async def told(self, count: int) -> list[dict[str, Any]]:
        """All that was said of the video, once it is so much."""
        return list(await self.page.evaluate("(count) => sidenote.until(count)", count))

    async def receive(self, **message: object) -> Any:
        return await self.page.evaluate("(message) => sidenote.receive(message)", message)

    async def command(self, **command: object) -> Any:
        return await self.receive(type="player_command", command=command)

    async def play_past(self, at_s: float) -> None:
        await self.page.evaluate(PLAY_PAST, at_s)

    async def settled(self) -> int:
        """Waits until the film's length is known to the content script; how many messages came until then."""
        await self.page.wait_for_function("() => sidenote.told.some(({ video }) => video?.duration)")
        return int(await self.page.evaluate("() => sidenote.told.filter(({ type }) => type !== 'clock').length"))

    async def show_all(self) -> None:
        """Two drafts, a posted note, and somebody who speaks."""
        faint = note("b", "Love this shot", 12, confidence=0.2)
        await self.receive(type="notes", notes=[note("a"), faint, note("c", at_s=90, status="posted")])
        await self.receive(type="speech", speaking=True, atS=62.4, heard="the music is too loud")
        await expect(self.page.locator("sidenote-overlay .chip")).to_be_visible()
