"""Rows from what was heard. Pure. The baseline of a wait is ``wyoming-faster-whisper``, or stock where it is missing.

A peer's wait begins when it is told that the audio has ended: it has no endpoint to find.
"""

from collections.abc import Sequence

from tests.bench import heard as told
from tests.bench.heard import Heard, Run, waits
from tests.bench.peers.contract import PeerRun, wer
from tests.bench.table import Row, against, percentile

PERCENTS = (50, 95, 99)
FASTER = 5  # times, than wyoming-faster-whisper
Goals = dict[int, float]


def push_to_talk(heard: Sequence[Heard], peers: Sequence[PeerRun]) -> list[Row]:
    """What a press costs, by how it was released, and against each peer."""
    group, peer = "Push-to-talk", _baseline(peers)
    inside, after = [one for one in heard if one.said.inside], [one for one in heard if not one.said.inside]
    peer_inside = [answer.wait_s for answer in peer.answers if answer.said.inside]
    peer_after = [answer.wait_s for answer in peer.answers if not answer.said.inside]
    released = waits(heard, "stop_s", "final_s")
    rows = [
        *_waits(group, "stop → final", released, peer.waits_s, {50: 0.15}),
        *_waits(group, "stop → final, released inside a word", waits(inside, "stop_s", "final_s"), peer_inside),
        *_waits(group, "stop → final, released after speech", waits(after, "stop_s", "final_s"), peer_after),
        *_waits(group, "end of speech → final", waits(heard, "end_s", "final_s"), _from_speech(peer)),
        *_waits(group, "end of speech → note", waits(heard, "end_s", "note_s"), _from_speech(peer)),
        Row("presses", len(heard), "", group=group),
        Row("presses without a final", sum(one.final_s is None for one in heard), "", group=group, goal=0),
        Row("presses without a note", sum(one.note_s is None for one in heard), "", group=group),
    ]
    for other in peers:
        for percent in (50, 95):
            name = f"stop → final p{percent}, against {other.name}"
            value, theirs = percentile(released, percent), percentile(other.waits_s, percent)
            values = tuple(other.waits_s) if percent == 50 else ()
            goal = round(theirs / FASTER, 3) if other is peer and percent == 50 else None
            rows.append(against(name, value, "s", theirs, group="Against other programs", goal=goal, values=values))
    return rows


def open_microphone(heard: Sequence[Heard], peers: Sequence[PeerRun]) -> list[Row]:
    """What silence costs when nobody presses a key."""
    group, peer = "Open microphone", _baseline(peers)
    final, endpoint = waits(heard, "end_s", "final_s"), waits(heard, "endpoint_s", "final_s")
    return [
        *_waits(group, "end of speech → final", final, peer.waits_s, {50: 0.35, 95: 0.55}),
        *_waits(group, "endpoint → final", endpoint, peer.waits_s, {50: 0.02, 95: 0.1}),
        *_waits(group, "end of speech → note", waits(heard, "end_s", "note_s"), peer.waits_s),
        Row("remarks", len(heard), "", group=group),
        Row("remarks without a final", sum(one.final_s is None for one in heard), "", group=group, goal=0),
        Row("remarks heard as several utterances", sum(one.utterances > 1 for one in heard), "", group=group),
    ]


def while_speaking(heard: Sequence[Heard], peers: Sequence[PeerRun]) -> list[Row]:
    """The text that is shown before the final."""
    group, first = "Text while somebody speaks", told.first_shown(heard)
    theirs = [answer.first_s for peer in peers for answer in peer.answers if answer.first_s is not None]
    rows = _waits(group, "onset of speech → first text", first, theirs, {50: 0.6}) if first else []
    return [
        *rows,
        Row("remarks without any text before the final", sum(not one.shown for one in heard), "", group=group),
        Row("texts a second of speech", told.shown_a_second(heard), "", group=group),
        Row("shown words rewritten later", told.churn(heard) * 100, "%", group=group),
        Row("texts that changed what was firm", told.broken_promises(heard), "", group=group, goal=0),
    ]


