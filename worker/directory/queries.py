"""Reading the directory: who holds which role, who may do what, whose hours count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from worker.config import CalendarSettings
from worker.directory.domains import family, is_free_mail
from worker.directory.models import AuditEntry, Organisation, OrganisationDomain, Role, RoleGrant, User
from worker.directory.permissions import Action, actions_of, roles_for
from worker.domain.hours import Calendar

__all__ = [
    "Action",
    "audit_head",
    "calendar_of",
    "holders",
    "may",
    "organisations_of",
    "roles_of",
    "who_may",
]


def today() -> date:
    """The desk's date: Django's time zone is the desk's."""
    return timezone.localdate()


def _in_force(on: date) -> Q:
    return Q(since__lte=on) & (Q(until__isnull=True) | Q(until__gte=on))


def roles_of(user: User, on: date) -> frozenset[Role]:
    """The roles that ``user`` holds on that day; none for somebody disabled."""
    if not user.is_active:
        return frozenset()
    grants = RoleGrant.objects.filter(_in_force(on), user=user)
    return frozenset(Role(role) for role in grants.values_list("role", flat=True))


def may(user: User, action: Action, on: date | None = None) -> bool:
    """Whether ``user`` may do ``action`` on that day (default: today)."""
    return action in actions_of(roles_of(user, on or today()))


def _holding(roles: Collection[Role], on: date) -> QuerySet[User]:
    held = RoleGrant.objects.filter(_in_force(on), role__in=roles).values("user")
    return User.objects.filter(is_active=True, pk__in=held).order_by("username")


def holders(role: Role, on: date) -> list[User]:
    """The people who hold ``role`` on that day, by user name."""
    return list(_holding([role], on))


def who_may(action: Action, on: date) -> list[User]:
    """The people who may do ``action`` on that day, by user name."""
    return list(_holding(roles_for(action), on))


def organisations_of(domains: Collection[str]) -> dict[str, Organisation]:
    """The organisation of each mail domain that has one; the longest registered domain wins, free mail has none."""
    families = {domain: family(domain) for domain in domains if not is_free_mail(domain)}
    wanted = {name for names in families.values() for name in names}
    rows = OrganisationDomain.objects.filter(domain__in=wanted).select_related("organisation")
    known = {row.domain: row.organisation for row in rows}
    return {domain: found for domain, names in families.items() if (found := _first(names, known))}


def _first(names: tuple[str, ...], known: Mapping[str, Organisation]) -> Organisation | None:
    return next((known[name] for name in names if name in known), None)


def calendar_of(organisation: Organisation | None, desk: Calendar) -> Calendar:
    """The hours that count toward ``organisation``: its contract's own, else the desk's.

    The contract's calendar is as in settings, with ``around_the_clock`` as one more key; its time zone is the
    organisation's, else the desk's.
    """
    if organisation is None or organisation.calendar is None:
        return desk
    written = dict(organisation.calendar)
    around_the_clock = bool(written.pop("around_the_clock", False))
    calendar = CalendarSettings.model_validate({"spans": [], **written})
    return calendar.calendar(organisation.timezone or desk.timezone, around_the_clock)


def audit_head() -> tuple[int, str]:
    """How many lines the audit log has, and the digest of the last ("" where there is none).

    Written down elsewhere, it also shows a log whose end was cut off.
    """
    last = AuditEntry.objects.order_by("-pk").first()
    return AuditEntry.objects.count(), last.digest if last else ""
