"""The sample inbox: what it holds, and that its bytes are what mail programs write."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import re
from collections import Counter
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from worker.demo.compose import Draft, compose, encode
from worker.demo.sample import (
    ANCHOR,
    SampleMail,
    organisations_csv,
    people,
    policy_yaml,
    quoted_text,
    sample_mails,
    sample_threads,
)
from worker.directory.organisation_csv import read_rows
from worker.domain.hours import Calendar, ServiceSpan, parse_clock, parse_days
from worker.domain.judgement import Category
from worker.rulepacks.policies import load_policy


def read(mail: SampleMail) -> EmailMessage:
    """The mail as the standard library reads it."""
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(mail: SampleMail) -> str:
    """The plain text of a mail."""
    part = read(mail).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def desk_hours() -> Calendar:
    """The demo desk's hours: weekdays from 10 to 18, Japanese holidays off."""
    start = parse_clock("10:00")
    assert start
    return Calendar("Asia/Tokyo", (ServiceSpan(parse_days("Mon-Fri"), start, parse_clock("18:00")),), holidays="JP")


def test_it_is_large_enough_to_be_read_as_a_desks_inbox() -> None:
    """More than 64 mails in more than 26 threads; our own answers lie in Sent."""
    mails, threads = sample_mails(), sample_threads()
    assert len(mails) >= 64
    assert len(threads) >= 26
    assert Counter(mail.folder for mail in mails)["Sent"] >= 20
    assert sum(len(thread.mails) for thread in threads) == len(mails)


def test_every_pattern_of_the_policies_is_there_and_as_many_look_alikes() -> None:
    """All 27 categories are spread over the threads, and at least as many threads hold nothing at all."""
    expected = [thread.expected for thread in sample_threads()]
    assert {category for found in expected for category in found} == set(Category) - {Category.OTHER}
    assert sum(not found for found in expected) >= sum(bool(found) for found in expected) >= 13


def test_the_four_charsets_of_japanese_mail_are_all_used() -> None:
    """JIS, CP932 (under both of its names), EUC and UTF-8 are declared, and each mail reads in its own."""
    charsets = Counter(
        part.get_content_charset() for mail in sample_mails() for part in read(mail).walk() if not part.is_multipart()
    )
    assert {"iso-2022-jp", "cp932", "shift_jis", "euc-jp", "utf-8", "us-ascii"} <= set(charsets)


@pytest.mark.parametrize("mail", sample_mails(), ids=lambda mail: read(mail)["Message-ID"])
def test_each_mail_is_proper_rfc_5322(mail: SampleMail) -> None:
    """CRLF only, lines of at most 998 bytes, words of at most 75, ASCII headers, a Date at the server's stamp."""
    head, _, rest = mail.raw.partition(b"\r\n\r\n")
    assert head.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw)
    assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 998
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ ]+\?=", head))
    assert rest
    message = read(mail)
    assert message["Date"].datetime == mail.internal_date
    if message.get_content_charset() not in ("iso-2022-jp", "shift_jis"):
        assert not message.defects


def test_jis_holds_the_letters_that_japanese_programs_send() -> None:
    """NEC's row 13 and IBM's kanji go into JIS by way of CP932; ordinary text is what the standard library writes."""
    plain = "表示がずれる。ABC\n半額 123"
    assert encode(plain, "iso-2022-jp") == plain.encode("iso2022_jp")
    assert encode("①㈱髙", "iso-2022-jp") == b"\x1b$B-!-j|b\x1b(B"
    with pytest.raises(UnicodeEncodeError, match="half-width"):
        encode("カタカナ".replace("カ", "ｶ"), "iso-2022-jp")


def test_an_ascii_name_with_signs_is_quoted() -> None:
    """A comma in a display name cannot split an address."""
    draft = Draft(
        ("Clarke, Emma", "e@x.example"), [("", "s@x.example")], "Hi", datetime.now(UTC), "<1@x.example>", "a\n"
    )
    assert b'From: "Clarke, Emma" <e@x.example>\r\nTo: <s@x.example>\r\n' in compose(draft)


def test_replies_quote_what_they_answer_and_refer_to_it() -> None:
    """A reply's In-Reply-To is the mail before it, whose words stand below in the program's own manner."""
    thread = next(thread for thread in sample_threads() if thread.id == "half-price-every-week")
    first, answer, second = thread.mails[:3]
    assert read(answer)["In-Reply-To"] == thread.message_ids[0]
    assert "> 契約書を作り直して送ってください。" in body(answer)
    assert "-----Original Message-----\nFrom: 株式会社サンプル サポート窓口" in body(second)
    assert read(second)["References"].split() == list(thread.message_ids[:2])
    assert "-----Original" not in body(first)


@pytest.mark.parametrize(
    ("client", "introduction"),
    [
        ("thunderbird", "On 2026/11/04 14:12, 山田 wrote:\n> はい。"),
        ("thunderbird-en", "On 04/11/2026 14:12, 山田 wrote:\n> はい。"),
        ("gmail", "2026年11月4日(水) 14:12 山田 <y@x.example>:\n> はい。"),
        ("gmail-en", "On Wed, Nov 4, 2026 at 2:12 PM 山田 <y@x.example> wrote:\n> はい。"),
        ("apple", "2026/11/04 14:12、山田 <y@x.example>のメール:\n> はい。"),
        ("becky", "2026年11月4日(水) 14:12\n山田 <y@x.example> さんは書きました:\n> はい。"),
        (
            "outlook",
            "\n-----Original Message-----\nFrom: 山田 <y@x.example>\nSent: Wednesday, November 4, 2026 02:12 PM",
        ),
        ("foxmail", "\n发件人: 山田\n发送时间: 2026-11-04 14:12\n主题: 件名\n\nはい。"),
    ],
)
def test_each_mail_program_quotes_in_its_own_way(client: str, introduction: str) -> None:
    """Marks and introductions as those programs write them; a quote in a quote has two marks."""
    at = datetime(2026, 11, 4, 14, 12, tzinfo=UTC)
    answered = Draft(("山田", "y@x.example"), [("窓口", "s@x.example")], "件名", at, "<1@x.example>", "はい。\n> 前\n")
    assert quoted_text(client, answered).startswith(introduction)
    assert (">> 前" in quoted_text(client, answered)) == (client not in ("outlook", "foxmail"))


