"""channels/typescript.py: the TypeScript in the tree is what would be printed now, and says what docs/wire.md says."""

import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from typing_extensions import TypedDict, is_typeddict

from channels import exchanges, payloads, tool_payloads
from channels.topics import audio
from channels.topics.contract import Params
from channels.typescript import EVENTS as EVENT_NAMES
from channels.typescript import Types, typescript
from tests.channels.typed import EVENTS, PUSHES

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "extension/src/wire/messages.ts"
DOCUMENT = (ROOT / "docs/wire.md").read_text(encoding="utf-8")
KINDS = ("session", "audio", "video", "user")
CODE = re.compile(r"`([^`]+)`")

Fields = dict[str, bool]
"""Names, and whether each may be absent."""


def section(kind: str) -> str:
    """What docs/wire.md says of one kind of topic."""
    return DOCUMENT.split(f"\n### `{kind}:{{id}}`\n")[1].split("\n### ")[0].split("\n## ")[0]


def rows(kind: str, heading: str) -> dict[str, list[str]]:
    """The cells after the first, by each name in it, of the tables whose first column has this heading."""
    found: dict[str, list[str]] = {}
    for table in re.findall(rf"^\| {heading} \|.*\n\|[-|]+\|\n((?:\|.*\n?)*)", section(kind), re.MULTILINE):
        for line in table.splitlines():
            first, *rest = (cell.strip() for cell in line.strip("|").split("|"))
            found |= dict.fromkeys(CODE.findall(first), rest)
    return found


def documented(cell: str) -> Fields:
    """The fields of the first ``{…}`` of a cell."""
    text = CODE.findall(cell)[0]
    assert text.startswith("{"), cell
    listed = re.sub(r"\{.*\}|\[.*\]", "", text[1 : text.rindex("}")])  # what lies deeper is another type's
    names = re.findall(r"(\w+)(\?)?(?:: *\"\w+\")?(?: or null)?(?:, *| or |$)", listed)
    return {name: bool(mark) for name, mark in names if name not in ("or", "null")}


def typed(named: Any) -> Fields:
    """The fields of a type, without the ``seq`` that every durable event has."""
    if isinstance(named, type) and issubclass(named, Params):
        return {field.alias or name: not field.is_required() for name, field in named.model_fields.items()}
    return {name: name in named.__optional_keys__ for name in get_type_hints(named) if name != "seq"}


def test_the_file_is_what_would_be_printed_now() -> None:
    stale = f"run: python -m channels.typescript {MESSAGES.relative_to(ROOT)}"
    assert MESSAGES.read_text(encoding="utf-8") == typescript(), stale


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_of_a_topic_has_a_type_and_is_documented(kind: str) -> None:
    table = set(rows(kind, "event"))
    as_above = set(CODE.findall(section(kind))) if kind in ("video", "user") else set()
    of_a_post = {"tool_start", "tool_progress", "tool_result"} if kind in ("video", "user") else set()
    types = set(get_type_hints(EVENTS[kind])) - {"token_expired"}  # on every topic: in the chapter on connecting
    assert table <= types
    assert types - table - as_above - of_a_post == set()
    assert "`token_expired {grace_s}`" in DOCUMENT


def events_in_tables() -> dict[str, tuple[str, Any]]:
    found: dict[str, tuple[str, Any]] = {}
    for kind in KINDS:
        hints = get_type_hints(EVENTS[kind])
        found |= {name: (cells[0], hints[name]) for name, cells in rows(kind, "event").items()}
    return found


@pytest.mark.parametrize("name", sorted(events_in_tables()))
def test_the_fields_of_an_event_are_the_documented_ones(name: str) -> None:
    cell, named = events_in_tables()[name]
    if name == "tool_result":
        members = [typed(member) for member in get_args(named)]
        assert all(documented(cell).keys() <= fields.keys() for fields in members)
        named_somewhere = set(CODE.findall(section("session")))
        rest = {field for fields in members for field in fields} - documented(cell).keys()
        assert rest - named_somewhere == {"job_id"}, "it is named with tool_start"
        return
    if name == "presence_state":
        assert "`{user: {metas: [{phx_ref, client, online_at}]}}`" in cell
        assert list(typed(payloads.PresenceMeta)) == ["phx_ref", "client", "online_at"]
        return
    fields = typed(tool_payloads.CommandStart) if name == "tool_start" else typed(named)
    if name == "note_cancelled":
        assert fields.pop("deleted") is True
        assert "`note_cancelled` with `deleted: true`" in cell
    if name == "player_command":  # listed as "to_s? or by_s?"
        assert {"to_s", "by_s"} <= fields.keys()
    assert documented(cell) == fields


