"""What the Redis hub has Redis do in one step, and how it writes a topic down there. Sends nothing itself.

A topic is two keys and a channel, which all carry its name in braces, so that they stay together:

    PREFIX:hub:{TOPIC}       hash: epoch, seq, bytes of the history, run, and by:PUBLISHER for each process that
                             published on it, the number of its last event. Also the name of the channel
    PREFIX:hub:{TOPIC}:past  list: the history, oldest first; the last entry is the event ``seq``

``run`` says which life of which server gave out these numbers. When it is not the one that is asked, numbers may have
been lost (a restart with an old snapshot, a replica that took over), so the topic begins a new epoch.

Redis refuses what needs memory when it has none left, but only until a script has written: so PUBLISH begins with
RPUSH, and is refused; READ and RENEW begin with what needs none, and are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from channels.hub import Frame
from channels.redis_link import Script

_BEGIN = """
local place, past = KEYS[1], KEYS[2]
local fresh, max_bytes, max_age_ms, keep_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local known = redis.call('HMGET', place, 'run', 'epoch', 'seq', 'bytes')
local epoch, seq, bytes = known[2], tonumber(known[3]), tonumber(known[4])
if known[1] ~= run then
  if known[1] then redis.call('DEL', place) end
  epoch, seq, bytes = fresh, 0, 0
  redis.call('HSET', place, 'run', run, 'epoch', epoch, 'seq', 0, 'bytes', 0)
  redis.call('DEL', past)
end
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local function digits(number) return string.format('%.0f', number) end
local function cut()
  local oldest = redis.call('LINDEX', past, 0)
  while oldest do
    local at_ms, size = string.match(oldest, '^(%d+) (%d+)\\n')
    if bytes <= max_bytes and tonumber(at_ms) >= now_ms - max_age_ms then break end
    redis.call('LPOP', past)
    bytes = bytes - tonumber(size)
    oldest = redis.call('LINDEX', past, 0)
  end
  if not oldest then bytes = 0 end
end
"""

# publisher, number, event, text before the seq, text after it
PUBLISH = Script(
    _BEGIN
    + """
local mark = 'by:' .. ARGV[5]
if tonumber(ARGV[6]) <= tonumber(redis.call('HGET', place, mark) or 0) then return 0 end
seq = seq + 1
local text = ARGV[8] .. digits(seq) .. ARGV[9]
local count = redis.call('RPUSH', past, digits(now_ms) .. ' ' .. #text .. '\\n' .. text .. '\\n' .. ARGV[7])
bytes = (count == 1 and 0 or bytes) + #text
cut()
redis.call('HSET', place, 'seq', digits(seq), 'bytes', digits(bytes), mark, ARGV[6])
redis.call('PEXPIRE', past, max_age_ms)
redis.call('PEXPIRE', place, keep_ms)
redis.call('PUBLISH', place, epoch .. ' ' .. digits(seq) .. '\\n' .. text .. '\\n' .. ARGV[7])
return 1
"""
)

# epoch and last seq of the asker
READ = Script(
    _BEGIN
    + """
redis.call('PEXPIRE', place, keep_ms)
cut()
redis.call('HSET', place, 'bytes', digits(bytes))
local missed = seq - tonumber(ARGV[6])
if ARGV[5] == epoch and missed >= 0 and missed <= redis.call('LLEN', past) then
  return {epoch, seq, missed > 0 and redis.call('LRANGE', past, -missed, -1) or {}}
end
return {epoch, seq}
"""
)

RENEW = Script(
    _BEGIN
    + """
redis.call('DEL', past)
redis.call('HSET', place, 'epoch', fresh, 'seq', 0, 'bytes', 0)
redis.call('PEXPIRE', place, keep_ms)
redis.call('PUBLISH', place, fresh .. ' 0\\n\\n')
return 1
"""
)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message of a topic's channel. Without a frame: the topic begins anew at this position."""

    epoch: str  # empty for an ephemeral event
    seq: int
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a topic stands, and what came after the position that was asked about; None: that is not known any more."""

    epoch: str
    seq: int
    missed: tuple[Frame, ...] | None


def announcement(topic: str, data: bytes) -> Announcement:
    """The message that PUBLISH, RENEW or ``ephemeral`` made."""
    head, text, event = data.decode().split("\n", 2)  # JSON has no bare line break
    epoch, _, digits = head.partition(" ")
    seq = int(digits or 0)
    if epoch and not seq:
        return Announcement(epoch, 0, None)
    return Announcement(epoch, seq, Frame(topic, event, text, seq if epoch else None))


def ephemeral(event: str, text: str) -> str:
    """The message for an event that is only passed on."""
    return f"\n{text}\n{event}"


def standing(topic: str, reply: Sequence[bytes | int | list[bytes]]) -> Standing:
    """What READ returned."""
    epoch, seq, *rest = reply
    assert isinstance(epoch, bytes)
    assert isinstance(seq, int)
    if not rest:
        return Standing(epoch.decode(), seq, None)
    entries = rest[0]
    assert isinstance(entries, list)
    frames = []
    for number, entry in enumerate(entries, seq - len(entries) + 1):
        _, text, event = entry.decode().split("\n", 2)
        frames.append(Frame(topic, event, text, number))
    return Standing(epoch.decode(), seq, tuple(frames))
