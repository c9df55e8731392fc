"""Forms of letters: choosing template and addressee, and wording what a person may word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from worker.desk.labels import LANGUAGES
from worker.notices.wording import DESK_WORDING, FIXED
from worker.rendering import NoticeTemplate
from worker.rendering.variables import Kind, Variable

#: What the variables of a letter are called on the page; another one is called by its meaning.
NAMES: Mapping[str, str | Promise] = {
    "matter": _("What it is about"),
    "counterpart_role": _("What the other side is called"),
    "our_part": _("What we did not do well ourselves"),
    "still_to_answer": _("What we still owe an answer to"),
    "request": _("What we ask for"),
    "deadline": _("Answer asked for by"),
    "next_step": _("The next step"),
    "review_on": _("We look at it again on"),
    "desk.name": _("Our department"),
    "desk.contact_name": _("Who answers for the letter"),
    "desk.telephone": _("Our telephone"),
    "desk.hours": _("When we can be reached"),
}


#: Texts of more than a line.
_LONG = ("our_part", "next_step")


class NoticeForm(forms.Form):
    """Template, contact and language of a new letter."""

    template = forms.ChoiceField(label=_("Template"), widget=forms.RadioSelect)
    contact = forms.TypedChoiceField(label=_("To whom"), coerce=int, widget=forms.RadioSelect)
    language = forms.ChoiceField(label=_("Language of the letter"), widget=forms.RadioSelect)

    def __init__(
        self,
        data: Any = None,
        *,
        templates: Sequence[NoticeTemplate],
        contacts: Sequence[tuple[int, str]],
        language: str,
    ) -> None:
        languages = sorted({code for template in templates for code in template.languages})
        first = templates[0].name if templates else ""
        contact = contacts[0][0] if contacts else None
        super().__init__(data, initial={"template": first, "contact": contact, "language": language})
        english = get_language() == "en"
        titles = [(t.name, t.manifest.title_en if english else t.manifest.title) for t in templates]
        _choose(self, "template", titles)
        _choose(self, "contact", contacts)
        _choose(self, "language", [(code, LANGUAGES.get(code, code)) for code in languages])


def _choose(form: forms.Form, name: str, choices: Sequence[tuple[Any, str]]) -> None:
    form.fields[name].choices = choices  # type: ignore[attr-defined]


class WordingForm(forms.Form):
    """The wording of a letter: a field for each variable that its author may change, and one for each fact.

    Facts keep their time, quotation and reference; each can be left out, and its sentence reworded.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        template: NoticeTemplate,
        variables: Mapping[str, Any],
        generated: Mapping[str, Any],
        version: int,
    ) -> None:
        super().__init__(data, initial={"version": version})
        self.variables, self.generated = variables, generated
        self.plain: list[str] = []
        for name, variable in template.manifest.variables.items():
            if name not in FIXED and name != "facts":
                self._add(name, variable, variables.get(name))
        self._add_facts()

    def _add(self, name: str, variable: Variable, value: Any) -> None:
        if variable.type is Kind.GROUP:
            for inner, field in variable.fields.items():
                if inner in DESK_WORDING:
                    self._add(f"{name}.{inner}", field, (value or {}).get(inner))
            return
        self.fields[name] = _field(name, variable, value)
        self.plain.append(name)

    def _add_facts(self) -> None:
        kept = [_bare(fact) for fact in self.variables.get("facts", [])]
        for number, fact in enumerate(self.generated.get("facts", [])):
            bare = _bare(fact)
            now = self.variables["facts"][kept.index(bare)] if bare in kept else fact
            self.fields[f"fact{number}"] = forms.BooleanField(
                required=False, initial=bare in kept, label=_("In the letter")
            )
            self.fields[f"what{number}"] = forms.CharField(
                label=_("What happened"), initial=now["what"], widget=forms.Textarea({"rows": 2})
            )

    def clean(self) -> dict[str, Any]:
        """A letter without any fact says nothing."""
        given = super().clean() or {}
        facts = [name for name in self.fields if name.startswith("fact")]
        if facts and not any(given.get(name) for name in facts):
            raise forms.ValidationError(_("Please keep at least one fact in the letter."))
        return given

    @property
    def texts(self) -> list[forms.BoundField]:
        """The fields of the plain variables in the template's order, those about ourselves last."""
        return [self[name] for name in sorted(self.plain, key=lambda name: name.startswith("desk."))]

    @property
    def facts(self) -> list[tuple[Mapping[str, Any], forms.BoundField, forms.BoundField]]:
        """Each fact of the case with its two fields."""
        facts = self.generated.get("facts", [])
        return [(fact, self[f"fact{number}"], self[f"what{number}"]) for number, fact in enumerate(facts)]

    def changes(self) -> dict[str, Any]:
        """What was worded, as whole variables."""
        found: dict[str, Any] = {"facts": list(self._facts())}
        for name in self.plain:
            value = _value(self.cleaned_data[name], isinstance(self.fields[name], LinesField))
            outer, dot, inner = name.partition(".")
            if dot:
                found[outer] = {**found.get(outer, self.variables[outer]), inner: value}
            else:
                found[outer] = value
        return found

    def _facts(self) -> Iterable[dict[str, Any]]:
        for number, fact in enumerate(self.generated.get("facts", [])):
            if self.cleaned_data[f"fact{number}"]:
                yield {**fact, "what": self.cleaned_data[f"what{number}"]}


class LinesField(forms.CharField):
    """A list of sentences, one on each line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea({"rows": 4}), help_text=_("One on each line."), **options)


def _bare(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fact.items() if name != "what"}


def _field(name: str, variable: Variable, value: Any) -> forms.Field:
    meaning = variable.meaning_en if get_language() == "en" else variable.meaning
    common: dict[str, Any] = {"label": NAMES.get(name, meaning), "required": not variable.optional}
    if variable.type is Kind.DAY:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(initial=date.fromisoformat(value) if value else None, widget=widget, **common)
    if variable.type is Kind.TEXTS:
        return LinesField(initial="\n".join(value or []), **common)
    widget = forms.Textarea({"rows": 3}) if name in _LONG else forms.TextInput()
    return forms.CharField(initial=value or "", widget=widget, **common)


def _value(given: Any, lines: bool) -> Any:
    """The cleaned value as plain data: days as ISO text, sentences as a list."""
    if isinstance(given, date):
        return given.isoformat()
    if lines:
        return [line.strip() for line in given.splitlines() if line.strip()]
    return "" if given is None else " ".join(given.split())
