"""The decoding ladder: declared label, superset, UTF-8, by looks."""

from __future__ import annotations

import pytest

from worker.parsing.charset import clean, codec_of, decode
from worker.parsing.japanese import decode_euc, decode_jis, shift


def jis(text: str) -> bytes:
    """ISO-2022-JP as Windows mailers write it: JIS codes of cp932's characters, extensions included."""
    pieces = [b"\x1b$B"]
    for char in text:
        lead, trail = char.encode("cp932")
        row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + 0x21
        row, cell = (row + 1, trail - 0x7E) if trail >= 0x9F else (row, trail - 0x1F - (trail >= 0x80))
        pieces.append(bytes((row, cell)))
    return b"".join([*pieces, b"\x1b(B"])


LADDER = {
    "NEC row 13 under iso-2022-jp": (jis("①㈱№です"), "iso-2022-jp", "①㈱№です", "cp50221"),
    "IBM extension under iso-2022-jp": (b"\x1b$B\x7c\x62\x36\x36\x1b(B", "iso-2022-jp", "髙橋", "cp50221"),
    "half-width kana by ESC ( I": (b"\x1b(I6@6E\x1b(B ok", "iso-2022-jp", "ｶﾀｶﾅ ok", "cp50221"),
    "half-width kana by shift out": (b"\x0e6@\x0f ok", "iso-2022-jp", "ｶﾀ ok", "cp50221"),
    "① ㈱ 髙 under shift_jis": ("①㈱髙".encode("cp932"), "Shift_JIS", "①㈱髙", "cp932"),
    "髙 is not 郄 under shift_jis": ("髙".encode("cp932"), "shift_jis", "髙", "cp932"),
    "UTF-8 under iso-2022-jp": ("返金してください".encode(), "ISO-2022-JP", "返金してください", "utf-8"),
    "UTF-8 under shift_jis": ("返金してください。".encode(), "Shift_JIS", "返金してください。", "utf-8"),
    "UTF-8 under iso-8859-1": ("返金を".encode(), "iso-8859-1", "返金を", "utf-8"),
    "UTF-8 under us-ascii": ("返金を".encode(), "us-ascii", "返金を", "utf-8"),
    "Japanese under gb2312": (
        "見積書の髙橋様".encode("gb18030"),
        "gb2312",
        "見積書の髙橋様",
        "doubted, read as gb18030",
    ),
    "extended Hangul under ks_c_5601-1987": ("똠방각하".encode("cp949"), "ks_c_5601-1987", "똠방각하", "cp949"),
    "Windows quotes under iso-8859-1": ("“yes”".encode("cp1252"), "iso-8859-1", "“yes”", "cp1252"),
    "cp932 under utf-8": ("返金してください".encode("cp932"), "utf-8", "返金してください", "cp932"),
    "EUC-JP without a label": ("返金してください".encode("euc_jp"), "", "返金してください", "eucjp-ms"),
    "cp932 without a label": ("返金してください".encode("cp932"), "", "返金してください", "cp932"),
    "half-width kana without a label": ("ｶﾀｶﾅで".encode("cp932"), "", "ｶﾀｶﾅで", "cp932"),
    "escapes without a label": ("返金".encode("iso2022_jp"), "", "返金", "cp50221"),
    "escapes under us-ascii": ("返金".encode("iso2022_jp"), "us-ascii", "返金", "cp50221"),
    "escapes under iso-8859-1": ("返金".encode("iso2022_jp"), "iso-8859-1", "返金", "cp50221"),
    "Latin without a label": ("größe für".encode("latin-1"), "", "größe für", "cp1252"),
    "NEC row under euc-jp": (b"\xad\xa1\xa4\xa2", "euc-jp", "①あ", "eucjp-ms"),
    "NEC's IBM row under euc-jp": (b"\xf9\xa1", "euc-jp", "纊", "eucjp-ms"),
    "eucJP-ms row under euc-jp": (b"\x8f\xf3\xf3\xa4\xa2", "euc-jp", "ⅰあ", "eucjp-ms"),
    "an unknown label": ("返金を".encode(), "x-nowhere", "返金を", "unknown label 'x-nowhere', read as utf-8"),
    "one broken character in UTF-8": (
        "返金してください返金".encode() + b"\xe8\xbf",
        "utf-8",
        "返金してください返金\ufffd",
        "utf-8 with",
    ),
    "bytes of nothing": (b"\x81\xff\x8d", "utf-8", "\ufffd\u00ff\ufffd", "latin-1 with replacement"),
    "an unknown label over plain ASCII": (b"hello", "x-nowhere", "hello", "unknown label"),
    "a control byte under us-ascii": (b"hello\0", "us-ascii", "hello", ""),
    "no character of cp1252 under iso-8859-1": (
        "für ".encode("latin-1") + b"\x81",
        "iso-8859-1",
        "für \ufffd",
        "latin-1",
    ),
    "broken Chinese under gb2312": (
        "请尽快退款给我们公司".encode("gb18030") + b"\xff",
        "gb2312",
        "请尽快退款给我们公司\ufffd",
        "gb",
    ),
    "broken escapes": (
        "返金してください返金".encode("iso2022_jp") + b"\x1b$B\x2f\x7e\x1b(B",
        "iso-2022-jp",
        "返金してください返金\ufffd",
        "cp50221 with",
    ),
    "broken Shift_JIS": (
        "返金してください返金".encode("cp932") + b"\xff",
        "shift_jis",
        "返金してください返金\ufffd",
        "cp932 with",
    ),
    "broken EUC-JP": (
        "返金してください返金".encode("euc_jp") + b"\xff",
        "euc-jp",
        "返金してください返金\ufffd",
        "euc_jp with",
    ),
    "8-bit bytes between escapes": (b'\x82\xa0\x1b$B$"\x1b(B', "iso-2022-jp", "ああ", "cp50221"),
    "Korean in ISO-2022 escapes": (b"\x1b$(C0!\x1b(B", "iso-2022-jp", "가", "cp50221"),
}


