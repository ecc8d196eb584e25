"""agent/caption.py"""

from hypothesis import given
from hypothesis import strategies as st

from agent.caption import Caption


def test_words_are_firm_once_two_hypotheses_agree() -> None:
    caption = Caption()
    assert caption.hear("The music").firm == 0
    shown = caption.hear("The music is too")
    assert shown.text == "The music is too"
    assert shown.text[: shown.firm] == "The music"


def test_the_newest_word_is_never_firm() -> None:
    caption = Caption()
    caption.hear("The mu")
    assert caption.hear("The mu").firm == len("The")


def test_what_is_not_firm_may_be_rewritten() -> None:
    caption = Caption()
    caption.hear("The news it")
    assert caption.hear("The music is too loud").text == "The music is too loud"


def test_firm_words_stay_when_a_hypothesis_spells_them_otherwise_or_misses_one() -> None:
    caption = Caption()
    caption.hear("the colour on the second shot")
    caption.hear("the colour on the second shot is")
    shown = caption.hear("color on the second shot is off")
    assert shown.text == "the colour on the second shot is off"


def test_after_settling_hypotheses_go_on() -> None:
    caption = Caption()
    caption.hear("the music is")
    assert caption.settle("The music is too loud.").firm == len("the music is too loud.") - len("the music is ") + len(
        "The music is "
    )
    shown = caption.hear("And the title")
    assert shown.text == "The music is too loud. And the title"
    assert shown.text[: shown.firm] == "The music is too loud."


WORDS = st.lists(st.sampled_from("a b c d the The, music music.".split()), max_size=8).map(" ".join)


@given(st.lists(st.tuples(st.booleans(), WORDS), max_size=12))
def test_firm_text_is_never_rewritten(steps: list[tuple[bool, str]]) -> None:
    caption, firm = Caption(), ""
    for settles, text in steps:
        shown = caption.settle(text) if settles else caption.hear(text)
        assert shown.text.startswith(firm)
        firm = shown.text[: shown.firm]


@given(WORDS)
def test_the_first_hypothesis_is_shown_as_it_is(text: str) -> None:
    assert Caption().hear(text).text == " ".join(text.split())
