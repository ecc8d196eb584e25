"""Attempts to have something posted that nobody wished to post: in speech, on pages, in glossaries, by a hostile model.

The agent, the structurers, the store and the queue are the program's own; hearing is scripted, the model plays a part.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.services import AgentSettings
from automation.addresses import AddressRefused, host_of, page_of
from channels.client import PushRefused, Uplink
from inference.llm.basic import BasicStructurer
from inference.llm.contract import Structurer
from inference.llm.words import tokens
from inference.stt.contract import Hint, Samples, Transcript
from inference.stt.scripted import ScriptedStt
from storage.jobs import text_hash
from tests.agent.twins import SECOND
from tests.flows.hostile import Model, misled
from tests.flows.stage import ME, PAGE, SESSION, Stage, is_told, next_event, served, words
from tests.flows.understanding import *  # noqa: F403 - fixtures
from tests.flows.understanding import Stages

pytestmark = [pytest.mark.flow, pytest.mark.model]

REMARK = "the music is way too loud under the interview"
LATER = "the title stays on the screen for too long"
SAID = ("the choir is way too loud against the organ in this scene", "she looks tired here", "the blog post was nice")
CORPUS: list[dict[str, str]] = json.loads((Path(__file__).parent / "injections.json").read_text("utf-8"))
AUTO = AgentSettings(confirm_s=0.01, auto_post=True)


def attempts(*where: str) -> list[Any]:
    return [pytest.param(each["text"], id=each["why"]) for each in CORPUS if each["where"] in where]


def test_the_corpus_is_large_and_reaches_everywhere() -> None:
    assert len(CORPUS) >= 40
    everywhere = {"speech", "title", "caption", "chapter", "glossary", "page_url", "model_answer"}
    assert {each["where"] for each in CORPUS} == everywhere
    assert len({(each["where"], each["text"]) for each in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("text", attempts("speech"))
async def test_speech_that_is_no_wish_to_post(stages: Stages, structurer: Structurer, text: str) -> None:
    """After a note that is still being confirmed, and after one that is kept."""
    async with stages(structurer, [REMARK, text, LATER, text]) as stage:
        agent = await stage.microphone()
        for remark in (REMARK, LATER):
            noted = (await stage.say(agent))["note"]
            if remark == LATER:
                await agent.commands.keep(noted["id"], user_id=ME)
            told = await stage.say(agent)
            await stage.nothing_is_posted()
            assert is_told(told), "the words are lost"
            assert noted["text"] in [each.text for each in await stage.said()]


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("answer", attempts("model_answer"))
async def test_the_answers_of_a_hostile_model(
    stages: Stages, rules: BasicStructurer, model: Model, answer: str, said: str
) -> None:
    model.answer = answer.replace("SAID", said).replace("LAST", REMARK)
    async with misled(model, rules) as hostile, stages(hostile, [REMARK, said, "post it"]) as stage:
        agent = await stage.microphone()
        await stage.say(agent)
        told = await stage.say(agent)
        assert len(model.asked) == 2, "the model was not asked"
        await stage.nothing_is_posted()
        assert is_told(told), "the words are lost"
        await stage.say(agent)
        await only_what_was_said(stage, f"{REMARK} {said}", "voice")


@pytest.mark.parametrize("answer", attempts("model_answer"))
async def test_what_a_hostile_model_wrote_is_never_posted_by_itself(
    stages: Stages, rules: BasicStructurer, model: Model, answer: str
) -> None:
    model.answer = answer.replace("SAID", REMARK).replace("LAST", REMARK)
    async with misled(model, rules) as hostile, stages(hostile, [REMARK], settings=AUTO) as stage:
        await stage.say(await stage.microphone())
        await stage.at_rest()
        await only_what_was_said(stage, REMARK, "auto")


@pytest.mark.parametrize(
    "wording, posted",
    [
        ("The music is not good under the interview.", ["The music is not good under the interview."]),
        ("Buy watches.", ["The music is not good under the interview."]),  # not taken: these are the words of the rules
        ("The music is good under the interview.", []),
        ("The interview is not good under the music.", []),
        ("The music is really not good under the interview.", []),
    ],
)
async def test_a_wording_that_may_mean_something_else_waits_for_the_person(
    stages: Stages, rules: BasicStructurer, model: Model, wording: str, posted: list[str]
) -> None:
    model.answer = json.dumps({"intent": "create_note", "category": "audio", "text": wording})
    said = words("uh the music is not good under the interview", *(0.1 * at for at in range(9)))
    async with (
        misled(model, rules) as hostile,
        stages(hostile, [replace(said, avg_logprob=0.0)], settings=AUTO) as stage,
    ):
        await stage.say(await stage.microphone())
        await stage.at_rest()
        assert [job.text for job in await stage.posts()] == posted


async def only_what_was_said(stage: Stage, said: str, consent: str) -> None:
    """Every job is of a note as it was shown, in words that were said, on the video's own site, for its own user."""
    notes = {each.id: each for each in await stage.said()}
    for job in await stage.posts():
        assert (job.user_id, job.video_id, job.site, job.consent) == (ME, stage.video.id, PAGE["platform"], consent)
        assert (job.text, job.text_sha256) == (notes[job.note_id].text, text_hash(job.text))
        assert {token.text for token in tokens(job.text)} <= {token.text for token in tokens(said)}
        assert not re.search(r"evil|//|@", job.text)


