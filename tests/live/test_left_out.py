"""A missing server leaves its tests out, counts them, and says what to install."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

from tests.support import live

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = """
import pytest

def test_ordinary():
    assert True

@pytest.mark.live("dovecot", "redis")
def test_live():
    assert False, "must not run"
"""


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A small test file of two tests, one of them live, and a machine without servers for it."""
    file = tmp_path / "test_sample.py"
    file.write_text(SAMPLE, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import *\nfrom tests.support import live\n"
        "live.PARTS = {name: live.Part(part.packages, lambda: False) for name, part in live.PARTS.items()}\n",
        encoding="utf-8",
    )
    return file


def _run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    config = ["-c", str(PROJECT / "pyproject.toml"), "--rootdir", str(file.parent), "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *config, str(file), *options],
        cwd=file.parent, env={**environment, "PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_left_out_and_counted(sample: Path) -> None:
    """Without the servers the run passes, and its end says what was left out and how to get it."""
    done = _run(sample)
    assert done.returncode == 0, done.stdout + done.stderr
    packages = "dovecot-imapd redis-server"
    assert f"1 live test left out: missing {packages}; install: apt-get install {packages}" in done.stdout
    assert "1 passed, 1 deselected" in done.stdout


def test_required(sample: Path) -> None:
    """With --require-live the same run fails."""
    done = _run(sample, "--require-live")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 live test left out" in done.stdout


def test_unknown_part_is_an_error(pytester_item: pytest.Item) -> None:
    """A part that nobody knows stops the run instead of never running."""
    with pytest.raises(pytest.UsageError, match="unknown live parts"):
        live.parts_of(pytester_item, "sqlite")


@pytest.fixture
def pytester_item(request: pytest.FixtureRequest) -> pytest.Item:
    """An item with a wrong mark."""
    item = pytest.Function.from_parent(request.node.parent, name="wrong", callobj=lambda: None)
    item.add_marker(pytest.mark.live("dovecoat"))
    return item


def test_outside_is_closed() -> None:
    """A test that reaches for the network outside loopback is stopped before the first packet."""
    with pytest.warns(UserWarning, match="connect"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
