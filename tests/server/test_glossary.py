"""The glossary on the database, through the commands."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from server.cli import app


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["glossary", *arguments], catch_exceptions=False)


def terms(*arguments: str) -> Any:
    return json.loads(call(*arguments, "--json").stdout)["terms"]


def test_words_are_added_listed_and_removed() -> None:
    assert "glossary is empty" in call().stdout
    assert terms() == []
    assert terms("add", "Marisol Quintero", "[Zeiss]") == ["Marisol Quintero", "[Zeiss]"]
    assert terms("add", "Foley", "foley") == ["Marisol Quintero", "[Zeiss]", "Foley"]
    assert call("list").stdout.splitlines() == ["Marisol Quintero", "[Zeiss]", "Foley"]
    assert terms("remove", "FOLEY", "[zeiss]") == ["Marisol Quintero"]
    assert call().stdout.strip() == "Marisol Quintero"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["add", "x" * 65], 2, "at most 64"),
        (["add", "?"], 2, "no letter"),
        (["remove", "Zeiss"], 1, "not in your glossary"),
        (["add"], 2, "TERM"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], code: int, message: str) -> None:
    done = call(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert message in done.stderr
    assert terms() == []
