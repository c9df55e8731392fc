"""Moving a letter from state to state: one conditional update of exactly one row, and a line of its history."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from worker.directory.models import User
from worker.domain.errors import Stale
from worker.notices.models import Notice, NoticeEvent

State = Notice.State

#: What an approval leaves behind, taken away again.
UNAPPROVED: Mapping[str, Any] = {
    "approver": None,
    "approved_at": None,
    "approved_upto": 0,
    "held_since": None,
    "digest": "",
    "next_attempt_at": None,
    "claim": "",
    "claimed_at": None,
    "handed_at": None,
}


def move(
    notice: Notice,
    user: User,
    now: datetime,
    *,
    source: Collection[Notice.State],
    target: Notice.State,
    action: str,
    note: str = "",
    changes: Mapping[str, Any] | None = None,
) -> Notice:
    """Save over exactly the version of ``notice`` while it is in one of the states ``source``.

    Runs inside the caller's transaction. Stale says in which state the letter is instead.
    """
    rows = Notice.objects.filter(pk=notice.pk, version=notice.version, state__in=source)
    if rows.update(state=target, version=F("version") + 1, **(changes or {})) != 1:
        raise Stale(_stale(notice.pk))
    note_event(notice.pk, user, now, action, note)
    return Notice.objects.get(pk=notice.pk)


def note_event(notice_id: int, user: User | None, now: datetime, action: str, note: str = "") -> None:
    """Add a line to the letter's history; ``user`` is None where the worker acted."""
    NoticeEvent.objects.create(notice_id=notice_id, by=user, at=now, action=action, note=note)


def _stale(notice_id: int) -> str:
    notice = Notice.objects.get(pk=notice_id)
    event = notice.events.select_related("by").order_by("-pk").first()
    name = event.by.shown_name if event and event.by else _("the worker")
    return _("%(name)s changed the letter in between; it is now '%(state)s'. Look at it again.") % {
        "name": name,
        "state": notice.get_state_display(),
    }
