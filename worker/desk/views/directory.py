"""Organisations: the directory that letters and calendars rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from worker.cases.models import Case
from worker.desk.access import allowed, needs, person
from worker.desk.forms.directory import ImportForm, OrganisationForm, hours_text
from worker.desk.page import page
from worker.directory.models import Organisation, OrganisationDomain
from worker.directory.organisation_csv import COLUMNS
from worker.directory.permissions import Action
from worker.directory.services import ImportResult, import_organisations, record, set_domains

_SHOWN_CASES = 10


@require_safe
@needs(Action.READ_DIRECTORY)
def directory(request: HttpRequest) -> HttpResponse:
    """All organisations by name."""
    listed = Organisation.objects.order_by("name").prefetch_related("domains")
    listed = listed.annotate(contact_count=Count("contacts"))
    return page(request, "directory.html", organisations=listed, can_change=_can_change(request))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.READ_DIRECTORY)
def organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """One organisation: shown, or changed by those who may."""
    shown = get_object_or_404(Organisation, pk=organisation_id)
    return _edited(request, shown) if _can_change(request) else _shown(request, shown)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_DIRECTORY)
def organisation_new(request: HttpRequest) -> HttpResponse:
    """A new organisation."""
    return _edited(request, None)


def _can_change(request: HttpRequest) -> bool:
    return Action.MANAGE_DIRECTORY in allowed(request).actions


def _cases(request: HttpRequest, shown: Organisation | None) -> dict[str, Any]:
    can_read = Action.READ_CASES in allowed(request).actions
    cases = Case.objects.filter(organisation=shown).order_by("-last_at")[:_SHOWN_CASES] if shown and can_read else []
    return {"organisation": shown, "can_read": can_read, "cases": cases}


def _shown(request: HttpRequest, shown: Organisation) -> HttpResponse:
    return page(
        request,
        "organisation.html",
        can_change=False,
        domains=[each.domain for each in shown.domains.all()],
        contacts=shown.contacts.all(),
        hours=hours_text(shown),
        form=OrganisationForm(organisation=shown),
        **_cases(request, shown),
    )


def _edited(request: HttpRequest, shown: Organisation | None) -> HttpResponse:
    form = OrganisationForm(request.POST or None, organisation=shown)
    if request.method == "POST" and form.is_valid() and _none_taken(form, shown):
        saved = save_organisation(person(request).username, shown, form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("organisation", saved.pk)
    return page(request, "organisation.html", can_change=True, form=form, **_cases(request, shown))


def _none_taken(form: OrganisationForm, shown: Organisation | None) -> bool:
    """Whether name and domains are free; where not, the form says whose they are."""
    others = Organisation.objects.exclude(pk=shown.pk) if shown else Organisation.objects.all()
    if others.filter(name=form.cleaned_data["name"]).exists():
        form.add_error("name", _("There is an organisation of this name already."))
    taken = OrganisationDomain.objects.filter(domain__in=form.cleaned_data["domains"], organisation__in=others)
    for each in taken.select_related("organisation"):
        sentence = _("%(domain)s belongs to %(name)s already.")
        form.add_error("domains", sentence % {"domain": each.domain, "name": each.organisation.name})
    return not form.errors


@transaction.atomic
def save_organisation(actor: str, shown: Organisation | None, given: Mapping[str, Any]) -> Organisation:
    """Save the form's data as one organisation with exactly these domains and contacts, and note it in the log."""
    saved = shown or Organisation()
    for name in _PLAIN:
        setattr(saved, name, given[name])
    saved.save()
    set_domains(saved, given["domains"])
    saved.contacts.exclude(address__in=[each["address"] for each in given["contacts"]]).delete()
    for contact in given["contacts"]:
        saved.contacts.update_or_create(address=contact["address"], defaults=contact)
    record(actor, "organisation.save", f"organisation {saved.pk}", {"new": shown is None})
    return saved


_PLAIN = (
    "name", "kind", "language", "account_owner", "contract_clause", "contract_scope", "calendar", "timezone",
    "policy_confirmed_on", "policy_version",
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_DIRECTORY)
def organisation_import(request: HttpRequest) -> HttpResponse:
    """CSV: first a look at what would change, then all rows or none."""
    if request.method == "POST" and "take" in request.POST:
        return _taken(request, request.POST.get("text", ""))
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return _previewed(request, form)
    return _import_page(request, form)


def _previewed(request: HttpRequest, form: ImportForm) -> HttpResponse:
    text = form.cleaned_data["file"]
    return _import_page(request, form, import_organisations(text, preview=True), text)


def _taken(request: HttpRequest, text: str) -> HttpResponse:
    result = import_organisations(text, actor=person(request).username)
    if result.errors:
        return _import_page(request, ImportForm(), result)
    count = result.added + result.changed
    done = ngettext("%(num)d organisation was added or changed.", "%(num)d organisations were added or changed.", count)
    messages.success(request, done % {"num": count})
    return redirect("directory")


def _import_page(
    request: HttpRequest, form: ImportForm, result: ImportResult | None = None, text: str = ""
) -> HttpResponse:
    return page(request, "organisation-import.html", form=form, columns=COLUMNS, result=result, text=text)