def test_the_inbox_moves_by_whole_weeks() -> None:
    """Moved near another day, every mail keeps its weekday, its hour and its Message-ID, and none lies ahead."""
    until = date(2027, 6, 16)
    moved, fixed = sample_mails(until), sample_mails()
    assert max(mail.internal_date.date() for mail in fixed) == ANCHOR
    assert 0 <= (until - max(mail.internal_date.date() for mail in moved)).days < 7
    for mail, original in zip(moved, fixed, strict=True):
        assert (mail.internal_date - original.internal_date).days % 7 == 0
        assert mail.internal_date.time() == original.internal_date.time()
        assert read(mail)["Message-ID"] == read(original)["Message-ID"]


def test_days_named_in_a_mail_move_with_it() -> None:
    """A day in the text is that of the moved inbox, in the language of the mail."""
    fixed = {thread.id: thread for thread in sample_threads()}
    moved = {thread.id: thread for thread in sample_threads(date(2026, 12, 4))}
    assert "11月27日(金)まで" in body(fixed["half-price-every-week"].mails[1])
    assert "12月11日(金)まで" in body(moved["half-price-every-week"].mails[1])
    assert "on schedule for 14 December" in body(moved["tonight-and-unbilled"].mails[1])


def test_off_hours_threads_really_lie_outside_the_hours() -> None:
    """Where off-hours pressure is expected, mails stand at night or on a holiday; the desk's own answers never do."""
    calendar = desk_hours()
    for thread in sample_threads():
        inside = [calendar.is_open(mail.internal_date) for mail in thread.mails if mail.folder == "INBOX"]
        assert not (Category.OFF_HOURS in thread.expected and all(inside)), thread.id
        answers = [mail for mail in thread.mails if mail.folder == "Sent" and thread.id != "night-outage"]
        assert all(calendar.is_open(mail.internal_date) for mail in answers), thread.id


def test_some_mails_have_html_and_some_have_files() -> None:
    """HTML stands beside the text, the quoted mail in a block; files have Japanese names."""
    messages = [read(mail) for mail in sample_mails()]
    pages = [page for message in messages if (page := message.get_body(("html",))) is not None]
    assert len(pages) >= 3
    assert any("<blockquote" in page.get_content() for page in pages)
    files = [part.get_filename() for message in messages for part in message.iter_attachments()]
    assert len(files) >= 2
    assert "議事録_検索機能.csv" in files


def test_machine_mail_says_so_and_a_form_names_the_person() -> None:
    """Automatic mail bears its headers; the form's mail has the person's address in Reply-To."""
    threads = {thread.id: [read(mail) for mail in thread.mails] for thread in sample_threads()}
    assert threads["alerts-all-night"][0]["Auto-Submitted"] == "auto-generated"
    assert threads["cloud-news"][0]["List-Id"] == "<news.cloud-tsushin.example>"
    form, answer = threads["a-form-from-the-site"]
    assert form["Reply-To"].addresses[0].display_name == "大岩 優子"
    assert answer["To"].addresses[0].addr_spec == "yuko.oiwa@hamakaze-books.example"


def test_the_demos_policy_is_that_of_an_invented_company(tmp_path: Path) -> None:
    """The clauses are UpShare's; company and contact are nobody's."""
    path = tmp_path / "policy.yaml"
    path.write_text(policy_yaml(), encoding="utf-8")
    policy, theirs = load_policy(str(path)), load_policy("upshare")
    assert (policy.clauses, policy.rungs) == (theirs.clauses, theirs.rungs)
    assert (policy.company, policy.company_en) == ("株式会社サンプル", "Sample Inc.")
    assert policy.contacts[0].address == "conduct@sample.example"
    assert not re.search(r"アップシェア|upshare\.co|045-", policy_yaml())


def test_every_address_is_invented() -> None:
    """Domains end in .example, or the sender is an invented person at a free-mail house."""
    free = {"gmail.com", "yahoo.co.jp"}
    domains = {read(mail)["From"].addresses[0].domain for mail in sample_mails()}
    assert {domain for domain in domains if not domain.endswith(".example")} == free


def test_the_directory_knows_the_organisations_of_the_senders() -> None:
    """Each organisation has a domain that writes, a person for notices who is no counterpart, and its clause."""
    assert read_rows(organisations_csv())[1] == []
    rows = list(csv.DictReader(io.StringIO(organisations_csv())))
    senders = {(address.domain, address.addr_spec) for m in sample_mails() for address in read(m)["From"].addresses}
    harassing = {read(mail)["From"].addresses[0].addr_spec for t in sample_threads() if t.expected for mail in t.mails}
    assert len(rows) >= 10
    for row in rows:
        assert row["domains"] in {domain for domain, _ in senders}
        assert row["contact_name"]
        assert row["contact_address"] not in harassing
        assert row["contract_clause"]


def test_there_are_two_people_for_every_letter() -> None:
    """The demo's people hold the roles that a letter passes through, two managers among them."""
    roles = Counter(role for person in people() for role in person["roles"])
    assert roles["desk"] >= 2
    assert roles["manager"] >= 2
    assert {"executive", "administrator", "auditor", "consultation", "account_owner"} <= set(roles)
