"""Builds the parts of one server from its settings and takes them down again. The only place that knows them all."""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import migrations
from agent.ear import EarSettings
from agent.notes import NoteBook
from agent.services import AgentSettings, Services
from agent.supervisor import Supervisor, SupervisorSettings
from automation.actors import OnLoop, build_housekeeping
from automation.worker import JobWorker, embedded_broker
from channels.auth import Tokens
from inference.llm.contract import Structurer
from inference.stt.contract import SpeechToText
from inference.vad.contract import VoiceDetectorFactory
from server.exchange import Exchange, open_exchange
from server.identity import LOCAL_USER, build_tokens
from server.looplag import watched_loop
from server.posting import Office, Posting, open_posting
from server.settings import Settings
from server.telemetry import Telemetry, setup_telemetry
from storage.audio import AudioChunks
from storage.engine import Database
from storage.glossaries import Glossaries
from storage.notes import Notes
from storage.practice import PracticeComments
from storage.preferences import Preferences
from storage.sessions import Sessions
from storage.users import Users
from storage.videos import Videos

if TYPE_CHECKING:
    from inference.vad.endpointer import EndpointSettings

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 3600.0
ENDPOINT_SLACK_S = 10.0  # that a step may take beside the time that an endpoint has


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running server is made of."""

    settings: Settings
    database: Database
    users: Users
    videos: Videos
    sessions: Sessions
    notes: Notes
    glossaries: Glossaries
    preferences: Preferences
    exchange: Exchange
    posting: Posting
    practice: PracticeComments
    supervisor: Supervisor
    tokens: Tokens
    telemetry: Telemetry
    stt: SpeechToText
    structurer: Structurer


def build_stt(settings: Settings) -> SpeechToText:
    if settings.stt == "openai":
        from inference.stt.openai import OpenAITranscription

        return OpenAITranscription(
            base_url=settings.stt_url,
            api_key=settings.stt_api_key.get_secret_value() if settings.stt_api_key else "none",
            model=settings.stt_model,
            deadline_s=settings.stt_deadline_s,
            language=settings.language,
            partials=settings.stt_partials,
            speculate=settings.stt_speculate,
        )
    from inference.stt.local import LocalWhisper  # numpy and ONNX are slow to import: only who hears needs them

    return LocalWhisper(
        settings.stt_model,
        device=settings.stt_device,
        threads=settings.stt_threads,
        workers=settings.stt_workers,
        language=settings.language,
    )


def build_structurer(settings: Settings) -> Structurer:
    from inference.llm.basic import BasicStructurer

    basic = BasicStructurer()
    if settings.llm == "basic":
        return basic
    from inference.llm.openai import OpenAIStructurer

    return OpenAIStructurer(
        base_url=settings.llm_base_url or "https://api.openai.com/v1",
        api_key=settings.llm_api_key.get_secret_value() if settings.llm_api_key else "none",
        model=settings.llm_model or "",
        deadline_s=settings.llm_deadline_s,
        fallback=basic,
    )


def build_detector_factory(settings: Settings) -> VoiceDetectorFactory:
    from inference.vad.endpointer import make_detector_factory

    return make_detector_factory(detector_settings(settings))


def detector_settings(settings: Settings) -> "EndpointSettings":
    from inference.vad.endpointer import EndpointSettings

    return EndpointSettings(
        threshold=settings.vad_threshold,
        release_threshold=settings.vad_release_threshold,
        pause_ms=settings.pause_ms,
        hangover_ms=settings.hangover_ms,
        min_speech_ms=settings.min_speech_ms,
        gate_hold_ms=settings.vad_gate_hold_ms,
        gate_aggressiveness=settings.vad_gate_aggressiveness,
        gate_margin_db=settings.vad_gate_margin_db,
    )


def agent_settings(settings: Settings) -> AgentSettings:
    longest_s = max(settings.stt_deadline_s, settings.llm_deadline_s)
    return AgentSettings(
        confirm_s=settings.confirm_seconds,
        auto_post=settings.auto_post,
        timestamp_offset_s=settings.timestamp_offset_s,
        step_deadline_s=max(AgentSettings().step_deadline_s, longest_s + ENDPOINT_SLACK_S),
        keep_audio=settings.keep_audio,
        ear=EarSettings(
            lead_pad_ms=settings.lead_pad_ms,
            tail_pad_ms=settings.pause_ms,  # the guess at a pause and the final are then of the same samples
            finished_hangover_ms=settings.finished_hangover_ms,
            rejoin_ms=settings.rejoin_ms,
            partials=settings.partials,
            first_partial_ms=settings.first_partial_ms,
            partial_every_ms=settings.partial_every_ms,
        ),
    )


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database of these settings, brought to this version's tables. Errors of the store pass through."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    await migrations.upgrade(settings.database)
    database = Database(settings.database)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def node_name() -> str:
    """Names this process in leases, to its peers and in the audit."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


