"""What came of a review, told from what was sent and what was received, both on one clock. Pure.

The clock is the client's own and zero at the first sample sent. No figure comes from the server: only the number and
the samples of an utterance do.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from agent.events import Mode

Span = tuple[int, int]
"""First sample and the one after the last."""


@dataclass(frozen=True, slots=True)
class Received:
    """One event as it came in."""

    t: float  # seconds since the first sample was sent
    topic: str
    event: str
    seq: int | None
    payload: dict[str, Any]

    def line(self) -> dict[str, Any]:
        """Its line in ``--json``."""
        return {
            "event": self.event,
            "topic": self.topic,
            "seq": self.seq,
            "t": round(self.t, 4),
            "payload": self.payload,
        }


@dataclass(slots=True)
class SentCapture:
    """When the samples of one capture were sent."""

    speech: tuple[Span, ...] | None = None  # marked on the recording; None for a microphone
    ends: list[int] = field(default_factory=list)  # the sample after each push
    times: list[float] = field(default_factory=list)  # seconds, of each push
    stopped: float | None = None  # seconds, when ``stop`` was sent

    def push(self, samples: int, t: float) -> None:
        """``samples`` more were sent at ``t``."""
        self.ends.append((self.ends[-1] if self.ends else 0) + samples)
        self.times.append(t)

    def sent_at(self, sample: int) -> float | None:
        """When ``sample`` was sent."""
        push = bisect_left(self.ends, sample + 1)
        return self.times[push] if push < len(self.times) else None


@dataclass(slots=True)
class Sent:
    """All captures by number."""

    captures: dict[int, SentCapture] = field(default_factory=dict)


@dataclass(slots=True)
class Utterance:
    """What is known of one utterance."""

    n: int
    capture: int = 0
    span: Span = (0, 0)  # samples that may hold its speech
    reason: str = ""
    ended: float | None = None  # seconds, when ``speech_ended`` came
    final_s: float | None = None
    note_s: float | None = None
    text: str | None = None
    intent: str | None = None


class Tally:
    """Takes events one by one and adds them up."""

    def __init__(self, mode: Mode, sent: Sent, *, paced: bool = True) -> None:
        """``paced``: sent as fast as spoken, so that delays mean something."""
        self.paced = paced
        self._mode = mode
        self._sent = sent
        self._utterances: dict[int, Utterance] = {}
        self._notes: dict[str, dict[str, Any]] = {}
        self._edges: dict[int, int] = {}  # capture: where its last utterance ended

    def take(self, received: Received) -> None:
        payload, t = received.payload, received.t
        if received.event.startswith("note_"):
            self._take_note(received)
        number = payload.get("utterance")
        if not isinstance(number, int):
            return
        match received.event:
            case "speech_ended":
                utterance = self._utterance(number)
                utterance.capture, utterance.reason, utterance.ended = payload["capture"], payload["reason"], t
                begin = max(payload["start"], self._edges.get(utterance.capture, 0))
                utterance.span = (begin, max(payload["end"], payload["endpoint"]))
                self._edges[utterance.capture] = utterance.span[1]
            case "asr_final":
                utterance = self._utterance(number)
                utterance.text, utterance.final_s = payload["text"], t
            case "intent":
                self._utterance(number).intent = payload["intent"]
            case "note_created" if (made := self._utterance(number)).note_s is None:
                made.note_s = t

    def _take_note(self, received: Received) -> None:
        note = received.payload.get("note")
        if not isinstance(note, dict):
            return
        known = self._notes.get(note["id"])
        if known is None or note["revision"] >= known["revision"]:
            self._notes[note["id"]] = note

    def _utterance(self, number: int) -> Utterance:
        return self._utterances.setdefault(number, Utterance(number))

    @property
    def notes(self) -> list[dict[str, Any]]:
        """The notes that stand, in the order in which they were said."""
        standing = (note for note in self._notes.values() if note["status"] != "cancelled")
        return sorted(standing, key=lambda note: (note["utterance"] or 0, note["part"]))

    def speech(self, number: int) -> tuple[float | None, float | None]:
        """When the first and the last speech sample of an utterance were sent, None where no speech is marked."""
        utterance = self._utterances.get(number)
        capture = self._sent.captures.get(utterance.capture) if utterance else None
        if utterance is None or capture is None:
            return None, None
        low, high = utterance.span
        within = [(max(a, low), min(b, high)) for a, b in capture.speech or () if a < high and b > low]
        if not within:
            return None, None
        return capture.sent_at(within[0][0]), capture.sent_at(within[-1][1] - 1)

    def endpoint(self, number: int) -> float | None:
        """When the end of an utterance was known: ``stop`` sent (ptt), else ``speech_ended`` received."""
        utterance = self._utterances.get(number)
        if utterance is None:
            return None
        capture = self._sent.captures.get(utterance.capture)
        if self._mode is Mode.PTT and utterance.reason == "stop" and capture:
            return capture.stopped
        return utterance.ended

    def summary(self) -> dict[str, Any]:
        """The last line of ``--json``."""
        return {"event": "summary", "notes": self.notes, "utterances": [self._row(n) for n in sorted(self._utterances)]}

    def _row(self, number: int) -> dict[str, Any]:
        utterance = self._utterances[number]
        start, end = self.speech(number)
        return {
            "n": number,
            "speech_start_s": _rounded(start),
            "speech_end_s": _rounded(end),
            "endpoint_s": _rounded(self.endpoint(number)),
            "final_s": _rounded(utterance.final_s),
            "note_s": _rounded(utterance.note_s),
            "text": utterance.text,
            "intent": utterance.intent,
        }


def summarise(received: Iterable[Received], sent: Sent, mode: Mode) -> dict[str, Any]:
    """The summary of a whole list of events."""
    tally = Tally(mode, sent)
    for each in received:
        tally.take(each)
    return tally.summary()


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
