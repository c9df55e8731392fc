"""Letters: drafting, wording, the second person, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from worker import wiring_state
from worker.cases.models import Case
from worker.desk import caught
from worker.desk.access import allowed, needs, person
from worker.desk.acting import attempt, attempt_form
from worker.desk.forms.notices import NoticeForm, WordingForm
from worker.desk.labels import LETTER_MEANINGS
from worker.desk.page import page
from worker.directory.models import NoticeContact
from worker.directory.permissions import Action
from worker.domain.clock import now
from worker.domain.errors import NoticeError
from worker.notices import queries, services
from worker.notices.checks import addresses_in
from worker.notices.models import Notice
from worker.notices.queries import DiffLine, digest_of

State = Notice.State
#: The order in which letters are listed: what waits for a person first.
_ORDER = (
    State.UNCERTAIN, State.FAILED, State.SUBMITTED, State.APPROVED, State.DRAFT, State.QUEUED, State.SENDING,
    State.SENT, State.WITHDRAWN,
)  # fmt: skip
_BEFORE_SENDING = (State.DRAFT, State.SUBMITTED, State.APPROVED, State.QUEUED, State.FAILED)
_LISTED = 200
#: What stands at the foot of the window while the letter is read.
_STEPS = {"edit", "submit", "approve", "still_stands", "try_again"}


@require_safe
@needs(Action.READ_NOTICES)
def outbox(request: HttpRequest) -> HttpResponse:
    """All letters under their states."""
    rows = Notice.objects.select_related("case", "organisation", "author").annotate(latest_at=Max("events__at"))
    listed = list(rows.order_by("-pk")[:_LISTED])
    groups = [(state.value, [notice for notice in listed if notice.state == state]) for state in _ORDER]
    return page(
        request,
        "outbox.html",
        groups=[(state, notices) for state, notices in groups if notices],
        sink=_sink() is not None,
    )


def _sink() -> Path | None:
    folder = wiring_state.mamori().data / "caught"
    return folder if folder.is_dir() else None


@require_safe
@needs(Action.READ_NOTICES)
def sent_mail(request: HttpRequest) -> HttpResponse:
    """The demo's caught mail; there is no such page where mail really leaves."""
    folder = _sink()
    if folder is None:
        raise Http404
    return page(request, "sent-mail.html", mails=caught.mails_in(folder))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.DRAFT)
def notice_new(request: HttpRequest, case_id: int) -> HttpResponse:
    """Choose template, addressee and language; the draft is made from the decided case."""
    case = get_object_or_404(Case.objects.select_related("organisation"), pk=case_id)
    templates = {template.name: template for template in wiring_state.notice_templates()}
    form = NoticeForm(
        request.POST or None,
        templates=list(templates.values()),
        contacts=[(contact.pk, _named(contact)) for contact in _contacts(case)],
        language=case.organisation.language if case.organisation else "ja",
    )
    made: list[Notice] = []

    def draft(given: Mapping[str, Any]) -> None:
        template, language = templates[given["template"]], given["language"]
        desk, policy = wiring_state.letterhead(), wiring_state.policy()
        author, contact = person(request), given["contact"]
        made.append(services.draft(case_id, template, language, author, contact, desk, policy, now()))

    if request.method == "POST" and attempt_form(request, form, draft, _("The draft is made. Please read it through.")):
        return redirect("notice", made[0].pk)
    can_directory = Action.MANAGE_DIRECTORY in allowed(request).actions
    return page(request, "notice-new.html", form=form, case=case, can_directory=can_directory)


def _contacts(case: Case) -> list[NoticeContact]:
    """The organisation's contacts that may be addressed: nobody who stands in the mails of the case."""
    if case.organisation_id is None:
        return []
    barred = addresses_in(case.pk)
    contacts = NoticeContact.objects.filter(organisation=case.organisation_id).order_by("pk")
    return [contact for contact in contacts if contact.address.strip().casefold() not in barred]


def _named(contact: NoticeContact) -> str:
    return (
        f"{contact.name} {contact.title} <{contact.address}>"
        if contact.title
        else f"{contact.name} <{contact.address}>"
    )


def _notice(notice_id: int) -> Notice:
    try:
        return queries.one(notice_id)
    except Notice.DoesNotExist as error:
        raise Http404 from error


@require_safe
@needs(Action.READ_NOTICES)
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """One letter with what may be done now, and what happened to it."""
    shown = _notice(notice_id)
    can = _can(request, shown)
    own_waiting = shown.state == State.SUBMITTED and shown.author_id == person(request).pk
    return page(
        request,
        "notice.html",
        notice=shown,
        explained=LETTER_MEANINGS[shown.state],
        can=can,
        own_waiting=own_waiting,
        steps=own_waiting or bool(can & _STEPS),
        digest=digest_of(shown),
        diff=_diff(shown),
        events=shown.events.all(),
        can_read=Action.READ_CASES in allowed(request).actions,
    )


