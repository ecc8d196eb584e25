"""What a person waits for, next to other programs with the same model on the same speech in the same run.

Over a hundred presses of a key, then one open microphone, in real time through the websocket of a ``sidenote serve``
process; the peers hear the same presses, one at a time and warm. Only one server runs at a time.
"""

import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from inference.errors import ModelMissing
from inference.models import find_speech_model
from tests.bench import figures
from tests.bench.clips import Said, presses, remarks
from tests.bench.heard import Heard, Run
from tests.bench.peers import stock, whisperlivekit, wyoming
from tests.bench.peers.contract import PeerRun
from tests.bench.peers.environment import PeerMissing
from tests.bench.stages import Stages, stages
from tests.bench.table import Row
from tests.bench.talker import press_each, speak_freely
from tests.flows.process import ServerProcess, serving

MODEL, BIGGER = "tiny.en", "base"
EVERY = 3  # of the presses, where a subset is enough: compute without partials, and the bigger model
FINALS_ONLY = {"SIDENOTE_PARTIALS": "false"}
SPECULATIONS = "sidenote_speculations"


def rows(limit: int | None = None) -> list[Row]:
    """All figures of speech; with a ``limit`` of so many remarks, to try it."""
    said = remarks()[:limit]
    pressed = presses(said)
    some = pressed[::EVERY]
    with stages() as shown:
        shown.say(f"{len(pressed)} presses, then {len(said)} remarks at an open microphone; about 20 s a remark in all")
        model = find_speech_model(MODEL).folder
        stocked = stock.run(pressed, model, shown)
        peers = [stocked, *_peers(pressed, model, shown)]
        with _ours() as (server, run):
            run(held := Run(), lambda: press_each(server, pressed, shown, "ours: a press each"))
            run(free := Run(), lambda: speak_freely(server, said, shown, "ours: open microphone"))
        with _ours(FINALS_ONLY) as (server, run):
            run(plain := Run(), lambda: press_each(server, some, shown, "ours: finals only"))
        made = [
            *figures.push_to_talk(held.heard, peers),
            *figures.open_microphone(free.heard, peers),
            *figures.while_speaking([*held.heard, *free.heard], peers),
            *figures.accuracy(held.heard, peers),
            *figures.compute(MODEL, plain, held, peers),
            *figures.whole_server(held, free),
        ]
        return [*made, *_bigger(some, shown)]


def _peers(pressed: Sequence[Said], model: Path, stages: Stages) -> Iterator[PeerRun]:
    """Those that can be installed and started here."""
    for peer in (wyoming, whisperlivekit):
        try:
            yield peer.run(pressed, model, stages)
        except PeerMissing as missing:
            stages.say(f"left out: {missing}")


def _bigger(some: Sequence[Said], stages: Stages) -> list[Row]:
    """The bigger packaged model, on a part of the presses."""
    try:
        model = find_speech_model(BIGGER, download=False).folder
    except ModelMissing as missing:
        stages.say(f"left out: {missing}")
        return []
    chosen = {"SIDENOTE_STT_MODEL": BIGGER}
    stocked = stock.run(some, model, stages, f"{stock.NAME}, {BIGGER}")
    with _ours(chosen) as (server, run):
        run(held := Run(), lambda: press_each(server, some, stages, f"ours: {BIGGER}"))
    with _ours(chosen | FINALS_ONLY) as (server, run):
        run(plain := Run(), lambda: press_each(server, some, stages, f"ours: {BIGGER}, finals only"))
    return [*figures.bigger_model(BIGGER, held.heard, stocked), *figures.compute(BIGGER, plain, held, [stocked])]


@contextmanager
def _ours(
    settings: Mapping[str, str] | None = None,
) -> Iterator[tuple[ServerProcess, Callable[[Run, Callable[[], list[Heard]]], None]]]:
    """A server, and what fills in a run of it."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), settings=settings) as server:
        idle_mib = server.memory_mib("VmRSS")

        def run(into: Run, talk: Callable[[], list[Heard]]) -> None:
            counted, cpu_s = _speculations(server), server.cpu_s()
            into.heard = talk()
            into.cpu_s = server.cpu_s() - cpu_s
            into.speculations = {name: value - counted.get(name, 0) for name, value in _speculations(server).items()}
            into.idle_mib, into.peak_mib = idle_mib, server.memory_mib("VmHWM")

        yield server, run


def _speculations(server: ServerProcess) -> dict[str, float]:
    """How many finals were begun early, by what became of them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        samples = [sample for family in families if family.name == SPECULATIONS for sample in family.samples]
    return {sample.labels["outcome"]: sample.value for sample in samples if sample.name == f"{SPECULATIONS}_total"}
