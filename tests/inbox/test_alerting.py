"""Mailboxes that fell silent are told once, and again only after they were read in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.inbox.conftest import NOW
from worker.domain.errors import MailboxError
from worker.inbox.services import beat_pulse, claim_silent, mark_round

pytestmark = pytest.mark.django_db

INTERVALS = {"support": 60.0}
LATER = NOW + timedelta(seconds=181)
FAULT = MailboxError("no", kind="network")


def test_a_silent_mailbox_is_claimed_once() -> None:
    """After more than three intervals without a good round, one call; after a good round and silence, another."""
    mark_round("support", NOW)
    beat_pulse("sweep", NOW + timedelta(seconds=170))
    assert claim_silent(INTERVALS, NOW + timedelta(seconds=179)) == 0
    assert [claim_silent(INTERVALS, LATER), claim_silent(INTERVALS, LATER)] == [1, 0]
    mark_round("support", LATER)
    again = LATER + timedelta(seconds=181)
    beat_pulse("sweep", again)
    assert claim_silent(INTERVALS, again) == 1


def test_a_mailbox_that_never_answered_is_claimed_after_three_tries() -> None:
    """A mailbox without any good round counts as silent at its third failure; one no longer in the settings never."""
    beat_pulse("sweep", NOW)
    claims = []
    for _ in range(3):
        mark_round("support", NOW, FAULT)
        claims.append(claim_silent(INTERVALS, NOW))
    mark_round("gone", NOW - timedelta(days=1))
    assert claims == [0, 0, 1]
    assert claim_silent(INTERVALS, NOW) == 0


def test_after_a_night_without_the_schedule_nobody_is_called() -> None:
    """Where the sweep itself stood still, mailboxes look silent that are not: the next look tells."""
    mark_round("support", NOW)
    beat_pulse("sweep", NOW)
    assert claim_silent(INTERVALS, NOW + timedelta(hours=8)) == 0
