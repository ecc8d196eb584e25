"""Draws docs/pictures: the demo as a terminal shows it, and the practice page with what was posted there.

Both are of one real run on this machine.

`make pictures` runs it.
"""

import asyncio
import io
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.async_api import async_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI

from automation.browsers import chromium
from scripts.pictures.image import write_png
from server.demo import PLAN, RECORDING, posted
from server.review import Review
from server.say import prepared, reached
from server.screen import PlainScreen, Screen
from server.settings import load_settings
from server.summary import Tally
from server.takes import FileSource

WIDTH = 92  # columns; readable at the width of a page
PICTURE = ROOT / "docs" / "pictures" / "timeline.svg"
PHOTOGRAPH = PICTURE.with_name("practice.png")
SOUGHT = """async () => {
    const film = document.querySelector("#player");
    while (film.seeking || film.readyState < 2) await new Promise((later) => setTimeout(later, 50));
}"""
_WEB_FONTS = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)  # rich names a font server; the picture must need none


async def main() -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)

    def screen(tally: Tally) -> Screen:
        return PlainScreen(tally, console)

    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(env_file=None, data_dir=Path(folder))
        async with reached(settings, None, None) as client:
            console.print("[bold green]$[/] sidenote demo")
            outcome = await Review(client, PLAN, screen).run(FileSource(prepared([RECORDING], PLAN, 0.0), fast=False))
            comments = [await posted(client, note, as_json=True) for note in outcome.summary["notes"]]
            console.print(f"Posted \u2705 {comments[0]['permalink']}")
            await photograph(comments[1]["permalink"])
    picture = console.export_svg(title="Sidenote", theme=MONOKAI)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(_WEB_FONTS.sub("", picture).replace("Fira Code, monospace", "monospace"))


async def photograph(address: str) -> None:
    """The practice page at one of its comments, as a browser shows it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.find(None), chromium_sandbox=chromium.sandboxed(), args=chromium.QUIET
        )
        page = await browser.new_page(viewport={"width": 1100, "height": 700}, locale=chromium.LANGUAGE)
        await page.goto(address)
        await page.locator("article.comment").first.wait_for()
        await page.evaluate(SOUGHT)
        await page.wait_for_timeout(1000)  # the player fades its controls
        write_png(PHOTOGRAPH, await page.screenshot())
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
