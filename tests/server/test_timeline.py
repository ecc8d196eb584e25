"""What a person reads: lines, the meter, the table."""

from typing import Any

import pytest
from rich.console import Console

from agent.events import Mode
from server.summary import Received, Sent, SentCapture, Tally
from server.timeline import Timeline, clock, latencies, meter, notes_table

NOTE = {
    "id": "0123456789abcdef",
    "session_id": "s",
    "video_id": "v",
    "utterance": 1,
    "part": 0,
    "text": "The music is [too] loud.",
    "transcript": "the music is too loud",
    "category": "audio",
    "confidence": 0.912,
    "coverage": 1.0,
    "timestamp_s": 75.4,
    "status": "ghost",
    "revision": 1,
    "permalink": None,
}


def shown(renderable: Any, width: int = 90) -> str:
    console = Console(width=width, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


@pytest.fixture
def tally() -> Tally:
    """Of one capture with a second of speech, sent in real time."""
    sent = SentCapture(((0, 16000),))
    for index in range(50):
        sent.push(640, index * 0.04)
    return Tally(Mode.PTT, Sent({1: sent}))


@pytest.fixture
def timeline(tally: Tally) -> Timeline:
    return Timeline(tally)


def lines(timeline: Timeline, tally: Tally, *events: tuple[float, str, dict[str, Any]]) -> list[str]:
    found = []
    for t, event, payload in events:
        received = Received(t, "session:s", event, None, payload)
        tally.take(received)
        found += [shown(line) for line in timeline.take(received)]
    return found


def test_a_whole_utterance(timeline: Timeline, tally: Tally) -> None:
    ended = {"utterance": 1, "capture": 1, "start": 0, "end": 16000, "endpoint": 20000, "reason": "stop"}
    intent = {"utterance": 1, "intent": "create_note", "confidence": 0.912, "category": "audio", "engine": "basic"}
    edited = {**NOTE, "text": "The voice is too loud.", "status": "firmed", "revision": 2}
    assert lines(
        timeline,
        tally,
        (0.1, "speech_started", {"utterance": 1, "capture": 1, "sample": 0, "media_s": 0.0}),
        (0.5, "asr_partial", {"utterance": 1, "text": "the music"}),
        (1.3, "speech_ended", ended),
        (1.46, "asr_final", {"utterance": 1, "text": "the music is too loud"}),
        (1.5, "intent", intent),
        (1.56, "note_created", {"note": NOTE, "utterance": 1}),
        (2.0, "note_updated", {"note": edited, "utterance": 1}),
        (2.5, "note_cancelled", {"note": edited, "utterance": 1}),
    ) == [
        "   1.46   1  “the music is too loud”  +500 ms",
        "   1.50   1   NOTE   audio · 91 % · basic",
        "   1.56   1  ✎ [1:15] audio  The music is [too] loud.  +600 ms",
        "   2.00   1  ↻ [1:15] audio, firmed  The voice is too loud.",
        "   2.50   1  ✗ The voice is too loud.",
    ]


@pytest.mark.parametrize(
    ("event", "payload", "line"),
    [
        ("player_command", {"action": "seek", "by_s": -10.0}, "▶ player: back 10 s"),
        ("player_command", {"action": "seek", "to_s": 130.0}, "▶ player: go to 2:10"),
        ("player_command", {"action": "pause"}, "▶ player: pause"),
        ("tool_result", {"tool": "none", "ok": True, "reason": "Nothing was heard."}, "– no note: Nothing was heard."),
        ("tool_result", {"tool": "post", "ok": False, "reason": "x", "message": "It can't."}, "– It can't."),
        ("tool_result", {"tool": "list", "ok": True, "answer": "Two notes."}, "» Two notes."),
        ("agent_error", {"reason": "capture", "message": "Microphone lost."}, "! Microphone lost."),
    ],
)
def test_commands_and_their_effect(
    event: str, payload: dict[str, Any], line: str, timeline: Timeline, tally: Tally
) -> None:
    assert lines(timeline, tally, (3.0, event, {"utterance": 2, **payload})) == [f"   3.00   2  {line}"]


def test_below_the_lines_stand_level_state_and_the_words_as_they_form(timeline: Timeline, tally: Tally) -> None:
    timeline.level_db = -30.0
    view = {"microphone": "listening", "state": "listening", "runs": []}
    lines(timeline, tally, (0.1, "state_changed", view), (0.2, "asr_partial", {"utterance": 1, "text": "the mu"}))
    assert shown(timeline.now()) == f"  {'━' * 12}{'╌' * 12}  listening\n  the mu"
    lines(timeline, tally, (0.3, "model_delta", {"utterance": 1, "text": '{"text"'}))
    assert shown(timeline.now()).endswith('{"text"')


def test_the_meter_ends_at_full_scale_and_at_silence() -> None:
    assert [shown(meter(level)).count("━") for level in (-100, -60, -30, 0, 3)] == [0, 0, 12, 24, 24]


def test_the_table_is_in_the_order_of_the_video() -> None:
    earlier = {**NOTE, "timestamp_s": 3661.0, "text": "Later.", "status": "firmed", "confidence": 1.0}
    assert shown(notes_table([earlier, NOTE])).splitlines() == [
        "   time  category  note                      status   sure",
        "   1:15  audio     The music is [too] loud.  ghost    91 %",
        "1:01:01  audio     Later.                    firmed  100 %",
    ]
    assert shown(notes_table([])) == "No notes."
    assert "01234567" in shown(notes_table([NOTE], ids=True))


def test_video_time() -> None:
    assert [clock(seconds) for seconds in (0, 59.9, 60, 3599, 3600, 7325.2)] == [
        "0:00",
        "0:59",
        "1:00",
        "59:59",
        "1:00:00",
        "2:02:05",
    ]


def test_latencies_are_medians_over_what_was_measured() -> None:
    rows = [
        {"speech_end_s": 1.0, "endpoint_s": 1.1, "final_s": 1.2, "note_s": None},
        {"speech_end_s": 2.0, "endpoint_s": 2.3, "final_s": 2.6, "note_s": 3.0},
        {"speech_end_s": None, "endpoint_s": 9.0, "final_s": 9.0, "note_s": 9.0},
    ]
    assert [(label, round(wait)) for label, wait in latencies({"utterances": rows})] == [
        ("endpoint", 200),
        ("final", 400),
        ("note", 1000),
    ]


def test_speech_that_got_no_words_is_said_beside_the_note(tally: Tally) -> None:
    partly = {**NOTE, "coverage": 0.82}
    event = Received(2.0, "session:s", "note_created", 1, {"note": partly, "utterance": 1})
    tally.take(event)
    assert "18 % of the speech not made out" in shown(Timeline(tally).take(event)[0], width=140)
    assert "18 % of the speech not made out" in shown(notes_table([partly], ids=False, by_time=True), width=140)
    for whole in (1.0, None):
        assert "not made out" not in shown(
            notes_table([{**NOTE, "coverage": whole}], ids=False, by_time=True), width=140
        )
