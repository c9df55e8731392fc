"""The case page and what people do on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from worker import wiring_state
from worker.cases import queries, services
from worker.cases.models import Case, Incident, Opinion
from worker.cases.services import Answer, ClauseChoice, Conclusion, Dismissal, Told, Verdict
from worker.cases.verdict import is_residual
from worker.cases.view import CaseView
from worker.desk import casepage
from worker.desk.access import allowed, needs, person
from worker.desk.acting import attempt, attempt_form
from worker.desk.environment import in_language
from worker.desk.forms.cases import DecisionForm, IncidentForm
from worker.desk.labels import DETECTED_EN
from worker.desk.page import page
from worker.desk.policy import conducts
from worker.desk.week import weeks_of
from worker.directory.models import Organisation, User
from worker.directory.permissions import Action
from worker.directory.queries import who_may
from worker.domain.clock import now
from worker.domain.hours import Calendar
from worker.domain.judgement import Category, Severity
from worker.domain.mail import Address
from worker.domain.policy import Clause, Policy
from worker.inbox.models import Message
from worker.notices.models import Notice


@require_safe
@needs(Action.READ_CASES)
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Everything about one case: summary, decision, mails in order, and the facts beside them."""
    view = _view(case_id)
    policy = wiring_state.policy()
    calendar = _calendar(view)
    marks = casepage.marks_of(view, policy, _reasons())
    items = casepage.items_of(view, marks, calendar)
    return page(
        request,
        "case.html",
        case=view,
        items=items,
        how_often=casepage.how_often(view, items),
        since=casepage.since(items),
        ledger=casepage.demands_of(view.ledger, marks),
        late={fact.message_id: fact for fact in view.off_hours}.values(),
        weeks=weeks_of(casepage.arrivals_of(items), calendar),
        clauses=casepage.touched(marks),
        titles=_titles(policy),
        to=_addressees(view),
        lifted=not person(request).veil,
        colleagues=_colleagues(request, view),
        notices=Notice.objects.filter(case_id=case_id).order_by("pk"),
        can=_can(request, view),
        nobody_to_write_to=_found(view) and view.organisation_id is None,
        stored=_stored(view),
    )


def _view(case_id: int) -> CaseView:
    try:
        return queries.case_view(case_id)
    except Case.DoesNotExist as error:
        raise Http404 from error


def _reasons() -> dict[str, str]:
    """The rules' reasons in English where the reader reads it; what was stored is in Japanese."""
    if get_language() != "en":
        return {}
    return {**DETECTED_EN, **{rule.id: rule.why_en for rule in wiring_state.judge().pack.rules}}


def _calendar(view: CaseView) -> Calendar:
    organisation = Organisation.objects.filter(pk=view.organisation_id).first() if view.organisation_id else None
    return wiring_state.calendar_for(organisation)


def _addressees(view: CaseView) -> dict[str, str]:
    """Whom the words under a veil are meant for, as its band says it."""
    if view.own_staff:
        return {"person": _("to the customer"), "company": _("to the customer's company")}
    return {"person": _("to the person in charge"), "company": _("to our company")}


def _titles(policy: Policy) -> dict[str, str]:
    return {clause.id: in_language(clause, "title") for clause in policy.clauses}


def _colleagues(request: HttpRequest, view: CaseView) -> list[User]:
    """Whom the case can be handed to."""
    today = wiring_state.today()
    readers = set(who_may(Action.READ_OWN_STAFF, today)) if view.own_staff else None
    workers = who_may(Action.WORK_CASES, today)
    return [user for user in workers if user.pk != person(request).pk and (readers is None or user in readers)]


def _stored(view: CaseView) -> dict[str, set[int]]:
    """Which mails have an original to download, and which were cut at the size limit."""
    rows = Message.objects.filter(pk__in=[shown.id for shown in view.messages])
    found = list(rows.values_list("pk", "original_id", "complete"))
    return {
        "originals": {pk for pk, original, _c in found if original},
        "cut": {pk for pk, _o, whole in found if not whole},
    }


def _found(view: CaseView) -> bool:
    """Whether somebody concluded that it appears to be, or is, harassment."""
    return view.decision is not None and view.decision.conclusion != Conclusion.NONE


def _can(request: HttpRequest, view: CaseView) -> dict[str, bool]:
    actions = allowed(request).actions
    opened = view.state != Case.State.CLOSED
    return {
        "work": opened and Action.WORK_CASES in actions,
        "comment": Action.WORK_CASES in actions,
        "incident": opened and Action.ADD_INCIDENT in actions,
        "decide": opened and Action.DECIDE in actions,
        "draft": opened and Action.DRAFT in actions and _found(view) and view.organisation_id is not None,
        "close": opened and Action.CLOSE in actions and view.decision is not None,
        "organisation": Action.READ_DIRECTORY in actions,
        "directory": Action.MANAGE_DIRECTORY in actions,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.DECIDE)
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    """The three questions and the conclusion."""
    view = _view(case_id)
    policy = wiring_state.policy()
    categories = [category.value for category in view.categories]
    form = DecisionForm(
        request.POST or None,
        residual={clause.id for clause in conducts(policy) if is_residual(clause, categories)},
        known=[clause.id for clause in conducts(policy)],
        recognise=Action.RECOGNISE in allowed(request).actions,
        initial={"version": view.version},
    )

    def record(given: Mapping[str, Any]) -> None:
        services.decide(case_id, person(request), _verdict(given), policy, given["version"], now())

    if request.method == "POST" and attempt_form(request, form, record, _("The decision is recorded.")):
        return redirect("case", case_id)
    return _decide_page(request, view, form, policy)


