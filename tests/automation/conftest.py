from tests.storage.conftest import desk  # noqa: F401 - a fixture
from tests.storage.databases import *  # noqa: F403 - fixtures
