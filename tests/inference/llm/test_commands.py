"""Which rule wins: the order of ``find_command`` is the precedence."""

import pytest

from inference.llm.commands import find_command
from inference.llm.contract import Context, Intent

NOTED = Context(notes=("Lower the horn at 3:14.",))


@pytest.mark.parametrize(
    "said, intent",
    [
        ("scratch that", Intent.CANCEL),
        ("post it", Intent.CONFIRM),
        ("pause", Intent.PLAYBACK),
        ("go back ten seconds", Intent.SEEK),
        ("at two minutes ten", Intent.SET_TIME),
        ("set the time to 2:10", Intent.SET_TIME),
        ("put that at one fifteen", Intent.SET_TIME),
        ("that was at two minutes ten", Intent.SET_TIME),
        ("move my last note to 3:00", Intent.SET_TIME),
        ("sorry I meant at three forty not three fourteen", Intent.EDIT_LAST),
        ("make it three forty not three fourteen", Intent.EDIT_LAST),
        ("change that note to say the trumpet", Intent.EDIT_LAST),
        ("what did I say about the horn", Intent.QUESTION),
        ("make a note that the pause is too long", Intent.CREATE_NOTE),
        ("note: cancel the zoom", Intent.CREATE_NOTE),
    ],
)
def test_precedence(said: str, intent: Intent) -> None:
    command = find_command(said, NOTED)
    assert command is not None
    assert command.intent is intent


@pytest.mark.parametrize(
    "said", ["the horn is too loud", "go back to the wide sooner", "at 2:10 the horn is flat", "", "..."]
)
def test_no_rule_claims_a_note(said: str) -> None:
    assert find_command(said, NOTED) is None


def test_a_command_carries_what_its_words_say() -> None:
    post = find_command("yes publish it", NOTED)
    assert post is not None
    assert post.post
    keep = find_command("keep it", NOTED)
    assert keep is not None
    assert not keep.post
    seek = find_command("take me to four thirty", NOTED)
    assert seek is not None
    assert (seek.timestamp_s, seek.seek_by_s) == (270, None)
    moved = find_command("set the time to 2:10", NOTED)
    assert moved is not None
    assert moved.timestamp_s == 130
    edit = find_command("sorry I meant at three forty not three fourteen", NOTED)
    assert edit is not None
    assert edit.timestamp_s == 220
