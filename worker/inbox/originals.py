"""Original bytes as compressed rows under their own digest."""

from __future__ import annotations

import hashlib

import zstandard

from worker.domain.errors import MamoriError
from worker.inbox.models import Original

_LEVEL = 3


def pack(raw: bytes) -> bytes:
    """The bytes compressed (zstd)."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(raw)


def row_of(sha256: str, raw: bytes) -> Original:
    """A row, not yet saved, that holds ``raw``."""
    return Original(sha256=sha256, size=len(raw), content=pack(raw))


def unpack(row: Original) -> bytes:
    """The bytes as they were fetched; MamoriError where they were altered since."""
    try:
        raw = zstandard.ZstdDecompressor().decompress(bytes(row.content), max_output_size=row.size)
    except zstandard.ZstdError as error:
        raise MamoriError(f"Original {row.sha256[:12]} is damaged: {error}; restore it from a backup.") from error
    if hashlib.sha256(raw).hexdigest() != row.sha256:
        raise MamoriError(f"Original {row.sha256[:12]} does not match its digest; restore it from a backup.")
    return raw
