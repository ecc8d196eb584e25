"""The glossary of this machine's user, straight from the database: list, add, remove.

A server that runs beside this uses the new words from the next recording on; its clients see them when they join again.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from server.identity import LOCAL_USER
from server.screen import make_console, print_json
from server.settings import Settings
from server.wiring import open_database
from storage.glossaries import Glossaries
from storage.users import Users


async def list_terms(settings: Settings, *, as_json: bool) -> None:
    """Print the words in their order, as JSON or one a line."""
    async with _glossaries(settings) as glossaries:
        _print(await glossaries.terms(LOCAL_USER), as_json=as_json)


async def add_terms(settings: Settings, terms: Sequence[str], *, as_json: bool) -> None:
    """Add words and print what there is now. Raises InvalidValue."""
    async with _glossaries(settings) as glossaries:
        _print(await glossaries.add(LOCAL_USER, terms), as_json=as_json)


async def remove_terms(settings: Settings, terms: Sequence[str], *, as_json: bool) -> None:
    """Remove words and print what there is now. Raises NotFound for one that is not there."""
    async with _glossaries(settings) as glossaries:
        _print(await glossaries.remove(LOCAL_USER, terms), as_json=as_json)


@asynccontextmanager
async def _glossaries(settings: Settings) -> AsyncIterator[Glossaries]:
    async with open_database(settings) as database:
        await Users(database).ensure(LOCAL_USER)
        yield Glossaries(database)


def _print(terms: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"terms": list(terms)})
        return
    console = make_console()
    for term in terms:
        console.print(term, markup=False, highlight=False)
    if not terms:
        console.print("Your glossary is empty. Add names with `sidenote glossary add`.")
