"""``python -m migrations upgrade [URL]``: the command that the store's messages name."""

import argparse
import asyncio
import os
import sys

import migrations
from storage.errors import StorageError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m migrations", description="Bring a database to this version.")
    parser.add_argument("action", choices=["upgrade", "current"])
    parser.add_argument("url", nargs="?", default=os.environ.get("DATABASE_URL"), help="default: DATABASE_URL")
    given = parser.parse_args(arguments)
    if not given.url:
        parser.error("name the database, or set DATABASE_URL")
    try:
        if given.action == "upgrade":
            asyncio.run(migrations.upgrade(given.url))
        revision = asyncio.run(migrations.current(given.url))
    except StorageError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"revision {revision or 'none'}, newest {migrations.head()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
