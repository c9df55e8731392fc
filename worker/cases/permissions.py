"""Asking whether somebody may do what they are about to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from worker.directory.models import User
from worker.directory.permissions import roles_for
from worker.directory.queries import Action, may
from worker.domain.errors import NotAllowed


def require(user: User, action: Action) -> None:
    """NotAllowed, naming the roles that may, where ``user`` holds none of them today."""
    if not may(user, action):
        roles = ", ".join(sorted(role.value for role in roles_for(action)))
        raise NotAllowed(
            _("%(name)s may not do this; it takes one of these roles: %(roles)s.")
            % {"name": user.shown_name, "roles": roles}
        )