@asynccontextmanager
async def running_parts(settings: Settings) -> AsyncIterator[Parts]:
    """All parts, warm; taken down in order on leaving. Raises what keeps a part from starting."""
    async with contextlib.AsyncExitStack() as stack:
        stt = build_stt(settings)
        stack.push_async_callback(stt.close)
        hearing = asyncio.create_task(stt.warm_up())  # takes longest, and leaves Python to the others meanwhile
        hearing.add_done_callback(_look)
        stack.callback(hearing.cancel)
        structurer = await asyncio.to_thread(build_structurer, settings)
        stack.push_async_callback(structurer.close)
        database = await stack.enter_async_context(open_database(settings))
        make_detector, _, _ = await asyncio.gather(
            asyncio.to_thread(build_detector_factory, settings),
            structurer.warm_up(),
            hearing,
        )
        telemetry = setup_telemetry(settings.traces)
        stack.callback(telemetry.close)
        telemetry.observe("stt_waiting", lambda: stt.load.waiting)
        telemetry.observe("stt_wait_seconds", lambda: stt.load.wait_s)
        stack.enter_context(watched_loop(telemetry))
        exchange = await stack.enter_async_context(open_exchange(settings))
        hub, notes, sessions, audio = exchange.hub, Notes(database), Sessions(database), AudioChunks(database)
        videos, glossaries, preferences = Videos(database), Glossaries(database), Preferences(database)
        node = node_name()
        posting = await stack.enter_async_context(open_posting(Office(settings, database, hub, telemetry, node)))
        services = Services(
            stt=stt,
            structurer=structurer,
            make_detector=make_detector,
            book=NoteBook(notes, hub, posting.poster, telemetry),
            sessions=sessions,
            audio=audio,
            videos=videos,
            glossaries=glossaries,
            preferences=preferences,
            hub=hub,
            telemetry=telemetry,
            settings=agent_settings(settings),
            peers=exchange.peers,
            node=node,
        )
        supervisor = Supervisor(services, SupervisorSettings(idle_s=settings.idle_minutes * 60))
        stack.push_async_callback(supervisor.close)
        await exchange.listen(services.node, supervisor.answer)
        supervisor.start()
        await stack.enter_async_context(_housekeeping(audio, settings.keep_audio_hours))
        users = Users(database)
        await users.ensure(LOCAL_USER)
        yield Parts(
            settings=settings,
            database=database,
            users=users,
            videos=videos,
            sessions=sessions,
            notes=notes,
            glossaries=glossaries,
            preferences=preferences,
            exchange=exchange,
            posting=posting,
            practice=PracticeComments(database),
            supervisor=supervisor,
            tokens=build_tokens(settings),
            telemetry=telemetry,
            stt=stt,
            structurer=structurer,
        )


def _look(task: "asyncio.Task[None]") -> None:
    """What keeps one part from starting is told once, though another one failed before it."""
    if not task.cancelled():
        task.exception()


@asynccontextmanager
async def _housekeeping(audio: AudioChunks, keep_hours: float) -> AsyncIterator[None]:
    """The embedded worker, and the clock that asks it to sweep."""
    broker = embedded_broker()
    worker = JobWorker(broker, threads=1)
    actors = build_housekeeping(broker, OnLoop(asyncio.get_running_loop()), audio.discard_older_than, keep_hours)

    async def tick() -> None:
        while True:
            actors.sweep_audio.send()
            await asyncio.sleep(SWEEP_EVERY_S)

    worker.start()
    ticking = asyncio.create_task(tick())
    try:
        yield
    finally:
        ticking.cancel()
        await asyncio.to_thread(worker.stop)
