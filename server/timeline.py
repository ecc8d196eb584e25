"""A review as a person watches it: one line for what is settled, and below them what is going on this moment.

Turns events into rich text. Knows no socket and no terminal: ``server.screen`` decides where it goes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from server.summary import Received, Tally

METER_CELLS = 24
METER_FLOOR_DB = -60.0
TOKENS_SHOWN = 100  # characters of what the model writes

CHIPS = {
    "create_note": ("NOTE", "black on green"),
    "edit_last": ("EDIT", "black on cyan"),
    "cancel": ("SCRATCH", "white on red"),
    "confirm": ("KEEP", "black on green"),
    "seek": ("SEEK", "black on blue"),
    "playback": ("PLAYER", "black on blue"),
    "set_time": ("TIME", "black on cyan"),
    "question": ("QUESTION", "black on magenta"),
}


def clock(seconds: float) -> str:
    """Video time as m:ss, or h:mm:ss from an hour on."""
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{whole // 60}:{whole % 60:02}"


def meter(level_db: float) -> Text:
    """A bar for a level in dB below full scale."""
    share = min(1.0, max(0.0, 1 - level_db / METER_FLOOR_DB))
    cells = round(share * METER_CELLS)
    colour = "red" if level_db > -3 else "yellow" if level_db > -12 else "green"
    return Text.assemble(("━" * cells, colour), ("╌" * (METER_CELLS - cells), "bright_black"))


def notes_table(notes: Iterable[dict[str, Any]], *, ids: bool = False, by_time: bool = True) -> RenderableType:
    """Notes, by their time in the video or as they come; ``notes`` have the shape of ``agent.notes.note_payload``."""
    rows = sorted(notes, key=lambda note: note["timestamp_s"]) if by_time else list(notes)
    if not rows:
        return Text("No notes.", style="dim")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    if ids:
        table.add_column("id", no_wrap=True, style="dim")
    table.add_column("time", justify="right", no_wrap=True, style="cyan")
    table.add_column("category", no_wrap=True)
    table.add_column("note", overflow="fold", ratio=1)
    table.add_column("status", no_wrap=True, style="dim")
    table.add_column("sure", justify="right", no_wrap=True, style="dim")
    for note in rows:
        cells = [
            clock(note["timestamp_s"]),
            note["category"],
            note["text"] + unheard(note),
            note["status"],
            _percent(note["confidence"]),
        ]
        table.add_row(*([note["id"][:8]] if ids else []), *(Text(cell) for cell in cells))
    return table


class Timeline:
    """The lines of one review, made event by event."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._texts: dict[str, str] = {}  # note id: its words, to say what was scratched
        self._partial = ""
        self._tokens = ""
        self.state = "idle"
        self.level_db = METER_FLOOR_DB

    def take(self, received: Received) -> list[Text]:
        """The lines that this event adds. The tally must have taken it before."""
        payload, number = received.payload, received.payload.get("utterance")
        match received.event:
            case "state_changed":
                self.state = payload["state"]
            case "speech_started":
                self._partial = self._tokens = ""
            case "asr_partial":
                self._partial = payload["text"]
            case "model_delta":
                self._tokens = payload["text"][-TOKENS_SHOWN:]
            case "asr_final" if payload["text"]:
                self._partial = ""
                return [self._line(received, Text.assemble((f"“{payload['text']}”", "bold")), self._delay(received))]
            case "intent":
                self._tokens = ""
                return [self._line(received, *self._intent(payload))]
            case "note_created":
                return [self._line(received, self._note("✎", payload["note"], "green"), self._delay(received))]
            case "note_updated":
                return [self._line(received, self._note("↻", payload["note"], "cyan"))]
            case "note_cancelled":
                gone = Text.assemble(("✗ ", "red"), (self._texts.get(payload["note"]["id"], ""), "strike dim"))
                return [self._line(received, gone)]
            case "player_command":
                return [self._line(received, Text.assemble(("▶ ", "blue"), player_words(payload)))]
            case "tool_result":
                said = _result(payload)
                return [self._line(received, said)] if said else []
            case "agent_error":
                self._partial = self._tokens = ""
                return [self._line(received, Text.assemble(("! ", "bold red"), (str(payload.get("message")), "red")))]
        if number is None:
            self._partial = ""
        return []

    @property
    def words(self) -> str:
        """The words being heard or written."""
        return self._tokens or self._partial

    def now(self) -> RenderableType:
        """What goes on this moment: level and state, then the words being heard or written."""
        state = Text.assemble(("  ", ""), meter(self.level_db), ("  ", ""), (self.state, state_style(self.state)))
        return Group(state, Text("  " + self.words, style="bright_black italic", no_wrap=True, overflow="ellipsis"))

    def _line(self, received: Received, *parts: Text | None) -> Text:
        number = received.payload.get("utterance")
        head = Text.assemble((f"{received.t:7.2f} ", "bright_black"), (f"{number or '':>3}  ", "bright_black"))
        for part in parts:
            if part is not None:
                head = head + part + Text("  ")
        head.rstrip()
        return head

    def _delay(self, received: Received) -> Text | None:
        """How long after the last speech sample this came."""
        _, spoken = self._tally.speech(received.payload["utterance"])
        if spoken is None or not self._tally.paced:
            return None
        return Text(f"+{(received.t - spoken) * 1000:.0f} ms", style="bright_black")

    def _intent(self, payload: dict[str, Any]) -> Iterable[Text]:
        word, style = CHIPS.get(payload["intent"], (payload["intent"].upper(), "reverse"))
        word = "POST" if payload.get("post") else word
        yield Text(f" {word} ", style=style)
        shown = [payload.get("category"), _percent(payload["confidence"]), payload.get("engine")]
        yield Text(" · ".join(part for part in shown if part), style="bright_black")
        if notice := payload.get("notice"):
            yield Text(str(notice), style="yellow")

    def _note(self, sign: str, note: dict[str, Any], style: str) -> Text:
        self._texts[note["id"]] = note["text"]
        about = f" {note['category']}" + ("" if note["status"] == "ghost" else f", {note['status']}")
        return Text.assemble(
            (f"{sign} ", style),
            (f"[{clock(note['timestamp_s'])}]", "cyan"),
            (about, "bright_black"),
            f"  {note['text']}",
            (unheard(note), "yellow"),
        )


