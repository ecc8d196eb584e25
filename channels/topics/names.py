"""Which topic a name means."""

import re
from dataclasses import dataclass

from agent.ports import Telemetry
from agent.supervisor import Supervisor
from channels.hub import Hub
from channels.joined import Joined
from channels.presence import Presence
from channels.topics.audio import AudioTopic
from channels.topics.choices import Choices
from channels.topics.contract import Refused, Topic
from channels.topics.followed import Followed
from channels.topics.session import SessionTopic
from channels.topics.user import UserTopic
from channels.topics.video import VideoTopic
from storage.glossaries import Glossaries
from storage.notes import Notes
from storage.sessions import Sessions
from storage.videos import Videos

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Topics:
    """Makes the topic of a name for one connection. Raises Refused for a name that is none."""

    hub: Hub
    presence: Presence
    supervisor: Supervisor
    sessions: Sessions
    videos: Videos
    notes: Notes
    glossaries: Glossaries
    choices: Choices
    telemetry: Telemetry

    def __call__(self, name: str, joined: Joined) -> Topic:
        kind, _, id_ = name.partition(":")
        if not _ID.fullmatch(id_):
            message = "A topic is session:, audio:, video: or user: and an id of A-Z a-z 0-9 . _ and -."
            raise Refused("unknown_topic", message)
        place = Followed(self.hub, name, joined)
        match kind:
            case "session":
                return SessionTopic(id_, joined, self.supervisor, self.sessions, place)
            case "audio":
                return AudioTopic(id_, joined, self.supervisor, self.videos)
            case "video":
                return VideoTopic(id_, joined, self.supervisor.commands, self.videos, place, self.presence)
            case "user":
                return UserTopic(
                    id_,
                    joined,
                    self.notes,
                    self.videos,
                    self.glossaries,
                    self.choices,
                    self.hub,
                    self.telemetry,
                    place,
                )
            case _:
                raise Refused("unknown_topic", f"There is no topic {kind!r}: there are session, audio, video and user.")
