import pytest

from agent.naming import terms_of
from inference.vocabulary import is_common


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("and then Marisol Quintero walked down to the harbour", ["Marisol Quintero"]),
        ("We went up Cerro Alegre. The view was great.", ["Cerro Alegre"]),
        ("add two spoons of gochujang and some tahini", ["gochujang", "tahini"]),
        ("How I Filmed The Jungfraujoch With My New Camera", ["Jungfraujoch"]),
        ("MEANWHILE IN VALPARAISO, NOBODY SLEEPS", ["Valparaiso"]),
        ("This is kubectl, and that is Niamh's Buchla", ["kubectl", "Niamh", "Buchla"]),
        ("He opened it in 2019 at 10:30 for 4k and 709", []),
        ("We don't know what it's about, but I'll tell you", []),
        ("Nothing. Everything. Colours drag and overlap", []),
        ("", []),
        ("♪ … ♪ ?! --", []),
        ("x" * 41, []),
        ("Niamh sings. NIAMH sings. niamh sings", ["niamh"]),
    ],
)
def test_names_and_unusual_words_are_found(text: str, terms: list[str]) -> None:
    assert terms_of([text], is_common) == terms


def test_a_name_ends_with_its_sentence_and_has_at_most_three_words() -> None:
    assert terms_of(["ask Tavish. Okonkwo knows"], is_common) == ["Tavish", "Okonkwo"]
    assert terms_of(["by Tavish Okonkwo Niamh Zeiss"], is_common) == ["Tavish Okonkwo Niamh", "Zeiss"]


def test_in_a_foreign_language_only_names_are_taken() -> None:
    text = "ayer fuimos con nuestra prima Marisol hasta el puerto viejo y después subimos hacia la iglesia"
    assert terms_of([text], is_common) == ["Marisol"]