def unheard(note: dict[str, Any]) -> str:
    """What to say of speech that got no words; nothing where all of it did, or nobody can tell."""
    coverage = note.get("coverage")
    return "" if coverage is None or coverage >= 1 else f"  {_percent(1 - coverage)} of the speech not made out"


def player_words(payload: dict[str, Any]) -> str:
    """What a ``player_command`` does, for a person."""
    if payload["action"] != "seek":
        return f"player: {payload['action']}"
    if (to_s := payload.get("to_s")) is not None:
        return f"player: go to {clock(to_s)}"
    by_s = payload.get("by_s", 0.0)
    return f"player: {'back' if by_s < 0 else 'ahead'} {abs(by_s):g} s"


def latencies(summary: dict[str, Any]) -> list[tuple[str, float]]:
    """Median milliseconds from the last speech sample to each step, where there were any."""
    found = []
    for label, key in (("endpoint", "endpoint_s"), ("final", "final_s"), ("note", "note_s")):
        waits = [
            (row[key] - row["speech_end_s"]) * 1000
            for row in summary["utterances"]
            if row[key] is not None and row["speech_end_s"] is not None
        ]
        if waits:
            found.append((label, _median(waits)))
    return found


def _result(payload: dict[str, Any]) -> Text | None:
    """What a tool answered, where no other event says it."""
    if payload["tool"] == "none":
        return Text(f"– no note: {payload['reason']}", style="yellow")
    if not payload["ok"]:
        return Text(f"– {payload.get('message') or payload.get('reason')}", style="yellow")
    if answer := payload.get("answer"):
        return Text(f"» {answer}", style="magenta")
    return None


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def state_style(state: str) -> str:
    return {"listening": "bold green", "error": "bold red", "idle": "dim"}.get(state, "bold yellow")