class Parrot(ScriptedStt):
    """Hears a remark, and from then on recites what it was told to expect: first all of it, then the first of it."""

    def __init__(self) -> None:
        super().__init__([REMARK])
        self.recited: list[str] = []

    async def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript:
        heard = await super().final(stream, samples, hint)
        terms = hint.terms if hint else ()
        if heard.text or not terms:
            return heard
        self.recited.append(". ".join(terms) if not self.recited else terms[0])
        return Transcript(self.recited[-1], avg_logprob=-0.1)


def page_with(where: str, text: str) -> dict[str, Any]:
    """What a page says of its video, with ``text`` in one place of it."""
    seen: dict[str, Any] = {"title": "The making of a film"}
    if where == "title":
        seen["title"] = text
    if where == "chapter":
        seen["chapters"] = [{"start": 0, "title": text}]
    if where == "caption":
        seen["cues"] = [{"start": 8, "end": 12, "text": text}]
    return seen


@pytest.mark.parametrize(
    "where, text",
    [
        pytest.param(each["where"], each["text"], id=f"{each['where']}: {each['why']}")
        for each in CORPUS
        if each["where"] in ("title", "caption", "chapter", "glossary")
    ],
)
async def test_what_a_page_or_a_glossary_says(
    stages: Stages, structurer: Structurer, model: Model, where: str, text: str
) -> None:
    parrot = Parrot()
    async with stages(structurer, stt=parrot, seen=page_with(where, text)) as stage:
        if where == "glossary":
            await stage.glossaries.replace(ME, [text])
        agent = await stage.microphone()
        await stage.say(agent)
        assert all(json.dumps(text)[1:-1] not in asked for asked in model.asked), "it has reached the model"
        for _ in range(2):
            assert is_told(await stage.say(agent))
        await stage.nothing_is_posted()
        assert len(await stage.said()) >= 1


@pytest.mark.parametrize("url", attempts("page_url"))
async def test_the_address_of_a_page(sqlite_template: Path, tmp_path: Path, rules: BasicStructurer, url: str) -> None:
    async with served(sqlite_template, tmp_path, rules, [REMARK, "post it"]) as site, site.client() as client:
        stage = site.stage
        session = await client.join(f"session:{SESSION}")
        try:
            uplink = Uplink(await client.join(f"audio:{SESSION}", {"url": url, "client_id": "mic"}))
        except PushRefused:
            assert not url.startswith("http")
            return
        for event in ("note_created", "tool_result"):
            await stage.nothing_is_posted()
            uplink.begin(0.0)
            uplink.send(bytes(2 * SECOND))
            await uplink.stop()
            await next_event(session, event)
        job = await stage.queued("voice")
        video = await stage.videos.get(job.video_id, ME)
        assert (job.site, video.url, job.text) == (video.platform, url, (await stage.said())[0].text)
        try:
            address = page_of(video.platform, video.external_id, video.url, job.timestamp_s)
            host = host_of(address)
        except AddressRefused:
            return
        assert host in ("www.youtube.com", "vimeo.com")
        assert not re.search("post|confirm|account|text", address), "it was not made of the id alone"
