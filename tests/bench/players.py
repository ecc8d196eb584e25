"""A video player, a microphone and a clock that are made up, with the truth beside what a client would push.

Every trace comes from its seed. A player does what a browser's does: a seek shows its target at once and then stands
while it loads, buffering stands without a pause, reports are read a little late and arrive later.
"""

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.clock import VideoClock
from inference.audio import SAMPLE_RATE

LENGTH_S = 60.0
WALL_MS = 1_700_000_000_000.0
UTTERANCES = 6
ANCHOR_EVERY_S = 5.0
FRAMES_S = (0.000001, 0.001, 1 / 60, 1 / 25)  # what a player rounds its position to

MIXED = ("mixed", "reconnect", "busy page")  # kinds in which everything happens to the player

Push = Callable[[VideoClock], None]


@dataclass(frozen=True, slots=True)
class Onset:
    """Sample ``sample`` was spoken at second ``media_s``; the server is asked at ``asked_s``."""

    capture: int
    sample: int
    media_s: float
    asked_s: float


@dataclass(slots=True)
class Trace:
    """What arrives when (seconds), and what is true of it."""

    kind: str
    pushes: list[tuple[float, Push]] = field(default_factory=list)
    onsets: list[Onset] = field(default_factory=list)
    truth: Callable[[float], float] = lambda at_s: at_s  # second of the video at a true time

    def errors_ms(self) -> list[float]:
        """How far each onset is put from its second, each asked with what has arrived by then."""
        clock, errors = VideoClock(), []
        pushes, place = sorted(self.pushes, key=lambda push: push[0]), 0
        for onset in sorted(self.onsets, key=lambda onset: onset.asked_s):
            while place < len(pushes) and pushes[place][0] <= onset.asked_s:
                pushes[place][1](clock)
                place += 1
            media_s = clock.media_at(onset.capture, onset.sample)
            assert media_s is not None
            errors.append(abs(media_s - onset.media_s) * 1000)
        return errors

    def naive_ms(self) -> list[float]:
        """The same of the plain way: where the player stands when the text is there."""
        return [abs(self.truth(onset.asked_s) - onset.media_s) * 1000 for onset in self.onsets]


class Player:
    """Where the video truly stands, and when its page has something to report."""

    def __init__(self, rng: random.Random, frame_s: float) -> None:
        self.rng, self.frame_s = rng, frame_s
        self.rate, self.paused = 1.0, False
        self._lines = [(0.0, rng.uniform(20, 600), 1.0)]  # from true second, at video second, speed
        self._shown: list[tuple[float, float, bool]] = [(0.0, 1.0, False)]  # from true second: rate and paused
        self.events_s: list[float] = [0.0]

    def media_s(self, at_s: float) -> float:
        since_s, media_s, speed = self._lines[bisect_right(self._lines, at_s, key=lambda line: line[0]) - 1]
        return media_s + (at_s - since_s) * speed

    def shown(self, at_s: float) -> tuple[float, float, bool]:
        """What the page can read at a true time: position, rate, paused."""
        rate, paused = self._shown[bisect_right(self._shown, at_s, key=lambda shown: shown[0]) - 1][1:]
        return self.media_s(at_s) // self.frame_s * self.frame_s, rate, paused

    def _move(self, at_s: float, speed: float, to_s: float | None = None) -> None:
        self._lines.append((at_s, self.media_s(at_s) if to_s is None else to_s, speed))

    def _say(self, at_s: float) -> None:
        self._shown.append((at_s, self.rate, self.paused))
        self.events_s.append(at_s)

    @property
    def speed(self) -> float:
        return 0.0 if self.paused else self.rate

    def seek(self, at_s: float, to_s: float, load_s: float) -> float:
        self._move(at_s, 0.0, max(0.0, to_s))
        self._say(at_s)  # seeking
        self._move(at_s + load_s, self.speed)
        self._say(at_s + load_s)  # seeked
        return at_s + load_s

    def pause(self, at_s: float) -> float:
        self.paused = True
        self._move(at_s, 0.0)
        self._say(at_s)
        return at_s

    def play(self, at_s: float) -> float:
        self.paused = False
        self._say(at_s)  # play: it does not move yet
        starts_s = at_s + self.rng.uniform(0.01, 0.08)
        self._move(starts_s, self.rate)
        self._say(starts_s)  # playing
        return starts_s

    def change_rate(self, at_s: float, rate: float) -> float:
        self.rate = rate
        self._move(at_s, self.speed)
        self._say(at_s)
        return at_s

    def stall(self, at_s: float, for_s: float, *, told: bool = True) -> float:
        self._move(at_s, 0.0)
        if told:
            self._say(at_s + self.rng.uniform(0, 0.1))  # waiting
        self._move(at_s + for_s, self.rate)
        if told:
            self._say(at_s + for_s + self.rng.uniform(0, 0.05))  # playing
        return at_s + for_s + 0.2

    def end(self, at_s: float) -> float:
        """The last frame: it stands, and says that it is paused."""
        return self.pause(at_s)


