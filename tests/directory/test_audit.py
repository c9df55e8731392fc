"""The log: appended only, and tampering shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.support.threads import at_once
from worker.directory.models import AuditEntry
from worker.directory.queries import audit_head
from worker.directory.services import record, verify_audit
from worker.domain.errors import NotAllowed

pytestmark = pytest.mark.django_db


def _write(count: int) -> list[AuditEntry]:
    return [
        record("hanako", "case.close", f"C-{n:05d}", {"n": n, "text": "了", "list": [1, None, True]})
        for n in range(count)
    ]


def test_an_untouched_log_is_in_order() -> None:
    """What was written verifies, whatever plain data it carries; an empty log too."""
    assert verify_audit() == []
    assert audit_head() == (0, "")
    entries = _write(5)
    record("a" * 500, "b" * 500, "c" * 500, {"odd": "\x00\ud800", "ratio": 0.1, "\x00key": {"when": timedelta(1)}})
    assert verify_audit() == []
    assert [each.previous for each in entries[1:]] == [each.digest for each in entries[:-1]]
    assert audit_head() == (6, AuditEntry.objects.order_by("-pk")[0].digest)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "taro"}, {"action": "case.open"}, {"subject": "C-99999"}, {"detail": {"n": 7}}, {"digest": "0" * 64},
        {"previous": "f" * 64},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_changed_line_shows(change: dict[str, object]) -> None:
    """A line changed behind the log's back is named."""
    entries = _write(4)
    AuditEntry.objects.filter(pk=entries[1].pk).update(**change)
    assert any(str(entries[1].pk) in fault for fault in verify_audit())


def test_a_changed_time_shows() -> None:
    """A line dated back by a microsecond is named."""
    entries = _write(2)
    AuditEntry.objects.filter(pk=entries[0].pk).update(at=entries[0].at - timedelta(microseconds=1))
    assert len(verify_audit()) == 1


def test_a_removed_line_shows() -> None:
    """A line removed from the middle or the beginning leaves a gap that is named."""
    entries = _write(4)
    AuditEntry.objects.filter(pk=entries[2].pk).delete()
    assert verify_audit() == [
        f"Audit line {entries[3].pk} does not follow the line before it; a line was removed or added."
    ]
    AuditEntry.objects.filter(pk=entries[0].pk).delete()
    assert len(verify_audit()) == 2


def test_a_cut_end_shows_against_a_head_written_down() -> None:
    """Lines cut off at the end are seen by whoever wrote the head down."""
    entries = _write(3)
    head = audit_head()
    AuditEntry.objects.filter(pk=entries[2].pk).delete()
    assert verify_audit() == []
    assert audit_head() != head


def test_line_stands_exactly_when_the_deed_does() -> None:
    """A line of a transaction that was rolled back is not there, and the chain goes on."""
    _write(1)
    with transaction.atomic():
        record("hanako", "case.open", "C-1", {})
        transaction.set_rollback(True)
    record("hanako", "case.other", "C-2", {})
    assert [each.action for each in AuditEntry.objects.order_by("pk")] == ["case.close", "case.other"]
    assert verify_audit() == []


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain() -> None:
    """Writers at the same moment, in transactions of their own, leave one unbroken chain with every line."""

    def write() -> None:
        for n in range(8):
            with transaction.atomic():
                record("hanako", "case.close", f"C-{n}", {})

    at_once([write for _ in range(5)])
    assert AuditEntry.objects.count() == 40
    assert verify_audit() == []


def test_gives_up_instead_of_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the line's place is taken at every try, the writer hears of it and its deed is undone."""
    monkeypatch.setattr("worker.directory.audit._append", lambda entry: False)
    with pytest.raises(RuntimeError, match="could not be written"):
        record("hanako", "case.close", "C-1", {})


def test_a_line_cannot_follow_a_line_twice() -> None:
    """The database itself refuses a second line after the same line."""
    first, second = _write(2)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.create(
            at=second.at, actor="x", action="y", subject="z", previous=first.digest, digest="d" * 64
        )


def test_lines_are_neither_changed_nor_removed() -> None:
    """A line that stands can be neither saved again nor deleted."""
    (entry,) = _write(1)
    with pytest.raises(NotAllowed, match="may change"):
        entry.save()
    with pytest.raises(NotAllowed, match="may remove"):
        entry.delete()
    assert AuditEntry.objects.count() == 1