def _decide_page(request: HttpRequest, view: CaseView, form: DecisionForm, policy: Policy) -> HttpResponse:
    marks = casepage.marks_of(view, policy, _reasons())
    touched = casepage.touched(marks)
    form.touched = frozenset(clause.id for clause, _residual in touched)
    others = [(c, c.id in form.residual) for c in conducts(policy) if c.id not in form.touched and _names_something(c)]
    return page(request, "decide.html", case=view, form=form, marks=marks, touched=touched, others=others)


def _names_something(clause: Clause) -> bool:
    return bool(clause.named or clause.also or clause.residual)


def _verdict(given: Mapping[str, Any]) -> Verdict:
    grounds = dict.fromkeys(given["residual_chosen"], given["residual_ground"])
    return Verdict(
        demand_reasonable=Answer(given["demand_reasonable"]),
        manner_acceptable=Answer(given["manner_acceptable"]),
        environment_harmed=Answer(given["environment_harmed"]),
        conclusion=Conclusion(given["conclusion"]),
        ground=given["ground"],
        about_work=Answer(given["about_work"]) if given["about_work"] else None,
        accommodation_checked=given["accommodation_checked"],
        dismissal=Dismissal(given["dismissal"]) if given["dismissal"] else None,
        clauses=tuple(ClauseChoice(clause, grounds.get(clause, "")) for clause in given["clauses"]),
    )


def _version(request: HttpRequest) -> int:
    """The version that the page was made from; 0, which is always stale, where it says none."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() else 0


@require_POST
@needs(Action.WORK_CASES)
def assign(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take the case on, hand it over, or lay it back."""
    _view_exists(case_id)
    given = request.POST.get("assignee", "")
    assignee = User.objects.filter(pk=given, is_active=True).first() if given.isdecimal() else None
    if given and assignee is None:
        raise Http404
    done = _("The case is with %(name)s now.") % {"name": assignee.shown_name} if assignee else _("Back in the list.")
    attempt(request, lambda: services.assign(case_id, person(request), assignee, _version(request), now()), done)
    return redirect("case", case_id)


def _view_exists(case_id: int) -> None:
    if not Case.objects.filter(pk=case_id).exists():
        raise Http404


@require_POST
@needs(Action.WORK_CASES)
def comment(request: HttpRequest, case_id: int) -> HttpResponse:
    """A remark for colleagues."""
    _view_exists(case_id)
    text = request.POST.get("text", "")
    attempt(request, lambda: services.comment(case_id, person(request), text, now()), _("The remark was added."))
    return redirect("case", case_id)


@require_POST
@needs(Action.WORK_CASES)
def opinion(request: HttpRequest, opinion_id: int) -> HttpResponse:
    """Whether one of us sees a mail as somebody did who moved its copy in the mailbox."""
    case_id = get_object_or_404(Opinion, pk=opinion_id).case_id
    agrees = request.POST.get("agrees") == "yes"
    attempt(
        request, lambda: services.settle_opinion(opinion_id, person(request), agrees, now()), _("Your view was noted.")
    )
    return redirect("case", case_id)


@require_POST
@needs(Action.WORK_CASES)
def still_to_answer(request: HttpRequest, case_id: int) -> HttpResponse:
    """What of the matter itself still has to be answered."""
    _view_exists(case_id)
    text = request.POST.get("text", "")
    attempt(
        request,
        lambda: services.note_still_to_answer(case_id, person(request), text, _version(request), now()),
        _("Saved."),
    )
    return redirect("case", case_id)


@require_POST
@needs(Action.CLOSE)
def close(request: HttpRequest, case_id: int) -> HttpResponse:
    """Close a decided case."""
    _view_exists(case_id)
    done = _("The case is closed. Whatever this person writes from now on opens a linked one.")
    attempt(request, lambda: services.close(case_id, person(request), _version(request), now()), done)
    return redirect("case", case_id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.ADD_INCIDENT)
def incident_new(request: HttpRequest) -> HttpResponse:
    """A call, a visit, a chat or a post, noted in a minute."""
    known = _case_of(request)
    form = IncidentForm(request.POST or None, with_case=known is not None, now=now())
    told: list[Incident] = []

    def record(given: Mapping[str, Any]) -> None:
        about = known.pk if known else Address("", given["counterpart"])
        told.append(services.add_incident(person(request), about, _told(given), now()))

    if request.method == "POST" and attempt_form(request, form, record, _("Recorded. Thank you for writing it down.")):
        return redirect("case", told[0].case_id)
    return page(request, "incident.html", form=form, case=known)


def _case_of(request: HttpRequest) -> Case | None:
    given = request.POST.get("case") or request.GET.get("case") or ""
    if not given:
        return None
    found = Case.objects.filter(pk=given).first() if given.isdecimal() else None
    if found is None or (found.own_staff and Action.READ_OWN_STAFF not in allowed(request).actions):
        raise Http404
    return found


def _told(given: Mapping[str, Any]) -> Told:
    return Told(
        channel=Incident.Channel(given["channel"]),
        at=timezone.localtime(given["at"]),
        category=Category(given["category"]),
        severity=Severity(given["severity"]),
        said=given["said"],
        minutes=given["minutes"] or 0,
        answered=given["answered"],
        repeats=given["repeats"],
    )
