"""What people do with a case: each deed asks for the right and the version, and leaves an audit line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError

from tests.support import desk
from tests.support.desk import NOW, raw, receive
from worker.cases import services
from worker.cases.models import Case, Decision, Incident
from worker.cases.services import Answer, ClauseChoice, Conclusion, Dismissal, Told, Verdict
from worker.directory.models import AuditEntry, User
from worker.domain.errors import Incomplete, NotAllowed, Stale
from worker.domain.judgement import Category, Severity
from worker.domain.mail import Address
from worker.domain.policy import Policy
from worker.rulepacks.policies import load_policy

pytestmark = pytest.mark.django_db

APPEARS = Verdict(
    Answer.UNCLEAR,
    Answer.NO,
    Answer.YES,
    Conclusion.APPEARS,
    "担当者個人への威迫が見受けられます。",
    accommodation_checked=True,
    clauses=(ClauseChoice("U-12"),),
)
RECOGNISED = replace(APPEARS, demand_reasonable=Answer.NO, conclusion=Conclusion.RECOGNISED)
NONE = Verdict(
    Answer.YES, Answer.YES, Answer.NO, Conclusion.NONE, "障害への正当なお叱りでした。", dismissal=Dismissal.LEGITIMATE
)


@pytest.fixture
def policy() -> Policy:
    """UpShare's policy as shipped."""
    return load_policy("upshare", None)


@pytest.fixture
def case() -> Case:
    """An open case of a threat."""
    desk.assess(receive(raw("ただではおかない。")))
    return Case.objects.get()


@pytest.fixture
def mori() -> User:
    """Somebody of the desk."""
    return desk.person("mori", "desk")


def naming(policy: Policy, category: Category) -> str:
    """A conduct clause that names the category."""
    clause, residual = policy.clause_for(category)
    assert clause is not None
    assert not residual
    return clause.id


def test_a_decision_is_kept_with_person_and_ground(case: Case, mori: User, policy: Policy) -> None:
    """The decision holds answers, conclusion, clauses and ground; the case is in hand at the next version."""
    clause = naming(policy, Category.THREAT)
    verdict = replace(APPEARS, clauses=(ClauseChoice(clause),))
    decision = services.decide(case.pk, mori, verdict, policy, case.version, NOW)
    case.refresh_from_db()
    assert (decision.by, decision.at, decision.conclusion) == (mori, NOW, "appears")
    assert (decision.demand_reasonable, decision.manner_acceptable, decision.environment_harmed) == (
        "unclear",
        "no",
        "yes",
    )
    assert decision.clauses == [{"id": clause, "residual": False, "ground": ""}]
    assert (case.state, case.version, case.saved_by) == ("in_hand", 2, mori)


def test_the_audit_line_holds_no_word(case: Case, mori: User, policy: Policy) -> None:
    """The audit log says who decided what, with ids; neither ground nor mail stand in it."""
    services.decide(case.pk, mori, replace(APPEARS, clauses=()), policy, case.version, NOW)
    entry = AuditEntry.objects.order_by("-pk")[0]
    assert (entry.actor, entry.action, entry.subject) == ("mori", "case.decide", case.number)
    said = json.dumps(entry.detail, ensure_ascii=False)
    assert "威迫" not in said
    assert "ただでは" not in said


def test_decisions_are_appended(case: Case, mori: User, policy: Policy) -> None:
    """A second decision stands beside the first, which cannot be changed."""
    first = services.decide(case.pk, mori, replace(APPEARS, clauses=()), policy, case.version, NOW)
    services.decide(case.pk, mori, NONE, policy, case.version + 1, NOW)
    assert Decision.objects.filter(case=case).count() == 2
    first.ground = "書き換え"
    with pytest.raises(TypeError, match="never changed"):
        first.save()


def test_a_stale_version_names_who_was_faster(case: Case, mori: User, policy: Policy) -> None:
    """Of two people who decide on the same page, the second hears of the first, and nothing is recorded."""
    services.decide(case.pk, mori, replace(APPEARS, clauses=()), policy, case.version, NOW)
    other = desk.person("okada", "desk")
    with pytest.raises(Stale, match="Mori"):
        services.decide(case.pk, other, NONE, policy, case.version, NOW)
    assert Decision.objects.count() == 1


