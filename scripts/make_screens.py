"""Draws what people see of the extension into docs/pictures, in light and in dark, and the film that the README shows.

All of it is real: the built extension, a server with its model, and speech that it hears. `make pictures` runs it.
"""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts.pictures import film, pages, panel
from scripts.pictures.stage import Theme, stage, with_sites

EXTENSION = ROOT / "build" / "extension"
THEMES: tuple[Theme, ...] = ("light", "dark")


async def main() -> None:
    for theme in THEMES:
        async with stage(EXTENSION, theme) as practice:
            await pages.draw_setup(practice)
            await pages.draw_options(practice)
            await pages.draw_overlays(practice)
            await pages.draw_web(practice)
        async with with_sites() as sites, stage(EXTENSION, theme) as youtube:
            await panel.draw(youtube, sites)
            await panel.draw_popup(youtube)
        async with stage(EXTENSION, theme, microphone=False) as silent:
            await panel.draw_troubles(silent)
    async with stage(EXTENSION, "light") as practice:
        await film.draw(practice)


if __name__ == "__main__":
    asyncio.run(main())