@pytest.mark.parametrize("name", LADDER)
def test_ladder(name: str) -> None:
    """Each row is read rightly, and the note names the step that read it."""
    raw, label, text, step = LADDER[name]
    found = decode(raw, label)
    assert found.text == text
    assert step in found.note


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("iso2022_jp", "返金〜してください"),
        ("shift_jis", "返金〜してください"),
        ("cp932", "返金～してください①"),
        ("euc_jp", "返金〜してください"),
        ("utf-8", "返金😠ください"),
        ("gb18030", "请退款"),
        ("big5", "請退款"),
        ("cp949", "환불"),
        ("utf-7", "返金"),
        ("utf-16", "返金"),
        ("iso8859-15", "10 €"),
    ],
)
def test_as_declared(codec: str, text: str) -> None:
    """Text that is as its label says is read exactly, wave dash and all, without a note."""
    assert decode(text.encode(codec), codec) == (text, "")


def test_carrier_emoji() -> None:
    """Pictures of Japanese carriers become emoji where i-mode's are known, else 〓; the text around them is kept."""
    assert decode(b"\xf9\xfc\x82\xa0\xf3\x41", "shift_jis").text == "〓あ〓"
    assert decode(b"\xf8\x9f\x82\xa0", "cp932") == ("☀あ", "charset: carrier emoji shown as signs")
    assert decode(b"\xf9\x85\x82\xa0\xf9\xa0", "shift_jis").text.count("あ") == 1
    known = decode("怒った".encode("iso2022_jp") + b"\x1b$B\x75\x21\x1b(B", "iso-2022-jp")
    assert known.text == "怒った〓"
    assert "carrier emoji" in known.note


def test_byte_order_mark_goes() -> None:
    """A byte order mark is no part of the text."""
    assert decode("\ufeff返金".encode(), "utf-8").text == "返金"


def test_nul_and_surrogates_go() -> None:
    """NUL is dropped and a lone surrogate replaced, in derived text only."""
    assert clean("a\0b\ud800c") == "ab\ufffdc"
    assert decode(b"a\0b", "us-ascii").text == "ab"
    assert decode("\ud800".encode("utf-16-le", "surrogatepass") + b"a\0", "utf-16-le").text.isprintable()


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ISO-8859-1", "iso8859-1"),
        ("cp-850", "cp850"),
        ("iso_8859-1:1987", "iso8859-1"),
        ("x-sjis", "shift_jis"),
        ("CP51932", "euc_jp"),
        ("CP50220", "iso2022_jp"),
        ("unknown-8bit", ""),
        ("zlib", ""),
        ("rot13", ""),
        ("idna", ""),
        ("unicode_escape", ""),
        ("no such", ""),
        ("\0", ""),
    ],
)
def test_labels(label: str, codec: str) -> None:
    """Labels find their codec in their many spellings; codecs that are no character sets are refused."""
    assert codec_of(label) == codec


def test_every_jis_code_agrees_with_cp932() -> None:
    """Every code of rows 1 to 94 is one character: EUC-JP's where that has it, else cp932's, else 〓 or a replacement."""
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            text, _ = decode_jis(b"\x1b$B" + bytes((row, cell)) + b"\x1b(B")
            plain = bytes((row | 0x80, cell | 0x80)).decode("euc_jp", "replace")
            extended = shift(row, cell).decode("cp932", "replace")
            assert text in (plain, extended, "〓", "\ufffd")
            assert text != "\ufffd" or "\ufffd" in extended


def test_half_characters_do_not_raise() -> None:
    """A character cut in half, controls and rubbish after an escape give replacements, never an error."""
    assert decode_jis(b'\x1b$B$"$') == ("あ\ufffd", False)
    assert decode_jis(b'\x1b$B$\x01"\x1b(B') == ("あ", True)
    assert decode_jis(b"\x1b$B \x22\x2f\x01") == (" \ufffd\x01", False)
    assert decode_jis(b'\xff\xff\x1b$B$"') == ("\ufffd\ufffdあ", False)
    assert decode_euc(b"\xa4\xff\x8f\xa1\xa1\xa9\xfe")[1] is False
    assert decode_euc(b"\x8f\xf4\xfe") == ("\ufffd", False)


def test_a_line_end_returns_to_ascii() -> None:
    """A line that forgot to return to ASCII does not garble the next one."""
    assert decode_jis(b'\x1b$B$"\nabc') == ("あ\nabc", True)