def accuracy(heard: Sequence[Heard], peers: Sequence[PeerRun]) -> list[Row]:
    """Word errors over the presses whose whole text is known, against every peer."""
    ours = wer((one.said, one.text) for one in heard) * 100
    group = "Accuracy"
    return [against(f"WER, against {peer.name}", ours, "%", peer.wer * 100, group=group) for peer in peers]


def compute(model: str, plain: Run, full: Run, peers: Sequence[PeerRun]) -> list[Row]:
    """CPU seconds a second of speech, without and with text while somebody speaks; the first peer is stock.

    Stock is compared on the same presses, the other peers have heard those of ``full``.
    """
    group, (stocked, *others) = f"Compute, {model}", peers
    name = "CPU a second of speech, with text while speaking"
    return [
        _cpu("CPU a second of speech, finals only", plain, stocked, group, 0.5),
        _cpu(name, full, stocked, group, 1.0),
        *(against(f"{name}, against {peer.name}", full.cpu_share, "s", peer.cpu_share, group=group) for peer in others),
        Row("texts a second of speech in that run", told.shown_a_second(full.heard), "", group=group),
        *_speculations(plain, "finals only", group),
        *_speculations(full, "with text while speaking", group),
    ]


def whole_server(held: Run, free: Run) -> list[Row]:
    """What the process holds, and what an open microphone costs, its silences included."""
    begin_s = min(one.onset_s for one in free.heard)
    lasted_s = max(one.stop_s for one in free.heard) - begin_s
    return [
        Row("CPU a second of open microphone, silence included", free.cpu_s / lasted_s, "s", group="The process"),
        Row("memory, warm and idle", held.idle_mib, "MiB", group="The process"),
        Row("memory, highest", max(held.peak_mib, free.peak_mib), "MiB", group="The process"),
    ]


def bigger_model(model: str, heard: Sequence[Heard], stocked: PeerRun) -> list[Row]:
    """The waits with another model, against stock with it."""
    group = f"Push-to-talk, {model}"
    ours = wer((one.said, one.text) for one in heard) * 100
    return [
        *_waits(group, "stop → final", waits(heard, "stop_s", "final_s"), stocked.waits_s),
        *_waits(group, "end of speech → note", waits(heard, "end_s", "note_s"), _from_speech(stocked)),
        against("WER", ours, "%", stocked.wer * 100, group=group),
        Row("presses without a final", sum(one.final_s is None for one in heard), "", group=group, goal=0),
    ]


def _baseline(peers: Sequence[PeerRun]) -> PeerRun:
    """``wyoming-faster-whisper`` when it ran, else the first."""
    return next((peer for peer in peers if peer.name.startswith("wyoming")), peers[0])


def _from_speech(peer: PeerRun) -> list[float]:
    """A peer's waits from the end of speech: the rest before the release is waited for too."""
    return [answer.wait_s + answer.said.rest_s for answer in peer.answers]


def _waits(
    group: str, name: str, ours: Sequence[float], theirs: Sequence[float], goals: Goals | None = None
) -> list[Row]:
    if not ours:
        return []
    rows = []
    for percent in PERCENTS:
        values = tuple(ours) if percent == PERCENTS[0] else ()
        value, goal = percentile(ours, percent), (goals or {}).get(percent)
        if theirs:
            base = percentile(theirs, percent)
            rows.append(against(f"{name} p{percent}", value, "s", base, group=group, goal=goal, values=values))
        else:
            rows.append(Row(f"{name} p{percent}", value, "s", group=group, goal=goal, values=values))
    return rows


def _cpu(name: str, run: Run, stocked: PeerRun, group: str, share: float) -> Row:
    """Its goal is a share of what stock needs for the same presses."""
    base = stocked.cpu_share_of([one.said for one in run.heard])
    return against(name, run.cpu_share, "s", base, group=group, goal=round(base * share, 3))


def _speculations(run: Run, when: str, group: str) -> list[Row]:
    return [
        Row(f"speculations {outcome}, {when}", count, "", group=group)
        for outcome, count in sorted(run.speculations.items())
    ]
