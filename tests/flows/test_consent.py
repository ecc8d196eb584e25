"""A post is made by a click, by voice or by the setting, for the exact text of one note, and by nothing else.

The agent, the structurers, the store and the queue are the program's own; hearing is scripted, the model plays a part.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from agent import effects as fx
from agent import events as e
from agent.errors import NotNow
from agent.events import Mode
from agent.machine import Session, step
from agent.notes import NoteBook
from agent.ports import Mark, NoteRecord
from agent.services import AgentSettings
from automation.poster import QueuedPoster
from channels.client import PushRefused, Uplink
from inference.llm.basic import BasicStructurer
from inference.llm.contract import Category, Context, Intent, Reading, Structurer
from inference.llm.scripted import ScriptedStructurer
from storage.errors import Forbidden
from storage.jobs import text_hash
from tests.agent.twins import SECOND, StoreDown
from tests.flows.stage import (
    ANSWERS,
    ENDED,
    ME,
    OTHER,
    PAGE,
    PAUSED,
    SESSION,
    Stage,
    is_told,
    next_event,
    served,
    words,
)
from tests.flows.understanding import *  # noqa: F403 - fixtures
from tests.flows.understanding import Stages

pytestmark = [pytest.mark.flow, pytest.mark.model]

REMARK = "the music is way too loud under the interview"
LONGER = "the music is way too loud under the interview and it never stops"
AUTO = AgentSettings(confirm_s=0.01, auto_post=True)
LINE = "another line"  # of a script whose reading is scripted too


def note(text: str, confidence: float = 0.9) -> Reading:
    return Reading(Intent.CREATE_NOTE, text, Category.AUDIO, confidence=confidence)


# A person's consent


async def test_saying_it_posts_the_last_note_once(stages: Stages, structurer: Structurer) -> None:
    async with stages(structurer, [REMARK, "post it", "post it"]) as stage:
        agent = await stage.microphone()
        await stage.say(agent)
        assert (await stage.say(agent))["ok"]
        job = await stage.queued("voice")
        (remark,) = await stage.said()
        assert (job.note_id, job.text, job.text_sha256) == (remark.id, remark.text, text_hash(remark.text))
        assert (job.user_id, job.video_id, job.site) == (ME, stage.video.id, "youtube")
        assert (remark.status, remark.consent, remark.consent_sha256) == ("pending_post", "voice", job.text_sha256)
        again = await stage.say(agent)
        assert (again["ok"], again["reason"]) == (False, "not_now")
        assert (await stage.queued("voice")).id == job.id


@pytest.mark.parametrize("kept", [False, True], ids=["confirming", "kept"])
async def test_a_click_posts_the_text_that_was_seen(stages: Stages, structurer: Structurer, kept: bool) -> None:
    async with stages(structurer, [REMARK]) as stage:
        agent = await stage.microphone()
        seen = (await stage.say(agent))["note"]
        if kept:
            await agent.commands.keep(seen["id"], user_id=ME)
        with pytest.raises(NotNow):
            await agent.commands.post(seen["id"], user_id=ME, text_sha256=text_hash("Another text."))
        await stage.nothing_is_posted()
        await agent.commands.post(seen["id"], user_id=ME, text_sha256=text_hash(seen["text"]))
        job = await stage.queued("click")
        assert (job.note_id, job.text, job.text_sha256) == (seen["id"], seen["text"], text_hash(seen["text"]))
        with pytest.raises(NotNow):
            await agent.commands.post(seen["id"], user_id=ME, text_sha256=text_hash(seen["text"]))
        assert (await stage.queued("click")).id == job.id


@pytest.mark.parametrize("confidence, consent", [(0.71, "auto"), (0.7, None), (0.4, None)])
async def test_the_setting_posts_what_is_sure_enough_and_nothing_else(
    stages: Stages, confidence: float, consent: str | None
) -> None:
    scripted = ScriptedStructurer({LINE: note("The music is loud.", confidence)})
    async with stages(scripted, [LINE], settings=AUTO) as stage:
        await stage.say(await stage.microphone())
        await stage.at_rest()
        if consent:
            assert (await stage.queued(consent)).text == "The music is loud."
        else:
            await stage.nothing_is_posted()


async def test_without_the_setting_time_posts_nothing(stages: Stages) -> None:
    scripted = ScriptedStructurer({LINE: note("The music is loud.", 1.0)})
    async with stages(scripted, [LINE], settings=AgentSettings(confirm_s=0.01)) as stage:
        await stage.say(await stage.microphone())
        await stage.at_rest()
        await stage.nothing_is_posted()


@pytest.mark.parametrize(
    "server, chosen, posted",
    [(False, True, True), (True, None, True), (True, False, False), (False, None, False)],
)
async def test_the_persons_own_choice_counts_before_the_servers_setting(
    stages: Stages, server: bool, chosen: bool | None, posted: bool
) -> None:
    scripted = ScriptedStructurer({LINE: note("The music is loud.")})
    async with stages(scripted, [LINE, LINE], settings=replace(AUTO, auto_post=server)) as stage:
        await stage.preferences.set_auto_post(ME, not posted)
        await stage.preferences.set_auto_post(OTHER, not posted)
        agent = await stage.microphone()
        await stage.preferences.set_auto_post(ME, chosen)  # counts for the next note, in the same session
        await stage.say(agent)
        await stage.at_rest()
        if posted:
            assert (await stage.queued("auto")).text == "The music is loud."
        else:
            await stage.nothing_is_posted()


async def test_a_choice_is_for_notes_that_are_sure(stages: Stages) -> None:
    scripted = ScriptedStructurer({LINE: note("The music is loud.", 0.7)})
    async with stages(scripted, [LINE], settings=AgentSettings(confirm_s=0.01)) as stage:
        await stage.preferences.set_auto_post(ME, True)
        await stage.say(await stage.microphone())
        await stage.at_rest()
        await stage.nothing_is_posted()


@pytest.mark.parametrize("switched_off", [True, False])
async def test_a_note_that_waits_is_not_posted_once_that_is_switched_off(stages: Stages, switched_off: bool) -> None:
    scripted = ScriptedStructurer({LINE: note("The music is loud.")})
    async with stages(scripted, [LINE], settings=AgentSettings(confirm_s=600)) as stage:
        await stage.preferences.set_auto_post(ME, True)
        agent = await stage.microphone()
        seen = (await stage.say(agent))["note"]
        assert agent.confirming(seen["id"]) == 1
        await stage.preferences.set_auto_post(ME, not switched_off)
        agent.deliver(e.AutoPostDue(1))  # its time is over
        await stage.at_rest()
        if switched_off:
            await stage.nothing_is_posted()
            assert [each.status for each in await stage.said()] == ["ghost"]
        else:
            await stage.queued("auto")


async def test_what_is_switched_on_over_the_websocket_counts_for_the_next_note(
    sqlite_template: Path, tmp_path: Path
) -> None:
    scripted = ScriptedStructurer({LINE: note("The music is loud.")})
    settings = AgentSettings(confirm_s=0.01)
    async with served(sqlite_template, tmp_path, scripted, [LINE], settings) as site, site.client() as client:
        session, user = await client.join(f"session:{SESSION}"), await client.join(f"user:{ME}")
        uplink = Uplink(await client.join(f"audio:{SESSION}", {"url": PAGE["url"], "mode": "ptt", "client_id": "mic"}))
        told = await user.push("set_preferences", {"auto_post": True})
        assert told == {"preferences": {"auto_post": True, "auto_post_default": False}}
        uplink.begin(0.0)
        uplink.send(bytes(2 * SECOND))
        await uplink.stop()
        queued = await next_event(session, "tool_result")
        assert (queued["tool"], queued["ok"], queued["status"]) == ("post", True, "pending_post")
        await site.stage.queued("auto")


# What a consent is bound to


async def test_another_user_posts_nothing(stages: Stages, rules: BasicStructurer) -> None:
    async with stages(rules, [REMARK]) as stage:
        agent = await stage.microphone()
        seen = (await stage.say(agent))["note"]
        for decided in (False, True):
            if decided:
                await agent.commands.keep(seen["id"], user_id=ME)
            with pytest.raises(Forbidden):
                await agent.commands.post(seen["id"], user_id=OTHER, text_sha256=text_hash(seen["text"]))
        with pytest.raises(Forbidden):
            await stage.jobs.submit(seen["id"], user_id=OTHER, consent="click", text_sha256=text_hash(seen["text"]))
        await stage.nothing_is_posted()
        assert list(await stage.jobs.list_for_user(OTHER)) == []


async def test_the_same_words_on_another_video_need_a_consent_of_their_own(
    stages: Stages, rules: BasicStructurer
) -> None:
    async with stages(rules, [REMARK, REMARK]) as stage:
        agent = await stage.microphone()
        first = (await stage.say(agent))["note"]
        url = "https://www.youtube.com/watch?v=another_vid"
        page = await stage.videos.upsert(user_id=ME, platform="youtube", external_id="another_vid", url=url)
        agent.video_id = page.id
        second = (await stage.say(agent))["note"]
        assert first["text"] == second["text"]
        await agent.commands.post(first["id"], user_id=ME, text_sha256=text_hash(first["text"]))
        job = await stage.queued("click")
        assert (job.note_id, job.video_id) == (first["id"], stage.video.id)


async def test_an_edit_takes_the_consent_back_and_the_old_one_posts_nothing(
    stages: Stages, rules: BasicStructurer
) -> None:
    async with stages(rules, [REMARK, "post it"]) as stage:
        agent = await stage.microphone()
        seen = (await stage.say(agent))["note"]
        await stage.say(agent)
        job = await stage.queued("voice")
        await agent.commands.edit(seen["id"], user_id=ME, text="The music is fine.")
        assert (await stage.jobs.get(job.id, ME)).state == "withdrawn"
        (edited,) = await stage.said()
        assert (edited.status, edited.consent, edited.consent_sha256) == ("firmed", None, None)
        with pytest.raises(NotNow):
            await agent.commands.post(seen["id"], user_id=ME, text_sha256=text_hash(seen["text"]))
        await agent.commands.edit(seen["id"], user_id=ME, text=seen["text"])  # back to what was consented to
        assert [each.state for each in await stage.posts()] == ["withdrawn"]
        await agent.commands.post(seen["id"], user_id=ME, text_sha256=text_hash(seen["text"]))
        (again,) = await stage.posts()
        assert (again.id, again.state, again.consent) == (job.id, "queued", "click")


class Interrupted(QueuedPoster):
    """A way to post that is away the first time; meanwhile somebody edits the note."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.jobs, stage.woken.append)
        self._stage = stage
        self._calls = 0

    async def submit(
        self, note: NoteRecord, *, consent: str, text_sha256: str | None = None, mark: Mark | None = None
    ) -> str:
        self._calls += 1
        if self._calls == 1:
            await self._stage.notes.edit(note.id, user_id=ME, text="Something else.")
            raise StoreDown("away", retryable=True)
        return await super().submit(note, consent=consent, text_sha256=text_sha256, mark=mark)


