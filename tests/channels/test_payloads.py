"""What a real server sends over a real websocket has the types that TypeScript is printed from, field by field."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import ValidationError

from agent import tools
from agent.errors import AudioSkipped, Busy
from automation.announced import Announced
from automation.posting import STEPS
from channels import exchanges, payloads, tool_payloads
from channels.auth import Tokens
from channels.limits import SocketSettings
from channels.topics.contract import refusal_of
from inference.llm.contract import Category, Intent, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.contract import Coverage
from storage.claims import Claim, Claims
from storage.errors import RevisionConflict
from tests.channels.conftest import Serve, Site
from tests.channels.typed import EVENTS, Typed, check, event_type, typed
from tests.flows.stage import ENDED, ME, PAGE, PAUSED, SECRET, SESSION, Served, served, words

TRACES = Path(__file__).parents[1] / "flows/traces"
SESSION_TOPIC, AUDIO, USER = f"session:{SESSION}", f"audio:{SESSION}", f"user:{ME}"
SAMPLES = 16_000  # of a press


def reading(intent: Intent, **more: Any) -> Reading:
    return Reading(intent, confidence=0.9, **more)


NOTE = reading(Intent.CREATE_NOTE, text="The cut comes late.", category=Category.PACING, notice="The model is away.")
LINES: dict[str, Reading] = {
    "the cut comes late": NOTE,
    "make that too late": reading(Intent.EDIT_LAST, text="The cut comes too late.", category=Category.PACING),
    "put it at one minute": reading(Intent.SET_TIME, timestamp_s=60.0),
    "put it somewhere else": reading(Intent.SET_TIME),
    "go to ten seconds": reading(Intent.SEEK, timestamp_s=10.0),
    "go back five": reading(Intent.SEEK, seek_by_s=-5.0),
    "pause": reading(Intent.PLAYBACK, playback="pause"),
    "what have i said": reading(Intent.QUESTION, text="You have one note."),
    "keep it": reading(Intent.CONFIRM),
    "scratch that": reading(Intent.CANCEL),
    "the light is nice": reading(Intent.CREATE_NOTE, text="The light is nice.", category=Category.PRAISE),
    "post it": reading(Intent.CONFIRM, post=True),
    "um": Reading(Intent.CREATE_NOTE, confidence=0.1, reason="That was only a filler word."),
    "the end is good": reading(Intent.CREATE_NOTE, text="The end is good.", category=Category.PRAISE),
}
BROKEN = "this one breaks"


@asynccontextmanager
async def reviewing(template: Path, folder: Path, *, mode: str = "ptt") -> AsyncIterator[tuple[Served, Typed, str]]:
    """A server, a client that has joined every topic of one review, and the topic of its video."""
    structurer = ScriptedStructurer(
        LINES, deltas={line: ["The", " cut"] for line in LINES}, failures={BROKEN: [ValueError("no")]}
    )
    script = list(LINES) if mode == "ptt" else HEARD_IN_TWO
    async with (
        served(template, folder, structurer, [*script, BROKEN]) as site,
        typed(site.url, Tokens(SECRET, 600).issue(ME)) as client,
    ):
        assert await client.join("video:new") == {}
        found = await client.push("video:new", "video_detected", PAGE)
        video = f"video:{found['video_id']}"
        await client.join(SESSION_TOPIC)
        await client.join(video, {"client": "side panel"})
        await client.join(USER)
        await client.join(AUDIO, {"video_id": found["video_id"], "client_id": "c1", "timestamp": 10.0, "mode": mode})
        yield site, client, video


async def press(client: Typed, capture: int) -> dict[str, Any]:
    """Hold the key for a second; what becomes of what was said."""
    await client.push(AUDIO, "anchor", {"capture": capture, "sample": 0, "wall_ms": 1_000.0 * capture})
    await client.say(AUDIO, capture, 0, SAMPLES)
    await client.push(AUDIO, "stop", {"capture": capture, "samples": SAMPLES})
    return await client.until(SESSION_TOPIC, "note_created", "tool_result", "agent_error", utterance=capture)


async def test_every_kind_of_answer_to_what_is_said(sqlite_template: Path, tmp_path: Path) -> None:
    async with reviewing(sqlite_template, tmp_path) as (_, client, _video):
        told = [await press(client, capture) for capture in range(1, len(LINES) + 2)]
        came = [each.get("tool") or ("note" if "note" in each else each["reason"]) for each in told]
        assert came == [
            *("note", "edit", "set_time", "set_time", "seek", "seek", "playback", "list", "keep", "scratch"),
            *("note", "post", "none", "note", "structuring_failed"),
        ]
        await client.until(AUDIO, "ack", samples=SAMPLES)
        note_events = {"note_created", "note_updated", "note_cancelled"}
        everywhere = {(kind, event) for kind in ("session", "video", "user") for event in note_events}
        heard = {"state_changed", "speech_started", "speech_ended", "asr_final", "intent", "model_delta"}
        done = {"tool_start", "tool_result", "player_command", "agent_error"}
        assert client.seen >= everywhere | {("session", event) for event in heard | done} | {("audio", "ack")}


async def test_commands_on_notes_and_what_is_refused(sqlite_template: Path, tmp_path: Path) -> None:
    async with reviewing(sqlite_template, tmp_path) as (_, client, video):
        note = (await press(client, 1))["note"]
        about = {"note_id": note["id"]}
        edited = (await client.push(SESSION_TOPIC, "edit_note", {**about, "text": "Later.", "revision": 1}))["note"]
        await client.push(video, "edit_note", {**about, "text": "Sooner.", "revision": 1})
        await client.push(video, "post_note", {**about, "text_sha256": "0" * 64})
        seen = hashlib.sha256(edited["text"].encode()).hexdigest()
        posted = await client.push(SESSION_TOPIC, "post_note", {**about, "text_sha256": seen})
        assert posted["note"]["status"] == "pending_post"
        await client.push(video, "scratch_note", about)
        await client.push(video, "confirm_note", about)
        assert (await client.push(video, "get_notes", {"limit": 1}))["next"] is None
        assert await client.push(video, "delete_note", about) == about
        assert (await client.until(USER, "note_cancelled", deleted=True))["note"]["id"] == note["id"]
        await client.push(SESSION_TOPIC, "reset")
        await client.push(AUDIO, "pause")
        lost = await client.answer(await client.say(AUDIO, 2, 1_600, 1_600))
        assert lost["response"]["expected"] == 0
        assert await client.push(AUDIO, "gap", {"capture": 2, "from": 0, "to": 3_200}) == {}
        await client.push(AUDIO, "clock", {"wall_ms": 1.0, "media_s": 2.0})
        await client.push(AUDIO, "pause")
        await client.push(AUDIO, "resume")
        await client.push(AUDIO, "capture_failed", {"reason": "It was pulled out."})
        await client.until(SESSION_TOPIC, "agent_error", reason="capture")
        assert client.refused == ["revision_conflict", "not_now", "not_now", "not_now", "not_now", "audio_skipped"]


async def test_a_post_by_a_click_on_a_note_whose_run_still_waits(sqlite_template: Path, tmp_path: Path) -> None:
    """And what the worker says of it, on every topic of the note."""
    async with reviewing(sqlite_template, tmp_path) as (site, client, video):
        note = (await press(client, 1))["note"]
        await client.push(SESSION_TOPIC, "post_note", {"note_id": note["id"]})
        assert (await client.until(SESSION_TOPIC, "tool_start"))["arguments"]["consent"] == "click"
        assert (await client.until(SESSION_TOPIC, "tool_result"))["status"] == "pending_post"
        (job,) = await site.stage.posts()
        stage, services = site.stage, site.stage.world.services
        claims = Claims(stage.database)
        claim = await claims.claim(job.id, worker="one", lease_s=30.0)
        assert isinstance(claim, Claim)
        row = await stage.notes.get(note["id"], ME)
        announced = Announced(claim, row, claims, services.book, services.hub)
        await announced.begin()
        for step in STEPS:
            await announced.step(step)
        await announced.lost()
        await announced.unsure()
        await announced.submitting(job.id, claim.fence, 30.0)
        await announced.attention(job.id, claim.fence, reason="It may be there.")
        settled = await client.push(video, "settle_post", {"note_id": note["id"], "found": False})
        assert settled["note"]["status"] == "pending_post"
        again = await claims.claim(job.id, worker="two", lease_s=30.0)
        assert isinstance(again, Claim)
        await announced.submitting(job.id, again.fence, 30.0)
        await announced.posted(job.id, again.fence, external_id="7", permalink="https://site.example/7")
        for topic in (SESSION_TOPIC, video, USER):
            for reason in ("lost", "unsure", "needs_attention"):
                assert (await client.until(topic, "tool_result", ok=False))["reason"] == reason
            assert (await client.until(topic, "tool_result", ok=True))["permalink"] == "https://site.example/7"
        every = {(kind, name) for kind in ("video", "user") for name in ("tool_start", "tool_progress", "tool_result")}
        assert client.seen >= {*every, ("session", "tool_progress")}


async def test_what_is_typed_and_what_is_asked_of_the_library(sqlite_template: Path, tmp_path: Path) -> None:
    async with reviewing(sqlite_template, tmp_path) as (_, client, video):
        typed_note = {"text": "The cut comes late.", "timestamp_s": 10.0, "client_ref": "9f2c51d07ab84e63"}
        note = (await client.push(SESSION_TOPIC, "write_note", typed_note))["note"]
        await client.push(video, "write_note", {**typed_note, "client_ref": "another one", "category": "pacing"})
        for topic in (SESSION_TOPIC, video, USER):
            assert (await client.until(topic, "note_created", utterance=None))["note"] == note
        (listed,) = (await client.push(USER, "list_videos"))["videos"]
        assert (listed["id"], listed["notes"]) == (note["video_id"], 2)
        found = await client.push(USER, "search_notes", {"query": "late", "category": "pacing"})
        assert found["videos"].keys() == {listed["id"]}
        timing = {"kind": "key_to_note_ms", "ms": 812.5}
        assert await client.push(USER, "report", {"events": [timing, {"kind": "error", "code": "0" * 16}]}) == {}
        assert client.refused == []


HEARD_IN_TWO = [
    "the cut comes",
    replace(
        words("the cut comes late today", 0.1, 0.2, 0.3, 1.5, 1.7),
        coverage=Coverage(1.0, 0.9, ((0.5, 0.6),)),
    ),
]


async def test_speech_that_goes_on_after_a_pause(sqlite_template: Path, tmp_path: Path) -> None:
    async with reviewing(sqlite_template, tmp_path, mode="hands-free") as (_, client, _video):
        await client.say(AUDIO, 1, 0, PAUSED)
        await client.until(SESSION_TOPIC, "note_created")
        await client.say(AUDIO, 1, PAUSED, ENDED - PAUSED)
        assert (await client.until(SESSION_TOPIC, "speech_started", utterance=2))["joins"] == 1
        assert (await client.until(SESSION_TOPIC, "speech_ended", utterance=2))["joins"] == 1
        final = await client.until(SESSION_TOPIC, "asr_final", utterance=2)
        assert (final["joins"], final["coverage"], final["gaps"]) == (1, 0.9, [[0.5, 0.6]])
        await client.until(SESSION_TOPIC, "note_updated", utterance=2)
        assert await client.push(SESSION_TOPIC, "cancel") == {}


async def test_partials_come_back_and_who_watches(serve: Serve) -> None:
    async with serve(SocketSettings(token_grace_s=0.05)) as site:
        site.stt._partials.extend(["The music is too", "The music is too loud"])
        async with typed(site.url, site.tokens.issue("ada")) as client:
            await follow(site, client)
            await client.push("session:s1", "token", {"token": Tokens(SECRET, 1).issue("ada")})
            for topic in ("session:s1", "audio:s1", "user:ada"):
                await client.until(topic, "token_expired")
            assert {("session", "asr_partial"), ("video", "presence_state"), ("video", "presence_diff")} <= client.seen
            assert client.refused == ["posting_unavailable", "forbidden"]


async def follow(site: Site, client: Typed) -> None:
    await client.join("session:s1")
    joined = await client.join("audio:s1", {"url": "sidenote:practice", "timestamp": 10.0})
    video = f"video:{joined['video_id']}"
    await client.join(video)
    await client.join("user:ada")
    await client.say("audio:s1", 1, 0, SAMPLES)
    await client.push("audio:s1", "stop", {"capture": 1, "samples": SAMPLES})
    note = (await client.until("video:" + joined["video_id"], "note_created"))["note"]
    await client.push(video, "post_note", {"note_id": note["id"]})
    await client.push("user:ada", "set_glossary", {"terms": ["Zeiss"]})
    assert (await client.until("user:ada", "glossary_changed"))["terms"] == ["Zeiss"]
    assert await client.push("user:ada", "get_glossary") == {"terms": ["Zeiss"]}
    chosen = {"preferences": {"auto_post": False, "auto_post_default": False}}
    assert await client.push("user:ada", "set_preferences", {"auto_post": False}) == chosen
    assert (await client.until("user:ada", "preferences_changed"))["preferences"] == chosen["preferences"]
    assert await client.push("user:ada", "get_preferences") == chosen
    async with typed(site.url, site.tokens.issue("ada")) as other:
        back = await other.join("session:s1")
        assert [each["id"] for each in back["snapshot"]["notes"]] == [note["id"]]
        missed = await other.join("user:ada", {"epoch": (await other.join("user:ada"))["epoch"], "last_seq": 0})
        assert missed["recovered"] is True
        assert [event["event"] for event in missed["events"][-2:]] == ["glossary_changed", "preferences_changed"]
        await other.join(video, {"client": "popup"})
        await client.until(video, "presence_diff", leaves={})
        await other.leave(video)
        await client.until(video, "presence_diff", joins={})
        await other.join("user:bob")
        client.refused += other.refused


@pytest.mark.parametrize("trace", sorted(TRACES.glob("*.json")), ids=lambda path: path.stem)
def test_the_golden_traces_have_these_types(trace: Path) -> None:
    told = json.loads(trace.read_text())
    assert told
    for each in told:
        check(event_type(each["topic"], each["event"]), {**each["payload"], "seq": 1})


def test_a_field_too_many_and_one_too_few_are_found() -> None:
    """Guards the checks above: a type that took anything would prove nothing."""
    good = {"utterance": 1, "text": "The music", "firm": 3}
    check(payloads.AsrPartial, good)
    for bad in ({**good, "more": 1}, {"utterance": 1, "text": "The music"}, {**good, "firm": "3"}):
        with pytest.raises(ValidationError):
            check(payloads.AsrPartial, bad)


def test_the_lists_of_tools_and_steps_are_the_programs_own() -> None:
    every = [Reading(intent, post=post) for intent in tools.TOOLS for post in (False, True)]
    assert set(get_args(tool_payloads.CommandTool)) == {tools.name_of(each) for each in every}
    assert get_args(tool_payloads.Step) == ("claimed", *STEPS)


def test_an_event_is_durable_on_every_topic_or_on_none() -> None:
    ephemeral = {"asr_partial", "model_delta", "tool_progress", "ack", "presence_state", "presence_diff"}
    for events in EVENTS.values():
        for name, payload in get_type_hints(events).items():
            for member in get_args(payload) if not isinstance(payload, type) else (payload,):
                fields = getattr(member, "__annotations__", {})
                assert ("seq" in fields) == (name not in {*ephemeral, "token_expired"}), name


def test_what_goes_with_a_refusal_has_a_type() -> None:
    for error in (Busy("Wait.", 1.5), AudioSkipped("Missing.", 320), RevisionConflict("Changed.", current=3)):
        refusal = refusal_of(error)
        assert refusal is not None
        assert len(refusal) == 3
        check(exchanges.Refusal, refusal)
