"""agent/foresight.py"""

import asyncio
from typing import Any

import numpy as np
import pytest

from agent.caption import Shown
from agent.events import Span
from agent.foresight import Foresight
from inference.errors import EngineFailed
from inference.stt.contract import Hint, Samples, Speculation, Transcript
from inference.stt.scripted import Reply, ScriptedStt
from inference.stt.speculation import BegunWhenAdopted
from tests.agent.twins import RecordingTelemetry

HINT = Hint(("Ostrava",))
SECOND = 16_000


class Listener:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, str, int]] = []
        self.known: list[tuple[int, int, str]] = []
        self.news = asyncio.Event()

    def caption(self, utterance: int, shown: Shown) -> None:
        self.shown.append((utterance, shown.text, shown.firm))
        self.news.set()

    def foreseen(self, utterance: int, end: int, transcript: Transcript) -> None:
        self.known.append((utterance, end, transcript.text))
        self.news.set()

    async def told(self) -> None:
        await self.news.wait()
        self.news.clear()


class Scene:
    def __init__(self, finals: list[Reply], partials: list[Reply] | None = None) -> None:
        self.stt: ScriptedStt = ScriptedStt(finals, partials=partials or [])
        self.listener, self.figures = Listener(), RecordingTelemetry()
        self.ahead = Foresight(self.stt, "s", self.listener, self.figures, lambda: HINT)
        self.read: list[tuple[int, int]] = []

    async def audio(self, start: int, end: int) -> Samples:
        self.read.append((start, end))
        return silence(end - start)

    async def final(self, start: int, end: int) -> Transcript:
        return await self.ahead.transcribe(1, Span(1, start, end, start, end), self.audio)

    def outcomes(self) -> list[Any]:
        return [labels["outcome"] for name, _, labels in self.figures.records if name == "speculations"]


def silence(samples: int) -> Samples:
    return np.zeros(samples, np.float32)


async def test_a_guess_nothing_followed_on_is_the_final() -> None:
    here = Scene(["too loud."])
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    await here.listener.told()
    assert (await here.final(0, SECOND)).text == "too loud."
    assert len(here.stt.final_calls) == 1
    assert here.stt.final_calls[0].hint == HINT
    assert here.read == []
    assert here.outcomes() == ["adopted"]


async def test_a_guess_is_told_and_shown() -> None:
    here = Scene(["too loud."])
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    await here.listener.told()
    assert here.listener.known == [(1, SECOND, "too loud.")]
    assert here.listener.shown == [(1, "too loud.", 0)]


async def test_a_guess_that_speech_followed_on_is_worth_nothing() -> None:
    here = Scene(["too", "too loud."])
    here.stt.hold("s")
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    await here.stt.finals_called(1)
    here.ahead.discard(1)
    here.stt.hold("s").set()
    assert (await here.final(0, 2 * SECOND)).text == "too loud."
    assert here.read == [(0, 2 * SECOND)]
    assert here.outcomes() == ["wasted"]
    assert here.listener.known == []


@pytest.mark.parametrize("start, end", [(0, SECOND + 1), (1, SECOND)])
async def test_a_guess_of_other_samples_is_no_final(start: int, end: int) -> None:
    here = Scene(["too", "too loud."])
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    await here.listener.told()
    assert (await here.final(start, end)).text == "too loud."
    assert here.outcomes() == ["wasted"]


async def test_settled_stretches_make_the_beginning_and_only_the_rest_is_decoded() -> None:
    here = Scene(["The music", "is", "loud."])
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    here.ahead.settle(1)
    here.ahead.guess(1, SECOND, 2 * SECOND, silence(SECOND))
    here.ahead.settle(1)
    whole = await here.final(0, 3 * SECOND)
    assert whole.text == "The music is loud."
    assert here.read == [(2 * SECOND, 3 * SECOND)]
    assert here.outcomes() == ["adopted", "adopted"]


async def test_a_guess_that_failed_is_decoded_anew_when_asked_again() -> None:
    here = Scene([EngineFailed("out of memory"), "too loud."])
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    with pytest.raises(EngineFailed):
        await here.final(0, SECOND)
    assert (await here.final(0, SECOND)).text == "too loud."
    assert here.read == [(0, SECOND)]


async def test_partials_feed_the_caption_one_at_a_time() -> None:
    here = Scene([], ["The music", "The music is too"])
    assert not here.ahead.partial(1, silence(SECOND))
    here.ahead.partial(1, silence(SECOND))  # one is under way
    await here.listener.told()
    assert here.ahead.partial(1, silence(2 * SECOND))
    await here.listener.told()
    assert here.listener.shown == [(1, "The music", 0), (1, "The music is too", len("The music"))]
    assert len(here.stt.partial_calls) == 2


