"""What a speaker is likely to name: words of the video near the playhead, and of the user's own glossary.

What a page says of its video was never checked beyond its size, so anything in it may be missing or malformed; that
is passed over. Nothing here raises: recognition without a hint is no failure.
"""

import asyncio
import logging
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.naming import IsCommon, terms_of
from agent.ports import GlossaryStore, VideoStore
from inference.llm.phrases import confirms
from inference.llm.words import plain
from inference.stt.contract import Hint
from inference.vocabulary import is_common

log = logging.getLogger(__name__)

NEAR_S = 30.0  # captions this far from the playhead are read
NEAREST = 60  # of them, at most
TERMS = 24  # of a hint; what decodes takes as many as it has room for
TEXT_LENGTH = 300  # characters of one title or caption that are read
_CLOCK = re.compile(r"\s*(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,7}(?:[.,]\d{1,6})?)\s*")

At = tuple[float, str]
"""(second of the video, text)"""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is said of a video: its title, and its chapters and captions in the order of their times."""

    title: str = ""
    chapters: tuple[At, ...] = ()
    cues: tuple[At, ...] = ()

    @classmethod
    def read(cls, title: str, chapters: Iterable[Mapping[str, Any]], cues: Iterable[Mapping[str, Any]]) -> "VideoFacts":
        """From what a page sent; entries without a usable time or text are left out."""
        return cls(title[:TEXT_LENGTH], _timed(chapters, ("title", "name", "text")), _timed(cues, ("text",)))


def expected_terms(
    facts: VideoFacts, playhead_s: float | None, glossary: Sequence[str], is_common: IsCommon = is_common
) -> Hint:
    """What is likely to be named at ``playhead_s`` (seconds; None: unknown), most likely first.

    First the glossary's words that the video has near there, then the glossary and the video by turns.
    """
    texts = [facts.title, *_chapters_near(facts.chapters, playhead_s), *_cues_near(facts.cues, playhead_s)]
    near = " ".join(texts).casefold()
    shown = [term for term in glossary if _holds(near, term.casefold())]
    rest = [term for term in glossary if term not in shown]
    return Hint(_each_once([*shown, *_by_turns(rest, terms_of(texts, is_common))]))


class Expectations:
    """What one session expects to hear. ``know`` reads the store, ``hint`` only what is known already."""

    def __init__(self, videos: VideoStore, glossaries: GlossaryStore, user_id: str) -> None:
        self._videos = videos
        self._glossaries = glossaries
        self._user_id = user_id
        self._read: tuple[str, object] | None = None  # video and version that ``_facts`` were read from
        self._facts = VideoFacts()
        self._glossary: Sequence[str] = ()
        self._looking: asyncio.Task[None] | None = None

    def look(self, video_id: str | None) -> None:
        """Learn what there is to know, soon. Never waits."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self.know(video_id))

    async def close(self) -> None:
        """Give up looking."""
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def know(self, video_id: str | None) -> None:
        """Learn the video and the glossary as they are now; what can't be read stays as it was. Never raises."""
        try:
            terms = await self._glossaries.terms(self._user_id)
            self._glossary = [term for term in terms if confirms(plain(term)) != "post"]  # never put into a mouth
            if video_id is None:
                self._read, self._facts = None, VideoFacts()
                return
            if self._read is not None and self._read[0] != video_id:
                self._read, self._facts = None, VideoFacts()
            read = (video_id, await self._videos.version(video_id, self._user_id))
            if read != self._read:
                video = await self._videos.get(video_id, self._user_id)
                facts = await asyncio.to_thread(_prepared, video.title, video.chapters, video.cues)
                self._read, self._facts = read, facts
        except Exception as error:
            log.warning("what a video is about can't be read, speech is recognised without: %s", type(error).__name__)

    def hint(self, playhead_s: float | None) -> Hint | None:
        """What to tell the recogniser of speech at ``playhead_s`` seconds of the video; None where nothing is known.

        Takes about a millisecond for most videos; 15 to 18 with sixty long captions near and 200 terms of a glossary.
        """
        if not self._glossary and self._facts == VideoFacts():
            return None
        hint = expected_terms(self._facts, playhead_s, self._glossary)
        return hint if hint.terms else None


def _prepared(title: str, chapters: Sequence[Mapping[str, Any]], cues: Sequence[Mapping[str, Any]]) -> VideoFacts:
    """The facts, and the list of common words loaded: neither belongs on the event loop."""
    is_common("a")
    return VideoFacts.read(title, chapters, cues)


def _timed(entries: Iterable[Mapping[str, Any]], names: Sequence[str]) -> tuple[At, ...]:
    found = []
    for entry in entries:
        start_s = next(
            (s for name in ("start", "start_s", "time") if (s := seconds(entry.get(name))) is not None), None
        )
        text = next((text for name in names if isinstance(text := entry.get(name), str) and text.strip()), None)
        if start_s is not None and text is not None:
            found.append((start_s, text[:TEXT_LENGTH]))
    return tuple(sorted(found, key=lambda at: at[0]))


def seconds(value: object) -> float | None:
    """A time as pages write it: 75, 75.5, "75", "1:15", "00:01:15.500". None for anything else."""
    if isinstance(value, str) and (clock := _CLOCK.fullmatch(value)):
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(rest.replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < math.inf else None


def _chapters_near(chapters: Sequence[At], playhead_s: float | None) -> list[str]:
    """The chapter at the playhead, then its neighbours; the first ones where the playhead is not known."""
    if playhead_s is None:
        return [title for _, title in chapters[:3]]
    now = max(0, bisect_right(chapters, playhead_s, key=lambda at: at[0]) - 1)
    return [chapters[at][1] for at in (now, now + 1, now - 1) if 0 <= at < len(chapters)]


def _cues_near(cues: Sequence[At], playhead_s: float | None) -> list[str]:
    """What is said around the playhead, the nearest first."""
    if playhead_s is None:
        return []
    now = bisect_left(cues, playhead_s, key=lambda at: at[0])
    near = [cue for cue in cues[max(0, now - NEAREST) : now + NEAREST] if abs(cue[0] - playhead_s) <= NEAR_S]
    return [text for _, text in sorted(near, key=lambda cue: abs(cue[0] - playhead_s))[:NEAREST]]


def _holds(text: str, term: str) -> bool:
    """Whether ``term`` stands in ``text`` as whole words; both in lower case."""
    return term in text and re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text) is not None


def _by_turns(one: Sequence[str], other: Sequence[str]) -> list[str]:
    both = min(len(one), len(other))
    pairs = [term for pair in zip(one, other, strict=False) for term in pair]
    return [*pairs, *one[both:], *other[both:]]


def _each_once(terms: Iterable[str]) -> tuple[str, ...]:
    """The first ``TERMS``, without what is there already, alone or as part of a longer name."""
    kept: list[str] = []
    for term in terms:
        if not any(f" {term.casefold()} " in f" {known.casefold()} " for known in kept):
            kept.append(term)
        if len(kept) == TERMS:
            break
    return tuple(kept)
