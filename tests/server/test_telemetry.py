"""server/telemetry.py: figures as Prometheus text, and one trace an utterance."""

import io
import json
import logging
import urllib.request
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from agent import ports
from server import telemetry as module
from server.logs import setup_logging
from server.telemetry import METRICS, Kind, Telemetry, setup_telemetry


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def telemetry(spans: InMemorySpanExporter) -> Iterator[Telemetry]:
    telemetry = Telemetry(spans)
    yield telemetry
    telemetry.close()


def value(telemetry: Telemetry, name: str, **labels: str) -> float | None:
    text, content_type = telemetry.prometheus()
    assert content_type.startswith("text/plain")
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


def test_is_what_the_agent_asks_for(telemetry: Telemetry) -> None:
    port: ports.Telemetry = telemetry
    with port.span("transcribe", trace="s:1"):
        port.record("transcription_seconds", 0.1)


def test_histograms_show_count_sum_and_buckets(telemetry: Telemetry) -> None:
    telemetry.record("note_seconds", 0.12)
    telemetry.record("note_seconds", 7.0)
    assert value(telemetry, "sidenote_note_seconds_count") == 2
    assert value(telemetry, "sidenote_note_seconds_sum") == pytest.approx(7.12)
    assert value(telemetry, "sidenote_note_seconds_bucket", le="0.15") == 1
    assert value(telemetry, "sidenote_note_seconds_bucket", le="0.1") == 0
    assert value(telemetry, "sidenote_note_seconds_bucket", le="+Inf") == 2


def test_counters_add_up_by_label(telemetry: Telemetry) -> None:
    for outcome in ("note", "note", "command"):
        telemetry.record("utterances", 1, outcome=outcome)
    assert value(telemetry, "sidenote_utterances_total", outcome="note") == 2
    assert value(telemetry, "sidenote_utterances_total", outcome="command") == 1


def test_gauges_go_up_and_down(telemetry: Telemetry) -> None:
    for change in (1, 1, -1):
        telemetry.record("websocket_connections", change)
    assert value(telemetry, "sidenote_websocket_connections") == 1


def test_what_is_observed_is_read_when_somebody_looks(telemetry: Telemetry) -> None:
    waiting = [3]
    telemetry.observe("stt_waiting", lambda: len(waiting))
    assert value(telemetry, "sidenote_stt_waiting") == 1
    waiting += [4, 5]
    assert value(telemetry, "sidenote_stt_waiting") == 3


def test_no_metric_is_there_twice() -> None:
    names = [metric.name for metric in METRICS]
    assert sorted(set(names)) == sorted(names)


def test_every_metric_shows_under_its_documented_name(telemetry: Telemetry) -> None:
    suffix = {Kind.HISTOGRAM: "_count", Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.OBSERVED: ""}
    for metric in METRICS:
        labels = dict.fromkeys(metric.labels, "x")
        if metric.kind is Kind.OBSERVED:
            telemetry.observe(metric.name, lambda: 1)
        else:
            telemetry.record(metric.name, 1, **labels)
        assert value(telemetry, f"sidenote_{metric.name}{suffix[metric.kind]}", **labels) == 1


def test_the_process_shows_its_memory(telemetry: Telemetry) -> None:
    assert (value(telemetry, "process_resident_memory_bytes") or 0) > 1_000_000


@pytest.mark.parametrize(("name", "labels"), [("no_such_thing", {}), ("utterances", {"text": "the words"})])
def test_an_unknown_name_or_label_is_logged_and_dropped(
    telemetry: Telemetry, caplog: pytest.LogCaptureFixture, name: str, labels: dict[str, str]
) -> None:
    telemetry.record(name, 1, **labels)
    assert name in caplog.text
    assert "the words" not in caplog.text + telemetry.prometheus()[0].decode()


def test_two_servers_of_a_process_count_apart(telemetry: Telemetry) -> None:
    other = Telemetry()
    telemetry.record("audio_seconds", 5)
    assert value(other, "sidenote_audio_seconds_total") is None
    other.close()


def test_buckets_rise() -> None:
    for metric in METRICS:
        assert list(metric.buckets) == sorted(set(metric.buckets)), metric.name


def tree(spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in spans.get_finished_spans()}


