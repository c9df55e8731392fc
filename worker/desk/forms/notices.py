"""Forms of letters: choosing a template, changing the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from worker.desk.labels import LANGUAGES


class NoticeForm(forms.Form):
    """Template, contact, language, and what the template asks a person for."""

    template = forms.ChoiceField(label=_("Template"), widget=forms.RadioSelect)
    contact = forms.TypedChoiceField(label=_("To whom"), coerce=int, widget=forms.RadioSelect)
    language = forms.ChoiceField(label=_("Language of the letter"), widget=forms.RadioSelect)

    def __init__(
        self,
        data: Any = None,
        *,
        templates: Sequence[tuple[str, str]],
        contacts: Sequence[tuple[int, str]],
        languages: Iterable[str],
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self.fields["template"].choices = templates
        self.fields["contact"].choices = contacts
        self.fields["language"].choices = [(code, LANGUAGES.get(code, code)) for code in languages]


class NoticeTextForm(forms.Form):
    """Subject and text of a draft."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    subject = forms.CharField(label=_("Subject"), max_length=300)
    text = forms.CharField(label=_("Text"), widget=forms.Textarea({"rows": 30, "class": "letter"}), strip=False)


class DeadlineField(forms.DateField):
    """A calendar day that lies ahead."""

    def __init__(self, today: date, **options: Any) -> None:
        super().__init__(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **options)
        self.today = today

    def clean(self, value: Any) -> Any:
        """The day; refused where it is not after today."""
        day = super().clean(value)
        if day is not None and day <= self.today:
            raise forms.ValidationError(_("Please choose a day after today."))
        return day
