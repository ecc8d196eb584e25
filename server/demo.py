"""`sidenote demo`: a recorded reviewer speaks over the practice video, and one of the notes becomes a comment there.

Everything is real but the voice: the websocket, voice activity, speech to text, intents, the database, and the browser
that posts. Without a browser the notes are shown all the same.
"""

import asyncio
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Any

from rich.text import Text

from agent.events import Mode
from agent.notes import text_hash
from automation.announced import TOOL
from channels.client import Client, Event
from server.identity import LOCAL_USER
from server.posts import STEPS, answers
from server.review import Outcome, Plan, Review
from server.say import prepared, reached
from server.screen import Screen, make_console, make_screen, print_json
from server.settings import Settings
from server.summary import Tally
from server.takes import FileSource
from server.timeline import clock
from storage.connections import parsed, shown

RECORDING = Path(__file__).parent / "assets" / "reviewer.opus"
PLAN = Plan(Mode.HANDS_FREE, at_s=62.0)  # the reviewer came in a minute after the beginning
POSTED_WITHIN_S = 60.0

INTRODUCTION = """\
A recorded reviewer watches the practice video from 1:02 on and says what comes to mind, for 26 s. One remark is taken
back, one is changed, and once the player is told to go back. Columns: seconds since the start, number of the utterance,
what came of it, and how long after the last spoken word."""


async def demo(settings: Settings, *, show: bool, as_json: bool) -> Outcome:
    """Play the recording in real time against a private server, post the first note, and say where all of it is.

    ``show``: open the comment and go on serving its page until Ctrl-C.
    """
    takes = prepared([RECORDING], PLAN, gap_s=0.0)
    console = make_console()
    if not as_json:
        console.print(INTRODUCTION, "", sep="\n")

    def screen(tally: Tally) -> Screen:
        return make_screen(tally, as_json=as_json)

    # On the usual port where it is free, so that a later `sidenote serve` shows the comment under the same address.
    port = 0 if await answers(settings) else settings.port
    settings = settings.model_copy(update={"public_url": None})  # where that leads, this server is not
    async with reached(settings, None, None, port=port) as client:
        outcome = await Review(client, PLAN, screen).run(FileSource(takes, fast=PLAN.fast))
        if not (notes := outcome.summary["notes"]):
            return outcome
        ended = await posted(client, notes[0], as_json=as_json)
        if as_json:
            print_json({"event": "comment", **ended})
        else:
            console.print(_conclusion(settings, ended, notes[0], stays=port != 0), soft_wrap=True)
        if show and ended["permalink"]:
            await _shown(ended["permalink"])
    return outcome


async def _shown(permalink: str) -> None:
    """Open the comment and keep its page there until Ctrl-C."""
    await asyncio.to_thread(webbrowser.open, permalink)
    make_console(sys.stderr).print("The page is served until you press Ctrl-C.")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    try:
        await stop.wait()
    finally:
        loop.remove_signal_handler(signal.SIGINT)


async def posted(client: Client, note: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Post a note as a click on it would, and follow the worker: ok, permalink and message."""
    if note["status"] == "posted":  # by itself, as the settings say
        return {"ok": True, "permalink": note["permalink"], "message": None}
    console = make_console()
    if not as_json:
        console.print()
        said = f"Posting \u201c{note['text']}\u201d at {clock(note['timestamp_s'])} on the practice page:"
        console.print(Text(said, style="bold"))
    follow = await client.join(f"user:{LOCAL_USER}")
    video = await client.join(f"video:{note['video_id']}")
    await video.push("post_note", {"note_id": note["id"], "text_sha256": text_hash(note["text"])})
    last: dict[str, Any] = {"ok": False, "permalink": None, "message": "No worker took the job in time."}
    try:
        async with asyncio.timeout(POSTED_WITHIN_S):
            async for event in follow:
                if not _is_about(event, note):
                    continue
                if event.event == "tool_progress" and not as_json:
                    console.print(Text(f"  {STEPS.get(event.payload['step'], event.payload['step'])}", style="dim"))
                if event.event == "tool_result":
                    last = {name: event.payload.get(name) for name in ("ok", "permalink", "message")}
                    if event.payload.get("reason") != "queued":  # else it is tried again
                        break
    except TimeoutError:
        pass
    return last


def _is_about(event: Event, note: dict[str, Any]) -> bool:
    return event.payload.get("tool") == TOOL and event.payload.get("note_id") == note["id"]


def _conclusion(settings: Settings, ended: dict[str, Any], note: dict[str, Any], *, stays: bool) -> str:
    where = f"""\
The notes are in {shown(parsed(settings.database))}; `sidenote notes` lists them.
To speak yourself: `make run` (or `sidenote serve`) opens the page at {settings.url()}/ and prints how to get there."""
    if ended["ok"]:
        link = "While `sidenote serve` runs, that link opens the comment." if stays else "`--show` opens such a link."
        return f"Posted \u2705 {ended['permalink']}\n{link}\n{where}"
    return f"Not posted: {ended['message']} Then: sidenote post {note['id'][:8]}\n{where}"
