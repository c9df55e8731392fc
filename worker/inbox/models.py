"""Originals, messages, threads, and the memory of each folder."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from worker.directory.models import Counterpart


class Mailbox(models.Model):
    """What is known of an account: its last round, and the last error as a kind and a sentence without mail text."""

    name = models.CharField(max_length=100, unique=True)
    last_round_at = models.DateTimeField(null=True)
    last_error_kind = models.CharField(max_length=20, blank=True)
    last_error = models.TextField(blank=True)
    not_before = models.DateTimeField(null=True)


class Folder(models.Model):
    """Where reading stands in one folder. ``next_uid`` is the first UID not yet asked for under ``uidvalidity``."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="folders")
    name = models.CharField(max_length=500)
    sent = models.BooleanField(default=False)
    uidvalidity = models.BigIntegerField(null=True)
    next_uid = models.BigIntegerField(default=1)
    server_count = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "name"], name="folder_once")]


class Original(models.Model):
    """The unaltered bytes of a mail, compressed, under the SHA-256 (hex) of what was fetched."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.IntegerField()
    content = models.BinaryField()


class Thread(models.Model):
    """The messages of one exchange with one counterpart. ``dirty``: a new assessment is due."""

    counterpart = models.ForeignKey(Counterpart, models.PROTECT, null=True, related_name="threads")
    subject = models.CharField(max_length=500, blank=True)
    first_at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField(db_index=True)
    dirty = models.BooleanField(default=True, db_index=True)


class Message(models.Model):
    """One mail, known once however many folders hold it. ``identity`` is its Message-ID and digest combined."""

    class State(models.TextChoices):
        STORED = "stored"
        READ = "read"
        QUARANTINED = "quarantined"

    identity = models.CharField(max_length=64, unique=True)
    original = models.ForeignKey(Original, models.SET_NULL, null=True, related_name="messages")
    complete = models.BooleanField(default=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.STORED, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    direction = models.CharField(max_length=3, default="in")
    at = models.DateTimeField(db_index=True)
    dated = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=500, blank=True, db_index=True)
    in_reply_to = models.CharField(max_length=500, blank=True)
    subject = models.TextField(blank=True)
    sender_name = models.CharField(max_length=300, blank=True)
    sender_address = models.CharField(max_length=320, blank=True, db_index=True)
    authorship = models.CharField(max_length=10, default="unchecked")
    automatic = models.CharField(max_length=60, blank=True)
    thread = models.ForeignKey(Thread, models.SET_NULL, null=True, related_name="messages")
    parsed = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["thread", "at"])]


class Location(models.Model):
    """A place where a message lies on the server."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="locations")
    folder = models.ForeignKey(Folder, models.CASCADE, related_name="locations")
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["folder", "uidvalidity", "uid"], name="location_once"),
        ]


class Reference(models.Model):
    """A Message-ID that a message refers to, so that children find a parent that comes later."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="references")
    refers_to = models.CharField(max_length=500, db_index=True)


class Lease(models.Model):
    """A short claim on a piece of work, renewed while it lasts; whoever dies loses it."""

    name = models.CharField(max_length=200, unique=True)
    owner = models.CharField(max_length=64)
    until = models.DateTimeField()


class Pulse(models.Model):
    """When something regular last finished; watchdogs look here, not at whether a process exists."""

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