@pytest.mark.parametrize("consent", ["click", "voice", "auto"])
async def test_a_consent_that_is_carried_out_late_is_not_for_a_text_that_came_meanwhile(
    stages: Stages, rules: BasicStructurer, consent: str
) -> None:
    settings = AgentSettings(confirm_s=0.01 if consent == "auto" else 600, auto_post=consent == "auto")
    scripted = ScriptedStructurer({LINE: note("The music is loud."), "post it": await read(rules, "post it")})
    async with stages(scripted, [LINE, "post it"], settings=settings) as stage:
        stage.world.restart(book=NoteBook(stage.notes, stage.world.hub, Interrupted(stage)))
        agent = await stage.microphone()
        seen = (await stage.say(agent))["note"]
        if consent == "click":  # of a client that does not say what it showed
            with pytest.raises(NotNow):
                await agent.commands.post(seen["id"], user_id=ME)
        elif consent == "voice":
            await agent.commands.keep(seen["id"], user_id=ME)
            assert (await stage.say(agent))["reason"] == "not_now"
        refused = await stage.world.hub.until("tool_result")
        assert (refused["tool"], refused["ok"], refused["reason"]) == ("post", False, "not_now")
        await stage.nothing_is_posted()
        assert [each.text for each in await stage.said()] == ["Something else."]


