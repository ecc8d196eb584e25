"""What every agent of a process shares, and the settings it goes by."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.ear import EarSettings
from agent.notes import NoteBook
from agent.peering import NoPeers
from agent.ports import AudioStore, GlossaryStore, Hub, Peers, PreferenceStore, SessionStore, Telemetry, VideoStore
from inference.llm.contract import Structurer
from inference.stt.contract import SpeechToText
from inference.vad.contract import VoiceDetectorFactory


def unix_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """How a session behaves."""

    confirm_s: float = 3.0  # time to take a note back before it is left as it is
    auto_post: bool = False  # for users who have not chosen
    auto_post_above: float = 0.7  # confidence
    note_above: float = 0.3  # confidence below which no note is made
    timestamp_offset_s: float = 0.0  # added to every note's time
    retry_after_s: tuple[float, ...] = (0.2, 1.0)  # back-off before each further attempt
    step_deadline_s: float = 60.0  # for one attempt of one step
    lease_s: float = 30.0
    orphan_s: float = 30.0  # a capture whose connection is gone counts as released after this
    keep_audio: bool = False  # recordings stay after their notes are safe; a sweep deletes them later
    ear: EarSettings = field(default_factory=EarSettings)


@dataclass(frozen=True, slots=True)
class Services:
    """The parts an agent works with."""

    stt: SpeechToText
    structurer: Structurer
    make_detector: VoiceDetectorFactory
    book: NoteBook
    sessions: SessionStore
    audio: AudioStore
    videos: VideoStore
    glossaries: GlossaryStore
    preferences: PreferenceStore
    hub: Hub
    telemetry: Telemetry
    settings: AgentSettings = field(default_factory=AgentSettings)
    now_ms: Callable[[], int] = unix_ms
    node: str = "local"  # names this process in leases, and to its peers
    peers: Peers = field(default_factory=NoPeers)
