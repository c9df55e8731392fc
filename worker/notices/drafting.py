"""Writing a letter: drafting it from the case, wording it, submitting it, taking it back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from worker.cases.models import Case, Decision
from worker.cases.permissions import require
from worker.cases.queries import case_view
from worker.cases.view import CaseView
from worker.directory.models import NoticeContact, User
from worker.directory.queries import Action, may
from worker.directory.services import record
from worker.domain.errors import Incomplete, NotAllowed
from worker.domain.policy import Policy
from worker.notices.checks import addresses_in, local_day, matter_faults
from worker.notices.facts import Addressee, Desk, variables_from
from worker.notices.models import Notice, NoticeRecipient
from worker.notices.states import UNAPPROVED, move, note_event
from worker.notices.wording import reworded
from worker.rendering import NoticeTemplate

State = Notice.State

#: From here a letter can go back to its author; afterwards it is under way.
_BEFORE_SENDING = (State.DRAFT, State.SUBMITTED, State.APPROVED, State.QUEUED, State.FAILED)

#: Letters and digits that nobody mistakes for others when reading a reference aloud.
_CLEAR = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def draft(
    case_id: int,
    template: NoticeTemplate,
    language: str,
    author: User,
    contact_id: int,
    desk: Desk,
    policy: Policy,
    now: datetime,
) -> Notice:
    """A first draft from the case's newest decision, addressed to a contact of its organisation.

    Reference and Message-ID are fixed here. NotAllowed where ``author`` may not draft; Incomplete where the case has
    no organisation, no decision or no clause, or the contact may not be the recipient; NoticeError where the template
    does not take the facts.
    """
    require(author, Action.DRAFT)
    view, contact = case_view(case_id), NoticeContact.objects.select_related("organisation").get(pk=contact_id)
    _check_case(view, template)
    _check_contact(view, contact)
    reference = _reference(desk.calendar.local(now).date())
    addressee = Addressee(contact.organisation.name, contact.name, contact.title, contact.address)
    variables = variables_from(view, addressee, desk, policy, language, reference, now)
    if not variables["facts"]:
        raise Incomplete({"facts": _("No words of the case fall under the chosen clauses; choose others.")})
    with transaction.atomic():
        notice = _create(view, template, language, author, contact, desk, variables, now)
        note_event(notice.pk, author, now, "drafted")
        record(author.username, "notice.draft", f"notice {notice.pk}", {"case": case_id, "template": template.name})
    return notice


def _check_case(view: CaseView, template: NoticeTemplate) -> None:
    decision = view.decision
    if view.organisation_id is None:
        raise Incomplete({"organisation": _("The counterpart belongs to no organisation; set one in the directory.")})
    if view.state == Case.State.CLOSED:
        raise Incomplete({"case": _("The case is closed; a letter needs an open one.")})
    if decision is None or decision.conclusion == Decision.Conclusion.NONE:
        raise Incomplete({"decision": _("Decide first that harassment appears or is recognised.")})
    allowed = template.manifest.clauses
    if not decision.clauses or (allowed and not any(clause.id in allowed for clause in decision.clauses)):
        raise Incomplete({"clauses": _("Choose a clause in the decision; without a clause there is no letter.")})


def _check_contact(view: CaseView, contact: NoticeContact) -> None:
    if contact.organisation_id != view.organisation_id:
        raise Incomplete({"contact": _("The contact belongs to another organisation; choose one of this one.")})
    if contact.address.strip().casefold() in addresses_in(view.id):
        raise Incomplete(
            {"contact": _("The recipient stands in the mails of the case; choose another officer, or counsel.")}
        )


def _reference(day: date) -> str:
    return f"M{day:%y%m%d}-{''.join(secrets.choice(_CLEAR) for _ in range(6))}"


def _create(
    view: CaseView,
    template: NoticeTemplate,
    language: str,
    author: User,
    contact: NoticeContact,
    desk: Desk,
    variables: dict[str, Any],
    now: datetime,
) -> Notice:
    decision, reference = view.decision, str(variables["reference_number"])
    assert decision is not None
    notice = Notice.objects.create(
        case_id=view.id,
        organisation_id=contact.organisation_id,
        decision_id=decision.id,
        contact=contact,
        template=template.name,
        language=language,
        recipient_name=contact.name,
        recipient_address=contact.address,
        generated=variables,
        author=author,
        drafted_at=now,
        reference=reference,
        message_id=f"<{reference.lower()}.{secrets.token_hex(8)}@{desk.address.rpartition('@')[2]}>",
        **_rendered(template, language, variables),
    )
    NoticeRecipient.objects.create(notice=notice, address=contact.address)
    return notice


def _rendered(template: NoticeTemplate, language: str, variables: dict[str, Any]) -> dict[str, Any]:
    letter = template.render(language, variables)
    deadline = variables.get("deadline")
    return {
        "template_digest": template.digest,
        "variables": variables,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "deadline": date.fromisoformat(deadline) if deadline else None,
    }


def edit(
    notice_id: int, user: User, template: NoticeTemplate, changes: Mapping[str, Any], version: int, now: datetime
) -> Notice:
    """Reword a letter that has not left; it becomes a draft again, and an approval lapses.

    ``changes`` are variables by name, whole; facts may be reworded in ``what`` and left out, nothing of them added.
    NotAllowed for anybody but the author; Incomplete for what may not be changed; NoticeError where the template
    does not take it; Stale where the letter was changed since ``version`` or is under way.
    """
    notice = _of_author(notice_id, user, version)
    variables = reworded(notice.variables, notice.generated, changes)
    variables["sent_on"] = local_day(now).isoformat()
    with transaction.atomic():
        changed = {**UNAPPROVED, **_rendered(template, notice.language, variables), "error": ""}
        return move(notice, user, now, source=_BEFORE_SENDING, target=State.DRAFT, action="edited", changes=changed)


def submit(notice_id: int, user: User, template: NoticeTemplate, version: int, now: datetime) -> Notice:
    """Ask for approval. Incomplete names what a letter must have and this one lacks; else as in edit."""
    notice = _of_author(notice_id, user, version)
    faults = {name: _("The letter needs this: %(name)s.") % {"name": name} for name in _lacking(notice, template)}
    if sentences := matter_faults(notice, now):
        faults["letter"] = " ".join(sentences)
    if faults:
        raise Incomplete(faults)
    with transaction.atomic():
        moved = move(notice, user, now, source=[State.DRAFT], target=State.SUBMITTED, action="submitted")
        record(user.username, "notice.submit", f"notice {notice.pk}", {"case": notice.case_id})
    return moved


#: No letter without these, whatever its template asks for.
_ALWAYS = ("facts", "clauses", "request", "deadline", "desk")


def _lacking(notice: Notice, template: NoticeTemplate) -> list[str]:
    missing = template.missing(notice.variables)
    return sorted({*missing, *(name for name in _ALWAYS if not notice.variables.get(name))})


def withdraw(notice_id: int, user: User, reason: str, version: int, now: datetime) -> Notice:
    """Give the letter up before it leaves. The author or somebody who may approve; Incomplete without a reason."""
    notice = Notice.objects.get(pk=notice_id)
    if user.pk != notice.author_id:
        require(user, Action.APPROVE)
    _check_reason(reason)
    _at(notice, version)
    with transaction.atomic():
        moved = move(
            notice, user, now, source=_BEFORE_SENDING, target=State.WITHDRAWN, action="withdrawn", note=reason.strip()
        )
        record(user.username, "notice.withdraw", f"notice {notice.pk}", {"case": notice.case_id})
    return moved


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Incomplete({"reason": _("Write the reason.")})


def _of_author(notice_id: int, user: User, version: int) -> Notice:
    notice = Notice.objects.select_related("decision", "case", "contact", "author").get(pk=notice_id)
    if user.pk != notice.author_id or not may(user, Action.DRAFT):
        raise NotAllowed(
            _("Only the author, %(name)s, words this letter; send it back with a reason.")
            % {"name": notice.author.shown_name}
        )
    return _at(notice, version)


def _at(notice: Notice, version: int) -> Notice:
    """The letter as the person saw it: saving over another version is refused by ``move``."""
    notice.version = version
    return notice
