"""Moves of the player against directions for an edit."""

import pytest

from inference.llm.seeking import Move, find_move


@pytest.mark.parametrize(
    "core, move",
    [
        ("go back ten seconds", Move(by_s=-10)),
        ("skip ahead half a minute", Move(by_s=30)),
        ("can we go back twenty seconds", Move(by_s=-20)),
        ("rewind a little", Move(by_s=-10)),
        ("fifteen seconds back", Move(by_s=-15)),
        ("take me to four thirty", Move(to_s=270)),
        ("jump to 2:15", Move(to_s=135)),
        ("go to the two minute mark", Move(to_s=120)),
        ("go back to the beginning", Move(to_s=0)),
        ("start over", Move(to_s=0)),
        ("play it from the top", Move(to_s=0)),
        ("play that line again", Move(by_s=-10)),
        ("let me hear that once more", Move(by_s=-10)),
        ("jump to the part where the goat escapes", Move()),
        ("skip forward to the scene in the barn", Move()),
        ("skip this", Move(by_s=10)),
    ],
)
def test_moves(core: str, move: Move) -> None:
    assert find_move(core) == move


@pytest.mark.parametrize(
    "core",
    [
        "go back to the wide shot sooner",
        "jump to the interview earlier",
        "cut back to the wide",
        "go back to her face after the goal",
        "the jump to the barn is odd",
        "skip the barn and open on the goat",
        "play the drums louder",
        "play this part at half speed",
        "start with the goat",
        "move the caption to the left",
        "it takes ten seconds to go back to the host",
        "",
    ],
)
def test_directions_for_an_edit_are_no_moves(core: str) -> None:
    assert find_move(core) is None
