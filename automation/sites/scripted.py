"""A site in memory whose page breaks where it is told to: for tests of what lies around recipes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from automation.sites.contract import Comment, Go


@dataclass(slots=True)
class Wall:
    """What a site holds, whoever looks at it."""

    comments: list[tuple[str, datetime]] = field(default_factory=list)
    hides: bool = False  # new comments are held for review

    def find(self, text: str, others: Collection[str] = ()) -> Comment | None:
        """The newest with that text."""
        if self.hides:
            return None
        said = [str(number) for number, (words, _) in enumerate(self.comments) if words == text]
        shown = [number for number in said if number not in others]
        return Comment(shown[-1], f"https://site.example/#{shown[-1]}") if shown else None


class ScriptedSite:
    """A Site on a wall. ``breaks`` maps a step to what is raised there, ``after`` what is done once the click is."""

    def __init__(
        self,
        wall: Wall,
        *,
        signed_in: bool = True,
        proves_absence: bool = True,
        answers: bool = True,
        breaks: dict[str, BaseException] | None = None,
        before: dict[str, Callable[[], None]] | None = None,
    ) -> None:
        """``answers``: the site's answer to the click names the comment. ``before``: called when a step begins."""
        self.proves_absence = proves_absence
        self.steps: list[str] = []
        self._wall = wall
        self._is_in = signed_in
        self._answers = answers
        self._breaks = breaks or {}
        self._before = before or {}
        self._text = ""

    async def open_at(self, url: str) -> None:
        self._step("open_at")

    async def signed_in(self) -> bool:
        self._step("signed_in")
        return self._is_in

    async def find_own(self, text: str, since: datetime, others: Collection[str]) -> Comment | None:
        self._step("find_own")
        return self._wall.find(text, others)

    async def write(self, text: str) -> None:
        self._step("write")
        self._text = text

    async def submit(self, go: Go) -> Comment | None:
        self._step("submit")
        go()
        self._wall.comments.append((self._text, datetime.now(UTC)))
        self._step("answer")
        return self._wall.find(self._text) if self._answers else None

    async def read_back(self, text: str) -> Comment | None:
        self._step("read_back")
        return self._wall.find(text)

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if name in self._before:
            self._before[name]()
        if error := self._breaks.get(name):
            raise error
