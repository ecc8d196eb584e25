"""Queries on ``glossaries``: the words a user wants recognition to know, one ordered list a user."""

from collections.abc import Callable, Iterable, Sequence

from sqlmodel import Session

from storage.engine import Database
from storage.errors import InvalidValue, NotFound
from storage.rows import insert_new, locked
from storage.tables import Glossary, User
from storage.values import checked_text, now

TERMS_LIMIT = 200
TERM_LENGTH = 64  # characters


class Glossaries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def terms(self, user_id: str) -> Sequence[str]:
        """The user's words in their order; empty for a user who never gave any."""
        found = await self._database.read(lambda session: session.get(Glossary, user_id))
        return tuple(found.terms) if found else ()

    async def replace(self, user_id: str, terms: Iterable[str]) -> Sequence[str]:
        """Store these words in place of the old ones and return them as stored.

        Raises InvalidValue, and NotFound when the user is not known.
        """
        wanted = checked_terms(terms)
        return await self._change(user_id, lambda _: wanted)

    async def add(self, user_id: str, terms: Iterable[str]) -> Sequence[str]:
        """Put words at the end, save those that are there already. The whole list; raises as ``replace``."""
        more = checked_terms(terms)
        return await self._change(user_id, lambda old: checked_terms([*old, *more]))

    async def remove(self, user_id: str, terms: Iterable[str]) -> Sequence[str]:
        """Take words out, whatever their case. The whole list; raises NotFound, naming a word that is not there."""
        unwanted = {term.casefold(): term for term in checked_terms(terms)}

        def without(old: Sequence[str]) -> list[str]:
            known = {term.casefold() for term in old}
            if missing := [term for key, term in unwanted.items() if key not in known]:
                raise NotFound(f"{missing[0]!r} is not in your glossary. `sidenote glossary` shows what is.")
            return [term for term in old if term.casefold() not in unwanted]

        return await self._change(user_id, without)

    async def _change(self, user_id: str, change: Callable[[Sequence[str]], list[str]]) -> Sequence[str]:
        def write(session: Session) -> Sequence[str]:
            locked(session, User, user_id)
            insert_new(session, Glossary, user_id=user_id, terms=[], updated_at=now())
            row = locked(session, Glossary, user_id)
            row.terms = change(row.terms)
            row.updated_at = now()
            return tuple(row.terms)

        return await self._database.write(write)


def checked_terms(terms: Iterable[str]) -> list[str]:
    """Each word once, whatever its case, with single blanks. Raises InvalidValue."""
    kept: dict[str, str] = {}
    for term in terms:
        text = checked_text("glossary word", " ".join(term.split()), TERM_LENGTH)
        if not any(character.isalnum() for character in text):
            raise InvalidValue(f"The glossary word {text!r} has no letter or digit. Give it as it is written.")
        kept.setdefault(text.casefold(), text)
    if len(kept) > TERMS_LIMIT:
        raise InvalidValue(f"{len(kept)} words are too many for a glossary, {TERMS_LIMIT} are kept. Remove some.")
    return list(kept.values())
