"""The product as its users run it: `python -m worker …` in processes of their own, against the tests' real servers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 20.0


@dataclass
class Product:
    """One installation: a settings file and the processes started with it. Their output is kept in ``folder``."""

    settings: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.settings.parent

    def run(self, *arguments: str, check: bool = True, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        done = subprocess.run(
            self._command(arguments), env=self._variables(), input=text, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command in the background, ended by SIGTERM on leaving."""
        with self.log(arguments[0]).open("wb") as log:
            process = self.start(arguments, log)
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def start(self, arguments: tuple[str, ...], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command; the caller ends it."""
        return subprocess.Popen(
            self._command(arguments), env=self._variables(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )

    def log(self, name: str) -> Path:
        """Where the output of a background command is."""
        return self.folder / f"{name}.log"

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "worker", *arguments]

    def _variables(self) -> dict[str, str]:
        cleaned = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return {**cleaned, "PYTHONPATH": str(ROOT), **self.environment, "MAMORI_CONFIG": str(self.settings)}


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether ``holds`` becomes true within ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.2)
    return holds()
