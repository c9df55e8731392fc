"""The header block, whatever the bytes."""

from __future__ import annotations

import pytest

from worker.parsing.headers import split_head, unfold
from worker.parsing.limits import Limits, Notes


def read(raw: bytes, limits: Limits | None = None) -> tuple[dict[str, list[bytes]], bytes, tuple[str, ...]]:
    notes = Notes()
    headers, body = split_head(raw, 0, len(raw), limits or Limits(), notes)
    return headers.fields, raw[body:], notes.all()


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_every_line_end(end: bytes) -> None:
    """CRLF, LF and CR mails have the same headers and body."""
    fields, body, notes = read(end.join([b"A: 1", b"B: 2", b" 3", b"", b"text"]))
    assert fields == {"a": [b"1"], "b": [b"2\n 3"]}
    assert body == b"text"
    assert notes == ()


def test_mixed_line_ends() -> None:
    """A body is found behind a blank line of either kind, whichever comes first."""
    assert read(b"A: 1\n\r\ntext\n\nmore")[1] == b"text\n\nmore"
    assert read(b"A: 1\r\n\r\ntext\n\nmore")[1] == b"text\n\nmore"


def test_no_headers_at_all() -> None:
    """A part that begins with a blank line has none; an empty mail has neither headers nor body."""
    assert read(b"\r\ntext")[:2] == ({}, b"text")
    assert read(b"\ntext")[:2] == ({}, b"text")
    assert read(b"")[:2] == ({}, b"")


def test_an_envelope_line_is_no_header() -> None:
    """The From line of an mbox is passed over."""
    assert read(b"From x Wed Mar  4 10:00:00 2026\nA: 1\n\nb")[0] == {"a": [b"1"]}


def test_rubbish_between_headers() -> None:
    """A line without a colon joins the header before it when headers follow, else the body begins there."""
    fields, body, notes = read(b"Subject: one\nrubbish\nFrom: a@b.example\n\ntext")
    assert fields == {"subject": [b"one\nrubbish"], "from": [b"a@b.example"]}
    assert notes == ("headers: a line that is no header",)
    fields, body, notes = read(b"Subject: one\r\nrubbish here\r\nagain\r\n\r\ntext")
    assert (fields, body) == ({"subject": [b"one"]}, b"rubbish here\r\nagain\r\n\r\ntext")
    assert notes == ("headers: no blank line before the body",)


def test_rubbish_first() -> None:
    """A continuation or rubbish before any header is dropped."""
    assert read(b" x\nrubbish\nFrom: a\n\n")[0] == {"from": [b"a"]}


def test_limits() -> None:
    """Too long a block, or too many lines, ends in a note for a person; the body is found all the same."""
    fields, body, notes = read(b"A: " + b"x" * 50 + b"\n\ntext", Limits(header_bytes=10))
    assert (fields, body) == ({"a": [b"x" * 7]}, b"text")
    assert notes == ("needs a person: headers longer than 10 bytes",)
    fields, body, notes = read(b"A: 1\nB: 2\nC: 3\n\ntext", Limits(headers=1))
    assert (list(fields), body) == (["a", "b"], b"text")
    assert notes == ("needs a person: more than 1 header lines",)


def test_values() -> None:
    """The first value that is not blank counts; tokens are plain and lower case."""
    notes = Notes()
    headers, _ = split_head(b"X: \nX: Two\nX: Three\n\n", 0, 22, Limits(), notes)
    assert headers.raw("x") == b"Two"
    assert headers.all("x") == [b"", b"Two", b"Three"]
    assert headers.token("x") == "two"
    assert headers.raw("y") == b""
    assert unfold(b"a\n b") == b"a b"
