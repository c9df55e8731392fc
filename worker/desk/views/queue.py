"""The list of cases: what waits for a person, the most urgent first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from worker import wiring_state
from worker.cases import queries
from worker.cases.models import Case
from worker.cases.queries import QueueFilter
from worker.desk.access import allowed, needs, person
from worker.desk.environment import url
from worker.desk.labels import CATEGORIES, SEVERITIES
from worker.desk.page import neighbours, page
from worker.directory.models import Organisation
from worker.directory.permissions import Action
from worker.domain.judgement import Category, Severity
from worker.inbox.models import Mailbox

#: Cases on one page of the list.
PAGE = 50
_NUMBER = re.compile(r"(?:C-?)?0*(\d{1,12})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the views of the list; ``count`` is None where it is not counted."""

    name: str
    label: str
    url: str
    count: int | None
    here: bool


@require_safe
@needs(Action.READ_CASES)
def queue(request: HttpRequest) -> HttpResponse:
    """The list, by tab and as narrowed down; a number leads straight to its case."""
    number = request.GET.get("number", "").strip()
    if number:
        return _jump(request, number)
    return _list(request)


def _jump(request: HttpRequest, number: str) -> HttpResponse:
    match = _NUMBER.fullmatch(number)
    if match and Case.objects.filter(pk=int(match[1])).exists():
        return redirect("case", int(match[1]))
    return _list(request, _("There is no case with the number %(number)s.") % {"number": number[:20]})


def _list(request: HttpRequest, told: str = "") -> HttpResponse:
    chosen = _filter(request)
    listed = Paginator(range(queries.queue_size(chosen)), PAGE).get_page(request.GET.get("page"))
    rows = queries.queue(chosen, wiring_state.today(), PAGE, (listed.number - 1) * PAGE)
    kept = _kept(request)
    return page(
        request,
        "queue.html",
        rows=rows,
        tabs=_tabs(request),
        tab=_tab(request),
        kept=kept,
        told=told,
        narrowed=any(kept.values()),
        pages=neighbours(listed, "queue", tab=_tab(request), **kept),
        categories=CATEGORIES,
        severities=SEVERITIES,
        organisations=Organisation.objects.filter(cases__isnull=False).distinct().order_by("name"),
        can_add=Action.ADD_INCIDENT in allowed(request).actions,
        last_round=Mailbox.objects.aggregate(last=Max("last_round_at"))["last"],
    )


def _tab(request: HttpRequest) -> str:
    asked = request.GET.get("tab", "")
    known = ["review", "in_hand", "mine", "closed"]
    if Action.READ_OWN_STAFF in allowed(request).actions:
        known.append("own")
    return asked if asked in known else "open"


def _kept(request: HttpRequest) -> dict[str, str]:
    """What the list is narrowed down to, as the address says it; what is unknown is dropped."""
    category, severity = request.GET.get("category", ""), request.GET.get("severity", "")
    organisation = request.GET.get("organisation", "")
    return {
        "category": category if category in CATEGORIES else "",
        "severity": severity if severity in SEVERITIES else "",
        "organisation": organisation if organisation.isdecimal() else "",
    }


def _filter(request: HttpRequest) -> QueueFilter:
    tab, kept = _tab(request), _kept(request)
    return QueueFilter(
        state=tab if tab in Case.State.values else "open",
        severity=Severity(kept["severity"]) if kept["severity"] else None,
        category=Category(kept["category"]) if kept["category"] else None,
        organisation_id=int(kept["organisation"]) if kept["organisation"] else None,
        assignee_id=person(request).pk if tab == "mine" else None,
        own_staff=tab == "own",
    )


def _tabs(request: HttpRequest) -> list[Tab]:
    counts = queries.counts()
    mine = queries.queue_size(QueueFilter(assignee_id=person(request).pk))
    own = queries.queue_size(QueueFilter(own_staff=True))
    waiting = counts["review"] + counts["in_hand"]
    tabs: list[tuple[str, str, int | None]] = [
        ("open", _("Open"), waiting),
        ("review", _("To review"), counts["review"]),
        ("in_hand", _("In hand"), counts["in_hand"]),
        ("mine", _("With me"), mine),
        ("closed", _("Closed"), None),
    ]
    if own and Action.READ_OWN_STAFF in allowed(request).actions:
        tabs.append(("own", _("Our own people"), own))
    here = _tab(request)
    return [Tab(name, label, url("queue", tab=name), count, name == here) for name, label, count in tabs]
