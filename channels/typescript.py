"""Prints the wire's types as TypeScript: ``python -m channels.typescript extension/src/wire/messages.ts``.

Reads them off the TypedDicts of ``payloads``, ``tool_payloads`` and ``exchanges``, and the models of what clients push.
Knows nothing of what they mean, and prints in the form that the formatter of the TypeScript would give them.
"""

import inspect
import json
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from agent.events import Consent, Mode
from agent.states import Mic, RunState
from channels import exchanges, payloads, tool_payloads
from channels.topics.contract import Params
from inference.llm.contract import Category, Intent
from storage.job_state import JobState
from storage.note_status import NoteStatus

WIDTH = 120
ENUMS: dict[type[StrEnum], tuple[str, str]] = {
    Mic: ("MIC_STATES", "MicState"),
    Mode: ("MODES", "Mode"),
    RunState: ("RUN_STATES", "RunState"),
    Category: ("CATEGORIES", "Category"),
    NoteStatus: ("NOTE_STATUSES", "NoteStatus"),
    Intent: ("INTENTS", "IntentName"),
    Consent: ("CONSENTS", "Consent"),
    JobState: ("JOB_STATES", "JobState"),
}
"""What an enumeration's values, and the type of one of them, are called."""

EVENTS = {
    "SessionEvents": ("SESSION_EVENTS", "SessionEvent"),
    "AudioEvents": ("AUDIO_EVENTS", "AudioEvent"),
    "VideoEvents": ("VIDEO_EVENTS", "VideoEvent"),
    "UserEvents": ("USER_EVENTS", "UserEvent"),
}
"""What the names of a topic's events, and the type of one of its events, are called."""

ROOTS = (*EVENTS, "Joins", "SessionPushes", "AudioPushes", "VideoPushes", "UserPushes", "Refusal")

HEAD = """\
// The messages of the wire, printed from the server's own types by channels/typescript.py: change those, not this file.
// What each means is told in docs/wire.md. Says nothing of how messages travel.
"""

OWN_FORM = {
    "EventOf": """\
/** One of a topic's events, by its name. */
export type EventOf<Events> = {
  readonly [Name in keyof Events]: { readonly event: Name; readonly payload: Events[Name] };
}[keyof Events];
"""
}
"""What Python's types can't say as exactly."""

RECOVERED = """\
/** What answers the join of a topic on which a client can catch up. */
export type Recovered<Snapshot, Events = SessionEvents & VideoEvents & UserEvents> =
  | CaughtUp<Events>
  | StartedAnew<Snapshot>;
"""


def typescript() -> str:
    """The whole file."""
    parts = [HEAD, *(_enumeration(enum, *names) for enum, names in ENUMS.items())]
    known = Types()
    for root in ROOTS:
        known.take(getattr(exchanges, root))
    parts += known.declarations()
    parts.append(RECOVERED)
    parts += [_events(name, *names) for name, names in EVENTS.items()]
    return "\n".join(parts)


