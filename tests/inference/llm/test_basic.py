"""The basic structurer: with a scripted embedder in milliseconds, with the real one on the labelled transcripts."""

import asyncio
import importlib.util
import json
import time
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from inference.embed.scripted import ScriptedEmbedder
from inference.llm.basic import BasicStructurer
from inference.llm.confidence import NO_NOTE, SURE
from inference.llm.contract import Category, Context, Intent, Reading, Structurer
from inference.llm.exemplars import exemplars

DATA = Path(__file__).parent / "data"
CANCEL = next(sentence.text for sentence in exemplars() if sentence.intent is Intent.CANCEL)
NOTED = Context(notes=("The choir is early.",), certainty=0.95)


def ignore(_: str) -> None: ...


@cache
def structurer(*alike: tuple[str, str]) -> BasicStructurer:
    return BasicStructurer(ScriptedEmbedder(dict(alike)))


async def scripted(said: str, context: Context = NOTED, alike: str | None = None) -> Reading:
    """What is read when ``said`` has the vector of the exemplar ``alike``."""
    return await structurer(*[(said, alike)] if alike else []).structure(said, context, ignore)


async def test_it_warms_itself_up_and_is_a_structurer() -> None:
    structurer: Structurer = BasicStructurer(ScriptedEmbedder())
    assert (await structurer.structure("scratch that", NOTED, ignore)).intent is Intent.CANCEL
    assert structurer.name == "basic (rules + MiniLM)"
    await structurer.close()


@pytest.mark.parametrize("said", ["", "um", "uh, okay", "...", "so you know"])
async def test_nothing_said_gives_no_note_and_a_reason(said: str) -> None:
    reading = await scripted(said)
    assert reading.confidence < NO_NOTE
    assert reading.text == ""
    assert reading.reason


@pytest.mark.parametrize(
    "said, certainty, words",
    [
        ("Thank you for watching!", 0.9, "noise"),
        ("the choir drowns the organ out", 0.3, "say it again"),
        ("the goat", 0.5, "too little"),
    ],
)
async def test_a_reading_below_the_bar_says_why(said: str, certainty: float, words: str) -> None:
    reading = await scripted(said, Context(certainty=certainty))
    assert reading.confidence < NO_NOTE
    assert words in (reading.reason or "")


async def test_a_short_unknown_phrase_like_a_cancel_is_one_but_a_long_one_is_not() -> None:
    short = await scripted("chuck it overboard", alike=CANCEL)
    assert short.intent is Intent.CANCEL
    assert short.confidence <= 0.6
    said = "chuck it overboard before the parrot comes back"
    assert (await scripted(said, alike=CANCEL)).intent is Intent.CREATE_NOTE


@pytest.mark.parametrize("said", ["and nobody can save it", "they chuck it overboard", "people undo it"])
async def test_what_others_do_is_no_command(said: str) -> None:
    assert (await scripted(said, alike=CANCEL)).intent is Intent.CREATE_NOTE


async def test_a_short_phrase_about_picture_or_sound_is_never_cancelled_by_likeness() -> None:
    said = "ditch the reverb"
    assert (await scripted(said, alike=CANCEL)).intent is Intent.CREATE_NOTE


async def test_details_name_what_decided() -> None:
    assert (await scripted("scratch that")).details == {"rule": "cancel phrase"}
    assert "nearest" in (await scripted("the goat eats the rope")).details


async def test_readings_carry_what_their_intent_needs() -> None:
    edit = await scripted("also add that the organ is late")
    assert (edit.intent, edit.text, edit.category is None) == (
        Intent.EDIT_LAST,
        "The choir is early. The organ is late.",
        False,
    )
    question = await scripted("read my last note back")
    assert (question.text, question.category) == ("Your last note: The choir is early.", None)
    assert (await scripted("go back ten seconds")).seek_by_s == -10
    assert (await scripted("hit pause")).playback == "pause"
    note = await scripted("at two ten the goat eats the rope")
    assert (note.timestamp_s, note.text) == (130, "The goat eats the rope.")


async def test_a_very_long_transcript_is_read_within_bounds() -> None:
    started = time.perf_counter()
    reading = await scripted("the goat eats the rope and then " * 2000)
    assert len(reading.text) <= 200
    assert time.perf_counter() - started < 5


def scoring() -> ModuleType:
    path = Path(__file__).parents[3] / "scripts" / "evaluate_structuring.py"
    spec = importlib.util.spec_from_file_location("evaluate_structuring", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def real() -> BasicStructurer:
    structurer = BasicStructurer()
    asyncio.run(structurer.warm_up())
    return structurer


async def measured(structurer: BasicStructurer, name: str) -> tuple[dict[str, float], Counter[str]]:
    """Shares of what was right in one file, and how many new notes were sure and right."""
    module, right, total, sure = scoring(), Counter[str](), Counter[str](), Counter[str]()
    for case in json.loads((DATA / f"{name}.json").read_text("utf-8")):
        notes = (case["last"],) if case.get("last") else ()
        reading = await structurer.structure(case["t"], Context(notes=notes, certainty=0.95), ignore)
        verdicts = module.verdicts(case, reading)
        for what, fine in verdicts.items():
            total[what] += 1
            right[what] += fine
        if reading.intent is Intent.CREATE_NOTE:
            sure["notes"] += 1
            sure["sure"] += reading.confidence > SURE
            sure["sure and right"] += reading.confidence > SURE and all(verdicts.values())
    return {what: right[what] / total[what] for what in total}, sure


@pytest.mark.model
async def test_the_held_out_transcripts_are_understood(real: BasicStructurer) -> None:
    shares, _ = await measured(real, "heldout")
    assert shares["intent"] >= 0.95
    assert shares["category"] >= 0.88
    assert shares["nothing invented"] == 1.0
    assert shares["time"] >= 0.97


@pytest.mark.model
async def test_no_note_with_a_command_word_is_eaten(real: BasicStructurer) -> None:
    cases = json.loads((DATA / "not_commands.json").read_text("utf-8"))
    assert len(cases) >= 60
    for context in (Context(certainty=0.95), NOTED):
        readings = {case["t"]: await real.structure(case["t"], context, ignore) for case in cases}
        assert [said for said, reading in readings.items() if reading.intent is not Intent.CREATE_NOTE] == []
        assert [said for said, reading in readings.items() if reading.confidence < NO_NOTE] == []


@pytest.mark.model
async def test_notes_above_the_bar_are_right_and_most_notes_are_above_it(real: BasicStructurer) -> None:
    counted: Counter[str] = Counter()
    for name in ("development", "not_commands", "heldout"):
        counted += (await measured(real, name))[1]
    assert counted["sure and right"] / counted["sure"] >= 0.95
    assert counted["sure"] / counted["notes"] >= 0.6


@pytest.mark.model
async def test_warm_up_is_short_and_a_note_takes_milliseconds() -> None:
    structurer = BasicStructurer()
    started = time.perf_counter()
    await structurer.warm_up()
    assert time.perf_counter() - started < 1.5
    started = time.perf_counter()
    for _ in range(10):
        reading = await structurer.structure("the choir drowns the organ out in the second verse", Context(), ignore)
    assert (time.perf_counter() - started) / 10 < 0.1
    assert reading.category is Category.AUDIO
