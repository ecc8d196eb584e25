"""The uplink: what may join, which samples count, and who is the session's microphone."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from channels.client import Channel, Event, PushRefused
from channels.topics.audio import OPUS_BURST
from channels.wire import AudioFrame, OpusFrame, encode_audio, encode_opus
from inference.audio import Int16Samples
from inference.opus import MAX_SAMPLES
from inference.stt.contract import Load
from tests.channels.conftest import SECOND, Site, until
from tests.speech.packets import LOOK_AHEAD, PUSH, packets_of
from tests.speech.synthesis import librivox

PRACTICE = {"url": "sidenote:practice"}
TENTH = bytes(3_200)  # a tenth of a second


def send(audio: Channel, capture: int, offset: int, pcm: bytes = TENTH) -> None:
    audio.send_binary("audio", encode_audio(AudioFrame(capture, offset, pcm)))


def send_opus(audio: Channel, capture: int, offset: int, samples: Int16Samples) -> None:
    frame = OpusFrame(capture, offset, len(samples), LOOK_AHEAD, packets_of(samples))
    audio.send_binary("audio", encode_opus(frame))


async def acked(audio: Channel, samples: int) -> None:
    while (await until(audio, "ack")).payload["samples"] < samples:
        pass


async def refusal(audio: Channel) -> dict[str, Any]:
    return (await until(audio, "refused")).payload


@pytest.mark.parametrize(
    "params, reason, words",
    [
        ({}, "no_video", "video_id or url"),
        ({"url": "ftp://example.com"}, "no_video", "begins with http://"),
        ({"video_id": "missing"}, "not_found", "no such video"),
        ({**PRACTICE, "mode": "shout"}, "invalid", "mode: .*'ptt' or 'hands-free'"),
        ({**PRACTICE, "encoding": "mp3"}, "invalid", "encoding: .*'pcm16' or 'opus'"),
        ({**PRACTICE, "sample_rate": 48_000}, "invalid", "sample_rate: .*16000"),
        ({**PRACTICE, "client_id": ""}, "invalid", "client_id"),
        ({**PRACTICE, "timestamp": -1}, "invalid", "timestamp"),
        ([1], "invalid", "payload: .*dictionary"),
        ("ptt", "invalid", "payload: .*dictionary"),
    ],
)
async def test_a_join_that_cant_be_is_refused_with_what_to_change(
    site: Site, params: Any, reason: str, words: str
) -> None:
    async with site.client() as client:
        with pytest.raises(PushRefused, match=words) as refused:
            await client.join("audio:s1", params)
        assert refused.value.reason == reason


async def test_a_join_says_who_one_is_which_video_and_what_is_safe(site: Site) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", {**PRACTICE, "client_id": "c1"})
        video_id = audio.reply.pop("video_id")
        assert audio.reply == {"client_id": "c1", "capture": 0, "samples": 0}
        again = await client.join("audio:s2", {"video_id": video_id})
        assert again.reply["video_id"] == video_id
        assert again.reply["client_id"], "one is made up for whoever has none"


async def test_samples_are_acknowledged_once_they_are_safe_and_after_coming_back(site: Site) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", {**PRACTICE, "client_id": "c1"})
        send(audio, 1, 0)
        send(audio, 1, 1_600)
        await acked(audio, 3_200)
        back = await client.join("audio:s1", {**PRACTICE, "client_id": "c1"})
        assert (back.reply["capture"], back.reply["samples"]) == (1, 3_200)
        assert await audio.next() is None, "the channel of before is over"


async def test_samples_that_skip_are_refused_with_the_offset_to_go_on_from(site: Site) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", PRACTICE)
        send(audio, 1, 0)
        send(audio, 1, 3_200)
        refused = await refusal(audio)
        assert (refused["reason"], refused["expected"]) == ("audio_skipped", 1_600)
        assert "replay them, or push a gap" in refused["message"]
        send(audio, 1, 1_600)
        await acked(audio, 3_200)


async def test_samples_that_overlap_count_once(site: Site) -> None:
    async with site.review() as review:
        review.uplink.begin(0.0)
        for offset in (0, 0, 800, 1_600, 800):
            send(review.audio, 1, offset)
        await review.audio.push("stop", {"capture": 1, "samples": 3_200})
        assert (await review.until("speech_ended")).payload["end"] <= 3_200
        with pytest.raises(PushRefused, match="Capture 1 is over already"):
            await review.audio.push("stop", {"capture": 1, "samples": 3_200})


async def test_a_second_microphone_is_refused_and_changes_nothing(site: Site) -> None:
    async with site.review() as review, site.client() as other:
        with pytest.raises(PushRefused, match="Another client records in this session: stop it there first") as refused:
            await other.join("audio:s1", {"url": "https://example.com/other.mp4", "client_id": "second"})
        assert refused.value.reason == "second_microphone"
        note = await review.say()
        assert note["video_id"] == review.audio.reply["video_id"], "the refused one's video is not the session's"


async def test_a_microphone_that_comes_while_the_engine_is_full_is_asked_to_come_later(site: Site) -> None:
    async with site.review() as review, site.client(reconnect=None) as other:
        review.uplink.begin(0.0)
        review.uplink.send(SECOND)
        await review.uplink.wait_until_unacked(0)
        site.stt.load = Load(waiting=30, wait_s=6.0, full=True)
        with pytest.raises(PushRefused, match=r"about 6 s behind\). Try again in a moment") as refused:
            await other.join("audio:s2", PRACTICE)
        assert (refused.value.reason, refused.value.response["retry_after_ms"]) == ("busy", 6_000)
        assert (await other.join("session:s2")).reply["snapshot"]["state"] == "idle", "who follows needs no engine"
        again = await review.client.join("audio:s1", {**PRACTICE, "client_id": "mic"})
        assert again.reply["samples"] == 16_000, "who is in the middle of speech comes back in"
        await again.push("stop", {"capture": 1, "samples": 16_000})
        await review.until("note_created")
    assert site.figures.total("admissions_refused") == 1


async def test_the_same_client_replaces_its_half_open_predecessor(site: Site) -> None:
    async with site.review() as review, site.client() as again:
        review.uplink.begin(0.0)
        review.uplink.send(SECOND)
        await review.uplink.wait_until_unacked(0)
        audio = await again.join("audio:s1", {**PRACTICE, "client_id": "mic"})
        assert (audio.reply["capture"], audio.reply["samples"]) == (1, 16_000)
        assert await review.audio.next() is None, "phx_close"
        with pytest.raises(PushRefused) as refused:
            await review.audio.push("stop", {"capture": 1, "samples": 16_000})
        assert refused.value.reason == "unmatched topic"
        await audio.push("stop", {"capture": 1, "samples": 16_000})
        await review.until("note_created")


async def test_another_users_session_is_no_ones_microphone(site: Site) -> None:
    async with site.review(), site.client("bob") as bob:
        with pytest.raises(PushRefused) as live:
            await bob.join("audio:s1", {**PRACTICE, "client_id": "mic"})
        assert live.value.reason == "forbidden"
    async with site.client() as ada, site.client("bob") as bob:
        await ada.join("session:s2")
        with pytest.raises(PushRefused) as bound:
            await bob.join("audio:s2", PRACTICE)
        assert bound.value.reason == "forbidden"


async def test_another_users_video_is_not_to_be_spoken_about(site: Site) -> None:
    video = await site.videos.upsert(user_id="bob", platform="practice", external_id="1", url="sidenote:practice")
    async with site.client() as ada:
        with pytest.raises(PushRefused) as refused:
            await ada.join("audio:s1", {"video_id": video.id})
        assert refused.value.reason == "forbidden"


async def test_a_stop_before_all_samples_came_says_what_is_missing(site: Site) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", PRACTICE)
        with pytest.raises(PushRefused, match="Nothing was recorded"):
            await audio.push("stop", {"capture": 1, "samples": 0})
        send(audio, 1, 0)
        with pytest.raises(PushRefused) as refused:
            await audio.push("stop", {"capture": 1, "samples": 3_200})
        assert (refused.value.reason, refused.value.response["expected"]) == ("audio_skipped", 1_600)


async def test_withheld_silence_counts_as_samples(site: Site) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", PRACTICE)
        await audio.push("gap", {"capture": 1, "from": 0, "to": 1_600})
        send(audio, 1, 1_600)
        await acked(audio, 3_200)
        with pytest.raises(PushRefused, match="at most ten minutes") as refused:
            await audio.push("gap", {"capture": 1, "from": 3_200, "to": 3_200 + 601 * 16_000})
        assert refused.value.reason == "audio_invalid"


async def test_a_note_stands_where_the_player_stood(site: Site) -> None:
    async with site.review() as review:
        await review.audio.push("clock", {"wall_ms": 1000, "media_s": 60, "rate": 2, "paused": False})
        await review.audio.push("anchor", {"capture": 1, "sample": 0, "wall_ms": 2000})
        send(review.audio, 1, 0, SECOND)
        await review.audio.push("stop", {"capture": 1, "samples": 16_000})
        note = (await review.until("note_created")).payload["note"]
        assert note["timestamp_s"] == pytest.approx(60 + (1 + 0.1) * 2), "the twin's speech begins at 0.1 s"


async def test_pause_resume_and_cancel_apply_only_where_they_can(site: Site) -> None:
    async with site.review() as review:
        for command in ("pause", "resume", "cancel"):
            with pytest.raises(PushRefused) as refused:
                await review.audio.push(command)
            assert refused.value.reason == "not_now"
        send(review.audio, 1, 0)
        await review.until("state_changed")
        for command, paused in (("pause", True), ("resume", False), ("cancel", False)):
            assert await review.audio.push(command) == {}
            saved = (await site.sessions.get("s1")).state
            assert saved["ear"]["paused"] is paused, "what was answered is stored"
        assert saved["session"]["mic"] == "idle"


@pytest.mark.parametrize(
    "event, payload, reason",
    [
        ("transcript_partial", {"text": "so"}, "stt_is_local"),
        ("transcript_final", {"text": "so"}, "stt_is_local"),
        ("edit_note", {"note_id": "n"}, "unknown_event"),
        ("audio", {"0": 1}, "invalid"),
        ("huh", {}, "unknown_event"),
        ("stop", {}, "invalid"),
        ("stop", {"capture": 0, "samples": 1}, "invalid"),
        ("stop", None, "invalid"),
        ("gap", {"capture": 1, "from": -1, "to": 2}, "invalid"),
        ("gap", {"capture": 1, "from": 5, "to": 2}, "audio_invalid"),
        ("gap", {"capture": 1, "from": 5, "to": 9}, "audio_skipped"),
        ("anchor", {"capture": 1, "sample": 0, "wall_ms": "now"}, "invalid"),
        ("clock", {"wall_ms": 0, "media_s": -3}, "invalid"),
        ("clock", {"wall_ms": 0, "media_s": 3, "rate": 17}, "invalid"),
    ],
)
async def test_a_push_that_means_nothing_is_refused(site: Site, event: str, payload: Any, reason: str) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", PRACTICE)
        with pytest.raises(PushRefused) as refused:
            await audio.push(event, payload)
        assert refused.value.reason == reason


@pytest.mark.parametrize("event, data", [("audio", b"short"), ("audio", bytes(11)), ("video", bytes(10))])
async def test_bytes_that_are_no_audio_are_refused(site: Site, event: str, data: bytes) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", PRACTICE)
        audio.send_binary(event, data)
        assert (await refusal(audio))["reason"] == ("audio_invalid" if event == "audio" else "unknown_event")


async def test_a_session_that_died_closes_its_microphones_topic(site: Site) -> None:
    async with site.client(reconnect=None) as client:
        audio = await client.join("audio:s1", {**PRACTICE, "client_id": "mic"})
        agent = site.supervisor.get("s1")
        assert agent is not None
        agent.end()
        assert await audio.next() is None
        back = await client.join("audio:s1", {**PRACTICE, "client_id": "mic"})
        assert back.reply["client_id"] == "mic", "joining waits until the last state of the one before is saved"


async def test_a_microphone_that_fails_loses_nothing_said_before_and_shows_the_error(site: Site) -> None:
    async with site.review() as review:
        review.uplink.begin(0.0)
        review.uplink.send(SECOND)
        await review.audio.push("capture_failed", {"reason": "The microphone was unplugged: plug it in again."})
        error = (await review.until("agent_error")).payload
        assert (error["reason"], error["message"][:14]) == ("capture", "The microphone")
        assert (await review.until("note_created")).payload["utterance"] == 1
        await review.session.push("reset")
        assert (await review.until("state_changed")).payload["microphone"] in ("idle", "error")


async def test_acks_come_at_intervals_and_the_last_one_always(site: Site) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", PRACTICE)
        for number in range(50):
            send(audio, 1, number * 320, bytes(640))
        acked = [0]
        while acked[-1] < 50 * 320:
            acked.append((await until(audio, "ack")).payload["samples"])
        assert len(acked) < 15, "50 pushes are not 50 acks"


def test_an_event_has_a_seq_only_where_it_is_durable() -> None:
    assert Event("t", "e", {"seq": 3}).seq == 3
    assert Event("t", "asr_partial", {"text": "so"}).seq is None


@pytest.mark.speech
async def test_opus_is_stored_as_its_samples_and_may_be_sent_again_from_anywhere(site: Site, tmp_path: Path) -> None:
    speech = librivox()[0].samples[: 10 * PUSH]
    async with site.client() as client:
        audio = await client.join("audio:s1", {**PRACTICE, "client_id": "c1", "encoding": "opus"})
        for at in range(0, 5 * PUSH, PUSH):
            send_opus(audio, 1, at, speech[at : at + PUSH])
        await acked(audio, 5 * PUSH)
        again = await client.join("audio:s1", {**PRACTICE, "client_id": "c1", "encoding": "opus"})
        for at in range(5 * PUSH - 1_000, len(speech), PUSH):
            send_opus(again, 1, at, speech[at : at + PUSH])
        await acked(again, len(speech))
    with closing(sqlite3.connect(tmp_path / "site.db")) as database:
        chunks = database.execute("SELECT start_sample, pcm FROM audio_chunks ORDER BY 1").fetchall()
    stored = np.frombuffer(b"".join(pcm for _, pcm in chunks), "<i2")
    assert len(stored) == len(speech)
    assert np.corrcoef(stored, speech)[0, 1] > 0.95


async def test_a_client_that_comes_back_may_change_its_encoding(site: Site) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", {**PRACTICE, "client_id": "c1", "encoding": "opus"})
        send_opus(audio, 1, 0, np.zeros(PUSH, np.int16))
        await acked(audio, PUSH)
        back = await client.join("audio:s1", {**PRACTICE, "client_id": "c1"})
        assert back.reply["samples"] == PUSH
        send(back, 1, PUSH)
        await acked(back, PUSH + 1_600)


@pytest.mark.parametrize(
    "frame, words",
    [
        (OpusFrame(1, 0, 100, 0, [b"\x03"]), "not Opus"),
        (OpusFrame(1, 0, 100, 0, []), "12-byte header"),
        (OpusFrame(1, 0, MAX_SAMPLES, 1, [b"\x48"]), f"at most {MAX_SAMPLES}"),
        (OpusFrame(1, 0, 0, 0, [b"\x48"]), "at least one sample"),
    ],
)
async def test_opus_that_cant_be_decoded_is_refused_and_nothing_of_it_counts(
    site: Site, frame: OpusFrame, words: str
) -> None:
    async with site.client() as client:
        audio = await client.join("audio:s1", {**PRACTICE, "encoding": "opus"})
        audio.send_binary("audio", encode_opus(frame))
        refused = await refusal(audio)
        assert refused["reason"] == "audio_invalid"
        assert words in refused["message"]
        send_opus(audio, 1, 0, np.zeros(PUSH, np.int16))
        await acked(audio, PUSH)


async def test_more_opus_than_anybody_says_is_refused_for_a_while(site: Site) -> None:
    """A packet of one byte is 20 ms: what may come in a second is counted in samples."""
    async with site.client() as client:
        audio = await client.join("audio:s1", {**PRACTICE, "encoding": "opus"})
        moment = encode_opus(OpusFrame(1, 0, MAX_SAMPLES, 0, [b"\x48"] * 13))
        for _ in range(2 * int(OPUS_BURST / MAX_SAMPLES)):
            audio.send_binary("audio", moment)
        assert (await refusal(audio))["reason"] == "rate_limited"