def test_recognised_takes_the_right_and_clear_answers(case: Case, mori: User, policy: Policy) -> None:
    """The desk may not recognise; a manager may, once all three questions are answered and harm is among them."""
    manager = desk.person("kondo", "manager")
    clauses = (ClauseChoice(naming(policy, Category.THREAT)),)
    with pytest.raises(NotAllowed, match="manager"):
        services.decide(case.pk, mori, replace(RECOGNISED, clauses=clauses), policy, case.version, NOW)
    for wrong in (
        {"demand_reasonable": Answer.UNCLEAR},
        {"environment_harmed": Answer.NO},
    ):
        with pytest.raises(Incomplete) as caught:
            services.decide(case.pk, manager, replace(RECOGNISED, clauses=clauses, **wrong), policy, case.version, NOW)
        assert set(caught.value.faults) == {"conclusion"}
    made = services.decide(case.pk, manager, replace(RECOGNISED, clauses=clauses), policy, case.version, NOW)
    assert made.conclusion == "recognised"


@pytest.mark.parametrize(
    ("verdict", "fields"),
    [
        (replace(APPEARS, ground="短い"), {"ground"}),
        (replace(NONE, dismissal=None), {"dismissal"}),
        (replace(NONE, clauses=(ClauseChoice("U-12"),)), {"clauses"}),
        (replace(APPEARS, dismissal=Dismissal.MISREAD), {"dismissal"}),
        (replace(APPEARS, accommodation_checked=False), {"accommodation_checked"}),
        (replace(APPEARS, demand_reasonable=Answer.YES, manner_acceptable=Answer.YES), {"conclusion"}),
        (replace(APPEARS, clauses=(ClauseChoice("U-999"),)), {"clauses"}),
        (replace(APPEARS, clauses=(ClauseChoice("U-34"),)), {"clauses"}),
        (replace(APPEARS, clauses=(ClauseChoice("U-24"),)), {"clauses"}),
        (replace(APPEARS, ground="  ", accommodation_checked=False), {"ground", "accommodation_checked"}),
    ],
)
def test_an_incomplete_verdict_names_its_fields(
    case: Case, mori: User, policy: Policy, verdict: Verdict, fields: set[str]
) -> None:
    """Each field that is missing or does not fit is named with a sentence, and nothing is saved."""
    clauses = tuple(
        ClauseChoice(naming(policy, Category.THREAT)) if one.clause == "U-12" else one for one in verdict.clauses
    )
    with pytest.raises(Incomplete) as caught:
        services.decide(case.pk, mori, replace(verdict, clauses=clauses), policy, case.version, NOW)
    assert set(caught.value.faults) == fields
    case.refresh_from_db()
    assert (case.version, case.state, Decision.objects.count()) == (1, "review", 0)


def test_a_residual_clause_is_marked_and_has_a_ground(case: Case, mori: User, policy: Policy) -> None:
    """The catch-all stands in a decision as such, with the person's reason."""
    verdict = replace(APPEARS, clauses=(ClauseChoice("U-24", "個別の項目にはないが、著しい迷惑行為にあたる。"),))
    decision = services.decide(case.pk, mori, verdict, policy, case.version, NOW)
    assert decision.clauses[0]["residual"] is True


def test_readers_may_not_decide(case: Case, policy: Policy) -> None:
    """Somebody who may only read is told which roles may."""
    reader = desk.person("ueda", "reader")
    with pytest.raises(NotAllowed, match="desk"):
        services.decide(case.pk, reader, NONE, policy, case.version, NOW)
    for deed in (
        lambda: services.assign(case.pk, reader, reader, case.version, NOW),
        lambda: services.comment(case.pk, reader, "見ました", NOW),
        lambda: services.close(case.pk, reader, case.version, NOW),
        lambda: services.note_still_to_answer(case.pk, reader, "x", case.version, NOW),
    ):
        with pytest.raises(NotAllowed):
            deed()


