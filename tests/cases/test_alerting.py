"""Critical cases are told once, by number."""

from __future__ import annotations

import pytest

from tests.support import desk
from tests.support.desk import NOW, raw, receive
from worker.cases.models import Case
from worker.cases.services import claim_critical
from worker.domain.judgement import Severity

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    """An open case of a threat."""
    desk.assess(receive(raw("ただではおかない。")))
    return Case.objects.get()


def test_an_open_critical_case_is_claimed_once(case: Case) -> None:
    """Its number is given to the first who asks, and to nobody after."""
    Case.objects.update(severity=Severity.CRITICAL)
    assert claim_critical(NOW) == [case.number]
    assert claim_critical(NOW) == []


@pytest.mark.parametrize(
    "changes", [{"severity": Severity.HIGH}, {"state": Case.State.CLOSED}, {"own_staff": True}], ids=str
)
def test_what_is_not_told(case: Case, changes: dict[str, object]) -> None:
    """A case that is less than critical, closed, or about our own people calls nobody."""
    Case.objects.update(**{"severity": Severity.CRITICAL, **changes})
    assert claim_critical(NOW) == []
