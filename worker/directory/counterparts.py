"""The people outside: by address, linked to the organisation of their mail domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q

from worker.directory.models import Counterpart, Organisation
from worker.directory.queries import organisations_of
from worker.domain.mail import Address
from worker.domain.text import fit

_ADDRESS, _NAME = 320, 200


def counterpart_of(address: Address) -> Counterpart:
    """The person behind ``address``, made where not known yet; ValueError where the address is blank."""
    if not address.key:
        raise ValueError("a counterpart needs an address")
    return counterparts_of([address])[address.key]


def counterparts_of(addresses: Iterable[Address]) -> dict[str, Counterpart]:
    """The people behind ``addresses`` by :attr:`Address.key`, made where not known yet; blank addresses are left out.

    A new person belongs to the organisation that has the address' domain or the nearest one above it; people of
    free-mail services and of domains that nobody has belong to none. Safe beside other writers.
    """
    wanted = {fit(each.key, _ADDRESS): each for each in addresses if each.key}
    known = _known(wanted)
    missing = {key: each for key, each in wanted.items() if key not in known}
    if missing:
        _make(missing)
        known.update(_known(missing))
    _name_the_nameless(wanted, known)
    return {each.key: known[key] for key, each in wanted.items()}


def _known(wanted: Iterable[str]) -> dict[str, Counterpart]:
    rows = Counterpart.objects.filter(address__in=list(wanted)).select_related("organisation")
    return {row.address: row for row in rows}


def _make(missing: Mapping[str, Address]) -> None:
    organisations = organisations_of({each.domain for each in missing.values()})
    rows = [
        Counterpart(address=key, name=fit(each.name, _NAME), organisation=organisations.get(each.domain))
        for key, each in sorted(missing.items())
    ]
    Counterpart.objects.bulk_create(rows, ignore_conflicts=True)


def _name_the_nameless(wanted: Mapping[str, Address], known: Mapping[str, Counterpart]) -> None:
    named = [row for key, row in known.items() if not row.name and wanted[key].name]
    for row in named:
        row.name = fit(wanted[row.address].name, _NAME)
    if named:
        Counterpart.objects.bulk_update(named, ["name"])


def link_counterparts(organisation: Organisation) -> int:
    """Link the people already known under the organisation's domains to it; how many. A nearer domain keeps its own."""
    domains = organisation.domains.values_list("domain", flat=True)
    under = Q(pk__in=[])
    for domain in domains:
        under |= Q(address__endswith=f"@{domain}") | Q(address__endswith=f".{domain}")
    changed = []
    rows = list(Counterpart.objects.filter(under).exclude(organisation=organisation))
    owners = organisations_of({_domain(row) for row in rows})
    for row in rows:
        row.organisation = owners.get(_domain(row))
        changed += [row] if row.organisation == organisation else []
    Counterpart.objects.bulk_update(changed, ["organisation"], batch_size=500)
    return len(changed)


def _domain(row: Counterpart) -> str:
    return row.address.rpartition("@")[2]
