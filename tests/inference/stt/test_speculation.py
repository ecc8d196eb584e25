"""A final that begins early: adopted it is a final, cancelled it is nothing, failed it hurts nobody who did not ask."""

import asyncio

import numpy as np
import pytest

from inference.errors import EngineBusy
from inference.stt.scripted import ScriptedStt
from inference.stt.speculation import BegunWhenAdopted

SPEECH = np.zeros(16_000, np.float32)


async def test_it_answers_before_it_is_adopted_and_the_same_after() -> None:
    early = ScriptedStt(["the music is loud"]).speculate("s", SPEECH)
    known = await early.transcript()
    assert known is not None
    assert known.text == "the music is loud"
    assert await early.adopt() is known


async def test_cancelled_it_answers_none() -> None:
    stt = ScriptedStt(["the music is loud"])
    stt.hold("s")
    early = stt.speculate("s", SPEECH)
    await stt.finals_called(1)
    early.cancel()
    assert await early.transcript() is None


async def test_once_adopted_it_can_not_be_cancelled() -> None:
    stt = ScriptedStt(["the music is loud"])
    gate = stt.hold("s")
    early = stt.speculate("s", SPEECH)
    adopted = asyncio.create_task(early.adopt())
    await stt.finals_called(1)
    early.cancel()
    gate.set()
    assert (await adopted).text == "the music is loud"


@pytest.mark.parametrize("failure", [EngineBusy("later"), RuntimeError("a bug of ours")])
async def test_a_failure_is_told_only_to_who_adopts(failure: Exception) -> None:
    early = ScriptedStt([failure]).speculate("s", SPEECH)
    assert await early.transcript() is None
    with pytest.raises(type(failure)):
        await early.adopt()


async def test_begun_when_adopted_it_asks_for_nothing_before() -> None:
    stt = ScriptedStt(["the music is loud"])
    late = BegunWhenAdopted(lambda: stt.final("s", SPEECH))
    known = asyncio.create_task(late.transcript())
    await asyncio.sleep(0)  # lets it ask, if it would
    assert stt.final_calls == []
    assert (await late.adopt()).text == "the music is loud"
    assert (await known) is await late.adopt()
    assert len(stt.final_calls) == 1


async def test_begun_when_adopted_and_cancelled_it_answers_none() -> None:
    stt = ScriptedStt(["the music is loud"])
    late = BegunWhenAdopted(lambda: stt.final("s", SPEECH))
    late.cancel()
    assert await late.transcript() is None
    assert stt.final_calls == []
