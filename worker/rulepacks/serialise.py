"""An assessment as plain JSON values and back, without loss: the database keeps it so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from worker.domain.judgement import Assessment, Category, Evidence, Field, Finding, LedgerEntry, Severity


def to_json(assessment: Assessment) -> dict[str, Any]:
    """The assessment as a JSON object; moments are ISO 8601 with offset."""
    return {
        "flag": assessment.flag,
        "score": assessment.score,
        "severity": assessment.severity and assessment.severity.value,
        "categories": [category.value for category in assessment.categories],
        "evidence": [
            {"finding": _plain(evidence.finding), "clause": evidence.clause, "residual": evidence.residual}
            for evidence in assessment.evidence
        ],
        "ledger": [_plain(entry) for entry in assessment.ledger],
        "weighing": list(assessment.weighing),
        "depends_on": dict(assessment.depends_on),
    }


def from_json(data: Mapping[str, Any]) -> Assessment:
    """The assessment that :func:`to_json` wrote; KeyError, TypeError or ValueError where it is none."""
    return Assessment(
        flag=data["flag"],
        score=data["score"],
        severity=None if data["severity"] is None else Severity(data["severity"]),
        categories=tuple(map(Category, data["categories"])),
        evidence=tuple(Evidence(_finding(e["finding"]), e["clause"], e["residual"]) for e in data["evidence"]),
        ledger=tuple(map(_entry, data["ledger"])),
        weighing=tuple(data["weighing"]),
        depends_on=dict(data["depends_on"]),
    )


def _plain(value: Finding | LedgerEntry) -> dict[str, Any]:
    return {field.name: _plain_value(getattr(value, field.name)) for field in fields(value)}


def _plain_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Category | Field) else value


def _finding(data: Mapping[str, Any]) -> Finding:
    special = {"category": Category(data["category"]), "field": Field(data["field"]), "damped": tuple(data["damped"])}
    return Finding(**{**data, **special})


def _entry(data: Mapping[str, Any]) -> LedgerEntry:
    answered = data["answered_at"]
    moments = {"at": datetime.fromisoformat(data["at"]), "answered_at": answered and datetime.fromisoformat(answered)}
    return LedgerEntry(**{**data, **moments})
