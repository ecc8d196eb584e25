"""Figures and traces: histograms and counters as Prometheus text, and one trace an utterance.

Built on OpenTelemetry without its global providers, so that each server of a process has its own. Satisfies
``agent.ports.Telemetry`` structurally. Never given words that were said: labels and attributes are names and numbers.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from opentelemetry import trace as otel
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation, UpDownCounter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest, start_http_server
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from server.logs import bind_log_context

log = logging.getLogger(__name__)

MAX_OPEN_TRACES = 1000  # an utterance that nobody finishes must not stay in memory for ever


class Kind(StrEnum):
    HISTOGRAM = "histogram"
    COUNTER = "counter"
    GAUGE = "gauge"  # recorded as changes: +1, -1
    OBSERVED = "observed"  # a gauge that is read when somebody looks


BUCKETS_S = (0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Upper bounds in seconds, close where speech is answered (0.1-1 s), so that p50, p95 and p99 can be read off."""
PROMPT_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 3.0, 10.0)
"""The same for what nobody should notice (1-50 ms)."""
CLIENT_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, *BUCKETS_S[1:], 60.0)
"""The same from one run of a model (1 ms) to a long sentence and its note (30 s)."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure. Prometheus shows it as ``sidenote_`` and its name."""

    name: str
    kind: Kind
    unit: str  # UCUM: "s", or "{thing}" for a count
    description: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = BUCKETS_S  # of a histogram


METRICS: tuple[Metric, ...] = (
    Metric("transcription_seconds", Kind.HISTOGRAM, "s", "Compute time of one final transcript."),
    Metric(
        "endpoint_to_final_seconds", Kind.HISTOGRAM, "s", "From the end of an utterance being known to its final text."
    ),
    Metric(
        "speech_end_to_final_seconds",
        Kind.HISTOGRAM,
        "s",
        "From the last speech sample being received to the final text.",
    ),
    Metric("structuring_seconds", Kind.HISTOGRAM, "s", "From final text to intent and draft."),
    Metric("note_seconds", Kind.HISTOGRAM, "s", "From the last speech sample being received to the saved note."),
    Metric(
        "frame_to_vad_seconds",
        Kind.HISTOGRAM,
        "s",
        "From samples being taken from the socket to voice activity having heard them, of one push in sixteen.",
        buckets=PROMPT_BUCKETS_S,
    ),
    Metric(
        "event_loop_lag_seconds",
        Kind.HISTOGRAM,
        "s",
        "How late the event loop does what is due, looked at ten times a second.",
        buckets=PROMPT_BUCKETS_S,
    ),
    Metric("stt_waiting", Kind.OBSERVED, "{utterance}", "Utterances that wait for their final transcript."),
    Metric("stt_wait_seconds", Kind.OBSERVED, "s", "What an utterance that ended now would wait, estimated."),
    Metric("admissions_refused", Kind.COUNTER, "{join}", "Microphones asked to come later: speech to text was full."),
    Metric("audio_seconds", Kind.COUNTER, "s", "Audio received, withheld silence included."),
    Metric(
        "speculations",
        Kind.COUNTER,
        "{transcript}",
        "Finals begun before the end of speech was sure, by what became of them (adopted, wasted).",
        ("outcome",),
    ),
    Metric("notes", Kind.COUNTER, "{note}", "Notes made, by where they come from (spoken, written).", ("origin",)),
    Metric(
        "client_seconds",
        Kind.HISTOGRAM,
        "s",
        "Reported by clients: how long they waited (key_to_first_frame, key_to_note, release_to_note, vad_inference).",
        ("kind",),
        CLIENT_BUCKETS_S,
    ),
    Metric("client_errors", Kind.COUNTER, "{error}", "Errors that clients met and reported."),
    Metric("utterances", Kind.COUNTER, "{utterance}", "Utterances that are over.", ("outcome",)),
    Metric(
        "post_pickup_seconds", Kind.HISTOGRAM, "s", "From a post being due to a worker having it, of first attempts."
    ),
    Metric("post_seconds", Kind.HISTOGRAM, "s", "From a worker having a job to the comment being read back."),
    Metric("posts", Kind.COUNTER, "{attempt}", "Attempts to post, by what came of them.", ("site", "outcome")),
    Metric("job_wait_seconds", Kind.HISTOGRAM, "s", "How long messages to workers waited.", ("actor",)),
    Metric("job_seconds", Kind.HISTOGRAM, "s", "What a worker did about a message.", ("actor", "outcome")),
    Metric("websocket_connections", Kind.GAUGE, "{connection}", "Websockets open now."),
    Metric("websocket_closes", Kind.COUNTER, "{connection}", "Websockets closed, by close code.", ("code",)),
)

_Instrument = Histogram | Counter | UpDownCounter


