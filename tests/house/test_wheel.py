"""scripts/check_wheel: the built wheel, installed alone, works from another folder."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.timeout(600)
def test_the_wheel_works_in_an_empty_environment() -> None:
    """Fetches and installs every package anew, so it takes a minute or two."""
    ran = subprocess.run(
        [ROOT / "scripts/check_wheel", sys.executable], capture_output=True, text=True, timeout=570, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Good: build/dist/sidenote-" in ran.stdout
