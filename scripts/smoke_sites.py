"""Look whether the sites' real pages still have what the recipes look for. Needs internet; writes and sends nothing.

    python scripts/smoke_sites.py [site…] [--url site=ADDRESS …]

Ends with 1 where a page has none of the names by which a recipe knows something, with 2 where it can't be looked at.
"""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from automation.sites.catalogue import PAGES
from automation.sites.contract import AskPerson, PostingError
from automation.sites.marks import Mark
from automation.sites.page import WALL, SitePage, in_words

DRIFTED, UNREACHED = 1, 2
URLS = {  # public videos with open comments; Frame.io shows a visitor the page to log in
    "youtube": "https://www.youtube.com/watch?v=aqz-KE-bpKQ",
    "vimeo": "https://vimeo.com/76979871",
    "frameio": "https://app.frame.io/",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One name by which a recipe knows something, and whether the page has it."""

    site: str
    mark: str
    selector: str
    found: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What one page showed."""

    looks: tuple[Look, ...]
    hidden: int  # names that only a login sees
    problem: str = ""  # why the page could not be looked at

    @property
    def lost(self) -> list[str]:
        """What the page has under none of its names."""
        marks = dict.fromkeys(look.mark for look in self.looks)
        return [mark for mark in marks if not any(look.found for look in self.looks if look.mark == mark)]


async def look(recipe: SitePage, url: str) -> Seen:
    """Open a page, go to its comments, and try every name that a visitor without a login can see."""
    marks = {field.name: getattr(recipe.marks, field.name) for field in fields(recipe.marks)}
    hidden = sum(len(mark.selectors) for mark in marks.values() if mark.seen == "login")
    try:
        await recipe.open_at(url)
    except PostingError as error:
        if not isinstance(error, AskPerson) or str(error) == WALL:
            return Seen((), hidden, str(error))  # else the page came and is not understood: its names are tried
    with suppress(AskPerson), in_words():
        await recipe.reach_comments()
    return Seen(tuple([one for name, mark in marks.items() for one in await _tried(recipe, name, mark)]), hidden)


async def _tried(recipe: SitePage, name: str, mark: Mark) -> list[Look]:
    if mark.seen != "visitor":
        return []
    return [
        Look(recipe.name, name, selector, await recipe.page.locator(selector).count() > 0)
        for selector in mark.selectors
    ]


def printed(seen: dict[str, Seen]) -> int:
    """Print the table; the exit status."""
    for site, page in seen.items():
        for one in page.looks:
            print(f"{site:9} {one.mark:11} {'found' if one.found else 'missing':8} {one.selector}")
    for site, page in seen.items():
        if page.problem:
            print(f"{site}: not looked at. {page.problem}")
        elif page.lost:
            print(f"{site}: the page has changed, nothing was found of: {', '.join(page.lost)}.")
        else:
            print(f"{site}: everything that a visitor sees was found.")
        print(f"{site}: {page.hidden} names need a login and were not tried.")
    if any(page.lost for page in seen.values()):
        return DRIFTED
    return UNREACHED if any(page.problem for page in seen.values()) else 0


async def look_at(urls: dict[str, str], page: Page) -> dict[str, Seen]:
    """What each site's page shows, one after the other."""
    recipes = {recipe.name: recipe for recipe in PAGES}
    return {site: await look(recipes[site](page), url) for site, url in urls.items()}


def asked_for(arguments: Sequence[str]) -> dict[str, str]:
    """The pages to look at, by their sites. Ends the program for a site that is none."""
    names = [recipe.name for recipe in PAGES]
    parser = argparse.ArgumentParser(description="Look whether the sites still have what the recipes look for.")
    parser.add_argument("sites", nargs="*", help=f"of {', '.join(names)}; without any: {', '.join(URLS)}")
    parser.add_argument("--url", action="append", default=[], metavar="SITE=ADDRESS", help="another page of a site")
    given = parser.parse_args(arguments)
    urls = URLS | dict(pair.split("=", 1) for pair in given.url if "=" in pair)
    wanted = given.sites or list(urls)
    for site in [*wanted, *urls]:
        if site not in names:
            parser.error(f"{site} is no site: choose from {', '.join(names)}.")
    if missing := [site for site in wanted if site not in urls]:
        parser.error(f"{missing[0]} has no public page: give one with --url {missing[0]}=ADDRESS.")
    return {site: urls[site] for site in wanted}


async def run(urls: dict[str, str]) -> int:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    sandbox = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []  # its sandbox refuses root
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=chromium, args=sandbox)
        except PlaywrightError:
            print("No Chromium starts here: install it (Debian: apt-get install chromium).", file=sys.stderr)
            return UNREACHED
        async with browser:
            return printed(await look_at(urls, await browser.new_page(locale="en-US")))


if __name__ == "__main__":
    sys.exit(asyncio.run(run(asked_for(sys.argv[1:]))))
