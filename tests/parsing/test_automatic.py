"""Machine mail, known with its reason; people behind machine's headers are still heard."""

from __future__ import annotations

import pytest

from tests.parsing.build import multipart, part, raw
from worker.parsing import read_mail
from worker.parsing.automatic import looks_human, rests_on_headers

HUMAN = "ご担当者様\n\n何度もお願いしていますが、返事はいつになりますか。\n山田"
TABLE = "ホスト: web01\n状態: DOWN\n時刻: 2026-03-04 10:12:00\n値: 99%\n"


def mail(*headers: str, body: str = HUMAN, sender: str = "yamada@client.example", subject: str = "納期の件") -> bytes:
    return raw(f"From: {sender}", f"Subject: {subject}", *headers, body=body)


MACHINES = {
    "auto-submitted": mail("Auto-Submitted: auto-generated"),
    "auto-submitted with a comment": (mail("Auto-Submitted: auto-replied; owner-email=x"), "auto-submitted"),
    "auto-reply-header": mail("X-Autoreply: yes"),
    "auto-reply-header by vacation": (mail("X-Vacation-Reply: 1"), "auto-reply-header"),
    "precedence": mail("Precedence: bulk"),
    "precedence junk": (mail("Precedence: junk"), "precedence"),
    "list": mail("List-Id: <news.client.example>"),
    "list by unsubscribe": (mail("List-Unsubscribe: <mailto:x@y.example>"), "list"),
    "a list nobody may write to": (mail("List-Id: <n.client.example>", "List-Post: NO"), "list"),
    "null-return-path": mail("Return-Path: <>"),
    "report": multipart("report; report-type=delivery-status", part("text/plain", "undelivered")),
    "receipt": (multipart("report; report-type=disposition-notification", part("text/plain", "read")), "report"),
    "bounce": mail(sender="MAILER-DAEMON@client.example", subject="Undelivered Mail Returned to Sender"),
    "bounce in Japanese": (mail(sender="postmaster@client.example", subject="配信不能: 納期の件"), "bounce"),
    "auto-reply": mail(subject="自動返信: 納期の件", body="不在にしております。"),
    "auto-reply by absence": (mail(subject="【不在通知】山田", body="休暇中です。"), "auto-reply"),
    "auto-reply in English": (mail(subject="Out of Office: x", body="I am away."), "auto-reply"),
    "calendar": mail("Content-Class: urn:content-classes:calendarmessage"),
    "calendar alone": (part("text/calendar", "BEGIN:VCALENDAR"), "calendar"),
    "calendar answer": (
        multipart("alternative", part("text/plain", "承諾"), part("text/calendar; method=REPLY", "BEGIN:VCALENDAR")),
        "calendar",
    ),
    "calendar subject": (mail("X-MS-Has-Attach: yes", subject="承諾: 定例会議"), "calendar"),
    "cron": mail("X-Cron-Env: <SHELL=/bin/sh>"),
    "cron by subject": (mail(subject="Cron <root@web01> /usr/local/bin/job"), "cron"),
    "monitoring": mail("X-Zabbix-Host: web01"),
    "monitoring table": (mail(subject="[PROBLEM] web01 is down", body=TABLE), "monitoring"),
    "monitoring in Japanese": (mail(subject="【障害】web01", body=TABLE), "monitoring"),
    "monitoring by sender": (mail(sender="nagios@client.example", subject="** PROBLEM Service Alert **"), "monitoring"),
    "ticket": mail(sender="no-reply@client.example", subject="お問い合わせを受け付けました"),
    "ticket by header": (mail("X-Redmine-Host: x", "Auto-Submitted: auto-generated"), "ticket"),
    "newsletter": mail("List-Unsubscribe: <x>", sender="news@client.example"),
    "newsletter by campaign": (mail("List-Unsubscribe: <x>", "X-Campaign-Id: 4"), "newsletter"),
    "no-reply": mail(sender="noreply@client.example", body="このメールはシステムより自動送信されています。"),
}


@pytest.mark.parametrize("name", MACHINES)
def test_machines(name: str) -> None:
    """Each kind of machine is known, with its reason in a word."""
    found = MACHINES[name]
    data, reason = found if isinstance(found, tuple) else (found, name)
    assert read_mail(data).automatic == reason


PEOPLE = {
    "plain": mail(),
    "Auto-Submitted: no": mail("Auto-Submitted: no"),
    "Exchange suppresses auto replies on people's mail": mail("X-Auto-Response-Suppress: All"),
    "a discussion list": mail("List-Id: <x>", "List-Post: <mailto:x@y.example>", "Precedence: list"),
    "a return path": mail("Return-Path: <yamada@client.example>"),
    "X-Autoreply: no": mail("X-Autoreply: no"),
    "first-class": mail("Precedence: first-class"),
    "about a problem": mail(subject="[PROBLEM] いつ直るのですか", body=HUMAN),
    "about an alert": mail(subject="Alert: いつ直るのですか", body=HUMAN),
    "about an undelivered parcel": mail(subject="Delivery failure of our order"),
    "about an absence, at length": mail(subject="不在通知が何度も届く件", body=HUMAN * 200),
    "a tracker's header alone": mail("X-Redmine-Host: x"),
    "an invitation": multipart(
        "alternative",
        part("text/plain", HUMAN),
        part("text/calendar; method=REQUEST", "x"),
        head=("From: yamada@client.example",),
    ),
    "without a sender": raw("Subject: x", body=HUMAN),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_people(name: str) -> None:
    """What people write is not taken for a machine's."""
    assert read_mail(PEOPLE[name]).automatic == ""


def test_claims_of_headers_are_told_apart() -> None:
    """Reasons that rest on a header alone are known as such."""
    assert rests_on_headers(read_mail(mail("Precedence: bulk")).automatic)
    assert not rests_on_headers("report")
    assert not rests_on_headers("")


@pytest.mark.parametrize(
    ("data", "human"),
    [
        (mail("Auto-Submitted: auto-generated"), True),
        (mail("Precedence: bulk", body="お前の会社は何なんだ。責任を取れ。"), True),
        (mail("Auto-Submitted: auto-replied", body="You must answer me now, do you hear?"), True),
        (multipart("report", part("text/plain", HUMAN)), True),
        (mail("Auto-Submitted: auto-replied", body="不在にしております。ご連絡ください。山田様"), False),
        (mail("Auto-Submitted: auto-generated", body=TABLE), False),
        (mail("List-Id: <x>", body="会員の皆さん、配信停止はこちらからお願いします。ぜひご覧ください。"), False),
        (mail("Auto-Submitted: auto-generated", body="バックアップは終了しました。"), False),
        (mail("Auto-Submitted: auto-generated", body=""), False),
        (mail("Auto-Submitted: auto-generated", body="> お前の責任だ。返事をしろ。\n"), False),
    ],
)
def test_a_person_behind_a_machines_headers(data: bytes, human: bool) -> None:
    """Words addressed to somebody, asking something, are a person's whatever the headers claim."""
    assert looks_human(read_mail(data)) is human
