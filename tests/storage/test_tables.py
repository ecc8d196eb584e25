from sqlmodel import Session, select

import migrations
from storage.engine import Database
from storage.glossaries import Glossaries
from storage.preferences import Preferences
from storage.tables import SCHEMA_REVISION, AudioChunk, Glossary, Note, Preference, ReviewSession, User, Video
from tests.storage.conftest import Desk


def test_the_tables_are_those_of_the_newest_migration() -> None:
    assert migrations.head() == SCHEMA_REVISION


async def _rows(database: Database) -> int:
    tables = (Glossary, Preference, Video, ReviewSession, Note, AudioChunk)
    return await database.read(lambda session: sum(len(session.exec(select(table)).all()) for table in tables))


async def test_deleting_a_user_purges_everything_of_theirs(desk: Desk) -> None:
    await desk.note()
    await Glossaries(desk.database).add("ada", ["Zeiss"])
    await Preferences(desk.database).set_auto_post("ada", True)
    await desk.audio.append("s", desk.fence, 1, 0, b"abcd")
    await desk.sessions.checkpoint("s", desk.fence, {}, video_id=desk.video_id)
    assert await _rows(desk.database) == 6

    def delete(session: Session) -> None:
        session.delete(session.get(User, "ada"))

    await desk.database.write(delete)
    assert await _rows(desk.database) == 0
