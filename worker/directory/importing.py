"""Organisations from a file into the directory: all rows or none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from django.db import transaction

from worker.directory.audit import record
from worker.directory.counterparts import link_counterparts
from worker.directory.models import Counterpart, NoticeContact, Organisation, OrganisationDomain
from worker.directory.organisation_csv import Row, RowError, decode, read_rows

Outcome = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one row's organisation, and which of its columns change."""

    row: int
    name: str
    outcome: Outcome
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or with ``preview`` would do. Where there are ``errors``, nothing was done."""

    changes: tuple[Change, ...] = ()
    errors: tuple[RowError, ...] = ()

    @property
    def added(self) -> int:
        """How many organisations are new."""
        return self._count("added")

    @property
    def changed(self) -> int:
        """How many were known and differ now."""
        return self._count("changed")

    @property
    def unchanged(self) -> int:
        """How many stay as they were."""
        return self._count("unchanged")

    def _count(self, outcome: Outcome) -> int:
        return sum(change.outcome == outcome for change in self.changes)


@dataclass
class _Work:
    """An import under way."""

    changes: list[Change] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def import_organisations(content: bytes | str, *, preview: bool = False, actor: str = "system") -> ImportResult:
    """Read organisations from CSV ``content``: add new names, change known ones.

    A blank cell leaves what is there; a filled ``domains`` cell replaces the organisation's domains; a contact is
    added or changed by its address. ``preview`` says what would change and changes nothing. UsageError where the
    bytes are no text or too many.
    """
    rows, errors = read_rows(decode(content))
    if errors:
        return ImportResult(errors=tuple(errors))
    work = _Work()
    with transaction.atomic():
        _apply(rows, work)
        if work.errors or preview:
            transaction.set_rollback(True)
        elif work.changes:
            counts = {"added": 0, "changed": 0, "unchanged": 0}
            for change in work.changes:
                counts[change.outcome] += 1
            record(actor, "directory.import", "organisations", counts)
    return ImportResult(() if work.errors else tuple(work.changes), tuple(work.errors))


def _apply(rows: list[Row], work: _Work) -> None:
    known = {each.name: each for each in Organisation.objects.filter(name__in=[row.name for row in rows])}
    leaving = _leaving(rows, known.values())
    for row in rows:
        if (taken := _taken(row, known.get(row.name), leaving)) is not None:
            work.errors.append(taken)
    if work.errors:
        return
    _give_up(leaving)
    for row in rows:
        work.changes.append(_apply_row(row, known.get(row.name), leaving))


def _give_up(leaving: dict[str, int]) -> None:
    """Take domains from their organisations first, so that they can change hands within one file."""
    OrganisationDomain.objects.filter(domain__in=leaving).delete()
    for organisation in Organisation.objects.filter(pk__in=set(leaving.values())):
        _unlink(organisation, {domain for domain, owner in leaving.items() if owner == organisation.pk})


def _leaving(rows: list[Row], known: Iterable[Organisation]) -> dict[str, int]:
    """The domains that their organisation's own row gives up, so that another row may take them."""
    kept = {row.name: set(row.domains) for row in rows if row.domains}
    ids = {each.pk: each.name for each in known if each.name in kept}
    have = OrganisationDomain.objects.filter(organisation__in=ids).values_list("domain", "organisation")
    return {domain: owner for domain, owner in have if domain not in kept[ids[owner]]}


def _taken(row: Row, organisation: Organisation | None, leaving: dict[str, int]) -> RowError | None:
    others = OrganisationDomain.objects.filter(domain__in=row.domains).select_related("organisation")
    for other in others.exclude(organisation=organisation) if organisation else others:
        if other.domain not in leaving:
            return RowError(row.number, "domains", f"{other.domain} belongs to {other.organisation.name} already")
    return None


def _apply_row(row: Row, organisation: Organisation | None, leaving: dict[str, int]) -> Change:
    target = organisation or Organisation(name=row.name)
    columns = [name for name, value in row.fields.items() if getattr(target, name) != value]
    for name in columns:
        setattr(target, name, row.fields[name])
    if organisation is None or columns:
        target.save()
    given_up = organisation is not None and organisation.pk in leaving.values()
    if row.domains and (set_domains(target, row.domains) or given_up):
        columns.append("domains")
    if row.contact and _set_contact(target, row.contact["name"], row.contact["title"], row.contact["address"]):
        columns.append("contact_address")
    if organisation is None:
        return Change(row.number, row.name, "added")
    return Change(row.number, row.name, "changed" if columns else "unchanged", tuple(columns))


def set_domains(organisation: Organisation, domains: Iterable[str]) -> bool:
    """Give ``organisation`` exactly these mail domains (lower case) and link their people to it; False: no change."""
    wanted = set(domains)
    have = set(organisation.domains.values_list("domain", flat=True))
    if wanted == have:
        return False
    organisation.domains.exclude(domain__in=wanted).delete()
    OrganisationDomain.objects.bulk_create(
        OrganisationDomain(organisation=organisation, domain=domain) for domain in sorted(wanted - have)
    )
    if have - wanted:
        _unlink(organisation, have - wanted)
    link_counterparts(organisation)
    return True


def _unlink(organisation: Organisation, domains: set[str]) -> None:
    """People whom only a domain that was given up linked to the organisation belong to it no more."""
    for person in Counterpart.objects.filter(organisation=organisation):
        domain = person.address.rpartition("@")[2]
        if any(domain == gone or domain.endswith(f".{gone}") for gone in domains):
            person.organisation = None
            person.save(update_fields=["organisation"])


def _set_contact(organisation: Organisation, name: str, title: str, address: str) -> bool:
    contact = organisation.contacts.filter(address__iexact=address).first()
    if contact is None:
        NoticeContact.objects.create(organisation=organisation, name=name, title=title, address=address)
        return True
    if (contact.name, contact.title or title) == (name, title or contact.title):
        return False
    contact.name, contact.title = name, title or contact.title
    contact.save(update_fields=["name", "title"])
    return True
