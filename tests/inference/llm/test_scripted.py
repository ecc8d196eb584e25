"""The scripted structurer keeps its promises to the tests that use it."""

import asyncio

import pytest

from inference.errors import EngineFailed
from inference.llm.contract import Context, Intent, Reading
from inference.llm.scripted import ScriptedStructurer


def ignore(_: str) -> None: ...


async def test_readings_deltas_and_calls() -> None:
    reading = Reading(Intent.CANCEL, confidence=0.9)
    scripted = ScriptedStructurer({"scratch that": reading}, deltas={"scratch that": ["a", "b"]})
    pieces: list[str] = []
    assert await scripted.structure("scratch that", Context(), pieces.append) is reading
    assert pieces == ["a", "b"]
    assert (await scripted.structure("the goat is loud", Context(), ignore)).text == "the goat is loud"
    assert [transcript for transcript, _ in scripted.calls] == ["scratch that", "the goat is loud"]


async def test_failures_are_raised_once_each() -> None:
    scripted = ScriptedStructurer(failures={"x": [EngineFailed("first")]})
    with pytest.raises(EngineFailed):
        await scripted.structure("x", Context(), ignore)
    assert (await scripted.structure("x", Context(), ignore)).text == "x"


async def test_the_gate_holds_the_answer_back() -> None:
    gate = asyncio.Event()
    task = asyncio.create_task(ScriptedStructurer(gate=gate).structure("x", Context(), ignore))
    await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    assert (await task).text == "x"


async def test_warm_up_and_close_are_seen() -> None:
    scripted = ScriptedStructurer()
    await scripted.warm_up()
    await scripted.close()
    assert scripted.warm
    assert scripted.closed
