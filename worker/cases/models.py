"""Assessments, cases, incidents, decisions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from worker.directory.models import Counterpart, Organisation, User
from worker.inbox.models import Message, Thread


class Assessment(models.Model):
    """The findings of a thread weighed, as ``domain.Assessment`` in JSON. The newest of a thread (by ``at``) counts.

    ``categories`` were found in the counterpart's mails, ``own_categories`` in our own people's.
    """

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="assessments")
    at = models.DateTimeField()
    flag = models.BooleanField()
    score = models.FloatField()
    severity = models.CharField(max_length=8, blank=True)
    categories = models.JSONField(default=list)
    own_categories = models.JSONField(default=list)
    content = models.JSONField()
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["thread", "fingerprint"], name="assessment_once")]
        indexes: ClassVar = [models.Index(fields=["thread", "-at", "-id"])]


class Case(models.Model):
    """What a person must decide. One open case per counterpart; ``version`` guards every save by a person.

    ``closed_upto`` is the newest message (its id) that was known of the counterpart when the case was closed: only what
    came later opens a new case. ``alerted_at``: when somebody was called because it is critical. ``saved_by`` and ``saved_at`` say whose save made the present version.
    """

    class State(models.TextChoices):
        REVIEW = "review"
        IN_HAND = "in_hand"
        CLOSED = "closed"

    counterpart = models.ForeignKey(Counterpart, models.PROTECT, related_name="cases")
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True, related_name="cases")
    state = models.CharField(max_length=8, choices=State.choices, default=State.REVIEW, db_index=True)
    severity = models.CharField(max_length=8)
    severity_rank = models.SmallIntegerField(default=0, db_index=True)
    categories = models.JSONField(default=list)
    own_staff = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True)
    closed_upto = models.BigIntegerField(default=0)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, related_name="cases")
    follows = models.ForeignKey("self", models.SET_NULL, null=True, related_name="followed_by")
    still_to_answer = models.TextField(blank=True)
    alerted_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["counterpart", "own_staff"], condition=~Q(state="closed"), name="one_open_case"
            ),
        ]

    @property
    def number(self) -> str:
        """What people call the case."""
        return f"C-{self.pk:05d}"


class CaseThread(models.Model):
    """A thread that belongs to a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="case_threads")
    thread = models.ForeignKey(Thread, models.PROTECT, related_name="case_threads")
    joined_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "thread"], name="thread_once_a_case")]


class Incident(models.Model):
    """What e-mail cannot show, told by a person: a call, a visit, a post, a chat.

    ``repeats``: it was the same demand again, so the ledger counts it. ``answered``: what we said then, "" for nothing.
    """

    class Channel(models.TextChoices):
        TELEPHONE = "telephone"
        COUNTER = "counter"
        CHAT = "chat"
        SOCIAL_MEDIA = "social_media"
        THIRD_PERSON = "third_person"

    case = models.ForeignKey(Case, models.PROTECT, related_name="incidents")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    at = models.DateTimeField()
    minutes = models.PositiveIntegerField(default=0)
    category = models.CharField(max_length=30)
    severity = models.CharField(max_length=8)
    repeats = models.BooleanField(default=False)
    said = models.TextField()
    answered = models.TextField(blank=True)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="incidents")
    reported_at = models.DateTimeField()


class Comment(models.Model):
    """A remark of a colleague on a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="comments")
    by = models.ForeignKey(User, models.PROTECT)
    at = models.DateTimeField()
    text = models.TextField()


class Opinion(models.Model):
    """What somebody thinks of a mail, told by moving its copy in their mail client: by mailbox, person unknown.

    A person settles it in the desk: ``agreed`` or not. It decides nothing by itself.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="opinions")
    message = models.ForeignKey(Message, models.CASCADE, related_name="opinions")
    mailbox = models.CharField(max_length=100)
    applies = models.BooleanField()
    at = models.DateTimeField()
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)


class Decision(models.Model):
    """Three answers, a conclusion, a ground, a person, a time. Appended, never changed.

    ``about_work``: whether it had to do with the work at all; may be left open (""). ``clauses`` are objects ``{"id", "residual", "ground"}``: the ground is a person's own where the policy does not
    name the conduct.
    """

    class Answer(models.TextChoices):
        YES = "yes"
        NO = "no"
        UNCLEAR = "unclear"

    class Conclusion(models.TextChoices):
        NONE = "none"
        APPEARS = "appears"
        RECOGNISED = "recognised"

    class Dismissal(models.TextChoices):
        LEGITIMATE = "legitimate_complaint"
        MACHINE = "machine"
        TRADE_WORDS = "trade_words"
        ABOUT = "about_harassment"
        MISREAD = "misread"

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    by = models.ForeignKey(User, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    demand_reasonable = models.CharField(max_length=8, choices=Answer.choices)
    manner_acceptable = models.CharField(max_length=8, choices=Answer.choices)
    environment_harmed = models.CharField(max_length=8, choices=Answer.choices)
    about_work = models.CharField(max_length=8, choices=Answer.choices, blank=True)
    accommodation_checked = models.BooleanField(default=False)
    conclusion = models.CharField(max_length=10, choices=Conclusion.choices)
    dismissal = models.CharField(max_length=24, choices=Dismissal.choices, blank=True)
    clauses = models.JSONField(default=list)
    ground = models.TextField()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append; TypeError where an existing decision would be changed."""
        if not self._state.adding:
            raise TypeError("a decision is appended, never changed; add another one")
        super().save(*args, **kwargs)
