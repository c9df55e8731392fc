"""The house's own matters: policy, mailboxes, originals, audit log."""

from __future__ import annotations

from functools import cache

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from worker import wiring_state
from worker.desk.access import allowed, keep_own_staff_thread_closed, needs, person
from worker.desk.acting import attempt
from worker.desk.page import neighbours, page
from worker.desk.policy import clauses_by_kind
from worker.detectors import DETECTORS
from worker.directory.models import AuditEntry
from worker.directory.permissions import Action
from worker.directory.services import record, verify_audit
from worker.domain.policy import Policy
from worker.inbox import queries as inbox
from worker.inbox import services as inbox_services
from worker.inbox.models import Message
from worker.rulepacks.coverage import coverage

_LINES = 100


@require_safe
@needs(Action.READ_POLICY)
def policy(request: HttpRequest) -> HttpResponse:
    """The policy at hand: clauses with what serves each, ladder, contacts."""
    at_hand = wiring_state.policy()
    return page(request, "policy.html", policy=at_hand, kinds=clauses_by_kind(at_hand, _served(at_hand)))


@cache
def _served(at_hand: Policy) -> dict[str, tuple[str, ...]]:
    rules = wiring_state.judge().pack.rules
    return {row["clause"]: tuple(row["served_by"]) for row in coverage(at_hand, rules, DETECTORS)}


@require_safe
@needs(Action.WATCH_MAILBOXES)
def mailboxes(request: HttpRequest) -> HttpResponse:
    """Each mailbox's last round and error, and the mails that could not be read."""
    actions = allowed(request).actions
    return page(
        request,
        "mailboxes.html",
        boxes=inbox.mailbox_health(),
        quarantined=inbox.quarantined(_LINES),
        can_retry=Action.MANAGE_MAILBOXES in actions,
        can_read=Action.READ_CASES in actions,
    )


@require_POST
@needs(Action.MANAGE_MAILBOXES)
def message_retry(request: HttpRequest, message_id: int) -> HttpResponse:
    """Let a quarantined mail be read once more."""
    get_object_or_404(Message, pk=message_id, state=Message.State.QUARANTINED)
    attempt(request, lambda: inbox_services.retry(message_id), _("The mail will be read again in the next round."))
    return redirect("mailboxes")


@require_safe
@needs(Action.READ_CASES)
def message_source(request: HttpRequest, message_id: int) -> HttpResponse:
    """The original bytes of a mail, downloaded on purpose; never shown in the browser."""
    message = get_object_or_404(Message, pk=message_id)
    keep_own_staff_thread_closed(request, message.thread_id)
    if message.original_id is None:
        raise Http404
    record(person(request).username, "message.download", f"message {message.pk}", {"sha256": message.original_id})
    answer = HttpResponse(inbox.original(message.pk), content_type="text/plain; charset=us-ascii")
    answer.headers["Content-Disposition"] = f'attachment; filename="message-{message.pk}.eml.txt"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
@needs(Action.AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    """The log, newest first; with ``verify`` the whole chain is checked."""
    listed = Paginator(AuditEntry.objects.order_by("-pk"), _LINES).get_page(request.GET.get("page"))
    faults = verify_audit() if request.GET.get("verify") else None
    return page(request, "audit.html", entries=listed, faults=faults, pages=neighbours(listed, "audit"))
