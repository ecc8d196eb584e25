"""Whole-utterance commands, and everything that only looks like one."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.llm.phrases import cancels, confirms, core, playback
from inference.llm.words import plain

NOTES = [case["t"] for case in json.loads((Path(__file__).parent / "data" / "not_commands.json").read_text("utf-8"))]


@pytest.mark.parametrize(
    "said",
    [
        "Scratch that.",
        "Scratch, that",
        "uh, never mind",
        "Nevermind.",
        "no no remove that one",
        "wait, ignore what I just said",
        "cancel",
        "oh forget it",
        "actually delete my last note please",
        "sorry, don't save that",
        "I take that back",
        "okay undo that",
        "strike that",
        "no that's wrong scratch it",
        "go ahead and scratch that",
    ],
)
def test_cancels(said: str) -> None:
    assert cancels(plain(said))
    assert confirms(plain(said)) is None


@pytest.mark.parametrize(
    "said, kind",
    [
        ("Post it.", "post"),
        ("Pose it.", "post"),
        ("yes, that's right, publish it", "post"),
        ("okay go ahead and submit that", "post"),
        ("looks great, send it off", "post"),
        ("ship it", "post"),
        ("Keep it.", "keep"),
        ("yeah save that note", "keep"),
        ("sounds good", "keep"),
        ("of course", None),  # said of anything
        ("yes", "keep"),
        ("that's all, thanks", "keep"),
        ("don't post it yet", "keep"),
    ],
)
def test_confirms(said: str, kind: str | None) -> None:
    assert confirms(plain(said)) == kind
    assert not cancels(plain(said))


def test_dont_post_it_is_no_consent() -> None:
    assert confirms("don't post it") is None
    assert cancels("don't post it")


@pytest.mark.parametrize(
    "said, action",
    [
        ("Pause.", "pause"),
        ("okay stop it there", "pause"),
        ("hold on a second", "pause"),
        ("freeze it right there", "pause"),
        ("Play.", "play"),
        ("keep going", "play"),
        ("resume the video please", "play"),
        ("unpause", "play"),
    ],
)
def test_playback(said: str, action: str) -> None:
    assert playback(plain(said)) == action


@pytest.mark.parametrize("said", NOTES)
def test_a_note_with_a_command_word_is_no_command(said: str) -> None:
    spoken = plain(said)
    assert not cancels(spoken)
    assert confirms(spoken) is None
    assert playback(spoken) is None


@pytest.mark.parametrize("said", ["", "um", "okay", "no", "wait", "so yeah well"])
def test_small_talk_alone_commands_nothing_destructive(said: str) -> None:
    assert not cancels(said)
    assert playback(said) is None


def test_core_drops_small_talk_and_knows_a_correction() -> None:
    assert core("no wait sorry the second one please") == ("the second one", True)
    assert core("okay so the hat is gone") == ("the hat is gone", False)
    assert core("hold on her face longer") == ("hold on her face longer", False)


@given(
    st.lists(
        st.sampled_from("no wait scratch that post it okay like play again please the crop sorry yeah".split()),
        max_size=30,
    )
)
def test_matching_never_takes_long(words: list[str]) -> None:
    spoken = " ".join(words)
    started = time.perf_counter()
    cancels(spoken), confirms(spoken), playback(spoken), core(spoken)
    assert time.perf_counter() - started < 0.5
