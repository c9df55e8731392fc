"""The repetition ledger of a case: demands in mails and in what colleagues told, counted through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from worker.cases.models import Incident
from worker.cases.view import LedgerRow
from worker.domain.judgement import LedgerEntry


def merge(ledgers: Iterable[Iterable[LedgerEntry]], incidents: Sequence[Incident]) -> tuple[LedgerRow, ...]:
    """One ledger, oldest first, from those of the threads and the incidents that repeated the demand.

    A message that several threads count is counted once; the answer that any of them knows stands.
    """
    by_message: dict[str, LedgerEntry] = {}
    for entry in (entry for ledger in ledgers for entry in ledger):
        known = by_message.get(entry.message)
        if known is None or known.answered_at is None:
            by_message[entry.message] = entry
    rows = [_of_mail(entry) for entry in by_message.values()]
    rows += [_of_incident(incident) for incident in incidents if incident.repeats]
    rows.sort(key=lambda row: row[0])
    return tuple(_row(number, values) for number, (_, values) in enumerate(rows, start=1))


def _of_mail(entry: LedgerEntry) -> tuple[datetime, dict[str, object]]:
    return entry.at, {
        "at": entry.at,
        "text": entry.text,
        "answered_at": entry.answered_at,
        "answer": entry.answer,
        "message_id": int(entry.message),
    }


def _of_incident(incident: Incident) -> tuple[datetime, dict[str, object]]:
    return incident.at, {
        "at": incident.at,
        "text": incident.said,
        "answered_at": incident.at if incident.answered else None,
        "answer": incident.answered,
        "incident_id": incident.pk,
    }


def _row(number: int, values: dict[str, object]) -> LedgerRow:
    return LedgerRow(number=number, **values)  # type: ignore[arg-type]
