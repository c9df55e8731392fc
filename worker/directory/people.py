"""Our own people: accounts and the roles they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from worker.directory.audit import record
from worker.directory.models import Role, RoleGrant, User
from worker.directory.queries import today
from worker.domain.errors import UsageError
from worker.domain.text import storable

SYSTEM = "system"


@transaction.atomic
def create_user(
    username: str, password: str, name: str, roles: Sequence[Role | str], language: str, actor: str = SYSTEM
) -> User:
    """A new account that holds ``roles`` from today on; UsageError where name, password or role will not do."""
    user = User(username=username, first_name=storable(name).strip()[:150], language=language)
    check_username(username)
    _set_password(user, password)
    user.save(force_insert=True)
    record(actor, "user.create", f"user {user.pk}", {"username": username})
    for role in roles:
        grant(user, role, today(), None, actor)
    return user


def check_username(username: str) -> None:
    """UsageError where nobody new can be called so."""
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        raise UsageError(f"{username[:40]!r} is no user name; use letters, digits and @ . + - _ only.") from error
    if len(username) > 150:
        raise UsageError("The user name is longer than 150 characters; take a shorter one.")
    if User.objects.filter(username__iexact=username).exists():
        raise UsageError(f"Somebody is called {username!r} already; take another name.")


@transaction.atomic
def set_password(user: User, password: str, actor: str = SYSTEM) -> None:
    """A new password; UsageError says what it lacks. Signed-in sessions of the person end."""
    _set_password(user, password)
    user.save(update_fields=["password"])
    record(actor, "user.password", f"user {user.pk}", {})


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise UsageError(f"The password will not do: {' '.join(error.messages)}") from error
    user.set_password(password)


@transaction.atomic
def disable(user: User, actor: str = SYSTEM) -> None:
    """Let somebody sign in no more; what they did stays on record."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    record(actor, "user.disable", f"user {user.pk}", {})


@transaction.atomic
def grant(user: User, role: Role | str, since: date, until: date | None = None, actor: str = SYSTEM) -> RoleGrant:
    """``user`` holds ``role`` from ``since`` until ``until`` (days inclusive, None: open); a deputy has an end.

    The same role from the same day again moves its end, so that an end before tomorrow takes a role back.
    UsageError where the role is none or the end lies before the beginning.
    """
    if role not in Role.values:
        raise UsageError(f"{str(role)[:40]!r} is not a role; roles are {', '.join(Role.values)}.")
    if until is not None and until < since:
        raise UsageError(f"The role would end on {until} before it begins on {since}; correct the days.")
    made, _ = RoleGrant.objects.update_or_create(user=user, role=str(role), since=since, defaults={"until": until})
    detail = {"role": str(role), "since": str(since), "until": str(until) if until else None}
    record(actor, "user.grant", f"user {user.pk}", detail)
    return made
