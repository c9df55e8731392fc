"""The decision form: three questions, a conclusion, its ground."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.conftest import as_user
from tests.notices.desk import Matter, naming
from worker.cases.models import Case, Decision
from worker.domain.judgement import Category

pytestmark = pytest.mark.django_db


def answers(case: Case, **changes: object) -> dict[str, object]:
    """A complete decision as the form sends it: it appears to be harassment."""
    case.refresh_from_db()
    return {
        "version": case.version,
        "demand_reasonable": "no",
        "manner_acceptable": "no",
        "environment_harmed": "yes",
        "accommodation_checked": "on",
        "conclusion": "appears",
        "clauses": [naming(Category.THREAT)],
        "ground": "回答後に脅しの言葉がありました。",
        **changes,
    }


def post(client: Client, case: Case, **changes: object) -> tuple[int, str]:
    """Send the form; the status and the page that comes."""
    answer = client.post(reverse("decide", args=[case.pk]), answers(case, **changes))
    return answer.status_code, answer.content.decode()


def test_the_form_asks_the_three_questions_beside_what_was_marked(undecided: Matter) -> None:
    """With the clauses that the findings touch, the residual ones said to be so."""
    page = as_user(undecided.kondo).get(reverse("decide", args=[undecided.case.pk])).content.decode()
    for words in ("要求の内容は妥当でしたか", "手段・態様は社会通念上許される範囲でしたか", "就業環境が害されましたか"):
        assert words in page
    assert "U-24" in page
    assert "包括条項" in page
    assert "指摘された箇所" in page


def test_a_complete_decision_is_recorded_and_shown(undecided: Matter) -> None:
    """The case page shows conclusion, answers, ground, who and when."""
    client = as_user(undecided.mori)
    status, _page = post(client, undecided.case)
    assert status == 302
    decision = Decision.objects.get()
    assert (decision.by, decision.conclusion) == (undecided.mori, "appears")
    assert [clause["id"] for clause in decision.clauses] == [naming(Category.THREAT)]
    page = client.get(reverse("case", args=[undecided.case.pk])).content.decode()
    assert "該当(所見)" in page
    assert "回答後に脅しの言葉がありました。" in page


def test_a_dismissal_says_why_and_keeps_no_clause(undecided: Matter) -> None:
    """Clauses left ticked from before do not matter where nothing was found."""
    changes = {"conclusion": "none", "dismissal": "legitimate_complaint", "demand_reasonable": "yes"}
    status, _page = post(
        as_user(undecided.mori), undecided.case, manner_acceptable="yes", environment_harmed="no", **changes
    )
    assert status == 302
    decision = Decision.objects.get()
    assert (decision.dismissal, decision.clauses) == ("legitimate_complaint", [])


def test_a_residual_clause_takes_a_ground_of_its_own(undecided: Matter) -> None:
    """Without it the page comes back; with it the ground is kept beside the clause."""
    client = as_user(undecided.kondo)
    status, page = post(client, undecided.case, clauses=["U-24"])
    assert status == 200
    assert "当てはまる理由を書いてください" in page
    status, _page = post(client, undecided.case, clauses=["U-24"], residual_ground="回答済みの要求が続いたため。")
    assert status == 302
    assert Decision.objects.get().clauses == [
        {"id": "U-24", "residual": True, "ground": "回答済みの要求が続いたため。"}
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ground": "短い"}, "10文字以上"),
        ({"accommodation_checked": ""}, "合理的配慮の求めではないことを確かめてください"),
        ({"conclusion": "none"}, "該当しない理由を選んでください"),
        ({"demand_reasonable": ""}, "必須"),
        ({"conclusion": ""}, "必須"),
        ({"demand_reasonable": "yes", "manner_acceptable": "yes"}, "答えを見直してください"),
        ({"conclusion": "recognised", "demand_reasonable": "unclear"}, "それまでは所見にとどまります"),
        ({"clauses": ["U-99"]}, "U-99"),
    ],
)
def test_what_is_missing_is_said_beside_its_question(changes: dict[str, object], told: str, undecided: Matter) -> None:
    """The page comes back with everything chosen, and nothing is recorded."""
    status, page = post(as_user(undecided.kondo), undecided.case, **changes)
    assert status == 200
    assert told in page
    assert Decision.objects.count() == 0
    if "ground" not in changes:
        assert "回答後に脅しの言葉がありました。" in page


def test_the_desk_can_say_that_it_appears_but_not_recognise(undecided: Matter) -> None:
    """The choice is not offered, and a forged one is refused; a manager can."""
    client = as_user(undecided.mori)
    page = client.get(reverse("decide", args=[undecided.case.pk])).content.decode()
    assert 'value="recognised"' not in page
    assert post(client, undecided.case, conclusion="recognised")[0] == 200
    assert Decision.objects.count() == 0
    assert post(as_user(undecided.kondo), undecided.case, conclusion="recognised")[0] == 302


def test_whoever_decides_on_an_old_page_is_told(undecided: Matter) -> None:
    """Somebody took the case in between; what was typed stays."""
    before = answers(undecided.case)
    as_user(undecided.kondo).post(
        reverse("assign", args=[undecided.case.pk]), {"version": before["version"], "assignee": undecided.kondo.pk}
    )
    answer = as_user(undecided.mori).post(reverse("decide", args=[undecided.case.pk]), before)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Kondoさんが保存しました" in page
    assert "回答後に脅しの言葉がありました。" in page
    assert Decision.objects.count() == 0


def test_a_later_decision_stands_before_the_earlier_one(decided: Matter) -> None:
    """Decisions are appended; the page shows the newest, and the earlier one beside it."""
    client = as_user(decided.kondo)
    post(client, decided.case, conclusion="none", dismissal="misread", ground="読み違いでした。通常の催促です。")
    page = client.get(reverse("case", args=[decided.case.pk])).content.decode()
    assert page.index("読み違いでした") < page.index("威迫と同一要求の反復が見受けられます")
    assert "以前の判断" in page
    assert Decision.objects.count() == 2
