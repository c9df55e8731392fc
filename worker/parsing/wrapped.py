"""Signed and encrypted mail: what can be read is, what cannot is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from worker.parsing.limits import Notes

_PGP_MESSAGE = re.compile(r"^-----BEGIN PGP MESSAGE-----$", re.MULTILINE)
_FRAME = "-----BEGIN PGP "
_SIGNED = f"{_FRAME}SIGNED MESSAGE-----"
_SIGNATURE = f"{_FRAME}SIGNATURE-----"
_END_SIGNATURE = "-----END PGP SIGNATURE-----"
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


def without_armour(text: str, notes: Notes) -> str:
    """``text`` with clear-signed passages as they were before signing; encrypted passages are noted for a person."""
    if _FRAME not in text:
        return text
    if _PGP_MESSAGE.search(text):
        notes.person("encrypted (PGP), the text cannot be read")
    return "\n".join(_readable_lines(text.split("\n")))


def _readable_lines(lines: Iterable[str]) -> Iterator[str]:
    """The lines without the frame of a clear signature; an unfinished frame keeps everything that was signed."""
    inside = ""
    for line in lines:
        if line == _SIGNED:
            inside = "head"
        elif inside == "head":
            inside = "" if line.startswith(_FRAME) else "head" if line.strip() else "text"
        elif inside == "text" and line == _SIGNATURE:
            inside = "signature"
        elif inside == "signature":
            inside = "" if line == _END_SIGNATURE else inside
        else:
            yield line.removeprefix("- ") if inside == "text" else line


def note(kind: str, smime_type: bytes, notes: Notes) -> None:
    """Say of a part of that content type that its inside was not read, where it wraps anything."""
    if kind == "multipart/encrypted":
        notes.person("encrypted (PGP/MIME), the text cannot be read")
    elif kind in _SMIME:
        signed = smime_type.lower() == b"signed-data"
        notes.person(f"{'signed' if signed else 'encrypted'} (S/MIME), the text inside cannot be read")
    elif kind == "message/partial":
        notes.person("one piece of a mail that was sent in several")
