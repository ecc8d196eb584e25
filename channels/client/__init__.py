"""A typed client of the wire that never loses anything: it reconnects, recovers and replays. Runs on one event loop.

async with Client(url, token) as client:
    session = await client.join("session:s1")
    async for event in session: ...
"""

from channels.client.backoff import DEFAULT, Backoff
from channels.client.channel import MAX_WAITING, Channel, Event
from channels.client.client import Client, State, Status, Token
from channels.client.connection import PATH, Heartbeat
from channels.client.errors import ClientError, ConnectFailed, Disconnected, PushRefused, TooMuchUnacked
from channels.client.uplink import Uplink

__all__ = [
    "DEFAULT",
    "MAX_WAITING",
    "PATH",
    "Backoff",
    "Channel",
    "Client",
    "ClientError",
    "ConnectFailed",
    "Disconnected",
    "Event",
    "Heartbeat",
    "PushRefused",
    "State",
    "Status",
    "Token",
    "TooMuchUnacked",
    "Uplink",
]
