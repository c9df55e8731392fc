"""Where sign-ins are kept: encrypted files in the data folder, under a key that only its owner can read."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from cryptography.fernet import Fernet, InvalidToken

from worker.domain.errors import MailboxError

_PRIVATE = 0o600


class Vault:
    """The sign-in of one mailbox, as text, in ``folder``/tokens; the key lies in ``folder``/tokens.key."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._key_file = folder / "tokens.key"
        self._file = folder / "tokens" / quote(name, safe="")
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process of this machine from renewing the same sign-in meanwhile."""
        descriptor = os.open(self._file.with_name(f"{self._file.name}.lock"), os.O_CREAT | os.O_RDWR, _PRIVATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def load(self) -> str:
        """What was saved, "" where nothing was; MailboxError (consent) where the key does not fit it."""
        try:
            return self._fernet().decrypt(self._file.read_bytes()).decode("utf-8")
        except FileNotFoundError:
            return ""
        except InvalidToken as error:
            raise MailboxError(
                f"the sign-in of mailbox {self.name!r} cannot be read with the key {self._key_file}; "
                f"run 'mamori mailbox login {self.name}'.",
                kind="consent",
            ) from error

    def save(self, text: str) -> None:
        """Put ``text`` in the place of what was there, at once or not at all."""
        _write(self._file, self._fernet().encrypt(text.encode("utf-8")))

    def _fernet(self) -> Fernet:
        if not self._key_file.exists():
            _create(self._key_file, Fernet.generate_key())
        return Fernet(self._key_file.read_bytes())


def _write(file: Path, content: bytes) -> None:
    _temporary(file, content).replace(file)


def _create(file: Path, content: bytes) -> None:
    """Unless another process has just made it."""
    temporary = _temporary(file, content)
    with suppress(FileExistsError):
        file.hardlink_to(temporary)
    temporary.unlink()


def _temporary(file: Path, content: bytes) -> Path:
    temporary = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    temporary.touch(mode=_PRIVATE)
    temporary.write_bytes(content)
    return temporary
