"""Draws docs/pictures/timeline.svg: the demo as a terminal shows it, from a real run on this machine.

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

from rich.console import Console
from rich.terminal_theme import MONOKAI

from server.demo import PLAN, RECORDING
from server.review import Review
from server.say import prepared, reached
from server.screen import PlainScreen, Screen
from server.settings import load_settings
from server.summary import Tally
from server.takes import FileSource

WIDTH = 92  # columns; readable at the width of a page
PICTURE = ROOT / "docs" / "pictures" / "timeline.svg"
_WEB_FONTS = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)  # rich names a font server; the picture must need none


async def main() -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)

    def screen(tally: Tally) -> Screen:
        return PlainScreen(tally, console)

    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(env_file=None, data_dir=Path(folder))
        async with reached(settings, None, None) as client:
            console.print("[bold green]$[/] sidenote demo")
            await Review(client, PLAN, screen).run(FileSource(prepared([RECORDING], PLAN, 0.0), fast=False))
    picture = console.export_svg(title="Sidenote", theme=MONOKAI)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(_WEB_FONTS.sub("", picture).replace("Fira Code, monospace", "monospace"))


if __name__ == "__main__":
    asyncio.run(main())
