"""Questions to the assistant are answered from the notes or refused plainly."""

import pytest

from inference.llm.answering import answer, is_question

NOTES = ("The opener drags.", "The drums bury the singer.", "Drums again at the end.")


@pytest.mark.parametrize(
    "core",
    [
        "how many notes do i have",
        "what did i say about the drums",
        "read my last note back",
        "list all my notes",
        "have i already mentioned the drums",
        "did anyone else flag the singer",
        "which notes are about color",
        "what was my first note",
        "how long is this video",
        "are you listening",
        "hear me",
        "what can i say",
    ],
)
def test_questions_to_the_assistant(core: str) -> None:
    assert is_question(core)


@pytest.mark.parametrize(
    "core",
    [
        "do we own this clip",
        "why is the ring red",
        "is this the right take",
        "who drew the map",
        "did the client see this",
        "what i said in the speech is cut off",
        "the notes on the piano are out of tune",
        "what is he holding",
    ],
)
def test_questions_to_the_makers_are_notes(core: str) -> None:
    assert not is_question(core)


@pytest.mark.parametrize(
    "question, reply",
    [
        ("how many notes do i have", "You have 3 notes so far."),
        ("how many notes about the drums", "2 notes about that: The drums bury the singer. Drums again at the end."),
        ("what did i say about the opener", "You said: The opener drags."),
        ("what did i say about the posters", "None of your notes in this session says anything about that."),
        ("read my last note back", "Your last note: Drums again at the end."),
        ("what was my first note", "Your first note: The opener drags."),
        ("list all my notes", "You have 3 notes: The opener drags. The drums bury the singer. Drums again at the end."),
        (
            "did anyone else flag the drums",
            "I only know your own notes of this session, so I can't tell what others said yet.",
        ),
        ("how long is this video", "I can't answer questions about the video itself yet, only about your notes."),
        ("are you listening", "Yes, I am listening."),
    ],
)
def test_answers(question: str, reply: str) -> None:
    assert answer(question, NOTES) == reply


def test_no_notes_and_many_notes() -> None:
    assert answer("list all my notes", ()) == "You have no notes in this session yet."
    assert answer("list all my notes", NOTES * 3).endswith("(and 4 earlier)")
