"""Asking whether somebody may do what they are about to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from worker.directory.models import User
from worker.directory.queries import Action, may
from worker.domain.errors import NotAllowed


def require(user: User, action: Action) -> None:
    """NotAllowed where ``user`` does not hold a role that grants ``action`` today."""
    if not may(user, action):
        raise NotAllowed(
            _("%(name)s may not do this; ask somebody whose role grants '%(action)s'.")
            % {"name": user.shown_name, "action": action.value}
        )
