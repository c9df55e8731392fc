"""Reading letters: of a case, waiting for approval, in doubt; and what differs from the first draft."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from worker.notices.checks import digest_of
from worker.notices.models import Notice, NoticeEvent
from worker.rendering import NoticeTemplate

__all__ = ["DiffLine", "diff_lines", "digest_of", "in_doubt", "of_case", "one", "waiting"]

State = Notice.State


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison. ``mark``: " " the same, "-" only in the first draft, "+" only in the letter."""

    mark: str
    text: str


def one(notice_id: int) -> Notice:
    """A letter with its people, case, recipients and history (``events``, oldest first)."""
    return _whole().get(pk=notice_id)


def of_case(case_id: int) -> list[Notice]:
    """The letters of a case, newest first, with their history."""
    return list(_whole().filter(case_id=case_id).order_by("-pk"))


def waiting() -> list[Notice]:
    """Letters that wait for an approver, and held ones that wait for theirs; oldest first."""
    return list(_whole().filter(state__in=[State.SUBMITTED, State.APPROVED]).order_by("pk"))


def in_doubt() -> list[Notice]:
    """Letters of which a person must say what became of them; oldest first."""
    return list(_whole().filter(state__in=[State.UNCERTAIN, State.FAILED]).order_by("pk"))


def diff_lines(notice: Notice, template: NoticeTemplate) -> list[DiffLine]:
    """The letter compared, line by line, with what the template made of the case before anybody reworded it.

    NoticeError where the template no longer takes the facts of then.
    """
    first = template.render(notice.language, notice.generated)
    before = [first.subject, *first.text.splitlines()]
    after = [notice.subject, *notice.text.splitlines()]
    lines = difflib.ndiff(before, after)
    return [DiffLine(line[0], line[2:]) for line in lines if line[0] in " -+"]


def _whole() -> QuerySet[Notice]:
    related = ("case__counterpart", "organisation", "decision", "contact", "author", "approver")
    events = NoticeEvent.objects.select_related("by").order_by("pk")
    return Notice.objects.select_related(*related).prefetch_related("recipients", Prefetch("events", queryset=events))
