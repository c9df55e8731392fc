"""Signed and encrypted mail: what can be read is, what cannot is said."""

from __future__ import annotations

import re

from worker.parsing.limits import Notes
from worker.parsing.mime import Part

_PGP_MESSAGE = re.compile(r"^-----BEGIN PGP MESSAGE-----$", re.MULTILINE)
_PGP_SIGNED = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]+: [^\n]*\n)*\n(.*?)\n-----BEGIN PGP SIGNATURE-----\n"
    r".*?(?:^-----END PGP SIGNATURE-----\n?|\Z)",
    re.MULTILINE | re.DOTALL,
)
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


def without_armour(text: str, notes: Notes) -> str:
    """``text`` with clear-signed passages as they were before signing; encrypted passages are noted for a person."""
    if "-----BEGIN PGP " not in text:
        return text
    if _PGP_MESSAGE.search(text):
        notes.person("encrypted (PGP), the text cannot be read")
    return _PGP_SIGNED.sub(lambda found: re.sub(r"^- ", "", found.group(1), flags=re.MULTILINE) + "\n", text)


def note(part: Part, notes: Notes) -> None:
    """Say of a wrapping part that its inside was not read."""
    if part.type in _SMIME:
        kind = part.parameters.get("smime-type", b"").decode("ascii", "replace").lower()
        what = (
            "signed (S/MIME), the text inside the signature"
            if kind == "signed-data"
            else "encrypted (S/MIME), the text"
        )
        notes.person(f"{what} cannot be read")
