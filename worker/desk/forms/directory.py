"""Forms of the directory: organisations, people, roles."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import password_validation
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from holidays import list_supported_countries

from worker.config import CalendarSettings
from worker.desk.forms.entry import DESK_LANGUAGES
from worker.desk.labels import ORGANISATION_KINDS, ROLES
from worker.directory.domains import is_free_mail
from worker.directory.models import Organisation, User
from worker.directory.organisation_csv import LIMIT_BYTES, decode
from worker.domain.errors import UsageError

_CONTACT = re.compile(r"^(?P<name>[^,<]+?)(?:,\s*(?P<title>[^<]*?))?\s*<(?P<address>[^<>\s]+)>$")
_SPAN = re.compile(r"^(?P<days>[A-Za-z,\- ]+?)\s+(?P<start>\d\d:\d\d)\s*-\s*(?P<end>\d\d:\d\d)$")
_DOMAIN = re.compile(r"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$")


def _lines(rows: int, example: str) -> forms.Textarea:
    return forms.Textarea({"rows": rows, "placeholder": example})


class PersonField(forms.ModelChoiceField):
    """Somebody of ours, by the name that others see."""

    def __init__(self, **options: Any) -> None:
        super().__init__(User.objects.filter(is_active=True).order_by("username"), **options)

    def label_from_instance(self, obj: User) -> str:
        """The shown name."""
        return obj.shown_name


class OrganisationForm(forms.Form):
    """One organisation on one page; domains, contacts and hours a line each."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(ORGANISATION_KINDS.items()), widget=forms.RadioSelect)
    domains = forms.CharField(
        label=_("Mail domains"),
        help_text=_("One on each line. Mail from these and below belongs to this organisation."),
        widget=_lines(3, "client.example"),
        required=False,
    )
    contacts = forms.CharField(
        label=_("Contacts for notices"),
        help_text=_("One on each line: name, post <address>. Somebody responsible, not the person who wrote."),
        widget=_lines(3, "佐藤 一郎, 総務部長 <sato@client.example>"),
        required=False,
    )
    language = forms.ChoiceField(label=_("Language of letters"), choices=DESK_LANGUAGES, widget=forms.RadioSelect)
    account_owner = PersonField(label=_("Account owner"), required=False)
    contract_clause = forms.CharField(label=_("Clause of the contract"), max_length=200, required=False)
    contract_scope = forms.CharField(
        label=_("What the contract covers"), widget=forms.Textarea({"rows": 3}), required=False
    )
    hours = forms.CharField(
        label=_("Hours of service in this contract"),
        help_text=_("One on each line, such as Mon-Fri 10:00-18:00. Empty: the desk's own."),
        widget=_lines(2, "Mon-Fri 10:00-18:00"),
        required=False,
    )
    holidays = forms.CharField(
        label=_("Country whose holidays are closed"),
        max_length=2,
        required=False,
        help_text=_("Two letters, such as JP."),
    )
    timezone = forms.CharField(
        label=_("Time zone"), max_length=50, required=False, help_text=_("Such as Asia/Tokyo. Empty: the desk's own.")
    )
    policy_confirmed_on = forms.DateField(
        label=_("Confirmed on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    policy_version = forms.CharField(label=_("Version of the policy"), max_length=50, required=False)

    def __init__(self, data: Any = None, *, organisation: Organisation | None = None) -> None:
        super().__init__(data, initial=_initial(organisation) if organisation else {"kind": "client", "language": "ja"})

    def clean_domains(self) -> list[str]:
        """The domains, lower case; the first that is none is named."""
        lines = (line.strip().lower().lstrip("@") for line in self.cleaned_data["domains"].splitlines())
        domains = list(dict.fromkeys(line for line in lines if line))
        for domain in domains:
            if not _DOMAIN.match(domain):
                raise forms.ValidationError(_("“%(text)s” is not a mail domain."), params={"text": domain})
            if is_free_mail(domain):
                raise forms.ValidationError(
                    _("%(text)s is open to everybody and belongs to nobody."), params={"text": domain}
                )
        return domains

    def clean_contacts(self) -> list[dict[str, str]]:
        """The contacts as name, title, address; the first line that cannot be read is named."""
        return [_contact(line.strip()) for line in self.cleaned_data["contacts"].splitlines() if line.strip()]

    def clean_hours(self) -> list[dict[str, str]]:
        """The spans as settings write them; the first line that cannot be read is named."""
        return [_span(line.strip()) for line in self.cleaned_data["hours"].splitlines() if line.strip()]

    def clean_holidays(self) -> str:
        """The country in capitals; refused where nobody knows its holidays."""
        country = str(self.cleaned_data["holidays"]).upper()
        if country and country not in list_supported_countries():
            raise forms.ValidationError(_("No holidays are known of “%(text)s”."), params={"text": country})
        return country

    def clean_timezone(self) -> str:
        """The time zone by its name; refused where there is none such."""
        zone = str(self.cleaned_data["timezone"])
        if zone and zone not in available_timezones():
            raise forms.ValidationError(_("“%(text)s” is not a time zone."), params={"text": zone})
        return zone

    def clean(self) -> dict[str, Any]:
        """Put hours and holidays together as ``calendar`` (None: the desk's own) and try it."""
        given = super().clean() or {}
        given["calendar"] = None
        if given.get("hours"):
            calendar = {"spans": given["hours"], "holidays": given.get("holidays") or None}
            try:
                CalendarSettings.model_validate(calendar).calendar(given.get("timezone") or "Asia/Tokyo")
            except ValueError as error:
                raise forms.ValidationError(
                    _("The hours cannot be read. Please write them such as Mon-Fri 10:00-18:00.")
                ) from error
            given["calendar"] = calendar
        return given


def _contact(line: str) -> dict[str, str]:
    match = _CONTACT.match(line)
    if not match:
        raise forms.ValidationError(_("“%(text)s” cannot be read; write: name, post <address>."), params={"text": line})
    try:
        validate_email(match["address"])
    except forms.ValidationError as error:
        raise forms.ValidationError(
            _("“%(text)s” is not a mail address."), params={"text": match["address"]}
        ) from error
    return {"name": match["name"].strip(), "title": (match["title"] or "").strip(), "address": match["address"]}


def _span(line: str) -> dict[str, str]:
    match = _SPAN.match(line)
    if not match:
        raise forms.ValidationError(
            _("“%(text)s” cannot be read; write such as Mon-Fri 10:00-18:00."), params={"text": line}
        )
    return {"days": match["days"].strip(), "from": match["start"], "to": match["end"]}


def _initial(organisation: Organisation) -> dict[str, Any]:
    calendar = organisation.calendar or {}
    plain = (
        "name", "kind", "language", "account_owner", "contract_clause", "contract_scope", "timezone",
        "policy_confirmed_on", "policy_version",
    )  # fmt: skip
    return {
        **{name: getattr(organisation, name) for name in plain},
        "domains": "\n".join(each.domain for each in organisation.domains.all()),
        "contacts": "\n".join(_contact_line(each) for each in organisation.contacts.all()),
        "hours": hours_text(organisation),
        "holidays": calendar.get("holidays") or "",
    }


def _contact_line(contact: Any) -> str:
    post = f", {contact.title}" if contact.title else ""
    return f"{contact.name}{post} <{contact.address}>"


def hours_text(organisation: Organisation) -> str:
    """The contract's own hours, a span on each line; "" where the desk's count."""
    spans = (organisation.calendar or {}).get("spans", [])
    return "\n".join(f"{span['days']} {span['from']}-{span['to']}" for span in spans)


class ImportForm(forms.Form):
    """The CSV file to look at."""

    file = forms.FileField(label=_("CSV file"), widget=forms.FileInput({"accept": ".csv,text/csv"}))

    def clean_file(self) -> str:
        """The file's text; refused where it is too large or not UTF-8."""
        file = self.cleaned_data["file"]
        if file.size > LIMIT_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB. Please take it in parts."))
        try:
            return decode(file.read())
        except UsageError as error:
            raise forms.ValidationError(
                _("The file is neither UTF-8 nor Shift_JIS. Please save it as UTF-8.")
            ) from error


class PersonForm(forms.Form):
    """A new person with a first password."""

    name = forms.CharField(label=_("Name"), max_length=150)
    username = forms.RegexField(
        r"^[\w.@+-]+$", label=_("User name"), max_length=150, widget=forms.TextInput({"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("First password"),
        help_text=_("At least twelve characters."),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=list(ROLES.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    language = forms.ChoiceField(
        label=_("Language of the desk"), choices=DESK_LANGUAGES, widget=forms.RadioSelect, initial="ja"
    )

    def clean_password(self) -> str:
        """The password, held to the house's rules."""
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password)
        return password

    def clean_username(self) -> str:
        """The user name, where nobody has it yet."""
        username = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("Somebody has this user name already."))
        return username


class GrantForm(forms.Form):
    """A role for somebody, from a day, until a day or open."""

    user = PersonField(label=_("Person"), empty_label=None)
    role = forms.ChoiceField(label=_("Role"), choices=list(ROLES.items()))
    since = forms.DateField(label=_("From the day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        """The end must not lie before the beginning."""
        given = super().clean() or {}
        if given.get("until") and given.get("since") and given["until"] < given["since"]:
            self.add_error("until", _("The end lies before the beginning."))
        return given
