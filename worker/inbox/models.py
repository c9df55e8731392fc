"""Originals, messages, threads, and the memory of each folder."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models

from worker.directory.models import Counterpart


class Utf8Encoder(json.JSONEncoder):
    """JSON with Japanese as it is: half the size of escapes on SQLite, and found by a search over the column."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})


class Mailbox(models.Model):
    """What is known of an account: its last round, and the last error as a kind and a sentence without mail text.

    ``failures`` counts the rounds that failed in a row; until ``not_before`` no round is begun. ``profile`` and
    ``capabilities`` say what kind of server it is on and what that offers, as of the last round. ``alerted_at``: when
    somebody was called because no round has succeeded for long; the next good round clears it.
    """

    name = models.CharField(max_length=100, unique=True)
    last_round_at = models.DateTimeField(null=True)
    last_error_kind = models.CharField(max_length=20, blank=True)
    last_error = models.TextField(blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    profile = models.CharField(max_length=20, blank=True)
    capabilities = models.JSONField(default=list)
    alerted_at = models.DateTimeField(null=True)


class Folder(models.Model):
    """Where reading stands in one folder. ``next_uid`` is the first UID not yet asked for under ``uidvalidity``.

    ``compared_at`` is when all its UIDs were last compared with our rows. ``resyncs`` counts the changes of UIDVALIDITY
    on the day ``resynced_on`` (UTC). ``shelf`` says which of the review folders it is, "" for any other.
    """

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="folders")
    name = models.CharField(max_length=500)
    sent = models.BooleanField(default=False)
    shelf = models.CharField(max_length=10, blank=True)
    uidvalidity = models.BigIntegerField(null=True)
    next_uid = models.BigIntegerField(default=1)
    server_count = models.IntegerField(default=0)
    compared_at = models.DateTimeField(null=True)
    resyncs = models.PositiveSmallIntegerField(default=0)
    resynced_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "name"], name="folder_once")]


class Original(models.Model):
    """The unaltered bytes of a mail, compressed, under the SHA-256 (hex) of what was fetched."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.IntegerField()
    content = models.BinaryField()


class Thread(models.Model):
    """The messages of one exchange with one counterpart. ``dirty``: a new assessment is due.

    Where a late parent shows that two threads are one, the older row keeps all messages and the other one, now empty,
    points to it by ``merged_into``: nothing that refers to it is lost.
    """

    # The indexes below begin with these keys; one of their own would only cost.
    counterpart = models.ForeignKey(Counterpart, models.PROTECT, null=True, related_name="threads", db_index=False)
    subject = models.CharField(max_length=500, blank=True)
    first_at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField(db_index=True)
    dirty = models.BooleanField(default=True, db_index=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["counterpart", "last_at"], name="thread_of_counterpart")]


class Message(models.Model):
    """One mail, known once however many folders hold it. ``identity`` is its Message-ID and digest combined.

    ``attempts`` counts the times reading was begun. ``at`` is our own server's stamp, ``internal_at`` what the folder
    said, ``dated`` the sender's clock. ``sender_*`` and ``counterpart`` are the author and the person outside.
    For joining threads: ``marks`` are digests of the addresses and firms outside, ``subject_key`` is the digest of the
    bare subject, ``bare_reply`` says that a reply names no other mail. ``purged`` mails keep these, time, direction and
    ``signature`` (digests of their lines), no word.
    """

    class State(models.TextChoices):
        STORED = "stored"
        READ = "read"
        QUARANTINED = "quarantined"
        PURGED = "purged"

    identity = models.CharField(max_length=64, unique=True)
    original = models.ForeignKey(Original, models.SET_NULL, null=True, related_name="messages")
    complete = models.BooleanField(default=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.STORED)
    attempts = models.PositiveSmallIntegerField(default=0)
    # What waits or could not be read, for the index below: one over all states would tempt SQLite, which knows no
    # better without statistics, to walk through every mail that was ever read.
    unread = models.GeneratedField(
        expression=models.Case(
            models.When(state__in=["stored", "quarantined"], then=models.F("state")), default=models.Value(None)
        ),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )
    reason = models.CharField(max_length=300, blank=True)
    direction = models.CharField(max_length=3, default="in")
    at = models.DateTimeField(db_index=True)
    internal_at = models.DateTimeField(null=True)
    dated = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=500, blank=True, db_index=True)
    in_reply_to = models.CharField(max_length=500, blank=True)
    subject = models.TextField(blank=True)
    sender_name = models.CharField(max_length=300, blank=True)
    sender_address = models.CharField(max_length=320, blank=True, db_index=True)
    authorship = models.CharField(max_length=10, default="unchecked")
    automatic = models.CharField(max_length=60, blank=True)
    thread = models.ForeignKey(Thread, models.SET_NULL, null=True, related_name="messages", db_index=False)
    counterpart = models.ForeignKey(Counterpart, models.PROTECT, null=True, related_name="messages", db_index=False)
    marks = models.JSONField(default=list)
    subject_key = models.CharField(max_length=32, blank=True)
    bare_reply = models.BooleanField(default=False)
    parsed = models.JSONField(null=True, encoder=Utf8Encoder)
    signature = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["thread", "at"], name="message_of_thread"),
            models.Index(fields=["counterpart", "at"], name="message_of_counterpart"),
            models.Index(fields=["subject_key", "bare_reply", "at"], name="message_by_subject"),
            models.Index(fields=["unread", "attempts", "id"], name="message_unread"),
        ]


class Location(models.Model):
    """A place where a message lies on the server, or lay until it was found missing at ``gone_at``."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="locations")
    folder = models.ForeignKey(Folder, models.CASCADE, related_name="locations")
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["folder", "uidvalidity", "uid"], name="location_once"),
        ]


class Reference(models.Model):
    """A Message-ID that a message refers to, so that children find a parent that comes later."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="references")
    refers_to = models.CharField(max_length=500, db_index=True)


class Shelving(models.Model):
    """A message that was put before people in their own mail client: once, whatever becomes of the copy."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE)
    message = models.ForeignKey(Message, models.CASCADE, related_name="shelvings")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "message"], name="shelved_once")]


class Lease(models.Model):
    """A short claim on a piece of work, renewed while it lasts; whoever dies loses it."""

    name = models.CharField(max_length=200, unique=True)
    owner = models.CharField(max_length=64)
    until = models.DateTimeField()


class Pulse(models.Model):
    """When something regular last finished; watchdogs look here, not at whether a process exists."""

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
