"""Who is decoded next: two lanes of work for a few threads.

Finals wait in one bounded queue, first come first served across streams, and once accepted are decoded. Partials are
latest-wins, one a stream, and run only when no final waits. Knows nothing of models: it calls the two functions it was
given, in its own threads.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from inference.errors import EngineBusy, EngineFailed, InferenceError
from inference.stt.contract import Samples, Transcript

Decode = Callable[[Samples], Transcript]
_SHUTTING_DOWN = "The speech engine is shutting down. Try again once the server is back."


@dataclass(eq=False, slots=True)
class _Final:
    stream: str
    samples: Samples
    future: "Future[Transcript]" = field(default_factory=Future)


@dataclass(eq=False, slots=True)
class _Partial:
    stream: str
    samples: Samples
    future: "Future[Transcript | None]" = field(default_factory=Future)


class Lanes:
    """A finals lane and a partials lane served by ``workers`` threads."""

    def __init__(self, final: Decode, partial: Decode, *, workers: int = 1, max_queue: int = 32) -> None:
        """``max_queue``: finals that may wait, the ones being decoded not counted."""
        if workers < 1 or max_queue < 1:
            raise ValueError("workers and max_queue must be >= 1")
        self._decode_final = final
        self._decode_partial = partial
        self._max_queue = max_queue
        self._changed = threading.Condition()
        self._finals: deque[_Final] = deque()
        self._partials: dict[str, _Partial] = {}  # by stream; a newer one takes the place of the older in the order
        self._decoding: dict[str, _Partial] = {}  # partials under way that are still wanted
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, name=f"stt-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def final(self, stream: str, samples: Samples) -> "Future[Transcript]":
        """Accept a final; the stream's older partials become stale. Raises EngineBusy or EngineFailed (closed)."""
        job = _Final(stream, samples)
        with self._changed:
            self._check_open()
            if len(self._finals) >= self._max_queue:
                raise EngineBusy(f"{self._max_queue} utterances wait for transcription already. Try again in a moment.")
            self._finals.append(job)
            stale = self._forget_partials(stream)
            self._changed.notify()
        _drop(stale)
        return job.future

    def partial(self, stream: str, samples: Samples) -> "Future[Transcript | None]":
        """Accept a partial in place of the stream's older ones, which resolve to None. Raises EngineFailed (closed)."""
        job = _Partial(stream, samples)
        with self._changed:
            self._check_open()
            older = self._partials.get(stream)
            self._decoding.pop(stream, None)
            self._partials[stream] = job
            self._changed.notify()
        _drop([older] if older else [])
        return job.future

    def close(self) -> None:
        """Finish what runs, refuse what waits (EngineFailed, partials None), and block until the threads end."""
        with self._changed:
            self._closed = True
            finals, partials = list(self._finals), list(self._partials.values())
            self._finals.clear()
            self._partials.clear()
            self._changed.notify_all()
        for job in finals:
            if job.future.set_running_or_notify_cancel():  # no cancel(): the caller would think that itself was
                job.future.set_exception(EngineFailed(_SHUTTING_DOWN))
        _drop(partials)
        for thread in self._threads:
            thread.join()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineFailed(_SHUTTING_DOWN)

    def _forget_partials(self, stream: str) -> "list[_Partial]":
        self._decoding.pop(stream, None)
        waiting = self._partials.pop(stream, None)
        return [waiting] if waiting else []

    def _next(self) -> "_Final | _Partial | None":
        """Wait for work. None: closed."""
        with self._changed:
            while not (self._finals or self._partials or self._closed):
                self._changed.wait()
            if self._finals:
                return self._finals.popleft()
            if self._partials:
                stream = next(iter(self._partials))
                job = self._decoding[stream] = self._partials.pop(stream)
                return job
            return None

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue  # the caller has gone
            if isinstance(job, _Final):
                self._run_final(job)
            else:
                self._run_partial(job)

    def _run_final(self, job: _Final) -> None:
        try:
            job.future.set_result(self._decode_final(job.samples))
        except BaseException as error:
            job.future.set_exception(_explain(error))

    def _run_partial(self, job: _Partial) -> None:
        try:
            transcript = self._decode_partial(job.samples)
        except BaseException as error:
            job.future.set_exception(_explain(error))
            return
        with self._changed:
            wanted = self._decoding.get(job.stream) is job
            if wanted:
                del self._decoding[job.stream]
        job.future.set_result(transcript if wanted else None)


def _drop(jobs: "list[_Partial]") -> None:
    """Answer partials that became stale while they waited. Outside the lock: callbacks run in here."""
    for job in jobs:
        if job.future.set_running_or_notify_cancel():
            job.future.set_result(None)


def _explain(error: BaseException) -> InferenceError:
    if isinstance(error, InferenceError):
        return error
    failed = EngineFailed(f"Transcription failed ({type(error).__name__}: {error}). Try again; see `sidenote doctor`.")
    failed.__cause__ = error
    return failed
