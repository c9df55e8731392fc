"""Letters and their outbox."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from worker.cases.models import Case, Decision
from worker.directory.models import NoticeContact, Organisation, User


class Notice(models.Model):
    """A letter from draft to sent.

    ``generated`` are the variables as the case gave them, ``variables`` as the author left them; subject and bodies are
    always rendered from ``variables``. Once approved, ``digest`` covers recipient, subject and bodies, and
    ``approved_upto`` is the newest message of the counterpart (its id) that the approver could know; ``held_since`` is
    set while a newer one waits for the approver's word. ``claim`` belongs to the worker that sends; ``handed_at`` is
    set just before the channel gets the letter: where it is not, nothing can have left.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        APPROVED = "approved"
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNCERTAIN = "uncertain"
        WITHDRAWN = "withdrawn"

    case = models.ForeignKey(Case, models.PROTECT, related_name="notices")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="notices")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="notices")
    contact = models.ForeignKey(NoticeContact, models.SET_NULL, null=True, related_name="notices")
    template = models.CharField(max_length=100)
    template_digest = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=5)
    recipient_name = models.CharField(max_length=200)
    recipient_address = models.EmailField()
    generated = models.JSONField(default=dict)
    variables = models.JSONField(default=dict)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, db_index=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="authored_notices")
    drafted_at = models.DateTimeField()
    approver = models.ForeignKey(User, models.PROTECT, null=True, related_name="approved_notices")
    approved_at = models.DateTimeField(null=True)
    approved_upto = models.BigIntegerField(default=0)
    held_since = models.DateTimeField(null=True)
    deadline = models.DateField(null=True)
    answered_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=40, unique=True)
    message_id = models.CharField(max_length=200, unique=True)
    claim = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True)
    raw = models.BinaryField(null=True)
    copy_wanted = models.BooleanField(default=False)
    copy_kept = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(approver__isnull=True) | ~models.Q(approver=models.F("author")),
                name="approver_is_not_author",
            ),
            models.CheckConstraint(
                condition=models.Q(approver__isnull=False) | models.Q(state__in=["draft", "submitted", "withdrawn"]),
                name="leaves_only_approved",
            ),
        ]


class NoticeRecipient(models.Model):
    """What became of a letter at one address; ``detail`` is the relay's word where it refused."""

    class State(models.TextChoices):
        WAITING = "waiting"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="recipients")
    address = models.EmailField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["notice", "address"], name="recipient_once")]


class NoticeEvent(models.Model):
    """What happened to a letter, in order; never changed. ``by`` is null where the worker acted."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True)
    action = models.CharField(max_length=20)
    note = models.TextField(blank=True)
