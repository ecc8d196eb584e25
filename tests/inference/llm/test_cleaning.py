"""Cleaning removes; it never adds."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.llm.cleaning import MAX_CHARACTERS, asks, clean, sentence
from inference.llm.words import plain

SPOKEN = (
    "um uh like you know so okay note the the drums are too loud at two minutes ten , I mean can we can we trim "
    "this right here ? Sponsor card don't well and it's very very 0:38 please thanks - ' \" ... half a minute in"
).split()


@pytest.mark.parametrize(
    "said, written",
    [
        ("um so the uh the flute is like really shrill", "The flute is really shrill."),
        ("so so the the badge is, um, like you know, too small", "The badge is too small."),
        ("can we can we trim this bit you know", "Can we trim this bit?"),
        ("make a note that the tint is off okay", "The tint is off."),
        ("Note: the choir clips.", "The choir clips."),
        ("at two minutes ten the hat disappears", "The hat disappears."),
        ("the hat disappears at two minutes ten", "The hat disappears."),
        ("from one ten to one twenty the fog is murky", "From one ten to one twenty the fog is murky."),
        ("right here the drums drop", "Right here the drums drop."),
        ("it's very very loud", "It's very very loud."),
        ("it looks like a mistake", "It looks like a mistake."),
        ("I really like how the kite moves", "I really like how the kite moves."),
        ("we just like what the drummer does", "We just like what the drummer does."),
        ("it's just like too bright", "It's just too bright."),
        ("I'd like the badge smaller", "I'd like the badge smaller."),
        ("his coat looks green, I mean pull it back", "His coat looks green, pull it back."),
        ("leave the map up for, I don't know, four seconds", "Leave the map up for four seconds."),
        ("do we own this clip", "Do we own this clip?"),
        ("whoever drew this i love it", "Whoever drew this I love it."),
    ],
)
def test_notes(said: str, written: str) -> None:
    assert clean(said) == written


@pytest.mark.parametrize("said", ["", "um", "uh, um...", "...", "  \n "])
def test_fillers_alone_leave_nothing(said: str) -> None:
    assert clean(said) == ""


def test_a_long_note_ends_at_a_clause() -> None:
    said = (
        "the left banner is crooked and " * 3
        + "the middle one hangs too low, "
        + "then everything else about it is fine too " * 3
    )
    note = clean(said)
    assert len(note) <= MAX_CHARACTERS
    assert note.endswith(("low.", "crooked.", "too."))


def test_a_note_without_any_space_is_cut_hard() -> None:
    assert len(clean("x" * 1000)) <= MAX_CHARACTERS


def test_questions_and_requests_are_seen() -> None:
    assert asks("why is it upside down")
    assert not asks("the why of it is unclear")


@given(st.lists(st.sampled_from(SPOKEN), max_size=60).map(" ".join))
def test_no_word_is_invented_and_order_is_kept(said: str) -> None:
    note = clean(said)
    assert len(note) <= MAX_CHARACTERS
    heard = iter(plain(said).split())
    assert all(word in heard for word in plain(note).split())


@given(st.text(max_size=400))
@example("0..0")
@example("1,.5")
def test_any_text_gives_a_short_note_of_its_own_words(said: str) -> None:
    for note in (clean(said), sentence(said)):
        assert len(note) <= MAX_CHARACTERS
        assert set(plain(note).split()) <= set(plain(said).split()) or len(plain(said)) > MAX_CHARACTERS