class Types:
    """The named types that are reached from those taken, each declared once."""

    def __init__(self) -> None:
        modules = (payloads, tool_payloads, exchanges)
        self._aliases = {
            value: name
            for module in modules
            for name, value in vars(module).items()
            if get_origin(value) is not None and not inspect.isclass(value)
        }
        self._declared: dict[str, str] = {}  # by name
        self._named: dict[str, Any] = {}

    def take(self, named: Any) -> None:
        self._text(named)

    def declarations(self) -> Iterable[str]:
        return self._declared.values()

    def _text(self, tp: Any, *, unnamed: bool = False) -> str:
        """A type as it is referred to."""
        if not unnamed and _hashable(tp) and tp in self._aliases:
            name = self._aliases[tp]
            if name not in self._declared:
                self._declared[name] = f"{_alias(name, self._text(tp, unnamed=True))}\n"
            return name
        origin, arguments = get_origin(tp), get_args(tp)
        if origin is Literal:
            return " | ".join(json.dumps(value) for value in arguments)
        if origin in (Union, types.UnionType):
            return " | ".join(dict.fromkeys(self._text(part) for part in arguments))
        if origin is tuple:
            return self._tuple(arguments)
        if origin is list:
            return f"readonly {_single(self._text(arguments[0]))}[]"
        if origin is Mapping:
            return f"Readonly<Record<{self._text(arguments[0])}, {self._text(arguments[1])}>>"
        if origin is not None:
            return f"{self._text(origin)}<{', '.join(map(self._text, arguments))}>"
        return self._plain(tp)

    def _tuple(self, parts: tuple[Any, ...]) -> str:
        if len(parts) == 2 and parts[1] is Ellipsis:
            return f"readonly {_single(self._text(parts[0]))}[]"
        return f"readonly [{', '.join(map(self._text, parts))}]"

    def _plain(self, tp: Any) -> str:
        if isinstance(tp, TypeVar):
            return tp.__name__
        if tp in _PRIMITIVES:
            return _PRIMITIVES[tp]
        if tp in ENUMS:
            return ENUMS[tp][1]
        if is_typeddict(tp) or (inspect.isclass(tp) and issubclass(tp, Params)):
            return self._record(tp)
        raise TypeError(f"{tp!r} has no TypeScript: say how it is printed in {__name__}")

    def _record(self, tp: Any) -> str:
        name = str(tp.__name__)
        if self._named.setdefault(name, tp) is not tp:
            raise TypeError(f"two types are called {name}: one of them needs another name")
        if name not in self._declared:
            self._declared[name] = ""  # it may refer to itself
            lines = [f"  readonly {field}{mark}: {self._text(of)};" for field, mark, of in _fields(tp)]
            self._declared[name] = OWN_FORM.get(name) or _declaration(tp, name, lines)
        return name


_PRIMITIVES: dict[Any, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    Any: "unknown",
}


def _fields(tp: Any) -> Iterator[tuple[str, str, Any]]:
    """Name on the wire, ``?`` where it may be absent, and type."""
    if is_typeddict(tp):
        for name, of in get_type_hints(tp).items():
            yield name, "?" if name in tp.__optional_keys__ else "", of
    else:
        for name, field in tp.model_fields.items():
            yield field.alias or name, "" if field.is_required() else "?", field.annotation


def _declaration(tp: Any, name: str, lines: list[str]) -> str:
    doc = _doc(tp)
    parameters = ", ".join(each.__name__ for each in getattr(tp, "__parameters__", ()))
    head = f"export type {name}<{parameters}>" if parameters else f"export type {name}"
    if not lines:
        return f"{doc}{head} = Readonly<Record<string, never>>;\n"
    return "\n".join([f"{doc}{head} = {{", *lines, "};\n"])


def _doc(tp: Any) -> str:
    """The first paragraph of a type's own docstring."""
    text = inspect.cleandoc(tp.__dict__.get("__doc__") or "").partition("\n\n")[0].replace("\n", " ").replace("``", "`")
    return f"/** {text} */\n" if text else ""


def _alias(name: str, text: str) -> str:
    line = f"export type {name} = {text};"
    return line if len(line) <= WIDTH else "\n".join([f"export type {name} =", *_members(text)])


def _members(union: str) -> list[str]:
    *first, last = union.split(" | ")
    return [*(f"  | {member}" for member in first), f"  | {last};"]


def _enumeration(enum: type[StrEnum], values: str, name: str) -> str:
    return f"{_constant(values, enum)}\n{_doc(enum)}export type {name} = (typeof {values})[number];\n"


def _events(events: str, values: str, name: str) -> str:
    names = get_type_hints(getattr(exchanges, events))
    constant = _constant(values, names, f" as const satisfies readonly (keyof {events})[]")
    return f"{constant}\nexport type {name} = EventOf<{events}>;\n"


def _constant(name: str, values: Iterable[str], close: str = " as const") -> str:
    quoted = [json.dumps(str(value)) for value in values]
    line = f"export const {name} = [{', '.join(quoted)}]{close};"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"export const {name} = [", *(f"  {value}," for value in quoted), f"]{close};"])


def _single(text: str) -> str:
    """A type that can stand before ``[]``."""
    return f"({text})" if " " in re.sub("<.*>", "", text) else text


def _hashable(tp: Any) -> bool:
    try:
        hash(tp)
    except TypeError:
        return False
    return True


def main() -> None:
    Path(sys.argv[1]).write_text(typescript(), encoding="utf-8")


if __name__ == "__main__":
    main()
