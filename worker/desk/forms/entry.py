"""Signing in, and what each person chooses for themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from worker.desk.labels import LANGUAGES

DESK_LANGUAGES = [(code, LANGUAGES[code]) for code in ("ja", "en")]


class SignInForm(forms.Form):
    """User name and password; ``user`` is set once it is valid."""

    username = forms.CharField(
        label=_("User name"), widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def __init__(self, request: HttpRequest, data: Any = None) -> None:
        super().__init__(data)
        self.request = request
        self.user: Any = None

    def clean(self) -> dict[str, Any]:
        """Check the two together; which one was wrong is not said."""
        given = super().clean() or {}
        if "username" in given and "password" in given:
            self.user = authenticate(self.request, username=given["username"], password=given["password"])
            if self.user is None:
                raise forms.ValidationError(_("User name and password do not fit together. Please try again."))
        return given


class PreferencesForm(forms.Form):
    """Language and veil of one person."""

    language = forms.ChoiceField(label=_("Language of the desk"), choices=DESK_LANGUAGES, widget=forms.RadioSelect)
    veil = forms.BooleanField(
        label=_("Cover severe words until I open them"),
        help_text=_("The band says what kind of words they are, how many sentences, and to whom."),
        required=False,
    )
