import asyncio

import pytest

from storage.errors import InvalidValue, NotFound
from storage.glossaries import TERM_LENGTH, TERMS_LIMIT, Glossaries
from tests.storage.conftest import Desk


@pytest.fixture
def glossaries(desk: Desk) -> Glossaries:
    return Glossaries(desk.database)


async def test_a_list_is_kept_for_each_user_in_its_order(glossaries: Glossaries) -> None:
    assert await glossaries.terms("ada") == ()
    assert await glossaries.replace("ada", ["Zeiss", "  Marisol \n Quintero ", "zeiss", "Łódź"]) == (
        "Zeiss",
        "Marisol Quintero",
        "Łódź",
    )
    assert await glossaries.terms("ada") == ("Zeiss", "Marisol Quintero", "Łódź")
    assert await glossaries.terms("bob") == ()
    assert await glossaries.replace("ada", []) == ()
    assert await glossaries.terms("ada") == ()


async def test_words_are_added_once_and_removed_whatever_their_case(glossaries: Glossaries) -> None:
    await glossaries.add("ada", ["Zeiss", "Foley"])
    assert await glossaries.add("ada", ["ZEISS", "LUT"]) == ("Zeiss", "Foley", "LUT")
    assert await glossaries.remove("ada", ["foley"]) == ("Zeiss", "LUT")
    with pytest.raises(NotFound, match="'Foley' is not in your glossary"):
        await glossaries.remove("ada", ["LUT", "Foley"])
    assert await glossaries.terms("ada") == ("Zeiss", "LUT")


async def test_words_that_are_added_at_once_are_all_there(glossaries: Glossaries) -> None:
    await asyncio.gather(*(glossaries.add("ada", [f"word {number}"]) for number in range(8)))
    assert set(await glossaries.terms("ada")) == {f"word {number}" for number in range(8)}


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (["x" * (TERM_LENGTH + 1)], "at most 64"),
        ([" "], "empty"),
        (["?!"], "no letter"),
        (["a\0b"], "can't be stored"),
        ([f"word {number}" for number in range(TERMS_LIMIT + 1)], "200 are kept"),
    ],
)
async def test_what_is_no_word_is_refused_and_nothing_changes(
    terms: list[str], words: str, glossaries: Glossaries
) -> None:
    await glossaries.replace("ada", ["Zeiss"])
    for refused in (glossaries.replace("ada", terms), glossaries.add("ada", terms)):
        with pytest.raises(InvalidValue, match=words):
            await refused
    assert await glossaries.terms("ada") == ("Zeiss",)


async def test_a_full_glossary_takes_no_more(glossaries: Glossaries) -> None:
    full = await glossaries.replace("ada", [f"word {number}" for number in range(TERMS_LIMIT)])
    with pytest.raises(InvalidValue, match="201 words are too many"):
        await glossaries.add("ada", ["one more"])
    assert await glossaries.terms("ada") == full


async def test_somebody_unknown_has_no_glossary(glossaries: Glossaries) -> None:
    with pytest.raises(NotFound):
        await glossaries.replace("nobody", ["Zeiss"])
