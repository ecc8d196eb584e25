import pytest

from inference.vocabulary import common_words, is_common


@pytest.mark.parametrize("word", ["the", "Music", "cuts", "titles", "opened", "slowly", "café", "Paris"])
def test_what_everybody_says_is_common(word: str) -> None:
    assert is_common(word)


@pytest.mark.parametrize("word", ["Okonkwo", "gochujang", "anamorphic", "Niamh", "kubectl", ""])
def test_what_few_people_say_is_not(word: str) -> None:
    assert not is_common(word)


def test_the_list_is_of_whole_words() -> None:
    assert len(common_words()) > 20_000
    assert not any(word.startswith(("#", "[")) for word in common_words())
