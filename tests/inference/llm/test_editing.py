"""Changes to the last note: nothing lost, nothing invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.llm.cleaning import MAX_CHARACTERS
from inference.llm.editing import clock, edit_rule, edited, named_time
from inference.llm.phrases import core
from inference.llm.words import plain


def change(said: str, last: str | None) -> str | None:
    """The new text, or None when ``said`` is no change of the last note."""
    spoken = plain(said)
    rule = edit_rule(spoken, *core(spoken), last)
    return None if rule is None else edited(said, rule, last)


@pytest.mark.parametrize(
    "last, said, text",
    [
        ("Trim the third clip.", "no, the fourth clip not the third", "Trim the fourth clip."),
        ("Trim the third clip.", "um change it so it says the fourth clip not the third", "Trim the fourth clip."),
        ("Make the ring red.", "change red to blue", "Make the ring blue."),
        ("Make the ring red.", "replace the word ring with circle", "Make the circle red."),
        ("Blur the sign.", "it's the van not the sign", "Blur the van."),
        ("The choir is early.", "make that softer instead", "The choir is early. Softer instead."),
        ("The choir is early.", "also add that the organ is late", "The choir is early. The organ is late."),
        (
            "The choir is early.",
            "can you also tack on that the organ is late",
            "The choir is early. The organ is late.",
        ),
        ("The host is dull.", "rephrase that, say the host could use more energy", "The host could use more energy."),
        ("The choir is early.", "scratch that, the organ is early", "The organ is early."),
        ("Lower the horn at 3:14.", "sorry I meant at three forty not three fourteen", "Lower the horn at 3:40."),
        ("Lower the horn at three fourteen.", "I meant at three forty", "Lower the horn at three forty."),
        ("Lower the horn.", "I meant Tuesday", "Lower the horn. Tuesday."),
    ],
)
def test_changes(last: str, said: str, text: str) -> None:
    assert change(said, last) == text


@pytest.mark.parametrize(
    "said",
    [
        "change the title to white",
        "make that badge smaller",
        "make the barn scene warmer",
        "also add a shot of the door",
        "add that shot of the goat back in",
        "it's twenty thirty not twenty twenty nine on the poster",
        "say cheese is heard twice",
        "actually the second take is better",
        "sorry but this part is boring",
        "the organ is early",
    ],
)
def test_new_notes_are_no_changes(said: str) -> None:
    assert change(said, "The choir is late.") is None


def test_without_a_last_note_the_instruction_itself_is_kept() -> None:
    assert change("make that softer instead", None) == "Softer instead."


def test_the_time_of_a_correction_is_the_right_one() -> None:
    assert named_time("no I meant one forty not one fourteen") == 100
    assert named_time("I meant one forty") == 100
    assert named_time("I meant the second one") is None


def test_clock() -> None:
    assert (clock(0), clock(75), clock(3723.4)) == ("0:00", "1:15", "1:02:03")


INSTRUCTIONS = (
    "make that change to not say also add that the second first third clip warmer instead no i meant at 1:10 one forty "
    "word"
).split()


@given(
    st.lists(st.sampled_from(INSTRUCTIONS), min_size=1, max_size=14).map(" ".join),
    st.sampled_from([None, "Trim the first clip at 1:10.", "x " * 99]),
)
def test_an_edit_is_made_of_the_note_and_the_instruction(said: str, last: str | None) -> None:
    text = edited(said, "any", last)
    assert len(text) <= MAX_CHARACTERS
    clocks = {clock(at_s)} if (at_s := named_time(said)) is not None else set()
    assert set(plain(text).split()) <= set(plain(said).split()) | set(plain(last or "").split()) | clocks
