"""`sidenote demo`: a recorded reviewer speaks over the practice video, and the notes that come of it.

Everything is real but the voice: the websocket, voice activity, speech to text, intents and the database.
"""

from pathlib import Path

from agent.events import Mode
from server.review import Outcome, Plan
from server.say import prepared, say
from server.screen import make_console
from server.settings import Settings
from storage.connections import parsed, shown

RECORDING = Path(__file__).parent / "assets" / "reviewer.opus"
PLAN = Plan(Mode.HANDS_FREE, at_s=62.0)  # the reviewer came in a minute after the beginning

INTRODUCTION = """\
A recorded reviewer watches the practice video from 1:02 on and says what comes to mind, for 26 s. One remark is taken
back, one is changed, and once the player is told to go back. Columns: seconds since the start, number of the utterance,
what came of it, and how long after the last spoken word."""


async def demo(settings: Settings, *, as_json: bool) -> Outcome:
    """Play the recording in real time against a private server, and say where the notes are."""
    takes = prepared([RECORDING], PLAN, gap_s=0.0)
    console = make_console()
    if not as_json:
        console.print(INTRODUCTION, "", sep="\n")
    outcome = await say(settings, takes, PLAN, server=None, token=None, as_json=as_json)
    if not as_json:
        console.print(
            f"The notes are in {shown(parsed(settings.database))}; `sidenote notes` lists them.", soft_wrap=True
        )
    return outcome
