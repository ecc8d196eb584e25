from tests.storage.databases import *  # noqa: F403 - fixtures
