"""What is said through the whole path comes out right: words, notes and commands, with the real model."""

from pathlib import Path

import pytest

from inference.llm.contract import Intent
from inference.models import find_speech_model
from tests.flows.talk import talking_to_own_server
from tests.speech.synthesis import librivox, speak, spoken_commands, spoken_notes
from tests.speech.wer import corpus_wer

pytestmark = [pytest.mark.flow, pytest.mark.model, pytest.mark.speech]

MARGIN = 0.02  # of word error rate, over stock faster-whisper

# Words of commands inside remarks on a video: none of these may be taken for a command.
REMARKS = (
    "Undo the crop on the second shot.",
    "Post the link in the description at the end.",
    "Cancel the zoom on the product shot.",
    "Delete the second title card.",
    "Scratch the vinyl sound effect at the start.",
    "Keep it tighter around the interview.",
)
COMMANDS = {
    "Scratch that.": Intent.CANCEL,
    "Keep it.": Intent.CONFIRM,
    "Post it.": Intent.CONFIRM,
    "Go back ten seconds.": Intent.SEEK,
    "Pause the video.": Intent.PLAYBACK,
    "How many notes do I have?": Intent.QUESTION,
}


@pytest.mark.timeout(600)  # decodes every clip twice, on whatever machine this is
async def test_words_are_as_right_as_stock_makes_them_and_each_sentence_is_one_note(
    tmp_path: Path,
) -> None:
    clips = [*librivox(), *spoken_notes()]
    assert len(clips) >= 65
    async with talking_to_own_server(tmp_path) as (_, talker):
        for number, clip in enumerate(clips, 1):
            await talker.press(clip.samples)
            await talker.settled(number)
        heard = {final["utterance"]: final["text"] for final in talker.named("asr_final")}
        notes = [created["utterance"] for created in talker.named("note_created")]
    from faster_whisper import WhisperModel

    stock = WhisperModel(str(find_speech_model("tiny.en").folder), device="cpu", compute_type="int8")
    stock_pairs = []
    for clip in clips:
        segments, _ = stock.transcribe(clip.float_samples, language="en", beam_size=5)
        stock_pairs.append((clip.text, " ".join(segment.text for segment in segments)))
    ours = corpus_wer([(clip.text, heard.get(number, "")) for number, clip in enumerate(clips, 1)])
    theirs = corpus_wer(stock_pairs)
    assert ours.rate <= theirs.rate + MARGIN, f"whole path {ours}, stock {theirs}"
    assert notes == list(range(1, len(clips) + 1)), "one note for each sentence, none eaten as a command"


async def test_commands_are_carried_out_and_never_saved_as_notes(tmp_path: Path) -> None:
    async with talking_to_own_server(tmp_path) as (_, talker):
        await talker.press(speak("The music is too loud under the interview.").samples)
        await talker.settled(1)
        for number, (text, intent) in enumerate(COMMANDS.items(), 2):
            await talker.press(speak(text).samples)
            await talker.settled(number)
            read = talker.named("intent")[-1]
            assert (read["utterance"], read["intent"]) == (number, intent), text
        assert [created["utterance"] for created in talker.named("note_created")] == [1]


async def test_remarks_with_the_words_of_commands_are_notes(tmp_path: Path) -> None:
    async with talking_to_own_server(tmp_path) as (_, talker):
        for number, text in enumerate(REMARKS, 1):
            await talker.press(speak(text).samples)
            await talker.settled(number)
        noted = {created["utterance"] for created in talker.named("note_created")}
        missing = [REMARKS[number - 1] for number in range(1, len(REMARKS) + 1) if number not in noted]
        assert missing == []


async def test_every_spoken_command_of_the_corpus_makes_no_note(tmp_path: Path) -> None:
    clips = spoken_commands()
    assert len(clips) >= 15
    async with talking_to_own_server(tmp_path) as (_, talker):
        for number, clip in enumerate(clips, 1):
            await talker.press(clip.samples)
            await talker.settled(number)
        texts = [created["note"]["transcript"] for created in talker.named("note_created")]
        assert texts == []
