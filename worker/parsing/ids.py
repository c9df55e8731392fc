"""Message-IDs out of headers that may hold anything."""

from __future__ import annotations

import re

_ANGLED = re.compile(r"<([^<>]*)>")
_BARE = re.compile(r"^[^\s<>@,;]+@[^\s<>@,;]+$")
_MOST = 1_000
_LONGEST = 500


def message_ids(value: str) -> tuple[str, ...]:
    """The ids in ``value`` without their brackets, in order, each once; blank and rubbish ones are left out."""
    found = (_tidy(inner) for inner in _ANGLED.findall(value))
    ids = [identity for identity in found if identity]
    if not ids and "<" not in value:
        ids = [word for word in value.split() if _BARE.match(word)]
    return tuple(dict.fromkeys(ids))[-_MOST:]


def _tidy(inner: str) -> str:
    """White space from folding goes; what holds no letter or digit is no id."""
    identity = re.sub(r"\s+", "", inner)[:_LONGEST]
    return identity if re.search(r"[^\W_]", identity) else ""


def one_id(value: str) -> str:
    """The first id in ``value``, or ""; text without brackets counts where it has no white space."""
    ids = message_ids(value)
    if ids:
        return ids[0]
    bare = value.strip().strip("<>").strip()
    return bare[:_LONGEST] if re.fullmatch(r"\S*[^\W_]\S*", bare) else ""
