"""The people outside and the organisations behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.threads import at_once
from worker.directory.models import Counterpart, Organisation, OrganisationDomain
from worker.directory.services import counterpart_of, counterparts_of, set_domains
from worker.domain.mail import Address

pytestmark = pytest.mark.django_db


def _organisation(name: str, *domains: str) -> Organisation:
    made = Organisation.objects.create(name=name)
    OrganisationDomain.objects.bulk_create(OrganisationDomain(organisation=made, domain=each) for each in domains)
    return made


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Tanaka@Client.co.jp", "株式会社甲"),
        ("tanaka@mail.osaka.client.co.jp", "株式会社甲"),
        ("sato@tokyo.client.co.jp", "株式会社甲東京"),
        ("sato@a.tokyo.client.co.jp", "株式会社甲東京"),
        ("mori@notclient.co.jp", None),
        ("mori@co.jp", None),
        ("tanaka@gmail.com", None),
        ("tanaka", None),
    ],
)
def test_organisation_by_domain(address: str, expected: str | None) -> None:
    """A person belongs to the organisation of the nearest domain; free mail, strangers and no domain to none."""
    _organisation("株式会社甲", "client.co.jp")
    _organisation("株式会社甲東京", "tokyo.client.co.jp")
    person = counterpart_of(Address("", address))
    assert (person.organisation and person.organisation.name) == expected


def test_one_person_one_row() -> None:
    """Letter case and spaces make no second person; a name is kept once known, and filled in where it was not."""
    first = counterpart_of(Address("", "tanaka@client.example"))
    second = counterpart_of(Address("田中", " TANAKA@client.example "))
    third = counterpart_of(Address("別名", "tanaka@client.example"))
    assert first == second == third
    assert (third.name, Counterpart.objects.count()) == ("田中", 1)


def test_blank_is_nobody() -> None:
    """A blank address is no person."""
    with pytest.raises(ValueError, match="needs an address"):
        counterpart_of(Address("誰か", " "))
    assert counterparts_of([Address("誰か", "")]) == {}


def test_endless_and_odd_addresses() -> None:
    """Endless addresses stay different people, and NUL reaches no database."""
    people = counterparts_of([Address("x" * 999, f"{'a' * 900}{n}@client.example") for n in range(2)])
    assert len({person.pk for person in people.values()}) == 2
    assert "\x00" not in counterpart_of(Address("a\x00b", "a\x00b@client.example")).name


def test_many_in_few_statements(django_assert_max_num_queries: Any) -> None:
    """A hundred new people take a handful of statements."""
    _organisation("甲", "c1.example")
    with django_assert_max_num_queries(6):
        people = counterparts_of(Address("", f"p@c{n}.example") for n in range(100))
    assert people["p@c1.example"].organisation is not None


@pytest.mark.django_db(transaction=True)
def test_made_once_by_many() -> None:
    """Workers that meet a new person at the same moment make one row."""
    made = at_once([lambda: counterpart_of(Address("田中", "tanaka@client.example")).pk for _ in range(6)])
    assert len(set(made)) == 1


def test_domains_link_who_is_known() -> None:
    """Giving an organisation its domains links the people known already; taking them away unlinks."""
    person = counterpart_of(Address("", "a@mail.client.example"))
    other = counterpart_of(Address("", "a@unclient.example"))
    organisation = Organisation.objects.create(name="甲")
    assert set_domains(organisation, ["client.example"])
    person.refresh_from_db()
    other.refresh_from_db()
    assert (person.organisation, other.organisation) == (organisation, None)
    assert not set_domains(organisation, ["client.example"])
    assert set_domains(organisation, ["other.example"])
    person.refresh_from_db()
    assert person.organisation is None


def test_nearer_domain_keeps_its_people() -> None:
    """A new organisation on a wider domain leaves people of a nearer domain where they are."""
    near = Organisation.objects.create(name="支社")
    set_domains(near, ["tokyo.client.example"])
    person = counterpart_of(Address("", "a@tokyo.client.example"))
    set_domains(Organisation.objects.create(name="本社"), ["client.example"])
    person.refresh_from_db()
    assert person.organisation == near
