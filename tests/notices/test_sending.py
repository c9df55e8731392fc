"""The outbox: every check again at the moment of sending, one claim, and no second letter."""

from __future__ import annotations

import threading
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.db import connections

from tests.notices.desk import Copies, Matter, Scripted, apology, matter, outbox, template
from tests.support import desk
from tests.support.desk import NOW
from tests.support.smtp_sink import SmtpSink
from worker.cases import services as cases
from worker.cases.queries import QueueFilter, queue
from worker.channels import SmtpChannel
from worker.directory.models import AuditEntry, RoleGrant
from worker.directory.services import disable
from worker.domain.errors import ChannelError, Incomplete, MailboxError, NotAllowed, Stale
from worker.notices import queries, services
from worker.notices.models import Notice
from worker.notices.sending import BACK_OFF, STALE

pytestmark = pytest.mark.django_db

State = Notice.State


@pytest.fixture
def at() -> Matter:
    """A decided case with its people."""
    return matter()


def actions(notice_id: int) -> list[str]:
    """The letter's history in words."""
    return [event.action for event in queries.one(notice_id).events.all()]


def test_an_approved_letter_arrives_once(at: Matter, sink: SmtpSink) -> None:
    """Through a real relay: one letter, the approved words, the fixed Message-ID; a second call does nothing."""
    notice, copies = at.queued(), Copies()
    way = outbox(SmtpChannel(sink.url()), copies)
    assert services.deliver(notice.pk, way, NOW) == State.SENT
    assert services.deliver(notice.pk, way, NOW) == State.SENT
    (mail,) = sink.mails
    assert mail.recipients == ("aoki@client.example",)
    sent = queries.one(notice.pk)
    assert (sent.sent_at, sent.error, sent.attempts) == (NOW, "", 1)
    assert bytes(sent.raw or b"") == mail.raw
    assert message_from_bytes(mail.raw)["Message-ID"] == notice.message_id
    assert [(one.address, one.state) for one in sent.recipients.all()] == [("aoki@client.example", "accepted")]
    assert actions(notice.pk)[-2:] == ["sent", "copy_kept"]
    assert copies.kept == {"Sent": [mail.raw]}
    assert services.due(NOW) == []
    assert AuditEntry.objects.filter(action="notice.sent").count() == 1


@pytest.mark.parametrize(
    ("switches", "state", "arrived"),
    [
        ({"on_mail": "451 later"}, State.QUEUED, 0),
        ({"on_mail": "553 never"}, State.FAILED, 0),
        ({"on_data": "452 full"}, State.QUEUED, 0),
        ({"on_data": "554 unwanted"}, State.FAILED, 0),
        ({"drop_before_data": True}, State.QUEUED, 0),
        ({"drop_after_data": True}, State.UNCERTAIN, 1),
        ({"hang_after_data": True}, State.UNCERTAIN, 1),
    ],
)
def test_a_misbehaving_relay(
    at: Matter, sink: SmtpSink, switches: dict[str, object], state: Notice.State, arrived: int
) -> None:
    """Whatever a real relay does wrong, the letter's state says what is known, and an hour of sweeps adds no second."""
    vars(sink.switches).update(switches)
    notice, way = at.queued(), outbox(SmtpChannel(sink.url(), timeout=1.0))
    assert services.deliver(notice.pk, way, NOW) == state
    assert len(sink.mails) == arrived
    vars(sink.switches).update(dict.fromkeys(switches, ""))
    for minute in range(0, 60, 10):
        for due in services.due(NOW + timedelta(minutes=minute)):
            services.deliver(due, way, NOW + timedelta(minutes=minute))
    assert len(sink.mails) == (1 if state in (State.QUEUED, State.UNCERTAIN) else 0)


def test_nothing_but_the_queue_is_sent(at: Matter) -> None:
    """A draft, a submitted letter and one whose time has not come stay where they are."""
    channel = Scripted()
    way = outbox(channel)
    draft, submitted = at.draft(), at.submitted()
    assert services.deliver(draft.pk, way, NOW) == State.DRAFT
    assert services.deliver(submitted.pk, way, NOW) == State.SUBMITTED
    queued = at.queued()
    assert services.deliver(queued.pk, way, NOW - timedelta(minutes=1)) == State.QUEUED
    assert channel.calls == 0


