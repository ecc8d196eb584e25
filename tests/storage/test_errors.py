import ast
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import errors
from storage.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseUnavailable,
    DiskFull,
    InvalidValue,
    NotFound,
    SchemaMismatch,
    StorageError,
    error_from,
)


def sqlite_error(code: int, words: str = "words of the driver") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


class PostgresError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("words of the driver")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), DatabaseLocked),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), DatabaseLocked),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), DatabaseReadOnly),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), DatabaseUnavailable),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), DatabaseUnavailable),
        (sqlite_error(sqlite3.SQLITE_FULL), DiskFull),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), DatabaseDamaged),
        (sqlite_error(sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY), NotFound),
        (sqlite_error(sqlite3.SQLITE_ERROR, "no such table: notes"), SchemaMismatch),
        (sqlite_error(sqlite3.SQLITE_ERROR, "near SELEKT: syntax error"), StorageError),
        (PostgresError("40P01"), DatabaseLocked),
        (PostgresError("55P03"), DatabaseLocked),
        (PostgresError("25006"), DatabaseReadOnly),
        (PostgresError("42501"), DatabaseReadOnly),
        (PostgresError("53100"), DiskFull),
        (PostgresError("53300"), DatabaseUnavailable),
        (PostgresError("57P01"), DatabaseUnavailable),
        (PostgresError("57014"), DatabaseUnavailable),
        (PostgresError("08006"), DatabaseUnavailable),
        (PostgresError("28P01"), DatabaseUnavailable),
        (PostgresError("42P01"), SchemaMismatch),
        (PostgresError("23503"), NotFound),
        (PostgresError("22021"), InvalidValue),
        (PostgresError("42601"), StorageError),
        (ConnectionRefusedError("words of the driver"), DatabaseUnavailable),
        (TimeoutError("words of the driver"), DatabaseUnavailable),
        (PoolTimeout("words of the driver"), DatabaseUnavailable),
    ],
    ids=repr,
)
def test_each_error_of_a_driver_means_one_of_ours(cause: Exception, kind: type[StorageError]) -> None:
    for raised in (cause, OperationalError("SELECT", {}, cause)):
        meant = error_from(raised)
        assert type(meant) is kind
        assert "words of the driver" not in str(meant)
        assert meant.__cause__ is raised


def test_an_error_of_something_else_is_left_alone() -> None:
    assert error_from(KeyError("x")) is None
    ours = NotFound("x")
    assert error_from(ours) is ours


def test_only_what_may_pass_by_itself_is_retryable() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StorageError)]
    assert {kind for kind in kinds if kind.retryable} == {DatabaseLocked, DatabaseUnavailable}


def test_the_tree_at_the_top_names_every_error() -> None:
    source = Path(errors.__file__).read_text(encoding="utf-8")
    classes = [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    tree = ast.get_docstring(ast.parse(source)) or ""
    assert [name for name in classes if name not in tree] == []