@dataclass(slots=True)
class Machine:
    """The client's clocks. In ``asleep`` (true seconds) neither page nor microphone runs."""

    asleep: tuple[float, float] | None = None
    step_at_s: float = 1e9
    step_ms: float = 0.0
    ppm: float = 0.0  # by which the sound card is fast
    apart_ms: float = 0.0  # by which the page's wall clock differs from the microphone's

    def wall_ms(self, at_s: float) -> float:
        return WALL_MS + at_s * 1000 + (self.step_ms if at_s >= self.step_at_s else 0.0)

    def awake(self, at_s: float) -> bool:
        return self.asleep is None or not self.asleep[0] <= at_s < self.asleep[1]

    def samples(self, since_s: float, at_s: float) -> int:
        """Samples recorded from one true time to another."""
        recorded_s = at_s - since_s
        if self.asleep is not None:
            recorded_s -= max(0.0, min(at_s, self.asleep[1]) - max(since_s, self.asleep[0]))
        return round(recorded_s * SAMPLE_RATE * (1 + self.ppm / 1e6))


def trace(kind: str, seed: int) -> Trace:
    """One review: a player of that kind, a microphone, their pushes and six utterances."""
    rng = random.Random(f"{kind}/{seed}")
    player = Player(rng, rng.choice(FRAMES_S))
    machine = Machine(ppm=rng.uniform(-50, 50))
    length_s = LENGTH_S
    if kind == "sleep":
        machine.asleep = (20.0, 20.0 + rng.uniform(5, 3600))
        length_s = machine.asleep[1] + 40
        player.stall(machine.asleep[0], machine.asleep[1] - machine.asleep[0], told=False)
    elif kind == "drift":
        length_s, machine.ppm = 600.0, rng.choice((-200, -100, 100, 200))
        machine.apart_ms = rng.uniform(-20, 20)
    elif kind == "clock set":
        machine.step_at_s = rng.uniform(20, 40)
        machine.step_ms = rng.choice((-1, 1)) * rng.choice((500, 3_000, 20_000, 3_600_000))
        script(rng, player, "mixed", length_s)
    else:
        script(rng, player, kind, length_s)
    made = Trace(kind, truth=player.media_s)
    _push_reports(made, rng, player, machine, length_s)
    _speak(made, rng, player, machine, length_s)
    if kind == "reconnect":
        _cut(made, rng)
    return made


def script(rng: random.Random, player: Player, kind: str, length_s: float) -> None:
    """What the person and the network do to the player."""
    at_s = rng.uniform(2, 6)
    while at_s < length_s - 5:
        what = rng.choice(("seek", "pause", "rate", "buffering")) if kind in MIXED else kind
        match what:
            case "seek":
                near = player.media_s(at_s) + rng.choice((-10, -5, 5, 10))
                at_s = player.seek(at_s, rng.choice((near, rng.uniform(0, 600))), rng.uniform(0.05, 0.8))
            case "pause":
                at_s = player.play(at_s) if player.paused else player.pause(at_s)
            case "rate":
                at_s = player.change_rate(at_s, rng.choice((0.5, 0.75, 1.25, 1.5, 2.0)))
            case "buffering" if not player.paused:
                at_s = player.stall(at_s, rng.uniform(0.2, 4), told=rng.random() < 0.8)
            case "loop":
                at_s = player.seek(at_s, 0.0, rng.uniform(0.01, 0.1))
            case "end":
                player.end(at_s)
                return
        at_s += rng.uniform(1.5, 8)