@pytest.mark.parametrize("decision", ["edit", "keep"])
async def test_what_is_decided_while_no_process_runs_is_not_posted_by_itself_afterwards(
    stages: Stages, decision: str
) -> None:
    scripted = ScriptedStructurer({LINE: note("The music is loud.")})
    undecided = AgentSettings(confirm_s=600, auto_post=True)
    async with stages(scripted, [LINE], settings=undecided) as stage:
        seen = (await stage.say(await stage.microphone()))["note"]
        await stage.world.supervisor.close()
        if decision == "edit":
            await stage.notes.edit(seen["id"], user_id=ME, text="Something else.")
        else:
            await stage.notes.keep(seen["id"], user_id=ME)
        stage.world.restart(settings=AUTO)
        await stage.microphone()
        await stage.at_rest()
        await stage.nothing_is_posted()


async def read(rules: BasicStructurer, text: str) -> Reading:
    return await rules.structure(text, Context(("The music is loud.",)), lambda _: None)


def test_a_click_that_names_no_text_is_for_the_one_that_was_drafted() -> None:
    span = e.Span(1, 0, SECOND, 0, SECOND)
    session = Session()
    for event in (
        e.MicOpened(1, Mode.PTT),
        e.UtteranceOpened(1, 1, 0),
        e.UtteranceClosed(1, span),
        e.Transcribed(1, REMARK),
        e.NoteDrafted(1, "n1", text_sha256="drafted"),
    ):
        session, _ = step(session, event)
    for asked, sha256 in ((e.PostAsked(1), "drafted"), (e.PostAsked(1, text_sha256="shown"), "shown")):
        _, effects = step(session, asked)
        (post,) = [effect for effect in effects if isinstance(effect, fx.Post)]
        assert post.text_sha256 == sha256


