"""Log lines: JSON for machines, plain for a terminal, each with the session and user it is about.

Never carries what was said. Libraries are heard from warnings up only, since at lower levels some print frames, request
bodies, addresses and statements, and those hold transcripts and tokens.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

OURS = ("agent", "automation", "channels", "inference", "migrations", "server", "storage")
"""The packages that ``log_level`` speaks of."""

_bound: ContextVar[Mapping[str, str]] = ContextVar("sidenote_log_context", default={})  # noqa: B039 - never changed in place
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


@contextmanager
def bind_log_context(**fields: str | None) -> Iterator[None]:
    """Add ``fields`` (session_id, user_id …) to every line logged inside, and in tasks and threads begun inside."""
    token = _bound.set({**_bound.get(), **{name: value for name, value in fields.items() if value is not None}})
    try:
        yield
    finally:
        _bound.reset(token)


def setup_logging(level: str, *, as_json: bool | None = None, stream: TextIO | None = None) -> logging.Handler:
    """Send every log line to ``stream`` (standard error). ``as_json`` None: JSON unless that is a terminal.

    Replaces what an earlier call set up. Returns the handler.
    """
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.addFilter(_add_context)
    handler.setFormatter(JsonFormatter() if as_json or (as_json is None and not target.isatty()) else PlainFormatter())
    root = logging.getLogger()
    for old in [h for h in root.handlers if _add_context in h.filters]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True  # prints query strings, in which a client may send its token
    return handler


def _add_context(record: logging.LogRecord) -> bool:
    """Runs in the task that logs, where the context is."""
    for name, value in _bound.get().items():
        if not hasattr(record, name):
            setattr(record, name, value)
    return True


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD and value is not None}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, then whatever is known of the session."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainFormatter(logging.Formatter):
    """For a person at a terminal: time, level, message, then the rest in brackets."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        extras = " ".join(f"{name}={value}" for name, value in _extras(record).items())
        line = f"{at} {record.levelname.lower():<7} {record.getMessage()}" + (f"  [{extras}]" if extras else "")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
