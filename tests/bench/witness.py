"""``sidenote serve`` that writes down when what came and went on its sockets; and beside it, at /bare, a bare page.

``witness.py FILE`` takes the options of ``sidenote serve``. FILE gets a line of JSON for each sight. What the bare page
sends comes back as it is; the process, the loop and the wire are the same for both.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels import wire
from channels.endpoint import Endpoint
from server import app
from server.cli import main
from server.wiring import Parts

PAGE = Path(__file__).with_name("bare.html")
SEEN = frozenset({"stop", "note_created"})


@dataclass(frozen=True, slots=True)
class Sight:
    at_ms: float  # Unix time
    event: str  # "audio": the first samples of a capture, or of a press of the bare page
    topic: str
    number: int  # of the capture, the press or the utterance


def sights(file: Path) -> list[Sight]:
    """What was written down, in order."""
    return [Sight(**json.loads(line)) for line in file.read_text().splitlines()]


class Witness:
    """Stands before a server's application."""

    def __init__(self, served: ASGIApp, file: Path) -> None:
        self._served = served
        self._file = file.open("a", buffering=1)
        self._pressed = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/bare":
            await (self._echo if scope["type"] == "websocket" else self._page)(receive, send)
            return

        async def received() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                self._see(message.get("bytes") or message.get("text") or "")
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "websocket.send" and message.get("text"):
                self._see(message["text"])
            await send(message)

        await self._served(scope, received, sent)

    async def _page(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": PAGE.read_bytes()})

    async def _echo(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            data: bytes = message["bytes"]
            press = int.from_bytes(data[:2], "little")
            if press != self._pressed:
                self._write("audio", "bare", press)
            self._pressed = press
            await send({"type": "websocket.send", "bytes": data})

    def _see(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            push = wire.decode_client(data)
            if isinstance(push, wire.BinaryPush) and push.event == "audio":
                audio = wire.decode_audio(push.data)
                if audio.offset == 0:
                    self._write("audio", push.topic, audio.capture)
        elif any(event in data for event in SEEN):
            _, _, topic, event, payload = json.loads(data)
            if event in SEEN:
                self._write(event, topic, payload["capture" if event == "stop" else "utterance"])

    def _write(self, event: str, topic: str, number: int) -> None:
        print(json.dumps(asdict(Sight(time.time() * 1000, event, topic, number))), file=self._file)


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    create_app = app.create_app

    def witnessed(parts: Parts, endpoint: Endpoint) -> ASGIApp:
        return Witness(create_app(parts, endpoint), file)

    app.create_app = witnessed
    sys.argv.insert(1, "serve")
    main()
