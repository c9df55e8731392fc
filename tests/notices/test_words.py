"""Hours and versions as letters write them."""

from __future__ import annotations

from datetime import time

import pytest

from worker.domain.hours import Calendar, ServiceSpan
from worker.notices.words import WORDS, hours_text, version_text, words_of

WEEK = ServiceSpan(frozenset(range(5)), time(10), time(18))
NIGHT = ServiceSpan(frozenset({5, 6}), time(9, 30), None)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "月曜~金曜 10:00~18:00、土、日 09:30~24:00、祝日を除く"),
        ("en", "Mon-Fri 10:00-18:00, Sat, Sun 09:30-24:00, public holidays excepted"),
        ("zh", "周一至周五 10:00~18:00、六、日 09:30~24:00,节假日除外"),
    ],
)
def test_hours_are_written_out(language: str, text: str) -> None:
    """Ranges of three days and more are a range, two days stand side by side, midnight is 24:00."""
    assert hours_text(Calendar("Asia/Tokyo", (WEEK, NIGHT), "JP"), WORDS[language]) == text


def test_hours_without_holidays_and_around_the_clock() -> None:
    """Without holidays nothing is excepted; a desk that never closes says so."""
    assert hours_text(Calendar("Asia/Tokyo", (WEEK,)), WORDS["ja"]) == "月曜~金曜 10:00~18:00"
    assert hours_text(Calendar("Asia/Tokyo", (WEEK,), around_the_clock=True), WORDS["ja"]) == "終日"


def test_versions_are_written_out() -> None:
    """A day is written as one; anything else stays as printed; a language without words of its own is English."""
    assert version_text("2023-01-31", WORDS["ja"]) == "2023年1月31日改正"
    assert version_text("第3版", WORDS["ja"]) == "第3版"
    assert words_of("fr") is WORDS["en"]


def test_every_language_names_every_channel() -> None:
    """Each incident channel has a word in each language."""
    from worker.cases.models import Incident

    assert all(set(words.channels) == set(Incident.Channel.values) for words in WORDS.values())
