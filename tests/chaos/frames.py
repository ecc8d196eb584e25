"""Frames that an enemy or a broken client would send, drawn from a seed: valid ones, and what becomes of them.

Opens no socket. The codec sorts what it refuses from what it takes, so that it is known what is to be answered.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from channels.wire import AudioFrame, BinaryPush, Message, WireError, decode_client, encode, encode_audio

MAX_FRAME = 262_144  # bytes
RECOVERY: dict[str, Any] = {"epoch": "9f2c", "last_seq": 3}
AUDIO_JOIN: dict[str, Any] = {
    "url": "sidenote:practice",
    "mode": "ptt",
    "client_id": "c1",
    "timestamp": 10.0,
    "sample_rate": 16000,
    "encoding": "pcm16",
}
NOTE: dict[str, Any] = {"note_id": "b1d4"}
EDIT: dict[str, Any] = {**NOTE, "text": "Louder.", "category": "audio", "timestamp_s": 3.5, "revision": 1}
WRITE: dict[str, Any] = {"text": "Softer.", "timestamp_s": 3.5, "category": "audio", "client_ref": "9f2c51d07ab84e63"}
REPORT: dict[str, Any] = {"events": [{"kind": "key_to_note_ms", "ms": 812.5}, {"kind": "error", "code": "0" * 16}]}
SETTLE: dict[str, Any] = {**NOTE, "found": True, "permalink": "https://site.example/c/1"}
COMMANDS = {
    **dict.fromkeys(("confirm_note", "post_note", "scratch_note", "delete_note"), NOTE),
    "edit_note": EDIT,
    "settle_post": SETTLE,
    "write_note": WRITE,
}
VIDEO: dict[str, Any] = {
    "platform": "youtube",
    "external_id": "dQw4w9WgXcQ",
    "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "title": "A title",
    "duration": 213.0,
    "chapters": [{"title": "One", "start_s": 0}],
    "cues": [{"text": "Hello", "start_s": 1}],
}
PUSHES: dict[str, dict[str, dict[str, Any]]] = {
    "session": {"cancel": {}, "reset": {}, **COMMANDS},
    "audio": {
        "stop": {"capture": 1, "samples": 16_000},
        "gap": {"capture": 1, "from": 0, "to": 16_000},
        "anchor": {"capture": 1, "sample": 0, "wall_ms": 1.7e12},
        "clock": {"wall_ms": 1.7e12, "media_s": 10.0, "rate": 1.0, "paused": False},
        "capture_failed": {"reason": "unplugged"},
        "pause": {},
        "resume": {},
        "cancel": {},
        "transcript_partial": {"text": "The"},
        "transcript_final": {"text": "The music."},
        "audio": {},
    },
    "video": {"video_detected": VIDEO, "get_notes": {}, **COMMANDS},
    "user": {
        "get_glossary": {},
        "set_glossary": {"terms": ["Ostrava", "lower third"]},
        "get_preferences": {},
        "set_preferences": {"auto_post": False},
        "list_videos": {"query": "title", "limit": 2},
        "search_notes": {"query": "louder", "category": "audio", "status": "firmed", "limit": 2},
        "report": REPORT,
    },
}
"""Every push of docs/wire.md with a payload that may be taken; a test holds the two together."""

JOINS = {"session": RECOVERY, "audio": AUDIO_JOIN, "video": RECOVERY, "user": RECOVERY}
NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, -1e308, 5e-324, -0.0,
)  # fmt: skip
BROKEN_NUMBERS = (float("nan"), float("inf"), float("-inf"))
WORDS = (
    "", " ", "\0", "a\0b", "nan", "inf", "Infinity", "-1", "1e999", "null", "true", "phx_join", "\u202e", "\ufeff", "é",
    "💥" * 50, "..", "../../etc/passwd", "' OR 1=1 --", "%s%n", "{{7*7}}", "<script>", "sidenote:practice", "video:new",
    "https://[::1", "http://169.254.169.254/", "file:///etc/passwd", "https://youtu.be/" + "a" * 3000,
)  # fmt: skip
TOPICS = (
    "", ":", "session", "session:", "session:a b", "session:" + "x" * 65, "session:" + "x" * 200, "nothing:1",
    "audio:💥", "phoenix", "video:new", "video:none", "user:somebody-else", "session:\0", "session:../x", "SESSION:a",
)  # fmt: skip
EVENTS = ("", "phx_reply", "phx_close", "phx_error", "heartbeat", "audio", "note_created", "__class__", "x" * 255, "\0")


@dataclass(frozen=True, slots=True)
class Hostile:
    """One message, as it goes over the wire."""

    data: str | bytes
    breaks: bool = False  # no frame of the protocol: the connection is to be closed with a reason
    ref: str | None = None  # answered, unless the topic ends first
    topic: str = ""
    ends: bool = False  # leaves or joins the topic anew: what was pushed before may go unanswered


@dataclass(slots=True)
class Attacker:
    """Draws what one connection sends, and learns from the answers what is worth attacking."""

    random: Random
    topics: tuple[str, ...]  # that may be joined
    _refs: int = 0
    _join_refs: dict[str, str | None] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=lambda: ["b1d4"])
    _captures: dict[str, int] = field(default_factory=dict)  # the number of the next one, for each topic
    _spoken: str | None = None  # the topic of a capture that is to be stopped

    def frame(self) -> Hostile:
        """The next message."""
        draw = self.random.choices(list(SHARES), list(SHARES.values()))[0]
        return draw(self)

    def join(self, topic: str, params: Any) -> Hostile:
        ref = self._ref()
        self._join_refs[topic] = ref
        return self._sorted(_dumped([ref, ref, topic, "phx_join", params]))

    def honest_join(self, topic: str) -> Hostile:
        kind = topic.partition(":")[0]
        return self.join(topic, AUDIO_JOIN if kind == "audio" else {})

    def heartbeat(self) -> tuple[str, str]:
        """(its ref, the frame)"""
        ref = self._ref()
        return ref, _dumped([None, ref, "phoenix", "heartbeat", {}])

    def learn(self, message: list[Any]) -> None:
        """Take note of what the server sent."""
        _, ref, topic, event, payload = message
        response = payload.get("response", {}) if event == "phx_reply" else payload
        if event == "phx_reply" and payload["status"] == "error" and ref and self._join_refs.get(topic) == ref:
            del self._join_refs[topic]
        if event in ("phx_close", "phx_error") and self._join_refs.get(topic) == ref:
            self._join_refs.pop(topic, None)
        if "client_id" in response:
            self._captures[topic] = response["capture"] + 1
        if "note" in response and len(self._notes) < 100:
            self._notes.append(response["note"]["id"])

    # Kinds of frames

    def _push(self) -> Hostile:
        """A push of the topic's own, its payload spoilt."""
        topic = self._topic()
        pushes = PUSHES.get(topic.partition(":")[0]) or PUSHES["session"]
        event = self.random.choice(list(pushes))
        return self._message(topic, event, self._spoilt(pushes[event]))

    def _stray(self) -> Hostile:
        """Any event on any topic, with anything."""
        topic = self.random.choice((*TOPICS, *self.topics))
        event = self.random.choice((*EVENTS, *(name for pushes in PUSHES.values() for name in pushes)))
        return self._message(topic, event, self._value(3))

    def _join(self) -> Hostile:
        """Mostly what it takes to be let in, else anything."""
        left = [topic for topic in self.topics if topic not in self._join_refs]
        if left and self.random.random() < 0.7:
            return self.honest_join(self.random.choice(left))
        topic = self.random.choice((*TOPICS, *self.topics, *self.topics))
        return self.join(topic, self._spoilt(JOINS.get(topic.partition(":")[0], {})))

    def _leave(self) -> Hostile:
        return self._message(self._topic(), "phx_leave", {})

    def _beat(self) -> Hostile:
        return self._sorted(_dumped([None, self._ref(), "phoenix", "heartbeat", self._value(2)]))

    def _audio(self) -> Hostile:
        """Samples where none belong, or too many, or half of one."""
        capture = self.random.choice((0, 1, 1, 2, 3, 2**31, 2**32 - 1, self.random.randrange(100)))
        offset = self.random.choice((0, 0, 0, 1, 1_600, 16_000, 2**31, 2**32 - 1, self.random.randrange(50_000)))
        size = self.random.choice((0, 1, 2, 3, 640, 640, 3_200, 3_201, 25_600, 64_000))
        data = encode_audio(AudioFrame(capture, offset, bytes(size)))
        if self.random.random() < 0.1:
            data = data[: self.random.randrange(len(data) + 1)]
        topics = [topic for topic in self.topics if topic.startswith("audio:")]
        return self._bytes(self.random.choice(topics), "audio", data)

    def _speech(self) -> Hostile:
        """An honest press, in two messages: there are notes to attack."""
        if self._spoken:
            topic, self._spoken = self._spoken, None
            stop = {"capture": self._captures[topic], "samples": 16_000}
            self._captures[topic] += 1
            return self._message(topic, "stop", stop)
        topics = [topic for topic in self._join_refs if self._captures.get(topic, 2**32) < 2**32]
        if not topics:
            return self._audio()
        self._spoken = self.random.choice(topics)
        data = encode_audio(AudioFrame(self._captures[self._spoken], 0, bytes(32_000)))
        return self._bytes(self._spoken, "audio", data)

    def _misplaced_bytes(self) -> Hostile:
        """Bytes where text is due."""
        events = ("phx_join", "phx_leave", "heartbeat", "stop", "edit_note", "get_notes", "cancel", *EVENTS)
        return self._bytes(self._topic(), self.random.choice(events), self.random.randbytes(self.random.randrange(64)))

    def _nested(self) -> Hostile:
        depth = self.random.choice((10, 100, 500, 900, 1_000, 1_019, 1_100, 5_000))
        opened, closed = self.random.choice((("[", "]"), ('{"a":', "}")))
        inner = opened * depth + "1" + closed * depth
        ref, topic, video = self._ref(), self._topic(), json.dumps(VIDEO)[:-1]
        payload = self.random.choice((inner, f'{{"note_id": {inner}}}', f'{video}, "chapters": [{{"a": {inner}}}]}}'))
        event = self.random.choice(("edit_note", "video_detected", "stop", "phx_join"))
        if event == "phx_join":
            self._join_refs[topic] = ref
        join_ref = (self._join_refs.get(topic) or "1") if event != "phx_join" else ref
        return self._sorted(f'["{join_ref}","{ref}","{topic}","{event}",{payload}]')

    def _large(self) -> Hostile:
        text = self.random.choice(("x", "\0", "é", "💥")) * self.random.choice((5_000, 50_000, 60_000))
        return self._message(self._topic(), "edit_note", {**EDIT, "text": text})

    def _twice_the_key(self) -> Hostile:
        whole = self._push()
        assert isinstance(whole.data, str)
        return self._sorted(whole.data.replace("{", '{"note_id":1,"capture":"x","note_id":"y",', 1))

    def _mutated(self) -> Hostile:
        """Bytes of a good frame, some of them changed, lost, doubled or cut off."""
        joined = dict(self._join_refs)
        whole = self.random.choice((self._push, self._audio, self._beat, self._misplaced_bytes))().data
        self._join_refs = joined  # the good frame is never sent
        data = bytearray(whole.encode("utf-8", "replace") if isinstance(whole, str) else whole)
        for _ in range(self.random.randint(1, 4)):
            self._mutate(data)
        if isinstance(whole, str):
            return self._sorted(bytes(data).decode("utf-8", "replace"))
        return self._sorted(bytes(data))

    def _mutate(self, data: bytearray) -> None:
        if not data:
            return
        at = self.random.randrange(len(data))
        match self.random.randrange(5):
            case 0:
                data[at] ^= 1 << self.random.randrange(8)
            case 1:
                del data[at:]
            case 2:
                del data[at]
            case 3:
                data[at:at] = data[at : at + self.random.randrange(20)]
            case _:
                data[at] = self.random.choice(b'"\\[]{},:\x00\xff0')

    def _not_a_message(self) -> Hostile:
        values = (
            "",
            "null",
            "{}",
            "[]",
            "[1,2,3,4]",
            '["1","1","t","e",{},1]',
            '[1,"1","t","e",{}]',
            '["1",{},"t","e",0]',
        )
        odd = (
            '["1","1",null,"e",{}]',
            '["1","1","t",7,{}]',
            '["\\ud800","1","t","e",{}]',
            "[" * 2_000,
            "\ufeff[]",
            "NaN",
        )
        return self._sorted(self.random.choice((*values, *odd, json.dumps(self._value(4)))))

    def _binary_garbage(self) -> Hostile:
        draw = self.random.randrange(4)
        if draw == 0:
            return self._sorted(self.random.randbytes(self.random.randrange(60)))
        if draw == 1:  # names that are no UTF-8
            return self._sorted(bytes([0, 1, 1, 2, 5]) + b"12\xff\xfeaudio" + bytes(10))
        if draw == 2:  # names longer than the frame
            return self._sorted(bytes([0, 255, 255, 255, 255]) + self.random.randbytes(self.random.randrange(900)))
        return self._sorted(bytes([self.random.randrange(1, 256), 1, 1, 1, 1]) + b"abcd")

    # Pieces

    def _ref(self) -> str:
        self._refs += 1
        return str(self._refs)

    def _topic(self) -> str:
        joined = list(self._join_refs)
        return self.random.choice(joined if joined and self.random.random() < 0.9 else [*self.topics, "phoenix"])

    def _message(self, topic: str, event: str, payload: Any) -> Hostile:
        ref = self._ref()
        if event == "phx_join":
            self._join_refs[topic] = ref
        return self._sorted(_dumped([self._join_ref(topic), self._odd(ref), topic, event, payload]))

    def _bytes(self, topic: str, event: str, data: bytes) -> Hostile:
        try:
            return self._sorted(encode(BinaryPush(self._join_ref(topic), self._ref(), topic, event, data)))
        except WireError:  # a name that no binary frame holds
            return self._stray()

    def _join_ref(self, topic: str) -> str | None:
        known = self._join_refs.get(topic) or "1"
        return self.random.choice((known,) * 8 + (None, "999999"))

    def _odd(self, ref: str) -> str | None:
        """Mostly the ref itself; else none, or a long one."""
        return self.random.choice((ref,) * 18 + (None, ref + "x" * self.random.choice((10, 240, 20_000))))

    def _spoilt(self, payload: dict[str, Any]) -> Any:
        """A valid payload of which up to two fields are replaced, removed or added; or something else in its place."""
        if self.random.random() < 0.05:
            return self._value(2)
        spoilt = dict(payload)
        if "note_id" in payload:
            spoilt["note_id"] = self.random.choice(self._notes)
        for _ in range(self.random.randint(0, 2)):
            name = self.random.choice([*payload, "seq", "__proto__"])
            if self.random.random() < 0.2:
                spoilt.pop(name, None)
            else:
                spoilt[name] = self._value(2)
        return spoilt

    def _value(self, depth: int) -> Any:
        draw = self.random.randrange(12)
        if draw < 4:
            return self.random.choice(NUMBERS)
        if draw < 7:
            return self.random.choice(WORDS)
        if draw == 7:
            return self.random.choice((None, True, False))
        if draw == 8 and self.random.random() < 0.1:
            return self.random.choice((*BROKEN_NUMBERS, "\ud800", "\udfff\ud800"))
        if depth == 0:
            return self.random.random() * 10 ** self.random.randrange(20)
        if draw < 10:
            return [self._value(depth - 1) for _ in range(self.random.randrange(4))]
        return {self.random.choice(WORDS): self._value(depth - 1) for _ in range(self.random.randrange(4))}

    def _sorted(self, data: str | bytes) -> Hostile:
        """What the protocol owes this message."""
        if len(data) > MAX_FRAME:
            return Hostile(data, breaks=True)
        try:
            message = decode_client(data)
        except WireError:
            return Hostile(data, breaks=True)
        topic, event = message.topic, message.event
        if event == "phx_join":
            self._join_refs[topic] = message.join_ref
        elif event == "phx_leave":
            known = self._join_refs.get(topic)
            if message.join_ref in (None, known):
                self._join_refs.pop(topic, None)
        ends = event in ("phx_join", "phx_leave")
        return Hostile(data, ref=self._owed(message), topic=topic, ends=ends)

    def _owed(self, message: Message | BinaryPush) -> str | None:
        """The ref that will be answered; None where it need not be."""
        if message.event == "phx_join" or (message.topic, message.event) == ("phoenix", "heartbeat"):
            return message.ref
        if isinstance(message, BinaryPush) and message.event == "audio" and message.topic.startswith("audio:"):
            return None  # taken in silence, or refused
        if message.join_ref is not None and self._join_refs.get(message.topic) != message.join_ref:
            return None  # of an earlier join: dropped
        return message.ref


def _dumped(value: Any) -> str:
    """JSON, and what Python takes for it: NaN, numbers without end, halves of pairs."""
    return json.dumps(value, separators=(",", ":"))


SHARES: dict[Callable[[Attacker], Hostile], int] = {
    Attacker._push: 400,
    Attacker._stray: 120,
    Attacker._audio: 160,
    Attacker._speech: 40,
    Attacker._join: 50,
    Attacker._leave: 5,
    Attacker._beat: 40,
    Attacker._misplaced_bytes: 60,
    Attacker._twice_the_key: 40,
    Attacker._nested: 8,
    Attacker._large: 4,
    Attacker._mutated: 30,
    Attacker._not_a_message: 12,
    Attacker._binary_garbage: 12,
}
