"""agent/preparation.py"""

import asyncio

import pytest

from agent.preparation import Preparation
from inference.llm.contract import Category, Context, Delta, Intent, Reading

LOUD = Reading(Intent.CREATE_NOTE, "Too loud.", Category.AUDIO, confidence=0.9)
NOW = Context(notes=("The cut is jarring.",), certainty=0.8)


class Slow:
    """A structurer that streams two deltas, then waits to be let through."""

    name = "slow"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Context]] = []
        self.begun, self.gate = asyncio.Event(), asyncio.Event()
        self.failure: Exception | None = None

    async def warm_up(self) -> None: ...

    async def structure(self, transcript: str, context: Context, on_delta: Delta) -> Reading:
        self.asked.append((transcript, context))
        on_delta("Too")
        self.begun.set()
        await self.gate.wait()
        on_delta(" loud.")
        if self.failure:
            failure, self.failure = self.failure, None
            raise failure
        return LOUD

    async def close(self) -> None: ...


class Scene:
    def __init__(self) -> None:
        self.structurer, self.context, self.deltas = Slow(), NOW, list[str]()
        self.ahead = Preparation(self.structurer, self.known)

    async def known(self, utterance: int, certainty: float) -> Context:
        return self.context

    async def reading(self, text: str = "too loud", context: Context = NOW) -> Reading:
        self.structurer.gate.set()
        return await self.ahead.reading(1, text, context, self.deltas.append)


async def test_what_was_prepared_is_not_asked_again_and_every_delta_arrives_once() -> None:
    scene = Scene()
    scene.ahead.begin(1, "too loud", 0.8)
    scene.ahead.begin(1, "too loud", 0.8)
    await scene.structurer.begun.wait()
    assert scene.deltas == [], "nobody sees what nobody has committed to"
    assert await scene.reading() is LOUD
    assert scene.deltas == ["Too", " loud."]
    assert len(scene.structurer.asked) == 1


@pytest.mark.parametrize(
    "text, context",
    [
        ("far too loud", NOW),
        ("too loud", Context(notes=(), certainty=0.8)),
        ("too loud", Context(NOW.notes, certainty=0.5)),
    ],
)
async def test_other_words_notes_or_certainty_are_read_anew(text: str, context: Context) -> None:
    scene = Scene()
    scene.ahead.begin(1, "too loud", 0.8)
    await scene.structurer.begun.wait()
    await scene.reading(text, context)
    assert scene.structurer.asked[-1] == (text, context)


async def test_a_preparation_that_failed_is_made_up_for() -> None:
    scene = Scene()
    scene.structurer.failure = OSError("the endpoint went away")
    scene.ahead.begin(1, "too loud", 0.8)
    await scene.structurer.begun.wait()
    assert await scene.reading() is LOUD


async def test_words_of_a_preparation_that_failed_are_not_shown_twice() -> None:
    scene = Scene()
    scene.structurer.failure = OSError("the endpoint went away")
    scene.ahead.begin(1, "too loud", 0.8)
    await scene.structurer.begun.wait()
    await scene.reading()
    assert "".join(scene.deltas) == "Too loud."


async def test_what_was_prepared_for_other_notes_is_neither_shown_nor_waited_for() -> None:
    scene = Scene()
    scene.ahead.begin(1, "too loud", 0.8)
    await scene.structurer.begun.wait()
    stale = next(iter(scene.ahead._prepared.values())).task
    await scene.reading(context=Context(certainty=0.8))
    assert "".join(scene.deltas) == "Too loud."
    assert stale is not None
    assert stale.cancelling()


async def test_the_newest_words_are_prepared_and_the_older_given_up() -> None:
    scene = Scene()
    scene.ahead.begin(1, "too", 0.8)
    await scene.structurer.begun.wait()
    scene.ahead.begin(1, "too loud", 0.8)
    await scene.reading()
    assert [text for text, _ in scene.structurer.asked] == ["too", "too loud"]


async def test_closing_leaves_nothing_behind() -> None:
    scene = Scene()
    before = asyncio.all_tasks()
    scene.ahead.begin(1, "too loud", 0.8)
    await scene.structurer.begun.wait()
    await scene.ahead.close()
    assert asyncio.all_tasks() == before
