"""Splitting words and comparing texts."""

from inference.llm.words import capitalised, content_words, overlap, plain, straighten, tokens


def test_plain_text_has_no_case_punctuation_or_curly_quotes() -> None:
    assert plain("Don’t — cut, “here”… at 1:20!") == "don't cut here at 1:20"


def test_tokens_know_their_place() -> None:
    text = "The B-roll, twice"
    assert [text[token.start : token.end] for token in tokens(text)] == ["The", "B-roll", "twice"]


def test_content_words_leave_out_the_small_ones() -> None:
    assert content_words("so the drums are just too loud here") == ["drums", "loud"]


def test_overlap_is_the_share_of_own_words() -> None:
    assert overlap("drums too loud", "the drums are too loud") == 1.0
    assert overlap("mute the violins", "the drums are too loud") < 0.5
    assert overlap("", "anything") == 1.0


def test_small_helpers() -> None:
    assert capitalised("xY z") == "XY z"
    assert straighten(" a\n b ") == "a b"
