"""People and their roles, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from worker import wiring_state
from worker.desk.access import needs, person
from worker.desk.acting import attempt, attempt_form
from worker.desk.forms.directory import GrantForm, PersonForm
from worker.desk.page import page
from worker.directory import services
from worker.directory.models import RoleGrant, User
from worker.directory.permissions import Action


@require_safe
@needs(Action.MANAGE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with the roles they hold today or will hold."""
    return _people_page(request)


def _people_page(
    request: HttpRequest, person_form: PersonForm | None = None, grant_form: GrantForm | None = None
) -> HttpResponse:
    today = wiring_state.today()
    lasting = RoleGrant.objects.filter(Q(until=None) | Q(until__gte=today)).order_by("since")
    everybody = User.objects.filter(is_active=True).order_by("username")
    return page(
        request,
        "people.html",
        people=everybody.prefetch_related(Prefetch("grants", lasting, to_attr="grants_now")),
        person_form=person_form or PersonForm(),
        grant_form=grant_form or GrantForm(initial={"since": today}),
    )


@require_POST
@needs(Action.MANAGE_PEOPLE)
def person_new(request: HttpRequest) -> HttpResponse:
    """Add a person."""
    form, actor = PersonForm(request.POST), person(request).username
    if attempt_form(request, form, lambda given: _create(given, actor), _("The person was added and can sign in now.")):
        return redirect("people")
    return _people_page(request, person_form=form)


def _create(given: Mapping[str, Any], actor: str) -> None:
    services.create_user(given["username"], given["password"], given["name"], given["roles"], given["language"], actor)


@require_POST
@needs(Action.MANAGE_PEOPLE)
def grant_new(request: HttpRequest) -> HttpResponse:
    """Give somebody a role."""
    form, actor = GrantForm(request.POST), person(request).username
    if attempt_form(request, form, lambda given: _grant(given, actor), _("The role was given.")):
        return redirect("people")
    return _people_page(request, grant_form=form)


def _grant(given: Mapping[str, Any], actor: str) -> None:
    services.grant(given["user"], given["role"], given["since"], given["until"], actor)


@require_POST
@needs(Action.MANAGE_PEOPLE)
def grant_end(request: HttpRequest, grant_id: int) -> HttpResponse:
    """End a role; whoever holds it keeps it to the end of today."""
    held = get_object_or_404(RoleGrant.objects.select_related("user"), pk=grant_id)
    ends = max(wiring_state.today(), held.since)
    actor = person(request).username
    attempt(request, lambda: services.grant(held.user, held.role, held.since, ends, actor), _("The role ends today."))
    return redirect("people")
