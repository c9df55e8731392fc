"""The Jinja2 environment of the desk's pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined

from worker.desk import formats, labels
from worker.desk.passages import language_of
from worker.domain.judgement import Category

_LABELS = {
    "category": labels.CATEGORIES,
    "severity": labels.SEVERITIES,
    "case_state": labels.CASE_STATES,
    "conclusion": labels.CONCLUSIONS,
    "dismissal": labels.DISMISSALS,
    "answer": labels.ANSWERS,
    "channel": labels.CHANNELS,
    "notice_state": labels.NOTICE_STATES,
    "notice_action": labels.NOTICE_ACTIONS,
    "recipient_state": labels.RECIPIENT_STATES,
    "role": labels.ROLES,
    "kind": labels.ORGANISATION_KINDS,
    "clause_kind": labels.CLAUSE_KINDS,
    "language": labels.LANGUAGES,
    "authorship": labels.AUTHORSHIP,
}


def environment(**options: Any) -> Environment:
    """Strict: an undefined name is an error; translations follow the active language."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(**options, extensions=["jinja2.ext.i18n"])  # noqa: S701 - Django's backend switches escaping on
    env.globals.update(static=static, url=url, SHAPES=labels.SHAPES)
    env.filters.update(
        when=formats.when,
        day=formats.day,
        short_day=formats.short_day,
        clock=formats.clock,
        moment_text=formats.moment_text,
        iso=formats.iso,
        ago=formats.ago,
        size=formats.size,
        label=label,
        in_language=in_language,
        gravest_first=gravest_first,
        language_of=language_of,
    )
    env.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return env


def url(name: str, *args: object, **query: object) -> str:
    """The address of the page ``name``; keyword arguments become its query, empty ones are left out."""
    asked = urlencode({key: value for key, value in query.items() if value not in (None, "")}, doseq=True)
    return reverse(name, args=args) + (f"?{asked}" if asked else "")


def label(value: object, kind: str) -> str:
    """The desk's word for ``value`` (an id) among the labels of ``kind``; an unknown id stands for itself."""
    return str(_LABELS[kind].get(str(value), value))


def in_language(thing: object, name: str) -> str:
    """``name_en`` of ``thing`` for readers of English where there is one, else ``name``."""
    english = getattr(thing, f"{name}_en", "") if translation.get_language() == "en" else ""
    return str(english or getattr(thing, name))


def gravest_first(categories: Iterable[Category]) -> list[Category]:
    """The categories in the taxonomy's order, which begins with violence and threats."""
    return sorted(categories, key=list(Category).index)
