"""People who are signed in, and a case to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    from tests.notices.desk import Matter

SignedIn = Callable[..., Client]


@pytest.fixture
def browser() -> Client:
    """A browser that nobody has signed in with; host names are as on a real machine."""
    return Client(headers={"host": "127.0.0.1"})


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """Signs in somebody new who holds the roles given."""
    from tests.support import desk

    def sign_in(*roles: str, name: str = "", language: str = "en") -> Client:
        user = desk.person(name or "_".join(roles) or "nobody", *roles)
        user.language = language
        user.save()
        return as_user(user)

    return sign_in


def as_user(user: object) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)  # type: ignore[arg-type]
    return client


@pytest.fixture
def undecided(db: None) -> Matter:
    """Three demands with one answer between, nobody has decided."""
    from tests.notices.desk import matter

    return matter(decided=False)


@pytest.fixture
def decided(db: None) -> Matter:
    """The same, decided: it appears to be harassment."""
    from tests.notices.desk import matter

    return matter()
