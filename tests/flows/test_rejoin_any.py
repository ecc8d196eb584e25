"""Whatever pauses somebody makes, decides or lives through: every word is in one note, once; in virtual time."""

import asyncio
import contextlib
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from agent.agent import Agent
from agent.ear import EarSettings
from agent.errors import AgentError
from agent.events import Mode
from agent.services import AgentSettings
from inference.llm.contract import Category, Intent, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.contract import Hint, Samples, Transcript, Word
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded, SpeechPaused
from inference.vad.scripted import ScriptedDetector
from tests.agent.twins import SECOND, Acks, World
from tests.agent.virtual import run_virtually

PUSH = 320  # samples
SCALE = 32_768
LOUD = 100  # of the sample that is the first word, twice that is the second, ...
WORD = 4_000  # samples from one to the next
SHORT = EarSettings(
    window_s=1.0, window_longest_s=1.6, max_utterance_s=2.5, cut_within_s=0.5, rejoin_longest_s=1.5
)  # limits that a few words reach


class Hearing(ScriptedStt):
    """Knows a word by its loudness; takes its time."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance = chance

    async def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript:
        await asyncio.sleep(self._chance.choice((0.05, 0.2, 0.8)))
        levels = np.rint(samples * SCALE / LOUD).astype(int)
        said = tuple(Word(f"w{levels[at]}.", at / SECOND, at / SECOND) for at in np.flatnonzero(levels))
        return Transcript(" ".join(word.text for word in said), avg_logprob=-0.1, words=said)


class Detector(ScriptedDetector):
    """Hears the rest of a stretch in whose middle it is reset, as the real one does."""

    def reset(self, offset: int) -> None:
        super().reset(offset)
        amid = [span for span in self._spans if span.onset < offset < span.last]
        self._due = [*(replace(span, onset=offset) for span in amid), *self._due]


class Talk:
    """Stretches of speech, and a session that hears them."""

    def __init__(self, seed: int, ear: EarSettings) -> None:
        self.settings = AgentSettings(ear=ear)
        self.chance = chance = Random(seed)
        self.speech: list[SpeechEnded] = []
        self.inside: list[SpeechPaused] = []
        at = 1_600
        for _ in range(8):
            last = at + chance.randrange(6_400, 3 * SECOND)
            self.speech.append(SpeechEnded(at, last, last + 7_680))
            self.inside.append(SpeechPaused(at, last, last + 1_536))
            at = last + chance.choice((8_000, 12_000, 18_000, 24_000, 40_000))
        self.samples = at + SECOND
        self.sound = np.zeros(self.samples, "<i2")
        self.words: list[str] = []
        self.unclear: set[str] = set()
        for span in self.speech:
            before = len(self.words)
            for at in range(span.onset, span.last, WORD):
                self.words.append(f"w{len(self.words) + 1}.")
                self.sound[at] = len(self.words) * LOUD
            if chance.random() < 0.25:
                self.unclear.add(" ".join(self.words[before:]))
        self.world = self.another()

    def another(self) -> World:
        little = Reading(Intent.CREATE_NOTE, "", Category.OTHER, confidence=0.0)
        world = World(stt=Hearing(self.chance), structurer=ScriptedStructurer(dict.fromkeys(self.unclear, little)))
        make = lambda: Detector(self.speech, self.inside)  # noqa: E731 - a protocol needs its type
        world.restart(make_detector=make, settings=self.settings)
        return world

    async def hold(self) -> None:
        """Say everything, and let things happen on the way."""
        agent, _ = await self.world.microphone(Mode.HANDS_FREE)
        at = 0
        while at < self.samples:
            end = min(at + PUSH, self.samples)
            agent.hear(1, at, self.sound[at:end].tobytes())
            at = end
            await asyncio.sleep(PUSH / SECOND)
            if self.chance.random() < 1 / 200:
                await self.keep()
            if self.chance.random() < 1 / 300:
                agent, at = await self.move(agent)
        agent.stop(1, self.samples)
        await asyncio.sleep(20)

    async def keep(self) -> None:
        ghosts = [note for note in self.world.notes.notes.values() if note.status == "ghost"]
        if ghosts:
            with contextlib.suppress(AgentError):  # it is decided on already
                await self.world.supervisor.commands.keep(ghosts[-1].id, user_id="u1")

    async def move(self, agent: Agent) -> tuple[Agent, int]:
        """Another process takes over; what was not safe is sent again."""
        before, self.world = self.world, self.another()
        killed = self.chance.random() < 0.5
        if not killed:
            await before.supervisor.close()
        self.world.share(before)
        if killed:  # nothing that it writes from now on arrives
            before.notes.notes, before.audio.chunks = {}, []
        agent = await self.world.supervisor.open("s1", user_id="u1", client_id="c1")
        _, safe = agent.attach("c1", Acks(), mode=Mode.HANDS_FREE, video_id="v1", playhead_s=10.0)
        return agent, safe


@pytest.mark.parametrize("ear", [EarSettings(), SHORT], ids=["usual", "short"])
@pytest.mark.parametrize("seed", range(16))
def test_every_word_is_in_one_note_once(seed: int, ear: EarSettings) -> None:
    async def main() -> None:
        talk = Talk(seed, ear)
        await talk.hold()
        notes = talk.world.notes.notes.values()
        written = [word for note in notes if note.status != "cancelled" for word in note.text.split()]
        assert len(written) == len(set(written)), ("doubled", [note.text for note in notes])
        lost = set(talk.words) - set(written) - {word for said in talk.unclear for word in said.split()}
        assert not lost, (lost, [note.text for note in notes])

    run_virtually(main())
