"""What goes wrong on a network, as data: drawn from a seed, printed on failure, carried out by ``proxy.py``.

A fault happens once so many bytes have passed in one direction of one connection, never at a time of day: the same
seed cuts the same frame at the same byte. Opens no socket.
"""

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What becomes of a connection."""

    STALL = "stall"  # nothing passes for a while, then everything
    CLOSE = "close"  # FIN to both ends, in the middle of a frame unless it falls between two by chance
    RESET = "reset"  # RST to both ends
    HALF_OPEN = "half-open"  # nothing passes any more, and nobody is told


class Side(StrEnum):
    """A direction."""

    UP = "up"  # from the client to the server
    DOWN = "down"


CUTS = (Kind.CLOSE, Kind.RESET, Kind.HALF_OPEN)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong with one connection."""

    kind: Kind
    side: Side
    after: int  # bytes that pass in that direction before; exactly so many do
    for_s: float = 0.0  # of a stall


@dataclass(frozen=True, slots=True)
class Delay:
    """What one direction adds to each piece: ``base_s`` and up to ``jitter_s`` more."""

    base_s: float = 0.0
    jitter_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """One connection's fate."""

    refused: int = 0  # connections that are reset at once before this one is taken
    up: Delay = Delay()
    down: Delay = Delay()
    faults: tuple[Fault, ...] = ()

    def on(self, side: Side) -> list[Fault]:
        """The faults of one direction, first to last."""
        return sorted((fault for fault in self.faults if fault.side is side), key=lambda fault: fault.after)


@dataclass(frozen=True, slots=True)
class Plan:
    """The fates of the first connections, in order; those that come later are left alone."""

    seed: int = 0  # of the jitter, and of the plan where it was drawn
    links: tuple[Link, ...] = ()

    @property
    def cuts(self) -> int:
        """How many connections this plan ends, if each lives long enough."""
        return sum(any(fault.kind in CUTS for fault in link.faults) for link in self.links)


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad it gets: bounds for drawing plans."""

    up_bytes: int  # what a client sends in all; cuts on the way up fall inside
    down_bytes: int  # and what it gets
    sides: tuple[Side, ...] = (Side.UP, Side.DOWN)
    spared_up: int = 1_500  # bytes of the first connection before its cut: a client has to get through once
    spared_down: int = 500
    most_cuts: int = 3
    most_refused: int = 3
    kinds: tuple[Kind, ...] = CUTS
    delay_s: float = 0.01
    stall_s: float = 0.1


def drawn(seed: int, weather: Weather) -> Plan:
    """The plan of a seed: one to ``most_cuts`` connections that are cut, each with some trouble before.

    Connections are refused from the second on.
    """
    random = Random(seed)
    count = random.randint(1, weather.most_cuts)
    return Plan(seed, tuple(_link(random, weather, first=number == 0) for number in range(count)))


def _link(random: Random, weather: Weather, *, first: bool) -> Link:
    side = random.choice(weather.sides)
    up = side is Side.UP
    within, spared = (weather.up_bytes, weather.spared_up) if up else (weather.down_bytes, weather.spared_down)
    cut_at = random.randint(min(spared, within) if first else 1, within)
    faults = [Fault(random.choice(weather.kinds), side, cut_at)]
    if random.random() < 0.3:
        stall_at = random.randint(1, cut_at)
        faults.insert(0, Fault(Kind.STALL, side, stall_at, round(random.uniform(0, weather.stall_s), 3)))
    return Link(
        refused=0 if first else random.choice((0, 0, random.randint(0, weather.most_refused))),
        up=_delay(random, weather),
        down=_delay(random, weather),
        faults=tuple(faults),
    )


def _delay(random: Random, weather: Weather) -> Delay:
    if random.random() < 0.5:
        return Delay()
    return Delay(*(round(random.uniform(0, weather.delay_s), 4) for _ in range(2)))
