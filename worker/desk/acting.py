"""Calling a service from a page: what happened, or what stood in the way, told calmly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise

from worker.domain.errors import Incomplete, MamoriError


def attempt(request: HttpRequest, change: Callable[[], object], done: str | Promise) -> bool:
    """Do ``change`` and say ``done``; where it is refused, say its sentence instead. Gives whether it was done."""
    try:
        change()
    except MamoriError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, str(done))
    return True


def attempt_form(
    request: HttpRequest,
    form: forms.Form,
    change: Callable[[Mapping[str, Any]], object],
    done: str | Promise,
) -> bool:
    """As :func:`attempt` with a form's cleaned data; what a service finds incomplete is shown beside its field."""
    if not form.is_valid():
        return False
    try:
        change(form.cleaned_data)
    except Incomplete as error:
        for name, sentence in error.faults.items():
            form.add_error(name if name in form.fields else None, sentence)
        return False
    except MamoriError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, str(done))
    return True
