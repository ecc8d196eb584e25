"""What a user asks of everything that is theirs: their videos, and a search over their notes. Changes nothing."""

from pydantic import Field

from agent.commands import note_payload
from channels.topics.contract import Params, Response
from inference.llm.contract import Category
from storage.library import Kept
from storage.note_status import NoteStatus
from storage.notes import Notes
from storage.videos import Videos

PAGE = 50  # videos or notes at a time, where nothing is said
LONGEST_PAGE = 200
QUERY_LENGTH = 200


class LibraryPage(Params):
    """Which of the user's videos are wanted, the one something was last done with first."""

    query: str = Field("", max_length=QUERY_LENGTH)  # part of a title or address
    after: str | None = Field(None, max_length=64)  # the ``next`` of the page before
    limit: int = Field(PAGE, ge=1, le=LONGEST_PAGE)


class NoteSearch(Params):
    """Which of the user's notes are wanted, newest first."""

    query: str = Field(max_length=QUERY_LENGTH)  # words, each of which is in the note or its transcript
    category: Category | None = None
    status: NoteStatus | None = None  # cancelled ones only where this says so
    limit: int = Field(PAGE, ge=1, le=LONGEST_PAGE)


async def list_videos(videos: Videos, user_id: str, wanted: LibraryPage) -> Response:
    """``next``: what to ask for after this page, None where it is the last."""
    query = wanted.query.strip()
    found = await videos.library(user_id, query=query, limit=wanted.limit + 1, after=wanted.after)
    rest, found = found[wanted.limit :], found[: wanted.limit]
    return {"videos": [_video(video) for video in found], "next": found[-1].id if rest else None}


async def search_notes(notes: Notes, videos: Videos, user_id: str, wanted: NoteSearch) -> Response:
    """The notes, and the names of the videos that they are about."""
    found = await notes.list_for_user(
        user_id,
        text=wanted.query,
        category=wanted.category,
        status=wanted.status,
        limit=wanted.limit,
        standing=True,
    )
    names = await videos.names({note.video_id for note in found}, user_id)
    about = {video_id: {"title": title, "url": url} for video_id, (title, url) in names.items()}
    return {"notes": [note_payload(note) for note in found], "videos": about}


def _video(video: Kept) -> Response:
    return {
        "id": video.id,
        "platform": video.platform,
        "external_id": video.external_id,
        "url": video.url,
        "title": video.title,
        "duration_s": video.duration_s,
        "notes": video.notes,
        "unposted": video.unposted,
        "newest_note_at": round(video.newest_note_at.timestamp(), 3) if video.newest_note_at else None,
        "updated_at": round(video.updated_at.timestamp(), 3),
    }
