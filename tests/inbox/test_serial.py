"""A read mail survives the way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from worker.domain.mail import Address, Attachment, Block, ParsedMail, Region
from worker.inbox.serial import from_json, line_digests, signature_of, to_json
from worker.parsing import read_mail

WORDS = st.text(max_size=20)
ADDRESSES = st.builds(Address, WORDS, WORDS)
MOMENTS = st.datetimes(timezones=st.sampled_from([timezone(timedelta(hours=9)), UTC]))
MAILS = st.builds(
    ParsedMail,
    message_id=WORDS, in_reply_to=WORDS, references=st.lists(WORDS, max_size=3).map(tuple), subject=WORDS,
    sender=st.none() | ADDRESSES, reply_to=st.lists(ADDRESSES, max_size=2).map(tuple),
    to=st.lists(ADDRESSES, max_size=2).map(tuple), cc=st.lists(ADDRESSES, max_size=2).map(tuple),
    date=st.none() | MOMENTS, received=st.none() | MOMENTS, text=WORDS,
    blocks=st.lists(st.builds(Block, st.sampled_from(Region), st.integers(0, 9), st.integers(0, 9))).map(tuple),
    attachments=st.lists(st.builds(Attachment, WORDS, WORDS, st.integers(0), WORDS), max_size=2).map(tuple),
    automatic=WORDS, defects=st.lists(WORDS, max_size=2).map(tuple),
)  # fmt: skip


@given(MAILS)
def test_round_trip(parsed: ParsedMail) -> None:
    """What was read comes back equal, through real JSON text."""
    clean = from_json(json.loads(json.dumps(to_json(parsed))))
    again = from_json(json.loads(json.dumps(to_json(clean))))
    assert clean == again
    if not any(sign in str(to_json(parsed)) for sign in "\ufffd"):
        assert clean == parsed


@given(st.binary(max_size=300))
def test_any_bytes_can_be_kept(raw: bytes) -> None:
    """Whatever the bytes, what was read holds no NUL and no lone surrogate, and keeps its positions."""
    parsed = read_mail(raw)
    data = to_json(parsed)
    json.dumps(data, ensure_ascii=False).encode("utf-8")
    assert "\\u0000" not in json.dumps(data)
    assert len(data["text"]) == len(parsed.text)


def test_source_stays_out() -> None:
    """HTML source and raw headers are not kept twice: they are in the original."""
    parsed = ParsedMail(text="a", html="<p>a</p>", headers={"x": ("y",)})
    assert from_json(to_json(parsed)) == replace(parsed, html="", headers={})


def test_nul_and_surrogates_become_one_sign_each() -> None:
    """A NUL and a lone surrogate become a replacement sign, so that spans stay right."""
    assert to_json(ParsedMail(text="a\x00b\ud800c"))["text"] == "a\ufffdb\ufffdc"


def test_lines_are_recognised_again() -> None:
    """A repeated line has the same digest for width, case and space; short lines and quotes give none."""
    text = "至急ご返信ください！\n> 引用された行です\nOK"
    own = len("至急ご返信ください！\n")
    parsed = ParsedMail(text=text, blocks=(Block(Region.OWN, 0, own), Block(Region.QUOTE, own, len(text))))
    assert signature_of(parsed) == {"lines": line_digests("至急 ご返信 ください!")}
    assert len(line_digests("至急ご返信ください！\n至急ご返信ください!\nはい")) == 1


def test_dates_keep_their_offset() -> None:
    """The sender's clock comes back with its offset."""
    date = datetime(2026, 4, 6, 21, 5, tzinfo=timezone(timedelta(hours=9)))
    back = from_json(to_json(ParsedMail(date=date))).date
    assert back is not None
    assert back.utcoffset() == timedelta(hours=9)