def test_a_case_is_handed_over_and_laid_back(case: Case, mori: User) -> None:
    """Assigning takes the case in hand; assigning nobody lays it back for review."""
    other = desk.person("okada", "desk")
    services.assign(case.pk, mori, other, 1, NOW)
    case.refresh_from_db()
    assert (case.assignee, case.state) == (other, "in_hand")
    services.assign(case.pk, other, None, 2, NOW)
    case.refresh_from_db()
    assert (case.assignee, case.state) == (None, "review")
    with pytest.raises(NotAllowed, match="Admin"):
        services.assign(case.pk, mori, desk.person("admin", "administrator"), 3, NOW)


def test_what_is_left_to_answer_is_kept(case: Case, mori: User) -> None:
    """A legitimate part of the demand stays alive beside the judgement."""
    services.note_still_to_answer(case.pk, mori, "返金の可否\n再発防止策", 1, NOW)
    case.refresh_from_db()
    assert case.still_to_answer == "返金の可否\n再発防止策"


def test_remarks_are_appended(case: Case, mori: User) -> None:
    """A remark needs words and takes no version."""
    services.comment(case.pk, mori, " 電話しました ", NOW)
    assert case.comments.get().text == "電話しました"
    with pytest.raises(Incomplete):
        services.comment(case.pk, mori, "  ", NOW)


def test_only_a_decided_case_is_closed(case: Case, mori: User, policy: Policy) -> None:
    """Closing needs a decision; a closed case takes no more saves, and the message says so."""
    with pytest.raises(Incomplete):
        services.close(case.pk, mori, 1, NOW)
    services.decide(case.pk, mori, NONE, policy, 1, NOW)
    services.close(case.pk, mori, 2, NOW)
    case.refresh_from_db()
    assert (case.state, case.closed_at, case.version) == ("closed", NOW, 3)
    with pytest.raises(Stale, match="closed"):
        services.assign(case.pk, mori, mori, 3, NOW)


CALL = Told(
    Incident.Channel.TELEPHONE,
    NOW - timedelta(hours=2),
    Category.LONG_RESTRAINT,
    Severity.HIGH,
    "「解決するまで切るな」と言われた。",
    minutes=95,
)


def test_a_call_opens_a_case(mori: User) -> None:
    """What a colleague tells opens the counterpart's case with its category and severity."""
    incident = services.add_incident(mori, Address("田辺", desk.TANABE), CALL, NOW)
    case = incident.case
    case.refresh_from_db()
    assert (case.severity, case.categories, case.counterpart.address) == ("high", ["long_restraint"], desk.TANABE)
    assert incident.reported_by == mori


def test_a_call_joins_the_open_case(case: Case, mori: User) -> None:
    """By case or by address, an incident lands in the counterpart's open case and adds to its categories."""
    services.add_incident(mori, case.pk, CALL, NOW)
    services.add_incident(mori, Address("", desk.TANABE), replace(CALL, category=Category.REPETITION), NOW)
    case.refresh_from_db()
    assert case.incidents.count() == 2
    assert case.categories == ["long_restraint", "repetition", "threat"]


def test_a_call_after_closing_opens_a_linked_case(case: Case, mori: User, policy: Policy) -> None:
    """An incident on a closed case opens one that follows it."""
    services.decide(case.pk, mori, NONE, policy, 1, NOW)
    services.close(case.pk, mori, 2, NOW)
    incident = services.add_incident(mori, case.pk, CALL, NOW)
    assert incident.case.follows == case


def test_an_incident_needs_words_and_a_past_time(case: Case, mori: User) -> None:
    """What is missing is named by field."""
    with pytest.raises(Incomplete) as caught:
        services.add_incident(mori, case.pk, replace(CALL, said=" ", at=NOW + timedelta(hours=1)), NOW)
    assert set(caught.value.faults) == {"said", "at"}
    with pytest.raises(NotAllowed):
        services.add_incident(desk.person("ueda", "reader"), case.pk, CALL, NOW)


def test_the_database_holds_one_open_case(case: Case) -> None:
    """The rows themselves refuse a second open case of the same side."""
    with pytest.raises(IntegrityError):
        Case.objects.create(counterpart=case.counterpart, severity="low", opened_at=NOW, last_at=NOW)