def _diff(shown: Notice) -> list[DiffLine]:
    """What differs from the first draft; nothing where the text is as the case made it, or cannot be made again."""
    if shown.variables == shown.generated:
        return []
    try:
        lines = queries.diff_lines(shown, wiring_state.notice_template(shown.template))
    except NoticeError:
        return []
    return [line for line in lines if line.mark != " "]


def _can(request: HttpRequest, shown: Notice) -> set[str]:
    """What this person may do with the letter as it stands; services ask again."""
    actions, mine = allowed(request).actions, shown.author_id == person(request).pk
    author = mine and Action.DRAFT in actions
    second = not mine and Action.APPROVE in actions
    possible = {
        "edit": author and shown.state in _BEFORE_SENDING,
        "submit": author and shown.state == State.DRAFT,
        "approve": second and shown.state == State.SUBMITTED,
        "send_back": second and shown.state in (State.SUBMITTED, State.APPROVED),
        "still_stands": shown.state == State.APPROVED and shown.approver_id == person(request).pk and second,
        "withdraw": (mine or Action.APPROVE in actions) and shown.state in _BEFORE_SENDING,
        "settle": Action.SEND in actions and shown.state == State.UNCERTAIN,
        "try_again": Action.SEND in actions and shown.state == State.FAILED,
        "answered": Action.DRAFT in actions and shown.state == State.SENT and shown.answered_at is None,
    }
    return {name for name, holds in possible.items() if holds}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.DRAFT)
def notice_edit(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Word the letter; times, quotations and clauses stay as the case gave them."""
    shown = _notice(notice_id)
    template = wiring_state.notice_template(shown.template)
    form = WordingForm(
        request.POST or None,
        template=template,
        variables=shown.variables,
        generated=shown.generated,
        version=shown.version,
    )

    def save(given: Mapping[str, Any]) -> None:
        services.edit(notice_id, person(request), template, form.changes(), given["version"], now())

    if request.method == "POST" and attempt_form(request, form, save, _("Saved. The letter is a draft.")):
        return redirect("notice", notice_id)
    return page(request, "notice-edit.html", notice=shown, form=form)


@require_POST
@needs(Action.DRAFT)
def notice_submit(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Ask for approval."""

    def submit(shown: Notice) -> None:
        template = wiring_state.notice_template(shown.template)
        services.submit(shown.pk, person(request), template, _version(request), now())

    return _act(request, notice_id, submit, _("Another person is asked to approve it."))


@require_POST
@needs(Action.READ_NOTICES)
def notice_approve(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Approve the letter exactly as it was shown."""
    digest = request.POST.get("digest", "")
    return _act(
        request,
        notice_id,
        lambda shown: services.approve(shown.pk, person(request), digest, now()),
        _("Approved. The letter leaves within a minute."),
    )


@require_POST
@needs(Action.APPROVE)
def notice_send_back(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Give it back to its author with a word on what to change."""
    return _act(
        request,
        notice_id,
        lambda shown: services.send_back(shown.pk, person(request), request.POST.get("reason", ""), now()),
        _("The letter is with its author again."),
    )


@require_POST
@needs(Action.APPROVE)
def notice_still_stands(request: HttpRequest, notice_id: int) -> HttpResponse:
    """The approver has read what came since and lets the letter go."""
    return _act(
        request,
        notice_id,
        lambda shown: services.still_stands(shown.pk, person(request), now()),
        _("The letter leaves within a minute."),
    )


@require_POST
@needs(Action.DRAFT, Action.APPROVE)
def notice_withdraw(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Give the letter up."""
    reason = request.POST.get("reason", "")
    return _act(
        request,
        notice_id,
        lambda shown: services.withdraw(shown.pk, person(request), reason, _version(request), now()),
        _("The letter is withdrawn."),
    )


@require_POST
@needs(Action.SEND)
def notice_settle(request: HttpRequest, notice_id: int) -> HttpResponse:
    """A person's word on a letter in doubt."""
    was_sent, note = request.POST.get("was_sent") == "yes", request.POST.get("note", "")
    return _act(
        request,
        notice_id,
        lambda shown: services.settle_uncertain(shown.pk, person(request), was_sent, note, now()),
        _("Noted as sent.") if was_sent else _("It goes out again with the same number."),
    )


@require_POST
@needs(Action.SEND)
def notice_try_again(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Put a letter that failed back into the queue."""
    return _act(
        request,
        notice_id,
        lambda shown: services.try_again(shown.pk, person(request), now()),
        _("It is waiting to be sent again."),
    )


@require_POST
@needs(Action.DRAFT)
def notice_answered(request: HttpRequest, notice_id: int) -> HttpResponse:
    """The organisation has answered."""
    return _act(
        request,
        notice_id,
        lambda shown: services.note_answer(shown.pk, person(request), request.POST.get("note", ""), now()),
        _("The answer is noted."),
    )


def _act(request: HttpRequest, notice_id: int, change: Callable[[Notice], object], done: str) -> HttpResponse:
    shown = _notice(notice_id)
    attempt(request, lambda: change(shown), done)
    return redirect("notice", notice_id)


def _version(request: HttpRequest) -> int:
    """The version that the page was made from; 0, which is always stale, where it says none."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() else 0
