"""inference/stt/scripted.py"""

import asyncio

import numpy as np
import pytest

from inference.errors import EngineBusy
from inference.stt.contract import SpeechToText, Transcript
from inference.stt.scripted import Call, ScriptedStt

SECOND = np.zeros(16_000, np.float32)


async def test_it_replies_in_the_order_of_calls_then_otherwise() -> None:
    stt: SpeechToText = ScriptedStt(["one", Transcript("two", avg_logprob=-0.5)], otherwise="more")
    heard = [await stt.final(stream, SECOND) for stream in "abc"]
    assert [transcript.text for transcript in heard] == ["one", "two", "more"]
    assert heard[0].audio_s == 1
    assert 0.9 < heard[0].certainty < 1


async def test_a_stream_may_have_its_own_script() -> None:
    stt = ScriptedStt(["general"], by_stream={"b": ["own"]})
    assert [(await stt.final(stream, SECOND)).text for stream in "bab"] == ["own", "general", ""]


async def test_an_error_is_raised_and_the_script_goes_on() -> None:
    stt = ScriptedStt([EngineBusy("later"), "now"])
    with pytest.raises(EngineBusy):
        await stt.final("a", SECOND)
    assert (await stt.final("a", SECOND)).text == "now"


async def test_a_held_final_waits_and_keeps_its_reply() -> None:
    stt = ScriptedStt(["first", "second"])
    release = stt.hold("a")
    held = asyncio.create_task(stt.final("a", SECOND))
    await stt.finals_called(1)
    assert (await stt.final("b", SECOND)).text == "second"
    assert not held.done()
    release.set()
    assert (await held).text == "first"
    assert stt.final_calls == [Call("a", 16_000), Call("b", 16_000)]


async def test_partials_have_their_own_script() -> None:
    stt = ScriptedStt(partials=["the", "the logo"])
    heard = [await stt.partial("a", SECOND) for _ in range(3)]
    assert [transcript and transcript.text for transcript in heard] == ["the", "the logo", None]
    assert len(stt.partial_calls) == 3


async def test_it_notes_warm_up_and_close() -> None:
    stt = ScriptedStt()
    assert (stt.warm, stt.closed) == (False, False)
    await stt.warm_up()
    await stt.close()
    assert (stt.warm, stt.closed) == (True, True)
