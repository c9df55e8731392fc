"""An assessed thread as one object of ``mamori scan --format jsonl`` (docs/formats/scan.schema.json)."""

from __future__ import annotations

from typing import Any

from worker.domain.judgement import Assessment, Evidence
from worker.domain.mail import Thread


def report(thread_id: str, thread: Thread, assessment: Assessment, numbered: bool = False) -> dict[str, Any]:
    """The object; ``numbered``: mails are named by number (a corpus), else by their Message-ID."""
    return {
        "id": thread_id,
        "flag": assessment.flag,
        "score": assessment.score,
        "severity": assessment.severity.value if assessment.severity else None,
        "categories": [category.value for category in assessment.categories],
        "evidence": [_evidence(evidence, numbered) for evidence in assessment.evidence],
        "mails": len(thread.messages),
        "subject": thread.subject,
        "counterpart": thread.counterpart.address,
    }


def _evidence(evidence: Evidence, numbered: bool) -> dict[str, Any]:
    finding = evidence.finding
    shown: dict[str, Any] = {
        "mail": int(finding.message) if numbered else finding.message,
        "text": finding.text,
        "category": finding.category.value,
        "rule": finding.rule,
        "clause": evidence.clause,
    }
    if finding.fact:
        shown["fact"] = finding.fact
    if evidence.residual:
        shown["residual"] = True
    return shown
