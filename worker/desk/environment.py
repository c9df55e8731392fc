"""The Jinja2 environment of the desk's pages."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined


def environment(**options: Any) -> Environment:
    """Strict: an undefined name is an error; translations follow the active language."""
    env = Environment(**{**options, "undefined": StrictUndefined}, extensions=["jinja2.ext.i18n"])
    env.globals.update(static=static, url=reverse)
    env.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return env
