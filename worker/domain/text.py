"""Text that any database and any file can keep."""

from __future__ import annotations

import hashlib
import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """``text`` with each NUL and lone surrogate as U+FFFD: of the same length, so positions stay right."""
    return _UNSTORABLE.sub("�", text)


def fit(text: str, length: int) -> str:
    """Storable ``text`` of at most ``length`` characters; what is cut off is replaced by its digest.

    So two long keys stay different after cutting. ``length`` must be at least 24.
    """
    clean = storable(text)
    if len(clean) <= length:
        return clean
    digest = hashlib.sha256(clean.encode()).hexdigest()[:16]
    return f"{clean[: length - 17]}…{digest}"