# A text that grows while it is looked at

WHOLE = words(LONGER, 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 1.4, 1.5, 1.6, 1.7)


async def test_more_speech_before_the_click(stages: Stages, structurer: Structurer) -> None:
    async with stages(structurer, [REMARK, WHOLE]) as stage:
        agent = await stage.microphone(Mode.HANDS_FREE)
        stage.presses = 1
        await stage.go_on(agent, 0, PAUSED)
        seen = (await stage.world.hub.until("note_created"))["note"]
        await stage.go_on(agent, PAUSED, ENDED)
        longer = (await stage.world.hub.until("note_updated"))["note"]
        assert (longer["id"], longer["status"]) == (seen["id"], "ghost")
        assert longer["text"].startswith(seen["text"].rstrip("."))
        assert agent.confirming(seen["id"]) == 2, "its run still waits for the person"
        with pytest.raises(NotNow):
            await agent.commands.post(seen["id"], user_id=ME, text_sha256=text_hash(seen["text"]))
        await stage.nothing_is_posted()
        await agent.commands.post(seen["id"], user_id=ME, text_sha256=text_hash(longer["text"]))
        assert (await stage.queued("click")).text == longer["text"]


async def test_more_speech_before_the_click_through_the_websocket(
    sqlite_template: Path, tmp_path: Path, rules: BasicStructurer
) -> None:
    async with served(sqlite_template, tmp_path, rules, [REMARK, WHOLE]) as site, site.client() as client:
        session = await client.join(f"session:{SESSION}")
        join = {"url": PAGE["url"], "mode": "hands-free", "client_id": "mic"}
        uplink = Uplink(await client.join(f"audio:{SESSION}", join))
        uplink.begin(0.0)
        uplink.send(bytes(2 * PAUSED))
        seen = (await next_event(session, "note_created"))["note"]
        uplink.send(bytes(2 * (ENDED - PAUSED)))
        longer = (await next_event(session, "note_updated"))["note"]
        click = {"note_id": seen["id"], "text_sha256": text_hash(seen["text"])}
        with pytest.raises(PushRefused) as refused:
            await session.push("post_note", click)
        assert refused.value.reason == "not_now"
        await site.stage.nothing_is_posted()
        async with site.client(OTHER) as other:
            elsewhere = await other.join("session:s2")
            with pytest.raises(PushRefused) as forbidden:
                await elsewhere.push("post_note", {**click, "text_sha256": text_hash(longer["text"])})
            assert forbidden.value.reason == "forbidden"
        await site.stage.nothing_is_posted()
        reply = await session.push("post_note", {**click, "text_sha256": text_hash(longer["text"])})
        assert reply["note"]["status"] == "pending_post"
        assert (await site.stage.queued("click")).text == longer["text"]


@pytest.mark.parametrize("refusal", ["don't", "never", "please don't ever"])
async def test_a_refusal_broken_by_a_pause_is_no_consent(stages: Stages, structurer: Structurer, refusal: str) -> None:
    count = len(refusal.split())
    whole = words(f"{refusal} post it", *(0.1 * at for at in range(1, count + 1)), 1.4, 1.6)
    async with stages(structurer, [REMARK, refusal, whole]) as stage:
        agent = await stage.microphone(Mode.HANDS_FREE)
        await stage.say(agent)
        stage.presses = 2
        await stage.go_on(agent, 0, ENDED)
        told = await stage.world.hub.until_any(ANSWERS, lambda payload: payload.get("utterance") == 3)
        await agent.settled()
        assert is_told(told)
        await stage.nothing_is_posted()


async def test_a_wish_to_post_after_a_pause_is_one(stages: Stages, structurer: Structurer) -> None:
    whole = words(f"{REMARK} post it", 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 1.4, 1.6)
    async with stages(structurer, [REMARK, whole]) as stage:
        agent = await stage.microphone(Mode.HANDS_FREE)
        stage.presses = 1
        await stage.go_on(agent, 0, PAUSED)
        seen = (await stage.world.hub.until("note_created"))["note"]
        await stage.go_on(agent, PAUSED, ENDED)
        await stage.world.hub.until("tool_result")
        assert (await stage.queued("voice")).text == seen["text"]
