"""Who may open which page: every view names the action it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from worker import wiring_state
from worker.cases import queries
from worker.directory.models import Role, User
from worker.directory.permissions import Action, actions_of
from worker.directory.queries import roles_of
from worker.domain.errors import NotAllowed

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


@dataclass(frozen=True, slots=True)
class Access:
    """The roles that somebody holds today, and what they allow."""

    roles: frozenset[Role]
    actions: frozenset[Action]


_NOBODY = Access(frozenset(), frozenset())


def person(request: HttpRequest) -> User:
    """Who is signed in; to be called behind :func:`needs` only."""
    return cast(User, request.user)


def allowed(request: HttpRequest) -> Access:
    """What the reader may do today; nothing for somebody not signed in. Looked up once a request."""
    known: Access | None = getattr(request, "mamori_access", None)
    if known is None:
        known = _access_of(request)
        request.mamori_access = known  # type: ignore[attr-defined]
    return known


def _access_of(request: HttpRequest) -> Access:
    if not request.user.is_authenticated:
        return _NOBODY
    roles = roles_of(person(request), wiring_state.today())
    return Access(roles, actions_of(roles))


def _keep_own_staff_closed(request: HttpRequest, case_id: object) -> None:
    """A case about our own people is for those who lead: whoever works the desk may be the one named in it."""
    if case_id is None or Action.READ_OWN_STAFF in allowed(request).actions:
        return
    if queries.is_about_own_staff(int(str(case_id))):
        raise NotAllowed(_("This case is about our own people; managers and executives open it."))


def keep_own_staff_thread_closed(request: HttpRequest, thread_id: int | None) -> None:
    """Close a mail that lies in a case about our own people to those who may not open such cases."""
    if thread_id is None or Action.READ_OWN_STAFF in allowed(request).actions:
        return
    if queries.in_own_staff_case(thread_id):
        raise NotAllowed(_("This case is about our own people; managers and executives open it."))


def needs(*actions: Action) -> Callable[[View[P]], View[P]]:
    """Let only those in who may do one of ``actions``; others learn that they may not, outsiders sign in first."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not allowed(request).actions & set(actions):
                raise NotAllowed(_("Your roles do not open this page. An administrator of the desk gives roles."))
            _keep_own_staff_closed(request, kwargs.get("case_id"))
            return view(request, *args, **kwargs)

        return cast(View[P], login_required(guarded))

    return guard
