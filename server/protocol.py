"""What uvicorn (0.54) leaves undone where a client breaks HTTP or the websocket: an end, and a quiet log.

Anybody who reaches the port can send such things, so none of it may hold a connection or fill the log with tracebacks.
"""

import logging

from h11 import LocalProtocolError
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

READ_AHEAD = 8  # messages that wait for the application before the client has to


class WebsocketProtocol(WebSocketsSansIOProtocol):
    """Ends a connection whose handshake can't be read (too many headers, too long a line) instead of holding it.

    Reads on until ``READ_AHEAD`` messages wait. uvicorn stops reading at each message and goes on when it is taken:
    for a microphone that sends little and often, these two calls of the kernel cost as much as all else it does.
    """

    def data_received(self, data: bytes) -> None:
        self.read_paused = True  # so uvicorn takes it, and lets it be
        super().data_received(data)
        self.read_paused = self.queue.qsize() >= READ_AHEAD
        if self.read_paused:
            self.transport.pause_reading()
        if self.conn.handshake_exc is not None and not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))  # the refusal, which nobody sends otherwise
            self.transport.close()


class ClientsFault(logging.Filter):
    """Drops the errors that uvicorn reports for what a client did; the client is answered or closed all the same."""

    def filter(self, record: logging.LogRecord) -> bool:
        refused = "without completing handshake" in record.msg  # a handshake that we answered with a response
        no_text = "Invalid UTF-8 sequence" in record.msg  # closed with 1007
        error = record.exc_info[1] if record.exc_info else None
        too_late = isinstance(error, LocalProtocolError) and "state=MUST_CLOSE" in str(error)  # the rest was no HTTP
        return not (refused or no_text or too_late)
