"""What every page is rendered with: who reads it, where they are, where they may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from worker.desk.access import allowed
from worker.desk.environment import url
from worker.directory.permissions import Action

#: Pages of the bar, and the action that opens each; then those of the menu.
BAR: Final[tuple[tuple[str, str | Promise, Action], ...]] = (
    ("queue", _("Cases"), Action.READ_CASES),
    ("outbox", _("Letters"), Action.READ_NOTICES),
    ("directory", _("Organisations"), Action.READ_DIRECTORY),
    ("policy", _("Policy"), Action.READ_POLICY),
)
MENU: Final[tuple[tuple[str, str | Promise, Action], ...]] = (
    ("mailboxes", _("Mailboxes"), Action.WATCH_MAILBOXES),
    ("people", _("People"), Action.MANAGE_PEOPLE),
    ("audit", _("Audit log"), Action.AUDIT),
)
#: Pages that belong under one of the bar.
_UNDER: Final[Mapping[str, str]] = {
    "case": "queue",
    "decide": "queue",
    "incident-new": "queue",
    "notice-new": "queue",
    "notice": "outbox",
    "notice-edit": "outbox",
    "sent-mail": "outbox",
    "organisation": "directory",
    "organisation-new": "directory",
    "organisation-import": "directory",
}


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the bar or the menu; ``here`` where the reader is on it or below it."""

    name: str
    label: str | Promise
    here: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """The addresses of the neighbouring pages of a list, "" where there is none."""

    before: str
    after: str


def page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """Render ``template`` with ``context`` and the frame of the desk."""
    return render(request, template, {**_frame(request), **context}, status=status)


def neighbours(listed: Page[Any], name: str, **query: object) -> Pages:
    """The pages before and after ``listed`` of the page ``name``."""
    return Pages(
        url(name, **query, page=listed.previous_page_number()) if listed.has_previous() else "",
        url(name, **query, page=listed.next_page_number()) if listed.has_next() else "",
    )


def _frame(request: HttpRequest) -> dict[str, Any]:
    me = request.user if request.user.is_authenticated else None
    return {
        "me": me,
        "roles": sorted(allowed(request).roles),
        "nav": _items(request, BAR),
        "more": _items(request, MENU),
        "messages": list(get_messages(request)),
        "language": get_language() or settings.LANGUAGE_CODE,
        "languages": settings.LANGUAGES,
        "desk_name": settings.MAMORI.desk.name,
    }


def _items(request: HttpRequest, pages: tuple[tuple[str, str | Promise, Action], ...]) -> list[NavItem]:
    match = request.resolver_match
    here = match.url_name if match else ""
    actions = allowed(request).actions
    return [
        NavItem(name, text, name == _UNDER.get(str(here), here)) for name, text, action in pages if action in actions
    ]
