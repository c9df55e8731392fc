"""Demands to be served outside the hours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.judging import reading, rule
from worker.detectors.hours import Hours
from worker.domain.judgement import Finding
from worker.domain.rules import Role, Status, Strength, Way
from worker.rulepacks.sample import CALENDAR

NIGHT = 12
DEMAND = "今夜中に見積もりを送ってください。"


def found(lines: list[tuple[str, float, str]], **changes: object) -> list[Finding]:
    """The findings of the hours detector; threads start at 22:00 in Tokyo."""
    return list(Hours().examine(reading(lines, **({"hours_after": NIGHT} | changes))))  # type: ignore[arg-type]


def test_a_demand_to_be_served_then_is_a_finding() -> None:
    """A demand for tonight, sent at 22:00, is shown with its words and the time on the desk's clock."""
    [finding] = found([("in", 0, "こんばんは。" + DEMAND)])
    assert (finding.rule, finding.text, finding.strength) == ("hours.demand", DEMAND, 1.0)
    assert finding.fact == "受付時間外（2026-03-04(水) 22:00）に対応を求めています。"


def test_a_holiday_is_named() -> None:
    """National holidays of the desk's country are outside the hours, and are named."""
    [finding] = found([("in", 0, DEMAND)], hours_after=16 * 24)
    assert "2026-03-20(金・春分の日) 10:00" in finding.fact


@pytest.mark.parametrize(
    "lines",
    [
        [("in", 0, "夜分に失礼します。ご返信は明日で結構です。")],
        [("in", 1, DEMAND)],
        [("out", 0, DEMAND)],
    ],
)
def test_mere_arrival_is_none(lines: list[tuple[str, float, str]]) -> None:
    """Arriving late, asking within the hours, and our own mail are no findings."""
    assert found(lines, hours_after=0 if lines[0][1] else NIGHT) == []


def test_around_the_clock_there_is_no_outside() -> None:
    """A desk that serves at any hour has no off-hours."""
    assert found([("in", 0, DEMAND)], calendar=replace(CALENDAR, around_the_clock=True)) == []


def test_an_outage_counts_little_and_nothing_where_outages_are_served_at_any_hour() -> None:
    """A demand about an outage is lowered, and none where the calendar serves emergencies around the clock."""
    lines = [("in", 0, "サーバーが落ちています。今すぐ対応してください。")]
    [finding] = found(lines)
    assert finding.strength == 0.4
    served = replace(CALENDAR, emergencies="around the clock")
    assert found(lines, calendar=served) == []
    assert len(found([("in", 0, DEMAND)], calendar=served)) == 1


def test_several_nights_are_counted() -> None:
    """Demands on two nights are one more finding with their number."""
    findings = found([("in", 0, DEMAND), ("in", 24, DEMAND)])
    assert [f.rule for f in findings] == ["hours.demand", "hours.demand", "hours.nights"]
    assert (findings[2].text, findings[2].fact) == ("", "受付時間外の対応の要求が2日にわたります。")


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, ["hours.pressure"]),
        ({"role": Role.COMPANION}, []),
        ({"strength": Strength.WEAK}, []),
        ({"status": Status.SHADOW}, []),
        ({"direction": Way.OUT}, []),
    ],
)
def test_pressure_in_other_words_at_night_is_a_companion(changes: dict[str, object], rules: list[str]) -> None:
    """A mail at night in which a counting rule holds is off-hours pressure; other rules make it none."""
    shouting = rule("ばか", **changes)
    assert [f.rule for f in found([("in", 0, "ばか。")], rules=[shouting])] == rules
    assert found([("in", 0, "先方に「ばか」と言われました。")], rules=[shouting]) == []
