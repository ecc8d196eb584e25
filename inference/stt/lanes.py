"""Who is decoded next: three lanes of work for a few threads.

Finals come first and once accepted are decoded. Speculations, finals that nobody has asked for yet, come after them
until they are adopted. Partials, latest-wins and one a stream, come last. Within a lane the streams take turns. Knows
nothing of models: it calls the two functions it was given, in its own threads.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from inference.errors import EngineBusy, EngineFailed, InferenceError
from inference.priority import give_way
from inference.stt.contract import Hint, Load, Samples, Transcript
from inference.stt.turns import Turns

Decode = Callable[[Samples, Hint | None, str], Transcript]  # the last is the stream
_SHUTTING_DOWN = "The speech engine is shutting down. Try again once the server is back."
_NEWEST_SHARE = 0.2  # of the newest decode in the moving average of their seconds
_NEARLY_FULL = 0.75  # of the finals lane


@dataclass(eq=False, slots=True)
class Final:
    """A final, or a speculation that may become one. Only Lanes changes it."""

    stream: str
    samples: Samples
    hint: Hint | None
    future: "Future[Transcript]" = field(default_factory=Future)
    lane: "Turns[Final] | None" = None  # where it waits
    begun: bool = False


@dataclass(eq=False, slots=True)
class _Partial:
    stream: str
    samples: Samples
    hint: Hint | None
    future: "Future[Transcript | None]" = field(default_factory=Future)


class Lanes:
    """Finals, speculations and partials, served by ``workers`` threads."""

    def __init__(
        self, final: Decode, partial: Decode, *, workers: int = 1, max_queue: int = 32, busy_above_s: float = 2.0
    ) -> None:
        """``max_queue``: finals that may wait, the ones being decoded not counted; as many speculations may wait.

        ``busy_above_s``: an estimated wait for which ``load`` says full.
        """
        if workers < 1 or max_queue < 1:
            raise ValueError("workers and max_queue must be >= 1")
        self._decode_final = final
        self._decode_partial = partial
        self._max_queue = max_queue
        self._busy_above_s = busy_above_s
        self._changed = threading.Condition()
        self._finals: Turns[Final] = Turns()
        self._speculations: Turns[Final] = Turns()
        self._partials: dict[str, _Partial] = {}  # by stream; a newer one takes the place of the older in the order
        self._decoding: dict[str, _Partial] = {}  # partials under way that are still wanted
        self._running = 0  # jobs under way, of all lanes
        self._decode_s = 0.0  # moving average over finals
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, name=f"stt-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> "Future[Transcript]":
        """Accept a final; the stream's older partials become stale. Raises EngineBusy or EngineFailed (closed)."""
        job = Final(stream, samples, hint)
        with self._changed:
            self._accept(job)
            stale = self._forget_partials(stream)
        _drop(stale)
        return job.future

    def speculate(self, stream: str, samples: Samples, hint: Hint | None = None) -> Final:
        """Begin a final that may not be wanted. Too many of them wait: it begins when it is adopted.

        Its ``future`` is cancelled by ``cancel``, and until ``adopt`` its failure concerns nobody. Raises EngineFailed
        (closed).
        """
        job = Final(stream, samples, hint)
        with self._changed:
            self._check_open()
            if len(self._speculations) < self._max_queue:
                self._put(self._speculations, job)
        return job

    def adopt(self, job: Final) -> None:
        """Make a speculation a final, which is refused only if it never had a place and there is none now.

        Then raises EngineBusy or EngineFailed (closed).
        """
        with self._changed:
            if job.lane is self._speculations:
                self._speculations.remove(job.stream, job)
                self._put(self._finals, job)
            elif job.lane is None and not job.begun and not job.future.done():
                self._accept(job)
            stale = self._forget_partials(job.stream)
        _drop(stale)

    def cancel(self, job: Final) -> None:
        """Forget a speculation, unless it was adopted; one under way is decoded to its end, for nobody."""
        with self._changed:
            if job.lane is self._finals:
                return
            if job.lane is self._speculations:
                self._speculations.remove(job.stream, job)
                job.lane = None
        job.future.cancel()

    def partial(self, stream: str, samples: Samples, hint: Hint | None = None) -> "Future[Transcript | None]":
        """Accept a partial in place of the stream's older ones, which resolve to None. Raises EngineFailed (closed)."""
        job = _Partial(stream, samples, hint)
        with self._changed:
            self._check_open()
            older = self._partials.get(stream)
            self._decoding.pop(stream, None)
            self._partials[stream] = job
            self._changed.notify()
        _drop([older] if older else [])
        return job.future

    @property
    def load(self) -> Load:
        """How busy the lanes are now."""
        with self._changed:
            waiting, idle = len(self._finals), len(self._threads) - self._running
            # Behind those that wait, and on average half a decode until the first thread is free.
            wait_s = 0.0 if waiting < idle else (waiting + 0.5) * self._decode_s / len(self._threads)
            full = wait_s > self._busy_above_s or waiting >= _NEARLY_FULL * self._max_queue
            return Load(waiting, wait_s, full)

    def close(self) -> None:
        """Finish what runs, refuse what waits (EngineFailed, partials None), and block until the threads end."""
        with self._changed:
            self._closed = True
            finals, partials = self._finals.clear() + self._speculations.clear(), list(self._partials.values())
            for final in finals:
                final.lane = None
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

    def _accept(self, job: Final) -> None:
        self._check_open()
        if len(self._finals) >= self._max_queue:
            raise EngineBusy(f"{len(self._finals)} utterances wait for transcription already. Try again in a moment.")
        self._put(self._finals, job)

    def _put(self, lane: "Turns[Final]", job: Final) -> None:
        lane.put(job.stream, job)
        job.lane = lane
        self._changed.notify()

    def _forget_partials(self, stream: str) -> "list[_Partial]":
        self._decoding.pop(stream, None)
        waiting = self._partials.pop(stream, None)
        return [waiting] if waiting else []

    def _choose(self) -> "Final | _Partial | None":
        """What an idle thread should do now.

        Where there are two threads or more a partial never takes the last idle one, so nobody waits for partials
        alone. A speculation may take it: what it finishes within the hangover is a final that nobody waits for. In a
        simulation of two threads and eight talkers a final that was not begun early took 130 ms (95th percentile)
        where it takes 128 alone; 151 without the rule, and no less where speculations had to leave a thread idle too.
        """
        for lane in (self._finals, self._speculations):
            if lane:
                job = lane.take()
                job.lane, job.begun = None, True
                return job
        if self._partials and self._running < max(1, len(self._threads) - 1):
            stream = next(iter(self._partials))
            partial = self._decoding[stream] = self._partials.pop(stream)
            return partial
        return None

    def _next(self) -> "Final | _Partial | None":
        """Wait for work. None: closed."""
        with self._changed:
            while (job := self._choose()) is None:
                if self._closed:
                    return None
                self._changed.wait()
            self._running += 1
            return job

    def _serve(self) -> None:
        give_way()
        while self._serve_one():
            pass

    def _serve_one(self) -> bool:
        """Do one job; whether there may be more. A function of its own: a thread that waits holds no audio."""
        job = self._next()
        if job is None:
            return False
        if job.future.set_running_or_notify_cancel():  # else the caller has gone
            if isinstance(job, Final):
                self._run_final(job)
            else:
                self._run_partial(job)
        with self._changed:
            self._running -= 1  # nobody is woken: what may run now, this thread takes
        return True

    def _run_final(self, job: Final) -> None:
        began = time.perf_counter()
        try:
            transcript = self._decode_final(job.samples, job.hint, job.stream)
        except BaseException as error:
            job.future.set_exception(_explain(error))
            return
        took_s = time.perf_counter() - began
        with self._changed:
            share = _NEWEST_SHARE if self._decode_s else 1.0
            self._decode_s += share * (took_s - self._decode_s)
        job.future.set_result(transcript)

    def _run_partial(self, job: _Partial) -> None:
        try:
            transcript = self._decode_partial(job.samples, job.hint, job.stream)
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