class Telemetry:
    """The figures and traces of one server."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        """``exporter`` receives each finished span; without one, spans are made and dropped."""
        resource = Resource.create({"service.name": "sidenote"})
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        reader = PrometheusMetricReader(
            disable_target_info=True, prefix="sidenote", scope_info_enabled=False, registry=self._registry
        )
        self._meters = MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)
        meter = self._meters.get_meter("sidenote")
        self._labels = {metric.name: frozenset(metric.labels) for metric in METRICS}
        self._instruments: dict[str, _Instrument] = {}
        self._readings: dict[str, Callable[[], float]] = {}  # of what is observed
        for metric in METRICS:
            about = {"unit": metric.unit, "description": metric.description}
            match metric.kind:
                case Kind.HISTOGRAM:
                    self._instruments[metric.name] = meter.create_histogram(
                        metric.name, explicit_bucket_boundaries_advisory=metric.buckets, **about
                    )
                case Kind.COUNTER:
                    self._instruments[metric.name] = meter.create_counter(metric.name, **about)
                case Kind.GAUGE:
                    self._instruments[metric.name] = meter.create_up_down_counter(metric.name, **about)
                case Kind.OBSERVED:
                    meter.create_observable_gauge(metric.name, [partial(self._look, metric.name)], **about)
        self._tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        if exporter is not None:
            self._tracers.add_span_processor(SimpleSpanProcessor(exporter))
        self._tracer = self._tracers.get_tracer("sidenote")
        self._open: dict[str, otel.Span] = {}
        self._lock = threading.Lock()
        self._closed = False

    def record(self, name: str, value: float, **labels: str) -> None:
        """Add one observation to the histogram, counter or gauge ``name`` of METRICS.

        An unknown name or label is a bug of ours: it is logged and dropped, since no figure is worth a failed note.
        """
        instrument = self._instruments.get(name)
        if instrument is None or not self._labels[name].issuperset(labels):
            log.error("the metric %s with labels %s is not in METRICS of server/telemetry.py", name, sorted(labels))
        elif isinstance(instrument, Histogram):
            instrument.record(value, labels)
        else:
            instrument.add(value, labels)

    def observe(self, name: str, reading: Callable[[], float]) -> None:
        """From now on the figure ``name`` is what ``reading`` returns; it is called in whichever thread looks."""
        self._readings[name] = reading

    @contextmanager
    def span(self, name: str, *, trace: str, **attributes: str | int | float) -> Iterator[None]:
        """A span of the trace named ``trace``; the first one begins it. An error is noted by its type alone."""
        context = otel.set_span_in_context(self._root(trace))
        with self._tracer.start_as_current_span(
            name, context, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(otel.StatusCode.ERROR, type(error).__name__)
                raise

    def finish(self, trace: str, outcome: str) -> None:
        """The trace is complete. Without a span there is none, and nothing happens."""
        with self._lock:
            root = self._open.pop(trace, None)
        if root is not None:
            root.set_attribute("outcome", outcome)
            root.end()

    def about(self, **who: str) -> AbstractContextManager[None]:
        """Whatever is logged inside, and in tasks begun inside, carries these fields."""
        return bind_log_context(**who)

    def prometheus(self) -> tuple[bytes, str]:
        """All figures as Prometheus text, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    @contextmanager
    def served(self, port: int) -> Iterator[int]:
        """All figures at ``/metrics`` of a port of this machine, for a process without a web server. Raises OSError."""
        server, thread = start_http_server(port, "127.0.0.1", self._registry)
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def close(self) -> None:
        """End what is open and flush. Safe to call twice."""
        for trace in list(self._open):
            self.finish(trace, "server stopped")
        if not self._closed:
            self._closed = True
            self._meters.shutdown()
            self._tracers.shutdown()

    def _look(self, name: str, options: CallbackOptions) -> Iterator[Observation]:
        if name in self._readings:
            yield Observation(self._readings[name]())

    def _root(self, trace: str) -> otel.Span:
        with self._lock:
            root = self._open.get(trace)
            if root is None:
                name = trace.partition("/")[0] if trace.startswith(("post/", "job/")) else "utterance"
                root = self._open[trace] = self._tracer.start_span(
                    name, context=otel.set_span_in_context(otel.INVALID_SPAN), attributes={"trace": trace}
                )
            oldest = next(iter(self._open)) if len(self._open) > MAX_OPEN_TRACES else None
        if oldest is not None:
            self.finish(oldest, "abandoned")
        return root


class LogSpans(SpanExporter):
    """Writes each finished span as a log line."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            log.info(
                "span %s",
                span.name,
                extra={
                    "trace_id": otel.format_trace_id(span.context.trace_id),
                    "span_id": otel.format_span_id(span.context.span_id),
                    "parent_id": otel.format_span_id(span.parent.span_id) if span.parent else None,
                    "duration_ms": round(((span.end_time or 0) - (span.start_time or 0)) / 1e6, 3),
                    "status": span.status.description or span.status.status_code.name.lower(),
                    "attributes": dict(span.attributes or {}),
                },
            )
        return SpanExportResult.SUCCESS


def setup_telemetry(traces: str) -> Telemetry:
    """``traces``: "off" or "log" (settings)."""
    return Telemetry(LogSpans() if traces == "log" else None)
