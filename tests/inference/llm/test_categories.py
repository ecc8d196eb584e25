"""The words of the trade, the form of a question, and how both meet the embedding."""

import pytest

from inference.llm.categories import MOST_WORDS, by_words, choose, is_asked
from inference.llm.contract import Category


@pytest.mark.parametrize(
    "text, category",
    [
        ("The choir is muffled.", Category.AUDIO),
        ("Too much saturation on the coats.", Category.COLOR),
        ("The lower third is misaligned.", Category.GRAPHICS),
        ("This drags, trim it.", Category.PACING),
        ("Her surname is misspelled.", Category.TYPO),
        ("This is gorgeous, well done.", Category.PRAISE),
        ("The disclaimer is never explained.", Category.CONTENT),
        ("Please export and upload it by Friday.", Category.OTHER),
    ],
)
def test_words_alone_settle_a_plain_note(text: str, category: Category) -> None:
    assert choose(text, {}).category is category


def test_no_category_gets_more_than_its_share_from_words() -> None:
    assert max(by_words("hum buzz hiss echo music volume voice mic " * 9).values()) <= MOST_WORDS
    assert not any(by_words("he walks home").values())


@pytest.mark.parametrize(
    "text", ["Why is it red?", "Is this the final take?", "Do we own this?", "Who is that man?", "Should it be there?"]
)
def test_questions_are_asked(text: str) -> None:
    assert is_asked(text)
    assert choose(text, {}).category is Category.QUESTION


@pytest.mark.parametrize(
    "text",
    [
        "Can we trim it?",
        "Could you make it warmer?",
        "Do the zoom slower.",
        "Have someone translate it.",
        "What a shot.",
    ],
)
def test_requests_are_not(text: str) -> None:
    assert not is_asked(text)


def test_likeness_decides_where_words_are_silent_and_the_margin_says_how_clearly() -> None:
    choice = choose("He walks home.", {Category.CONTENT: 0.5, Category.PACING: 0.3})
    assert choice.category is Category.CONTENT
    assert choice.margin == pytest.approx(0.2)