def test_the_spans_of_an_utterance_are_one_trace(telemetry: Telemetry, spans: InMemorySpanExporter) -> None:
    with telemetry.span("transcribe", trace="s:1", audio_s=2.5), telemetry.span("another", trace="s:2"):
        pass
    with telemetry.span("structure", trace="s:1"):
        pass
    telemetry.finish("s:1", "note")
    found = tree(spans)
    root = found["utterance"]
    assert root.attributes == {"trace": "s:1", "outcome": "note"}
    for name in ("transcribe", "structure"):
        assert found[name].parent == root.context
    assert found["transcribe"].attributes == {"audio_s": 2.5}
    assert found["another"].context.trace_id != root.context.trace_id


@pytest.mark.parametrize(("trace", "root"), [("post/7", "post"), ("job/a-b", "job"), ("posted:1", "utterance")])
def test_a_trace_is_called_what_it_is_about(
    trace: str, root: str, telemetry: Telemetry, spans: InMemorySpanExporter
) -> None:
    with telemetry.span("step", trace=trace):
        pass
    telemetry.finish(trace, "done")
    found = tree(spans)
    assert found[root].attributes == {"trace": trace, "outcome": "done"}
    assert found["step"].parent == found[root].context


def test_an_error_is_noted_by_its_type_and_goes_on(telemetry: Telemetry, spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="the words"), telemetry.span("structure", trace="s:1"):
        raise ValueError("the words")
    span = tree(spans)["structure"]
    assert span.status.description == "ValueError"
    assert not span.events
    assert "the words" not in span.to_json()


def test_finishing_what_never_began_does_nothing(telemetry: Telemetry, spans: InMemorySpanExporter) -> None:
    telemetry.finish("s:9", "note")
    assert not spans.get_finished_spans()


def test_traces_that_nobody_finishes_do_not_pile_up(
    telemetry: Telemetry, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_OPEN_TRACES", 3)
    for number in range(5):
        with telemetry.span("transcribe", trace=f"s:{number}"):
            pass
    ended = [dict(span.attributes or {}) for span in spans.get_finished_spans() if span.name == "utterance"]
    assert ended == [{"trace": f"s:{number}", "outcome": "abandoned"} for number in (0, 1)]


def test_closing_ends_open_traces_and_may_be_done_twice(spans: InMemorySpanExporter) -> None:
    telemetry = Telemetry(spans)
    with telemetry.span("transcribe", trace="s:1"):
        pass
    telemetry.close()
    telemetry.close()
    telemetry.record("audio_seconds", 1)
    assert (tree(spans)["utterance"].attributes or {})["outcome"] == "server stopped"


def test_spans_can_be_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "server.telemetry")
    telemetry = setup_telemetry("log")
    with telemetry.span("transcribe", trace="s:1", audio_s=1.5):
        pass
    telemetry.close()
    assert [record.getMessage() for record in caplog.records] == ["span transcribe", "span utterance"]
    child, root = (vars(record) for record in caplog.records)
    assert child["trace_id"] == root["trace_id"]
    assert child["parent_id"] == root["span_id"]
    assert child["attributes"] == {"audio_s": 1.5}
    assert child["duration_ms"] >= 0


def test_traces_are_off_unless_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "server.telemetry")
    telemetry = setup_telemetry("off")
    with telemetry.span("transcribe", trace="s:1"):
        pass
    telemetry.close()
    assert not caplog.records


def test_whatever_is_logged_about_somebody_says_so(caplog: pytest.LogCaptureFixture) -> None:
    stream = io.StringIO()
    handler = setup_logging("info", as_json=True, stream=stream)
    try:
        with Telemetry().about(session_id="s1", user_id="ada"):
            logging.getLogger("agent").warning("late")
        logging.getLogger("agent").warning("nobody's")
    finally:
        logging.getLogger().removeHandler(handler)
    about, of_nobody = map(json.loads, stream.getvalue().splitlines())
    assert (about["session_id"], about["user_id"]) == ("s1", "ada")
    assert "session_id" not in of_nobody


def test_a_process_without_a_web_server_shows_its_figures_on_a_port() -> None:
    telemetry = Telemetry()
    telemetry.record("posts", 1, site="practice", outcome="posted")
    with telemetry.served(0) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            shown = answer.read().decode()
        with pytest.raises(OSError, match=r"[Aa]ddress already in use"), telemetry.served(port):
            pass
    assert 'sidenote_posts_total{outcome="posted",site="practice"} 1.0' in shown
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10)
    telemetry.close()