def test_refused_before_the_text_is_put_off(at: Matter) -> None:
    """Back into the queue with a longer wait each time; after the last wait a person is asked."""
    channel = Scripted([ChannelError("later") for _ in range(len(BACK_OFF) + 1)])
    notice, way, moment = at.queued(), outbox(channel), NOW
    waits = []
    while services.deliver(notice.pk, way, moment) == State.QUEUED:
        row = Notice.objects.get(pk=notice.pk)
        assert row.next_attempt_at is not None
        waits.append(int((row.next_attempt_at - moment).total_seconds() // 60))
        assert services.due(moment) == []
        moment = row.next_attempt_at
    assert waits == list(BACK_OFF)
    assert queries.one(notice.pk).state == State.FAILED
    assert channel.letters == []


def test_a_permanent_refusal_goes_to_a_person_at_once(at: Matter) -> None:
    """Failed with the relay's words; the case stands on top of the queue; tried again once a person says so."""
    channel = Scripted([ChannelError("The relay refused: 550 no.", permanent=True)])
    notice = at.queued()
    assert services.deliver(notice.pk, outbox(channel), NOW) == State.FAILED
    assert queries.one(notice.pk).error == "The relay refused: 550 no."
    assert [one.pk for one in queries.in_doubt()] == [notice.pk]
    assert [row.failed for row in queue(QueueFilter(), desk.day("2026-11-20"))] == [1]
    with pytest.raises(NotAllowed):
        services.try_again(notice.pk, at.mori, NOW)
    services.try_again(notice.pk, at.kondo, NOW)
    assert services.deliver(notice.pk, outbox(channel), NOW) == State.SENT
    assert len(channel.letters) == 1


def test_no_answer_is_uncertain_and_never_retried(at: Matter) -> None:
    """After DATA without an answer nothing is sent by itself again, however often the sweep comes by."""
    channel, copies = Scripted([ChannelError("no answer", uncertain=True)]), Copies()
    notice = at.queued()
    for hour in range(3):
        moment = NOW + timedelta(hours=hour)
        assert services.deliver(notice.pk, outbox(channel, copies), moment) == State.UNCERTAIN
    assert services.due(NOW + timedelta(days=1)) == []
    assert channel.calls == 1
    assert [row.uncertain for row in queue(QueueFilter(), desk.day("2026-11-20"))] == [1]


def test_a_channel_that_breaks_is_uncertain(at: Matter) -> None:
    """A fault that nobody foresaw may have come after the letter left."""
    notice = at.queued()
    assert services.deliver(notice.pk, outbox(Scripted([RuntimeError("x")])), NOW) == State.UNCERTAIN
    assert "RuntimeError" in queries.one(notice.pk).error


def test_found_in_sent_is_sent(at: Matter) -> None:
    """An unanswered letter that lies in the Sent folder has left; its copy is there already."""
    notice, copies = at.queued(), Copies()
    copies.kept["Sent"] = [f"Message-ID: {notice.message_id}".encode()]
    way = outbox(Scripted([ChannelError("no answer", uncertain=True)]), copies)
    assert services.deliver(notice.pk, way, NOW) == State.SENT
    assert actions(notice.pk)[-2:] == ["uncertain", "found"]
    assert len(copies.kept["Sent"]) == 1


def test_a_mailbox_that_cannot_be_asked_changes_nothing(at: Matter) -> None:
    """Absent or unreachable means unknown: the letter stays uncertain."""
    broken = Copies(broken=MailboxError("down", kind="network"))
    way = outbox(Scripted([ChannelError("no answer", uncertain=True)]), broken)
    assert services.deliver(at.queued().pk, way, NOW) == State.UNCERTAIN


def test_a_person_settles_what_is_uncertain(at: Matter) -> None:
    """With a note and the right, a person says that it arrived, or sends it out again under the same Message-ID."""
    channel = Scripted([ChannelError("no answer", uncertain=True)] * 2)
    one, two = at.queued(), at.queued()
    for notice in (one, two):
        services.deliver(notice.pk, outbox(channel), NOW)
    with pytest.raises(NotAllowed):
        services.settle_uncertain(one.pk, at.mori, True, "電話で確認", NOW)
    with pytest.raises(Incomplete):
        services.settle_uncertain(one.pk, at.kondo, True, " ", NOW)
    assert services.settle_uncertain(one.pk, at.kondo, True, "電話で到着を確認", NOW).state == State.SENT
    assert services.settle_uncertain(two.pk, at.kondo, False, "届いていないとのこと", NOW).state == State.QUEUED
    with pytest.raises(Stale):
        services.settle_uncertain(one.pk, at.kondo, False, "やはり", NOW)
    assert services.deliver(two.pk, outbox(channel), NOW) == State.SENT
    assert channel.letters[-1].message_id == two.message_id


def test_sent_again_looks_in_sent_first(at: Matter) -> None:
    """A letter that goes out a second time by a person's word is looked for once more, and not sent where it lies."""
    channel, copies = Scripted([ChannelError("no answer", uncertain=True)]), Copies()
    notice, way = at.queued(), outbox(channel, copies)
    services.deliver(notice.pk, way, NOW)
    services.settle_uncertain(notice.pk, at.kondo, False, "届いていないとのこと", NOW)
    copies.kept["Sent"] = [f"Message-ID: {notice.message_id}".encode()]
    assert services.deliver(notice.pk, way, NOW) == State.SENT
    assert channel.calls == 1


def test_new_mail_holds_the_letter(at: Matter) -> None:
    """The counterpart writes after the approval: held until the approver says that it still stands."""
    channel, notice = Scripted(), at.queued()
    apology()
    assert services.deliver(notice.pk, outbox(channel), NOW) == State.APPROVED
    held = queries.one(notice.pk)
    assert held.held_since == NOW
    assert [one.pk for one in queries.waiting()] == [notice.pk]
    with pytest.raises(NotAllowed, match="approver"):
        services.still_stands(notice.pk, desk.person("hara", "manager"), NOW)
    with pytest.raises(NotAllowed):
        services.still_stands(notice.pk, at.mori, NOW)
    assert services.still_stands(notice.pk, at.kondo, NOW).state == State.QUEUED
    assert services.deliver(notice.pk, outbox(channel), NOW) == State.SENT
    assert len(channel.letters) == 1


def test_a_held_letter_can_go_back(at: Matter) -> None:
    """An apology may change the letter: the approver gives it back; what is not held is not confirmed."""
    notice = at.queued()
    with pytest.raises(Stale):
        services.still_stands(notice.pk, at.kondo, NOW)
    apology()
    services.deliver(notice.pk, outbox(Scripted()), NOW)
    assert services.send_back(notice.pk, at.kondo, "謝罪がありました", NOW).state == State.DRAFT


def test_a_machines_mail_holds_nothing(at: Matter) -> None:
    """An out-of-office answer is no reason to wait."""
    notice = at.queued()
    desk.receive(desk.raw("不在にしております。", at=NOW, subject="Re: サーバーの件", Auto_Submitted="auto-replied"))
    assert services.deliver(notice.pk, outbox(Scripted()), NOW) == State.SENT


def test_every_check_is_repeated_at_sending(at: Matter) -> None:
    """New decision, changed text, lapsed time, lost right, changed contact, closed case: none of them leaves."""
    channel = Scripted()

    def outcome(notice: Notice, moment: object = NOW) -> str:
        state = services.deliver(notice.pk, outbox(channel), moment)  # type: ignore[arg-type]
        row = queries.one(notice.pk)
        assert row.approver is None
        assert actions(notice.pk)[-1] == "lapsed"
        return f"{state}: {row.error}"

    tampered = at.queued()
    Notice.objects.filter(pk=tampered.pk).update(text="別の文面")
    assert "not the one that was approved" in outcome(tampered)
    readdressed = at.queued()
    Notice.objects.filter(pk=readdressed.pk).update(recipient_address="evil@evil.example")
    assert "not the one that was approved" in outcome(readdressed)
    assert outcome(at.queued(NOW), NOW + timedelta(days=15)).startswith("submitted: The approval is older")
    assert "day for the answer" in outcome(at.queued(), NOW + timedelta(days=60))
    lost = at.queued()
    RoleGrant.objects.filter(user=at.kondo).update(until=desk.day("2026-01-01"))
    assert outcome(lost).startswith("submitted: Kondo may no longer")
    RoleGrant.objects.filter(user=at.kondo).update(until=None)
    moved = at.queued()
    contact = moved.contact
    assert contact is not None
    contact.delete()
    assert "changed in the directory" in outcome(moved)
    assert channel.calls == 0


def test_a_decision_or_a_closing_stops_a_letter(at: Matter) -> None:
    """After a new decision, or when the case is closed, an approved letter is a draft again."""
    channel, one = Scripted(), at.queued()
    at.decide("none")
    assert services.deliver(one.pk, outbox(channel), NOW) == State.DRAFT
    at.decide()
    two = at.queued()
    cases.close(at.case.pk, at.kondo, at.case.version, NOW)
    assert services.deliver(two.pk, outbox(channel), NOW) == State.DRAFT
    assert "closed" in queries.one(two.pk).error
    assert channel.calls == 0


def test_an_approver_who_left_is_no_approver(at: Matter) -> None:
    """An account that was disabled after its approval lets nothing leave."""
    notice, channel = at.queued(), Scripted()
    disable(at.kondo)
    assert services.deliver(notice.pk, outbox(channel), NOW) == State.SUBMITTED
    assert channel.calls == 0


def test_a_header_that_cannot_be_written_fails(at: Matter) -> None:
    """A sender that cannot stand in a header is told, and nothing is handed over."""
    channel = Scripted()
    way = services.Outbox(channel, "no address", desk.DESK_ADDRESS)
    notice = at.queued()
    assert services.deliver(notice.pk, way, NOW) == State.FAILED
    assert notice.reference in queries.one(notice.pk).error
    assert channel.calls == 0


def test_partial_refusal_is_kept_for_each_recipient(at: Matter, sink: SmtpSink) -> None:
    """What the relay said of an address is kept with it."""
    notice = at.queued()
    sink.switches.refuse_recipients["aoki@client.example"] = "550 5.1.1 unknown"
    assert services.deliver(notice.pk, outbox(SmtpChannel(sink.url())), NOW) == State.FAILED
    assert "550 5.1.1 unknown" in queries.one(notice.pk).error
    from worker.domain.ports import Delivery
    from worker.notices.sending import _note_recipients

    _note_recipients(notice.pk, Delivery((), (("aoki@client.example", "550 unknown"),)))
    (row,) = queries.one(notice.pk).recipients.all()
    assert (row.state, row.detail) == ("refused", "550 unknown")


def test_a_copy_that_failed_is_tried_again(at: Matter) -> None:
    """The letter is sent; its copy follows when the mailbox is back, once, and within a week."""
    copies = Copies(broken=MailboxError("down", kind="network"))
    notice, channel = at.queued(), Scripted()
    way = outbox(channel, copies)
    assert services.deliver(notice.pk, way, NOW) == State.SENT
    assert services.due(NOW + timedelta(hours=1)) == [notice.pk]
    assert services.due(NOW + timedelta(days=8)) == []
    copies.broken = None
    services.deliver(notice.pk, way, NOW + timedelta(hours=1))
    services.deliver(notice.pk, way, NOW + timedelta(hours=1))
    assert services.due(NOW + timedelta(hours=2)) == []
    assert (len(copies.kept["Sent"]), channel.calls) == (1, 1)


def test_without_save_sent_no_copy_is_made(at: Matter) -> None:
    """Where the relay keeps the copy itself, we append none."""
    copies, notice = Copies(), at.queued()
    services.deliver(notice.pk, outbox(Scripted(), copies, save=False), NOW)
    assert copies.kept == {}
    assert services.due(NOW) == []


def test_a_claim_left_before_the_hand_over_is_queued_again(at: Matter) -> None:
    """A worker that died before the letter was handed over sent nothing: another one sends it."""
    notice, channel = at.queued(), Scripted()
    Notice.objects.filter(pk=notice.pk).update(state=State.SENDING, claim="dead", claimed_at=NOW)
    assert services.deliver(notice.pk, outbox(channel), NOW + timedelta(minutes=1)) == State.SENDING
    assert services.due(NOW + STALE) == [notice.pk]
    assert services.deliver(notice.pk, outbox(channel), NOW + STALE) == State.QUEUED
    assert services.deliver(notice.pk, outbox(channel), NOW + STALE) == State.SENT
    assert len(channel.letters) == 1


def test_a_claim_left_after_the_hand_over_is_uncertain(at: Matter) -> None:
    """A worker that died with the letter in the relay's hands leaves it uncertain; found in Sent it is sent."""
    notice, other = at.queued(), at.queued()
    rows = Notice.objects.filter(pk__in=[notice.pk, other.pk])
    rows.update(state=State.SENDING, claim="dead", claimed_at=NOW, handed_at=NOW)
    channel, copies = Scripted(), Copies()
    copies.kept["Sent"] = [f"Message-ID: {other.message_id}".encode()]
    assert services.deliver(notice.pk, outbox(channel, copies), NOW + STALE) == State.UNCERTAIN
    assert services.deliver(other.pk, outbox(channel, copies), NOW + STALE) == State.SENT
    assert queries.one(other.pk).sent_at == NOW
    assert channel.calls == 0


def test_a_sleeper_does_not_send_what_was_taken_from_it(at: Matter) -> None:
    """A worker that slept past its claim and wakes finds the letter taken away, and hands over nothing."""
    notice, channel = at.queued(), Scripted()
    way = outbox(channel)
    original = services.Outbox.keeps_copies.fget
    assert original is not None

    class Sleeper(services.Outbox):
        @property
        def keeps_copies(self) -> bool:
            """Asked just before the hand-over: here the worker sleeps, and others take over."""
            Notice.objects.filter(pk=notice.pk).update(state=State.QUEUED, claim="", next_attempt_at=NOW)
            return False

    sleeper = Sleeper(channel, way.sender, way.reply_to)
    assert services.deliver(notice.pk, sleeper, NOW) == State.QUEUED
    assert channel.calls == 0


def test_a_sleeper_that_did_send_settles_the_doubt(at: Matter) -> None:
    """A worker that was given up for dead and comes back with the relay's yes makes the uncertain letter sent."""
    notice = at.queued()

    class Slow(Scripted):
        def send(self, letter: object) -> object:  # type: ignore[override]
            services.deliver(notice.pk, outbox(Scripted()), NOW + STALE)
            assert queries.one(notice.pk).state == State.UNCERTAIN
            return super().send(letter)  # type: ignore[arg-type]

    slow = Slow()
    assert services.deliver(notice.pk, outbox(slow), NOW) == State.SENT
    assert len(slow.letters) == 1


def test_a_late_refusal_does_not_touch_the_doubt(at: Matter) -> None:
    """A worker given up for dead that comes back with a refusal changes nothing: a person is already looking."""
    notice = at.queued()

    class Slow(Scripted):
        def send(self, letter: object) -> object:  # type: ignore[override]
            services.deliver(notice.pk, outbox(Scripted()), NOW + STALE)
            raise ChannelError("later")

    assert services.deliver(notice.pk, outbox(Slow()), NOW) == State.UNCERTAIN


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_one_letter() -> None:
    """Six workers on one letter: one claim, one letter."""
    notice, channel = matter().queued(), Scripted()
    gate = threading.Barrier(6)

    def work() -> None:
        try:
            gate.wait(20)
            services.deliver(notice.pk, outbox(channel), NOW)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert (channel.calls, queries.one(notice.pk).state) == (1, State.SENT)


def test_answers_are_noted_and_overdue_ones_stand_on_top(at: Matter) -> None:
    """A letter without an answer by its day lifts its case; a noted answer lets it down again."""
    notice = at.queued()
    services.deliver(notice.pk, outbox(Scripted()), NOW)
    late = desk.day("2026-12-08")
    assert [row.overdue for row in queue(QueueFilter(), late)] == [1]
    services.note_answer(notice.pk, at.mori, "部長より電話", NOW)
    assert [row.overdue for row in queue(QueueFilter(), late)] == [0]
    with pytest.raises(Stale):
        services.note_answer(at.draft().pk, at.mori, "x", NOW)


def test_edit_after_a_failure(at: Matter) -> None:
    """A failed letter can be reworded, and then needs approval again."""
    notice = at.queued()
    services.deliver(notice.pk, outbox(Scripted([ChannelError("no", permanent=True)])), NOW)
    failed = queries.one(notice.pk)
    changed = services.edit(notice.pk, at.mori, template(), {"our_part": "お詫びします。"}, failed.version, NOW)
    assert (changed.state, changed.error) == (State.DRAFT, "")


def test_a_contact_that_moved_gets_no_letter(at: Matter) -> None:
    """A contact that now belongs to another organisation is not written to."""
    notice = at.queued()
    contact = notice.contact
    assert contact is not None
    contact.organisation = desk.client("株式会社べつ", "betsu.example")
    contact.save()
    assert services.deliver(notice.pk, outbox(Scripted()), NOW) == State.DRAFT
    assert "another organisation" in queries.one(notice.pk).error


def test_the_authors_own_approval_is_no_approval(at: Matter) -> None:
    """Even if a row said so, a letter approved by its author would not leave."""
    from worker.notices.checks import first_obstacle

    notice = at.queued()
    notice.approver = notice.author
    obstacle = first_obstacle(notice, NOW)
    assert obstacle is not None
    assert "somebody else" in obstacle.sentence


def test_a_held_letter_with_another_obstacle_is_not_confirmed(at: Matter) -> None:
    """Confirming asks every check: a letter whose decision changed goes back instead."""
    notice = at.queued()
    apology()
    services.deliver(notice.pk, outbox(Scripted()), NOW)
    at.decide()
    with pytest.raises(Incomplete, match="decided anew"):
        services.still_stands(notice.pk, at.kondo, NOW)
