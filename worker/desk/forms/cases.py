"""Forms of the case page: decision and incident."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from worker.desk.labels import ANSWERS, CATEGORIES, CHANNELS, CONCLUSIONS, DISMISSALS, SEVERITIES

_YES_NO = list(ANSWERS.items())


def _question(label: Any, help_text: Any = "", required: bool = True) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, help_text=help_text, choices=_YES_NO, widget=forms.RadioSelect, required=required
    )


class DecisionForm(forms.Form):
    """The three questions, the conclusion and its ground; whether they fit together is the service's to say.

    ``known`` are the clause ids that may be chosen, ``residual`` those of them that only catch this conduct with the
    rest; ``recognise`` whether this person may recognise.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    demand_reasonable = _question(
        _("Was the demand reasonable?"), _("A complaint about a real failure is; so is what contract or law supports.")
    )
    manner_acceptable = _question(
        _("Were means and manner acceptable?"), _("Both can be true: a demand to answer, and a manner to stop.")
    )
    environment_harmed = _question(
        _("Was the working environment harmed?"), _("Could the person go on working without distress?")
    )
    accommodation_checked = forms.BooleanField(
        label=_("Checked: this is no request for reasonable accommodation"),
        help_text=_("Repetition that comes of a disability or of weak language is not harassment."),
        required=False,
    )
    conclusion = forms.ChoiceField(label=_("Conclusion"), choices=list(CONCLUSIONS.items()), widget=forms.RadioSelect)
    dismissal = forms.ChoiceField(
        label=_("Why not?"), choices=list(DISMISSALS.items()), widget=forms.RadioSelect, required=False
    )
    clauses = forms.MultipleChoiceField(required=False)
    residual_ground = forms.CharField(
        label=_("Why the residual clause fits"),
        help_text=_("Needed only where a residual clause is chosen: the policy does not name this conduct."),
        widget=forms.Textarea({"rows": 2}),
        required=False,
    )
    ground = forms.CharField(
        label=_("Ground"),
        help_text=_("What was said and done, and why you conclude so. Facts rather than opinions."),
        widget=forms.Textarea({"rows": 5}),
    )

    def __init__(
        self, data: Any = None, *, known: Iterable[str], residual: Iterable[str], recognise: bool, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.residual = frozenset(residual)
        self.touched: frozenset[str] = frozenset()
        self.fields["clauses"].choices = [(each, each) for each in known]  # type: ignore[attr-defined]
        if not recognise:
            may = [(name, text) for name, text in CONCLUSIONS.items() if name != "recognised"]
            self.fields["conclusion"].choices = may  # type: ignore[attr-defined]
            self.fields["conclusion"].help_text = _("Managers and executives can recognise harassment.")

    @property
    def chosen(self) -> list[str]:
        """The clause ids that stand ticked at present."""
        return list(self["clauses"].value() or [])

    @property
    def chosen_elsewhere(self) -> bool:
        """Whether a clause is ticked that the findings do not touch."""
        return not set(self.chosen) <= self.touched

    def clean(self) -> dict[str, Any]:
        """Leave out what does not belong to the conclusion; ``residual_chosen`` are the residual clauses ticked."""
        given = super().clean() or {}
        if given.get("conclusion") == "none":
            given["clauses"] = []
        else:
            given["dismissal"] = ""
        given["residual_chosen"] = [each for each in given.get("clauses", []) if each in self.residual]
        return given


class IncidentForm(forms.Form):
    """A call, a visit, a chat, a post. The counterpart is asked for only where no case is given."""

    counterpart = forms.EmailField(
        label=_("Mail address of the other side"),
        help_text=_("The incident joins this person's open case, or opens one."),
        required=False,
    )
    channel = forms.ChoiceField(label=_("How"), choices=list(CHANNELS.items()), widget=forms.RadioSelect)
    at = forms.DateTimeField(
        label=_("When"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    minutes = forms.IntegerField(label=_("Minutes it took"), min_value=0, max_value=10_000, initial=0)
    category = forms.ChoiceField(label=_("What it was most of all"), choices=list(CATEGORIES.items()))
    severity = forms.ChoiceField(
        label=_("How severe"), choices=list(SEVERITIES.items()), widget=forms.RadioSelect, initial="medium"
    )
    repeats = forms.BooleanField(label=_("It was the same demand again"), required=False)
    said = forms.CharField(
        label=_("What was said, in their words"),
        help_text=_("As exactly as you remember. No need to soften it, no need to repeat more than you wish."),
        widget=forms.Textarea({"rows": 5}),
    )
    answered = forms.CharField(label=_("What we answered"), widget=forms.Textarea({"rows": 3}), required=False)

    def __init__(self, data: Any = None, *, with_case: bool, now: datetime) -> None:
        super().__init__(data)
        self.with_case = with_case
        self.fields["at"].initial = timezone.localtime(now).replace(second=0, microsecond=0)

    def clean(self) -> dict[str, Any]:
        """The other side must be named where no case names it."""
        given = super().clean() or {}
        if not self.with_case and not given.get("counterpart") and "counterpart" not in self.errors:
            self.add_error("counterpart", _("Please enter the mail address of the other side."))
        return given
