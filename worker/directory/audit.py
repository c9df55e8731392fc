"""The append-only log: each line's digest covers the line and the digest before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django.db import IntegrityError, transaction

from worker.directory.models import AuditEntry
from worker.domain.clock import now
from worker.domain.text import fit, storable

#: How often a line is tried again where others write at the same time; each try waits for the one before it.
_TRIES = 50


def record(actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> AuditEntry:
    """Append a line: who (a user name, or "system"), did what ("case.close"), to what ("C-00012"), with details.

    ``detail`` is plain JSON data with ids and counts, never a word of a mail. Taking part in the caller's transaction,
    the line stands exactly when the deed does.
    """
    entry = AuditEntry(
        at=now(), actor=fit(actor, 150), action=fit(action, 60), subject=fit(subject, 120), detail=_plain(detail or {})
    )
    for _ in range(_TRIES):
        if _append(entry):
            return entry
    raise RuntimeError("the audit log could not be written: others kept writing at the same moment")


def _append(entry: AuditEntry) -> bool:
    """Chain ``entry`` to the last line; False where another line took that place first (``previous`` is unique)."""
    last = AuditEntry.objects.order_by("-pk").values_list("digest", flat=True).first()
    entry.previous = last or ""
    entry.digest = digest_of(entry)
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def digest_of(entry: AuditEntry) -> str:
    """SHA-256 (hex) of the line and of the digest before it, the same on every database."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    line = [entry.previous, at, entry.actor, entry.action, entry.subject, entry.detail]
    return hashlib.sha256(json.dumps(line, sort_keys=True, ensure_ascii=True).encode("ascii")).hexdigest()


def verify_audit() -> list[str]:
    """One sentence for each line that was changed, removed or put in between; [] where all is in order."""
    faults: list[str] = []
    previous = ""
    for entry in AuditEntry.objects.order_by("pk").iterator(chunk_size=1000):
        if entry.previous != previous:
            faults.append(f"Audit line {entry.pk} does not follow the line before it; a line was removed or added.")
        if entry.digest != digest_of(entry):
            faults.append(f"Audit line {entry.pk} was changed after it was written.")
        previous = entry.digest
    return faults


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    """``detail`` as JSON gives it back, so that the digest is of what the database returns."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(detail), ensure_ascii=False, default=str), parse_float=str)
    return {storable(key): _clean(value) for key, value in plain.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): _clean(item) for key, item in value.items()}
    return value
