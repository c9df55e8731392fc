"""Content-Type and Content-Disposition with their parameters."""

from __future__ import annotations

import pytest

from worker.parsing.limits import Notes
from worker.parsing.parameters import plain, split_value, text

NAMES = {
    "plain": (b"attachment; filename=report.pdf", "report.pdf"),
    "quoted with a semicolon": (b'attachment; filename="a;b.txt"', "a;b.txt"),
    "escaped quotes": (rb'attachment; filename="a\"b\\c.txt"', 'a"b\\c.txt'),
    "a path": (rb'attachment; filename="C:\temp\x.doc"', r"C:\temp\x.doc"),
    "unquoted with spaces": (b"attachment; filename=my file (1).pdf", "my file (1).pdf"),
    "the closing quote is missing": (b'attachment; filename="report.pdf', "report.pdf"),
    "RFC 2231": (b"attachment; filename*=utf-8'ja'%E8%A6%8B%E7%A9%8D.pdf", "見積.pdf"),
    "RFC 2231 in pieces": (
        b"attachment; filename*0*=utf-8''%E8%A6%8B%E7; filename*1*=%A9%8D; filename*2=.pdf",
        "見積.pdf",
    ),
    "pieces out of order": (b"attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
    "RFC 2231 in iso-2022-jp": (b"attachment; filename*=iso-2022-jp''%1B%24%42%38%2B%1B%28%42.pdf", "見.pdf"),
    "RFC 2231 without a charset": (b"attachment; filename*=%E8%A6%8B.pdf", "見.pdf"),
    "RFC 2231 wins over plain": (b"attachment; filename=x.pdf; filename*=utf-8''%E8%A6%8B.pdf", "見.pdf"),
    "encoded word in quotes": (b'attachment; filename="=?utf-8?B?6KaL?=.pdf"', "見.pdf"),
    "encoded word without quotes": (b"attachment; filename==?utf-8?B?6KaL?=", "見"),
    "encoded words in pieces": (b'attachment; filename*0="=?utf-8?B?6Ka"; filename*1="L?="', "見"),
    "raw Shift_JIS": (b'attachment; filename="' + "見積書.pdf".encode("cp932") + b'"', "見積書.pdf"),
    "raw UTF-8": (b'attachment; filename="' + "見積書.pdf".encode() + b'"', "見積書.pdf"),
    "folded": (b'attachment;\n filename="a.pdf"', "a.pdf"),
    "control characters": (b'attachment; filename="a\x00\x07b.pdf"', "ab.pdf"),
    "none": (b"attachment", ""),
}


@pytest.mark.parametrize("name", NAMES)
def test_file_names(name: str) -> None:
    """Each form of a file name is read as its sender meant it."""
    value, filename = NAMES[name]
    kind, parameters = split_value(value)
    assert kind == "attachment"
    assert text(parameters, "filename", Notes()) == filename


def test_a_wrong_charset_is_noted() -> None:
    """A file name read against its label is named among the defects."""
    notes = Notes()
    _, parameters = split_value(b"attachment; filename*=us-ascii''%E8%A6%8B")
    assert text(parameters, "filename", notes) == "見"
    assert notes.all() == ("header: charset: label 'us-ascii' doubted, read as utf-8",)


def test_tokens() -> None:
    """Charset and boundary come without comments, quotes or continuation."""
    _, parameters = split_value(b"text/plain; charset=us-ascii (plain text); boundary*0=ab; boundary*1=cd; x='y'")
    assert plain(parameters, "charset") == b"us-ascii"
    assert plain(parameters, "boundary") == b"abcd"
    assert plain(parameters, "x") == b"y"
    assert plain(parameters, "nothing") == b""


def test_the_value() -> None:
    """The value is lower case and ends at a space; doubled parameters count once."""
    kind, parameters = split_value(b"Text/HTML charset=x; A=1; a=2; =3; b")
    assert (kind, parameters) == ("text/html", {"a": b"1"})
