"""This machine's microphone as a source of captures, through sounddevice (the extra ``microphone``)."""

import asyncio
import contextlib
import math
import sys
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.events import Mode
from inference.audio import SAMPLE_RATE, Int16Samples
from server.takes import PUSH, Capture, Span

if TYPE_CHECKING:
    import sounddevice

INSTALL = "Install it: pip install 'sidenote[microphone]' (on Debian also: apt-get install libportaudio2)."
PLUG_IN = "Plug one in or allow it in the system's settings; `sidenote say FILE` plays recordings instead."


class NoMicrophone(Exception):
    """Nothing can be recorded here. The message says what to do."""


def find_microphone() -> str:
    """The name of the default microphone. Raises NoMicrophone."""
    device = _sounddevice()
    try:
        found: dict[str, Any] = device.query_devices(kind="input")
    except (ValueError, device.PortAudioError) as error:
        raise NoMicrophone(f"There is no microphone on this machine ({error}). {PLUG_IN}") from None
    return str(found["name"])


def _sounddevice() -> "sounddevice":
    try:
        import sounddevice
    except ImportError:
        raise NoMicrophone(f"The package sounddevice is not installed. {INSTALL}") from None
    except OSError as error:  # it is, but the PortAudio library is not
        raise NoMicrophone(f"The PortAudio library is missing ({error}). {INSTALL}") from None
    return sounddevice


class MicrophoneSource:
    """Hands-free: one capture until ``stop``. In ptt Enter begins and ends each one, until the input ends."""

    def __init__(self, mode: Mode, say: Callable[[str], None]) -> None:
        """Raises NoMicrophone."""
        self.name = find_microphone()
        self._mode = mode
        self._say = say
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Mic off: the capture under way ends, and none follows."""
        self._stopped.set()

    async def captures(self) -> AsyncIterator[Capture]:
        if self._mode is Mode.HANDS_FREE:
            yield _Recording(self._stopped)
            return
        while True:
            self._say("Press Enter to speak, Ctrl-C to end.")
            if not await _enter(self._stopped):
                return
            self._say("Recording. Press Enter when you have spoken.")
            released = asyncio.Event()
            waiting = asyncio.create_task(self._release(released))
            yield _Recording(released)
            waiting.cancel()

    async def _release(self, released: asyncio.Event) -> None:
        await _enter(self._stopped)
        released.set()


class _Recording:
    """Sound from the microphone until ``ended`` is set."""

    speech: tuple[Span, ...] | None = None
    gap_s = 0.0

    def __init__(self, ended: asyncio.Event) -> None:
        self._ended = ended
        self.began = math.nan

    async def pushes(self) -> AsyncIterator[Int16Samples]:
        device = _sounddevice()
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[bytes | None] = asyncio.Queue()

        def take(data: Any, frames: int, at: Any, status: Any) -> None:
            if math.isnan(self.began):
                self.began = loop.time() - frames / SAMPLE_RATE
            loop.call_soon_threadsafe(heard.put_nowait, bytes(data))

        async def end() -> None:
            await self._ended.wait()
            heard.put_nowait(None)

        ending = asyncio.create_task(end())
        try:
            with device.RawInputStream(
                samplerate=SAMPLE_RATE, channels=1, dtype="int16", blocksize=PUSH, callback=take
            ):
                while (pcm := await heard.get()) is not None:
                    yield np.frombuffer(pcm, np.int16)
        except device.PortAudioError as error:
            raise NoMicrophone(f"The microphone can't be opened ({error}). {PLUG_IN}") from None
        finally:
            ending.cancel()


async def _enter(stopped: asyncio.Event) -> bool:
    """Whether Enter was pressed before the input ended or ``stopped`` was set."""
    loop = asyncio.get_running_loop()
    pressed: asyncio.Future[bool] = loop.create_future()

    def ready() -> None:
        line = sys.stdin.readline()
        if not pressed.done():
            pressed.set_result(bool(line))

    loop.add_reader(sys.stdin.fileno(), ready)
    stopping = asyncio.create_task(stopped.wait())
    either: list[asyncio.Future[bool]] = [pressed, asyncio.ensure_future(stopping)]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return pressed.done() and pressed.result()
    finally:
        loop.remove_reader(sys.stdin.fileno())
        stopping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            pressed.cancel()
