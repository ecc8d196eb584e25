"""The judge: Silero VAD 6 on onnxruntime, one model a process and one small state a stream.

The model file comes with faster-whisper (MIT, as Silero itself). It is found without importing that package, which
would cost 0.3 s.
"""

import functools
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.audio import Float32Samples
from inference.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

WINDOW = 512  # samples a judgement, 32 ms: the model takes no other size
CONTEXT = 64  # samples of the window before, prepended
_STATE_SHAPE = (1, 1, 128)  # h and c of its LSTM


def find_model() -> Path:
    """The path of the Silero model. Raises ModelMissing."""
    spec = find_spec("faster_whisper")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / "assets" / "silero_vad_v6.onnx"
        if path.is_file():
            return path
    raise ModelMissing("The Silero VAD model is missing. Reinstall it: pip install --force-reinstall faster-whisper")


class SileroModel:
    """The network and its weights, without state. Safe to share; belongs on one thread at a time by habit."""

    def __init__(self, path: Path) -> None:
        """Load ``path``. Raises ModelDamaged."""
        import onnxruntime  # imported here: 0.1 s that `sidenote --help` need not pay

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a window is too small to share out, and pools of threads spin
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        try:
            self._session: InferenceSession = onnxruntime.InferenceSession(
                str(path), providers=["CPUExecutionProvider"], sess_options=options
            )
        except Exception as error:  # onnxruntime's own exceptions share no base
            raise ModelDamaged(
                f"The Silero VAD model {path} can't be loaded ({error}). "
                "Reinstall it: pip install --force-reinstall faster-whisper"
            ) from error

    def run(
        self, windows: Float32Samples, h: Float32Samples, c: Float32Samples
    ) -> tuple[Float32Samples, Float32Samples, Float32Samples]:
        """Probabilities (n,) of ``windows`` (n, CONTEXT + WINDOW) in their order, and the state after them."""
        probabilities, h, c = self._session.run(None, {"input": windows, "h": h, "c": c})
        return probabilities.reshape(-1), h, c


@functools.cache
def shared_model() -> SileroModel:
    """The process's one model. Raises ModelMissing or ModelDamaged."""
    return SileroModel(find_model())


class SileroStream:
    """The judge of one stream: takes consecutive windows, remembers what came before."""

    def __init__(self, model: SileroModel) -> None:
        self._model = model
        self._input: NDArray[np.float32] = np.zeros((1, CONTEXT + WINDOW), np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self._h: Float32Samples = np.zeros(_STATE_SHAPE, np.float32)
        self._c: Float32Samples = np.zeros(_STATE_SHAPE, np.float32)
        self._input[:] = 0

    def probability(self, window: Float32Samples) -> float:
        """Probability, 0-1, that ``window`` (shape (512,), float32 in [-1, 1]) holds speech."""
        self._input[0, CONTEXT:] = window
        probabilities, self._h, self._c = self._model.run(self._input, self._h, self._c)
        self._input[0, :CONTEXT] = window[-CONTEXT:]
        return float(probabilities[0])


def speech_probabilities(samples: Float32Samples, model: SileroModel | None = None) -> Float32Samples:
    """Probability of speech in each 32 ms of ``samples`` (shape (n,)): shape (ceil(n / 512),), in one call."""
    count = -(-len(samples) // WINDOW)
    if not count:
        return np.empty(0, np.float32)
    padded = np.zeros(CONTEXT + count * WINDOW, np.float32)
    padded[CONTEXT : CONTEXT + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + WINDOW)[::WINDOW]
    zeros = np.zeros(_STATE_SHAPE, np.float32)
    return (model or shared_model()).run(np.ascontiguousarray(windows), zeros, zeros)[0]