def _push_reports(made: Trace, rng: random.Random, player: Player, machine: Machine, length_s: float) -> None:
    """``clock`` on every event of the player and each second."""
    phase_s = rng.random()
    due_s = [*player.events_s, *(phase_s + second for second in range(int(length_s)))]
    if machine.asleep:
        due_s.append(machine.asleep[1] + 0.02)  # a timer that is overdue runs at once
    for at_s in due_s:
        if not machine.awake(at_s):
            continue
        read_s = at_s + rng.uniform(0, 0.12 if made.kind == "busy page" else 0.01)
        media_s, rate, paused = player.shown(read_s)
        wall_ms = machine.wall_ms(read_s) + machine.apart_ms + rng.uniform(0, 30)
        made.pushes.append((read_s + rng.uniform(0, 0.12), _report(wall_ms, media_s, rate, paused)))


def _report(wall_ms: float, media_s: float, rate: float, paused: bool) -> Push:
    return lambda clock: clock.tick(wall_ms, media_s, rate, paused=paused)


def _anchor(capture: int, sample: int, wall_ms: float) -> Push:
    return lambda clock: clock.anchor(capture, sample, wall_ms)


def _speak(made: Trace, rng: random.Random, player: Player, machine: Machine, length_s: float) -> None:
    """Six utterances, either each a press of a key or all in one capture, with its ``anchor`` pushes."""
    each_s = length_s / UTTERANCES
    onsets_s = [each_s * n + rng.uniform(1, each_s - 1) for n in range(UTTERANCES)]
    if machine.asleep:  # half before, half after
        onsets_s = [rng.uniform(1, 19) for _ in range(3)] + [machine.asleep[1] + rng.uniform(1, 30) for _ in range(3)]
    open_microphone = rng.random() < 0.5
    captures = [(0.2, length_s)] if open_microphone else [(at_s - rng.uniform(0.1, 0.6), at_s + 3) for at_s in onsets_s]
    for capture, (since_s, until_s) in enumerate(captures, 1):
        anchors_s = {since_s, machine.step_at_s + rng.uniform(0.05, 0.4)}
        anchors_s |= {since_s + ANCHOR_EVERY_S * n for n in range(int((until_s - since_s) / ANCHOR_EVERY_S) + 1)}
        if machine.asleep:
            anchors_s.add(machine.asleep[1] + rng.uniform(0.05, 0.4))
        for at_s in sorted(anchors_s):
            if since_s <= at_s <= until_s and machine.awake(at_s):
                late_ms = rng.uniform(0, 30) if rng.random() < 0.95 else rng.uniform(30, 100)
                push = _anchor(capture, machine.samples(since_s, at_s), machine.wall_ms(at_s) + late_ms)
                made.pushes.append((at_s + rng.uniform(0, 0.12), push))
    for number, at_s in enumerate(onsets_s, 1):
        capture = 1 if open_microphone else number
        sample = machine.samples(captures[capture - 1][0], at_s)
        asked_s = at_s + rng.uniform(0.6, 4) + rng.uniform(0.1, 0.6)
        made.onsets.append(Onset(capture, sample, player.media_s(at_s), asked_s))


def _cut(made: Trace, rng: random.Random) -> None:
    """The socket is gone for a while; then what may be missing is pushed again, now and then after a live report."""
    gone_s = rng.uniform(15, 35)
    back_s = gone_s + rng.uniform(3, 15)
    again = sorted(
        ((at_s, push) for at_s, push in made.pushes if gone_s - 3 <= at_s < back_s), key=lambda each: each[0]
    )
    kept = [(at_s, push) for at_s, push in made.pushes if not gone_s <= at_s < back_s]
    resent_s = back_s + (0.8 if rng.random() < 0.3 else 0.0)
    made.pushes = kept + [(resent_s + n / 10_000, push) for n, (_, push) in enumerate(again)]
    made.onsets = [
        Onset(
            o.capture,
            o.sample,
            o.media_s,
            back_s + 1 + o.asked_s % 1 if gone_s <= o.asked_s < back_s + 1 else o.asked_s,
        )
        for o in made.onsets
    ]


KINDS = (
    "steady",
    "seek",
    "pause",
    "rate",
    "buffering",
    "loop",
    "end",
    "sleep",
    "drift",
    "clock set",
    "reconnect",
    "busy page",
    "mixed",
)
