"""A certificate authority of the tests' own, made with the openssl command."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server certificate and its key as PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """A self-made authority; ``ca_file`` is what clients are told to trust."""

    folder: Path
    ca_file: Path
    key: Path

    def issue(self, name: str, *, hosts: tuple[str, ...] = ("localhost", "127.0.0.1"), days: int = 2) -> Certificate:
        """A certificate for ``hosts`` (names or addresses), valid for ``days``."""
        certificate, key, request = (self.folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
        names = ",".join(f"IP:{host}" if host[0].isdigit() else f"DNS:{host}" for host in hosts)
        _openssl(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={hosts[0]}", "-keyout", key, "-out", request
        )
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n", encoding="ascii")
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", self.key, "-CAcreateserial",
            "-days", str(days), "-extfile", extensions, "-out", certificate,
        )  # fmt: skip
        return Certificate(certificate, key)


def make_authority(folder: Path, name: str = "Mamori test authority") -> Authority:
    """Make a new authority in ``folder``."""
    ca_file, key = folder / "ca.pem", folder / "ca.key"
    _openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        "-keyout", key, "-out", ca_file,
    )  # fmt: skip
    return Authority(folder, ca_file, key)


def _openssl(*arguments: object) -> None:
    command = ["openssl", *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr[-500:]}")
