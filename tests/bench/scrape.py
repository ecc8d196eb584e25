"""What ``/metrics`` of a server shows, and how it changed between two looks."""

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Look:
    """Samples by name, those of each bucket by its upper bound."""

    values: Mapping[str, float]
    buckets: Mapping[str, tuple[tuple[float, float], ...]]  # (upper bound, observations up to it)

    def percentile(self, name: str, percent: float, since: "Look") -> float:
        """Of what a histogram took since an earlier look, linear within its bucket. Raises KeyError, ValueError."""
        before = dict(since.buckets.get(name, ()))
        counts = [(bound, count - before.get(bound, 0.0)) for bound, count in self.buckets[name]]
        wanted = counts[-1][1] * percent / 100
        if not wanted:
            raise ValueError(f"nothing was recorded as {name}")
        for (low, below), (high, up_to) in pairwise([(0.0, 0.0), *counts]):
            if up_to >= wanted:
                return low + (high - low) * (wanted - below) / (up_to - below)
        raise ValueError(f"{name} has no last bucket")


def look(port: int) -> Look:
    """What the server on this port shows now."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    values: dict[str, float] = {}
    buckets: dict[str, list[tuple[float, float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.endswith("_bucket"):
                buckets.setdefault(family.name, []).append((float(sample.labels["le"]), sample.value))
            else:
                values[sample.name] = values.get(sample.name, 0.0) + sample.value
    return Look(values, {name: tuple(sorted(found)) for name, found in buckets.items()})