async def test_hypotheses_after_a_settled_stretch_follow_its_text() -> None:
    here = Scene(["The music is too loud."], ["And"])
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    here.ahead.settle(1)
    here.ahead.partial(1, silence(SECOND))  # what comes before it is not known yet
    await here.listener.told()
    here.ahead.partial(1, silence(SECOND))
    await here.listener.told()
    assert [text for _, text, _ in here.listener.shown] == ["The music is too loud.", "The music is too loud. And"]


class Slow(Speculation):
    """A speculation that says its text when it is told to, and remembers what became of it."""

    def __init__(self, said: str) -> None:
        self.said: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        self.text, self.adopted, self.cancelled = said, False, False

    def say(self) -> None:
        self.said.set_result(Transcript(self.text))

    async def transcript(self) -> Transcript | None:
        await asyncio.wait([self.said])
        return None if self.said.cancelled() or self.said.exception() else self.said.result()

    async def adopt(self) -> Transcript:
        self.adopted = True
        return await self.said

    def cancel(self) -> None:
        if not self.adopted:
            self.cancelled = True
            self.said.cancel()


class SlowStt(ScriptedStt):
    """Every speculation waits to be told to answer."""

    def __init__(self, said: tuple[str, ...]) -> None:
        super().__init__()
        self.speculations = [Slow(each) for each in said]
        self._waiting = iter(self.speculations)

    def speculate(self, stream: str, samples: Samples, hint: Hint | None = None) -> Speculation:
        return next(self._waiting)


class SlowScene(Scene):
    """Stretches of a second each, the first ``settled`` of which are settled; None: all."""

    def __init__(self, *said: str, settled: int | None = None) -> None:
        super().__init__([])
        self.stt = slow = SlowStt(said)
        self.speculations = slow.speculations
        self.ahead = Foresight(self.stt, "s", self.listener, self.figures, lambda: HINT)
        for at in range(len(said)):
            self.ahead.guess(1, at * SECOND, (at + 1) * SECOND, silence(SECOND))
            if settled is None or at < settled:
                self.ahead.settle(1)


async def idle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_settled_stretches_are_shown_in_the_order_in_which_they_were_said() -> None:
    here = SlowScene("The music", "is loud.")
    here.speculations[1].say()
    await idle()
    assert here.listener.shown == []
    here.speculations[0].say()
    await idle()
    assert here.listener.shown[-1] == (1, "The music is loud.", len("The music is loud."))
    assert all(text.startswith("The music") for _, text, _ in here.listener.shown)


async def test_a_stretch_that_failed_leaves_its_words_to_the_final() -> None:
    here = SlowScene("The music", "is loud.")
    here.speculations[0].said.set_exception(EngineFailed("out of memory"))
    here.speculations[1].say()
    await idle()
    assert [text for _, text, _ in here.listener.shown] == ["is loud."]


async def test_what_is_forgotten_is_asked_of_nobody_any_more() -> None:
    here = SlowScene("The music", "is loud.")
    here.ahead.forget(1)
    assert [each.cancelled for each in here.speculations] == [True, True]
    assert here.outcomes() == ["wasted", "wasted"]


async def test_of_a_final_that_failed_nothing_is_left_waiting() -> None:
    here = SlowScene("The music", "is loud.", "Much too loud.")
    here.speculations[0].said.set_exception(EngineFailed("out of memory"))
    with pytest.raises(EngineFailed):
        await here.final(0, 3 * SECOND)
    assert [each.cancelled for each in here.speculations] == [False, True, True]


async def test_what_is_foreseen_is_all_that_was_said() -> None:
    here = SlowScene("The music", "is loud.", "Much too loud.", settled=2)
    for each in reversed(here.speculations):
        each.say()
        await idle()
    assert here.listener.known[-1] == (1, 3 * SECOND, "The music is loud. Much too loud.")


async def test_nothing_is_shown_of_what_is_forgotten() -> None:
    here = Scene(["too loud."], ["too"])
    here.stt.hold("s")
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    here.ahead.partial(1, silence(SECOND))
    here.ahead.forget(1)
    here.stt.hold("s").set()
    await asyncio.sleep(0)
    await here.ahead.close()
    assert (here.listener.shown, here.listener.known) == ([], [])
    assert here.outcomes() == ["wasted"]


async def test_an_engine_that_begins_only_what_is_wanted_begins_a_stretch_once_it_is_settled() -> None:
    class Frugal(ScriptedStt):
        def speculate(self, stream: str, samples: Samples, hint: Hint | None = None) -> Speculation:
            return BegunWhenAdopted(lambda: self.final(stream, samples, hint))

    here = Scene([], [])
    here.stt = Frugal(["The music", "is loud."])
    here.ahead = Foresight(here.stt, "s", here.listener, here.figures, lambda: HINT)
    here.ahead.guess(1, 0, SECOND, silence(SECOND))
    assert here.stt.final_calls == []
    here.ahead.settle(1)
    await here.listener.told()
    assert here.listener.shown == [(1, "The music", len("The music"))]
    assert (await here.final(0, 2 * SECOND)).text == "The music is loud."
    assert len(here.stt.final_calls) == 2
