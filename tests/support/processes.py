"""Starting and stopping the servers that tests talk to: our own processes only, on loopback, in temporary folders."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
_connect = socket.socket.connect


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that a server runs as. ``switch`` is False where it is our own."""

    name: str
    group: str
    uid: int
    gid: int
    switch: bool

    def own(self, path: Path) -> None:
        """Give ``path`` to the account."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def options(self) -> dict[str, object]:
        """Arguments for Popen that start a process as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}


def unprivileged() -> Account:
    """``nobody`` when we are root, else ourselves: PostgreSQL and Dovecot's mail processes refuse to be root."""
    import grp

    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid())
        return Account(me.pw_name, grp.getgrgid(me.pw_gid).gr_name, me.pw_uid, me.pw_gid, switch=False)
    nobody = pwd.getpwnam("nobody")
    return Account("nobody", grp.getgrgid(nobody.pw_gid).gr_name, nobody.pw_uid, nobody.pw_gid, switch=True)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@contextmanager
def workshop(name: str) -> Iterator[Path]:
    """A short-named temporary folder (Unix sockets allow 108 bytes) that other accounts may pass through."""
    folder = Path(tempfile.mkdtemp(prefix=f"mamori-{name}-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Daemon:
    """One server process, started by :meth:`start` and ended by its own pid; restartable."""

    def __init__(self, name: str, command: Callable[[int], list[str]], folder: Path, account: Account | None = None):
        self.name = name
        self.folder = folder
        self.port = free_port()
        self._command = command
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where the server writes what it has to say."""
        return self.folder / f"{self.name}.out"

    def start(self, ready: Callable[[], bool], seconds: float = 30) -> None:
        """Start and wait until ``ready`` answers True; RuntimeError carries the end of the log."""
        with self.log.open("ab") as out:
            options = self._account.options() if self._account else {}
            self._process = subprocess.Popen(
                self._command(self.port),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.folder,
                start_new_session=True,
                **options,  # type: ignore[call-overload]
            )
        deadline = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.name} did not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.03)

    def stop(self, seconds: float = 20) -> None:
        """Ask the process to end, and end it where it does not."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the process without a warning, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


def talks(port: int, send: bytes, expect: bytes) -> bool:
    """Whether a server on ``port`` answers ``send`` (or greets, where it is empty) with ``expect``."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as link:
            link.sendall(send)
            return expect in link.recv(512)
    except OSError:
        return False