def test_what_a_worker_says_is_documented() -> None:
    assert "`{utterance, tool, note_id, job_id, arguments: {site, attempt}}`" in section("session").replace("\n", " ")
    fields = typed(tool_payloads.CommentStart)
    assert fields.keys() == {"utterance", "tool", "note_id", "job_id", "arguments"}
    assert typed(tool_payloads.CommentArguments).keys() == {"site", "attempt"}


def test_the_fields_of_a_note_are_the_documented_ones() -> None:
    listed = re.search(r"A \*\*note\*\* is `\{(.*?)\}`", DOCUMENT, re.DOTALL)
    assert listed
    named = set(re.findall(r"\w+", listed[1]))
    fields = typed(payloads.Note).keys()
    assert named <= fields
    assert {f"`{name}`" for name in fields - named if f"`{name}`" not in section("session")} == set()


def pushes_in_tables() -> dict[tuple[str, str], tuple[str, Any]]:
    found = {}
    for kind in KINDS:
        hints = get_type_hints(PUSHES[kind])
        for name, cells in rows(kind, "push").items():
            if name in hints:
                found[kind, name] = (cells[0], hints[name])
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_push_of_a_topic_has_a_type_and_is_documented(kind: str) -> None:
    refused = {"transcript_partial", "transcript_final"}
    as_bytes = {"audio"}
    assert set(rows(kind, "push")) - refused - as_bytes == set(get_type_hints(PUSHES[kind])) - {"token"}


@pytest.mark.parametrize(("kind", "name"), sorted(pushes_in_tables()))
def test_the_fields_of_a_push_are_the_documented_ones(kind: str, name: str) -> None:
    cell, push = pushes_in_tables()[kind, name]
    payload, _ = push.__args__
    if "as on" in cell:
        assert push == get_type_hints(PUSHES["session"])[name]
    elif "{" not in cell:
        assert payload is exchanges.Nothing
    elif name == "clock":  # two of its fields have a default, which the table does not tell
        assert documented(cell).keys() == typed(payload).keys()
    else:
        assert documented(cell) == typed(payload)


def test_the_params_of_joins_are_the_documented_ones() -> None:
    assert set(rows("audio", "join param")) - {"ptt", "hands-free", "pcm16", "sidenote:practice"} == set(
        typed(audio.AudioJoin)
    )
    assert "`{epoch, last_seq}`" in DOCUMENT
    assert "Join: recovery params, and `client`" in section("video")
    assert typed(exchanges.VideoJoin).keys() == {"epoch", "last_seq", "client"}
    assert "`{video_id, client_id, capture, samples}`" in section("audio")
    assert list(typed(exchanges.AudioJoined)) == ["video_id", "client_id", "capture", "samples"]
    for kind, snapshot in (("video", exchanges.VideoSnapshot), ("user", exchanges.UserSnapshot)):
        assert f"`snapshot`: `{{{', '.join(typed(snapshot))}}}`" in section(kind)


def test_the_members_of_the_file() -> None:
    """Guards the printing itself: what it left out would pass the comparison above."""
    text = typescript()
    for event in {name for events in EVENTS.values() for name in get_type_hints(events)}:
        pascal = "".join(part.capitalize() for part in event.split("_"))
        assert f"export type {pascal} =" in text, event
    for events in EVENT_NAMES:
        assert f"export type {events} = {{" in text
    assert "readonly from: number;\n  readonly to: number;" in text, "names are those of the wire"
    assert "export type Recovered<Snapshot, Events = " in text
    fields = [line for line in text.splitlines() if re.match(r"  [\w\[]", line)]
    assert len(fields) > 200
    assert [line for line in fields if not line.startswith("  readonly ")] == []
    assert [line for line in text.splitlines() if len(line) > 120] == []


def test_what_is_not_printed_is_only_the_base_of_what_is() -> None:
    every = {
        name: named
        for module in (payloads, tool_payloads, exchanges)
        for name, named in vars(module).items()
        if is_typeddict(named)
    }
    bases = {base.__name__ for named in every.values() for base in getattr(named, "__orig_bases__", ())}
    printed = set(re.findall(r"^export type (\w+)", typescript(), re.MULTILINE))
    assert {"Durable", "Comment"} <= every.keys() - printed <= bases


def test_two_types_of_one_name_are_an_error() -> None:
    class Stop(TypedDict):
        now: bool

    types = Types()
    types.take(audio.Stop)
    with pytest.raises(TypeError, match="two types are called Stop"):
        types.take(Stop)


def test_a_type_without_typescript_is_an_error() -> None:
    class Odd(TypedDict):
        when: complex

    with pytest.raises(TypeError, match="say how it is printed"):
        Types().take(Odd)
