"""People, organisations, counterparts, audit."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

from worker.domain.errors import NotAllowed


class Role(models.TextChoices):
    """What somebody may do; administrators configure and are not thereby allowed to read."""

    READER = "reader"
    DESK = "desk"
    MANAGER = "manager"
    EXECUTIVE = "executive"
    ACCOUNT_OWNER = "account_owner"
    CONSULTATION = "consultation"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class User(AbstractUser):
    """Somebody of ours who signs in to the desk."""

    language = models.CharField(max_length=5, default="ja")
    veil = models.BooleanField(default=True)

    @property
    def shown_name(self) -> str:
        """The name that others see."""
        return self.get_full_name() or self.username


class RoleGrant(models.Model):
    """A role held from ``since`` until ``until`` (days inclusive, null: open)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "role", "since"], name="one_grant_a_day")]


class Organisation(models.Model):
    """A client, partner or supplier. ``calendar`` is the contract's own hours as in settings, or null."""

    class Kind(models.TextChoices):
        CLIENT = "client"
        PARTNER = "partner"
        SUPPLIER = "supplier"

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CLIENT)
    language = models.CharField(max_length=5, default="ja")
    contract_clause = models.CharField(max_length=200, blank=True)
    contract_scope = models.TextField(blank=True)
    calendar = models.JSONField(null=True)
    timezone = models.CharField(max_length=50, blank=True)
    account_owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="organisations")
    policy_confirmed_on = models.DateField(null=True)
    policy_version = models.CharField(max_length=50, blank=True)

    def __str__(self) -> str:
        return self.name


class OrganisationDomain(models.Model):
    """A mail domain that belongs to one organisation, lower case."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, unique=True)


class NoticeContact(models.Model):
    """Somebody at an organisation to whom notices are addressed."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    address = models.EmailField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "address"], name="contact_once")]


class Counterpart(models.Model):
    """The person outside, by address. Free-mail senders are persons without an organisation."""

    address = models.CharField(max_length=320, unique=True)
    name = models.CharField(max_length=200, blank=True)
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True, related_name="counterparts")

    @property
    def pseudonym(self) -> str:
        """What lists show instead of the name: a short code that stays the same."""
        return f"P-{self.pk:04d}"


class AuditEntry(models.Model):
    """One line of the append-only log; ``digest`` covers the line and the digest before it."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, unique=True)  # so no two lines can follow the same one
    digest = models.CharField(max_length=64, unique=True)

    def save(self, *args: Any, **options: Any) -> None:
        """Only ever appended: NotAllowed for a line that stands already."""
        if not self._state.adding:
            raise NotAllowed(f"Audit line {self.pk} stands; nobody may change it. Append another one.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Never: NotAllowed."""
        raise NotAllowed(f"Audit line {self.pk} stands; nobody may remove it.")
