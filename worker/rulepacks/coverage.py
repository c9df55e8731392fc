"""Which rule, detector, form, rung, notice, page or task serves each clause of a policy, and what is still to come."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from worker.domain.errors import RuleError
from worker.domain.judgement import Category
from worker.domain.policy import Clause, ClauseKind, Policy, Target

FORMAT_KEYS = ("policy", "clause", "kind", "served_by")
"""The keys of one line of ``rules coverage --format jsonl``; the other keys of a row are for people."""

KNOWN = frozenset(
    {
        "form:incident",
        "page:audit",
        "page:case",
        "page:directory",
        "page:incident-new",
        "page:mailboxes",
        "page:notice",
        "page:organisation",
        "page:outbox",
        "page:people",
        "page:policy",
        "page:queue",
        "page:sent-mail",
        "task:assess_due",
        "task:deliver_notice",
        "task:fetch_range",
        "task:poll_mailbox",
        "task:purge",
        "task:read_due",
        "task:sweep",
    }
)
"""Forms, pages and tasks that a policy may refer to; tests hold them against the real URL names and tasks."""

_COUNTING = "stable"


class CoveringRule(Protocol):
    """What coverage asks of a rule of a pack."""

    @property
    def id(self) -> str:
        """``<group>.<name>``."""

    @property
    def category(self) -> Category:
        """The category of its findings."""

    @property
    def target(self) -> Target:
        """Whom the conduct is directed at."""

    @property
    def status(self) -> str:
        """``stable`` where it counts in weighing."""


class CoveringDetector(Protocol):
    """What coverage asks of a detector."""

    @property
    def id(self) -> str:
        """Its name in the list of detectors."""

    @property
    def categories(self) -> tuple[Category, ...]:
        """The categories that it can find."""


def coverage(
    policy: Policy,
    rules: Iterable[CoveringRule] = (),
    detectors: Iterable[CoveringDetector] = (),
    known: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """One row a clause, in the policy's order; rules that do not count yet (shadow, experimental …) are left out.

    A row holds ``policy``, ``clause``, ``kind`` and ``served_by`` (sorted within rule and detector, then as the policy
    lists them), and for people ``title``, ``title_en``, ``status`` ("named", "residual" or "" where the clause speaks
    of no category), ``to_come`` and ``to_come_en``. Where ``known`` references are given (:data:`KNOWN` and the
    notices there are), RuleError names the first reference that does not exist.
    """
    counting = [rule for rule in rules if rule.status == _COUNTING]
    asked = list(detectors)
    if known is not None:
        check_references(policy, known)
    return [_row(policy, clause, counting, asked) for clause in policy.clauses]


def formatted(row: dict[str, Any]) -> dict[str, Any]:
    """The row as one object of ``rules coverage --format jsonl``."""
    return {key: row[key] for key in FORMAT_KEYS}


def check_references(policy: Policy, known: Collection[str]) -> None:
    """RuleError where a clause or rung refers to a form, page, task or notice that is not in ``known``."""
    for clause in policy.clauses:
        for reference in clause.served_by:
            if not reference.startswith("rung:") and reference not in known:
                raise RuleError(f"Policy {policy.id}, {clause.id}.served_by: {reference!r} does not exist; remove it.")
    for rung in policy.rungs:
        for notice in rung.notices:
            if f"notice:{notice}" not in known:
                raise RuleError(f"Policy {policy.id}, rung {rung.id}.notices: {notice!r} does not exist; remove it.")


def _row(
    policy: Policy, clause: Clause, rules: Sequence[CoveringRule], detectors: Sequence[CoveringDetector]
) -> dict[str, Any]:
    found = sorted(f"rule:{rule.id}" for rule in rules if _serves(policy, clause, rule))
    asked = sorted(f"detector:{detector.id}" for detector in detectors if _looks(policy, clause, detector))
    return {
        "policy": policy.id,
        "clause": clause.id,
        "kind": clause.kind.value,
        "served_by": [*found, *asked, *clause.served_by],
        "title": clause.title,
        "title_en": clause.title_en,
        "status": _status(clause),
        "to_come": clause.to_come,
        "to_come_en": clause.to_come_en,
    }


def _serves(policy: Policy, clause: Clause, rule: CoveringRule) -> bool:
    """A rule claimed by its id serves the claiming clauses alone; any other the conducts of its category and target."""
    if _is_claimed(policy, rule.id):
        return clause.claims(rule.id)
    return rule.category in _categories(clause) and clause.is_for(rule.target)


def _looks(policy: Policy, clause: Clause, detector: CoveringDetector) -> bool:
    """A detector whose whole group of rules is claimed ("own_staff.*") serves the claiming clauses alone."""
    group = f"{detector.id}."
    if _is_claimed(policy, group):
        return clause.claims(group)
    return bool(set(detector.categories) & _categories(clause))


def _is_claimed(policy: Policy, rule: str) -> bool:
    return any(clause.claims(rule) for clause in policy.clauses)


def _categories(clause: Clause) -> set[Category]:
    if clause.kind is not ClauseKind.CONDUCT:
        return set()
    return {*clause.named, *clause.also, *clause.residual}


def _status(clause: Clause) -> str:
    if clause.named or clause.also:
        return "named"
    return "residual" if clause.residual else ""
