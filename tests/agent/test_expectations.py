from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.expectations import NEAREST, TERMS, TEXT_LENGTH, Expectations, VideoFacts, expected_terms, seconds
from inference.stt.contract import Hint

CHAPTERS: list[dict[str, Any]] = [
    {"title": "Arrival in Valparaiso", "start": 0},
    {"name": "The walk to Cerro Alegre", "start_s": "1:00"},
    {"text": "Dinner with Tavish", "time": 120.0},
    {"title": "Thanks to Okonkwo", "start": 300},
]
CUES: list[dict[str, Any]] = [
    {"start": 10, "end": 12, "text": "this is Niamh with her camera"},
    {"start": 70, "text": "and the Steadicam is heavy"},
    {"start": 75, "text": "says Pelagia to the crowd"},
    {"start": 400, "text": "no Kuleshov here"},
]
FACTS = VideoFacts.read("A day with Marisol Quintero", CHAPTERS, CUES)


def test_title_chapters_and_captions_near_the_playhead_are_expected() -> None:
    assert expected_terms(FACTS, 76.0, ()).terms == (
        "Marisol Quintero",
        "Cerro Alegre",
        "Tavish",
        "Valparaiso",
        "Pelagia",
        "Steadicam",
    )
    assert "Kuleshov" in expected_terms(FACTS, 390.0, ()).terms
    assert "Valparaiso" not in expected_terms(FACTS, 390.0, ()).terms
    assert expected_terms(FACTS, None, ()).terms == ("Marisol Quintero", "Valparaiso", "Cerro Alegre", "Tavish")


def test_the_glossary_comes_first_where_the_video_names_it_and_then_by_turns() -> None:
    terms = expected_terms(FACTS, 76.0, ("Zeiss", "quintero", "pelagia", "LUT")).terms
    assert terms[:6] == ("quintero", "pelagia", "Zeiss", "Marisol Quintero", "LUT", "Cerro Alegre")
    assert terms.count("Pelagia") == 0
    assert expected_terms(VideoFacts(), None, ("Zeiss", "zeiss", "Carl Zeiss")).terms == ("Zeiss", "Carl Zeiss")


def test_a_hint_is_bounded() -> None:
    glossary = [f"Okonkwo{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200)]
    terms = expected_terms(FACTS, 76.0, glossary).terms
    assert len(terms) == TERMS
    assert "Marisol Quintero" in terms


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"text": "Niamh"},
        {"start": 5},
        {"start": None, "text": "Niamh"},
        {"start": True, "text": "Niamh"},
        {"start": -1, "text": "Niamh"},
        {"start": float("inf"), "text": "Niamh"},
        {"start": float("nan"), "text": "Niamh"},
        {"start": "soon", "text": "Niamh"},
        {"start": 5, "text": 7},
        {"start": 5, "text": "  "},
        {"start": 5, "text": None, "title": False},
    ],
)
def test_what_is_malformed_is_passed_over(entry: dict[str, Any]) -> None:
    facts = VideoFacts.read("", [entry, *CHAPTERS], [entry, *CUES])
    assert facts == VideoFacts("", FACTS.chapters, FACTS.cues)


@pytest.mark.parametrize(
    ("written", "at_s"),
    [(75, 75), ("75.5", 75.5), ("1:15", 75), ("00:01:15,500", 75.5), (0, 0), ("x", None), ("", None), ([], None)],
)
def test_times_are_read_as_pages_write_them(written: object, at_s: float | None) -> None:
    assert seconds(written) == at_s


def test_a_long_video_is_no_more_work() -> None:
    """20,000 captions, all of them near the playhead: only the nearest are read."""
    cues = [{"start": 100 + n / 1000, "text": f"then Okonkwo said word {'again ' * 100}"} for n in range(20_000)]
    facts = VideoFacts.read("", [], cues)
    read: list[str] = []

    def is_common(word: str) -> bool:
        read.append(word)
        return word != "Okonkwo"

    assert expected_terms(facts, 110.0, [f"word {n}" for n in range(200)], is_common).terms[1] == "Okonkwo"
    assert len(read) <= NEAREST * TEXT_LENGTH / 2


@dataclass
class Store:
    """Videos and glossaries of one user."""

    title: str = "A day with Marisol Quintero"
    chapters: Sequence[Mapping[str, Any]] = ()
    cues: Sequence[Mapping[str, Any]] = ()
    words: Sequence[str] = ()
    changed: int = 1
    broken: bool = False
    reads: list[str] = field(default_factory=list)

    async def get(self, video_id: str, user_id: str) -> "Store":
        self.reads.append(video_id)
        return self

    async def version(self, video_id: str, user_id: str) -> int:
        if self.broken:
            raise OSError("the disk is gone")
        return self.changed

    async def terms(self, user_id: str) -> Sequence[str]:
        return self.words


async def test_a_session_knows_its_video_and_reads_it_again_only_when_it_has_changed() -> None:
    store = Store()
    expectations = Expectations(store, store, "ada")
    assert expectations.hint(5.0) is None
    for _ in range(2):
        await expectations.know("v1")
        assert expectations.hint(5.0) == Hint(("Marisol Quintero",))
    assert store.reads == ["v1"]
    store.title, store.words, store.changed = "With Tavish", ("Zeiss",), 2
    await expectations.know("v1")
    assert expectations.hint(None) == Hint(("Zeiss", "Tavish"))
    await expectations.know("v2")
    assert store.reads == ["v1", "v1", "v2"]


async def test_another_video_or_none_leaves_nothing_of_the_one_before() -> None:
    store = Store()
    expectations = Expectations(store, store, "ada")
    await expectations.know("v1")
    store.broken = True
    await expectations.know("v1")
    assert expectations.hint(5.0) == Hint(("Marisol Quintero",)), "what can't be read stays as it was"
    await expectations.know("v2")
    assert expectations.hint(5.0) is None
    store.broken, store.words = False, ("Zeiss",)
    await expectations.know("v1")
    await expectations.know(None)
    assert expectations.hint(5.0) == Hint(("Zeiss",))


async def test_a_video_that_names_nobody_gives_no_hint() -> None:
    store = Store(title="My holiday by the sea")
    expectations = Expectations(store, store, "ada")
    await expectations.know("v1")
    assert expectations.hint(5.0) is None
