"""Header text: encoded words, raw 8-bit, folds."""

from __future__ import annotations

import base64

import pytest

from worker.parsing.limits import Notes
from worker.parsing.words import decode_words, header_text


def b64(data: bytes, charset: str) -> bytes:
    return b"=?" + charset.encode() + b"?B?" + base64.b64encode(data) + b"?="


WHOLE = "至急、返金してください"
UTF8 = WHOLE.encode()
EUC = WHOLE.encode("euc_jp")
CUT = base64.b64encode(UTF8)

HEADERS = {
    "plain": (b"hello  world", "hello world"),
    "one word": (b64(UTF8, "utf-8"), WHOLE),
    "quoted-printable word": (b"=?utf-8?Q?=E8=BF=94=E9=87=91_now?=", "返金 now"),
    "language suffix": (b"=?utf-8*ja?B?6L+U6YeR?=", "返金"),
    "space between words goes": (b64(UTF8[:6], "utf-8") + b"\n " + b64(UTF8[6:], "utf-8"), WHOLE),
    "text between words stays": (b"a =?utf-8?Q?b?= c =?utf-8?Q?d?= e", "a b c d e"),
    "character split across words": (b64(UTF8[:7], "utf-8") + b"\n " + b64(UTF8[7:], "utf-8"), WHOLE),
    "character split across EUC words": (b64(EUC[:5], "euc-jp") + b" " + b64(EUC[5:], "euc-jp"), WHOLE),
    "base64 cut across words": (b"=?utf-8?B?" + CUT[:9] + b"?=\n =?utf-8?B?" + CUT[9:] + b"?=", WHOLE),
    "two charsets side by side": (b64("返".encode("cp932"), "shift_jis") + b" " + b64("金".encode(), "utf-8"), "返金"),
    "extension characters in iso-2022-jp": (b64(b"\x1b$B-!\x1b(B", "iso-2022-jp"), "①"),
    "wrong charset": (b64(UTF8, "iso-2022-jp"), WHOLE),
    "unknown charset": (b64(UTF8, "x-nothing"), WHOLE),
    "unknown charset, twice": (b64(UTF8[:6], "x-no") + b" " + b64(UTF8[6:], "x-no"), WHOLE),
    "no padding": (b"=?utf-8?B?6L+U6YeRIQ?=", "返金!"),
    "spaces inside a Q word": (b"=?utf-8?Q?please refund =E8=BF=94?=", "please refund 返"),
    "question mark inside a Q word": (b"=?utf-8?Q?why?_now?=", "why? now"),
    "word inside a word of text": (b"Re:=?utf-8?B?6L+U6YeR?=!", "Re:返金!"),
    "cut off at the end": (b"=?utf-8?B?6L+U6YeR", "返金"),
    "raw UTF-8": (WHOLE.encode(), WHOLE),
    "raw Shift_JIS": (WHOLE.encode("cp932"), WHOLE),
    "raw EUC-JP": (WHOLE.encode("euc_jp"), WHOLE),
    "raw ISO-2022-JP": (WHOLE.encode("iso2022_jp"), WHOLE),
    "raw UTF-8 folded inside a character": (UTF8[:4] + b"\n " + UTF8[4:], WHOLE),
    "raw ISO-2022-JP folded inside a character": (b"\x1b$BJV6\n b\x1b(B", "返金"),
    "raw and encoded mixed": ("件名 ".encode() + b"=?utf-8?B?6L+U6YeR?=", "件名 返金"),
    "raw Latin": ("Müller größe".encode("latin-1"), "Müller größe"),
    "broken": (b"=?utf-8?B?6L+U6YeR", "返金"),
    "nul": (b"a\0b", "ab"),
    "empty word": (b"=?utf-8?B??= x", "x"),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(name: str) -> None:
    """Each form found in the field becomes the text that its sender meant."""
    value, text = HEADERS[name]
    assert header_text(value, Notes()) == text


def test_the_step_is_noted() -> None:
    """A wrong label, raw bytes and a cut word are named among the defects."""
    notes = Notes()
    header_text(b64(UTF8, "iso-2022-jp"), notes)
    header_text(UTF8, notes)
    header_text(b"x =?utf-8?B?6L+U6YeR", notes)
    assert notes.all() == (
        "header: charset: label 'iso-2022-jp' doubted, read as utf-8",
        "header: raw 8-bit, read as utf-8",
        "header: encoded word cut off",
    )


def test_what_cannot_be_joined_is_read_with_replacement() -> None:
    """Words that make no text even when joined give replacements, not an error."""
    words = b"=?utf-8?B?" + base64.b64encode(UTF8 + b"\xff") + b"?= =?utf-8?B?" + base64.b64encode(UTF8) + b"?="
    assert decode_words(words, Notes()) == f"{WHOLE}\ufffd{WHOLE}"


def test_hostile_lengths_are_linear() -> None:
    """A header full of openings that never close is read at once."""
    assert len(header_text(b"=?a?B?" * 40_000, Notes())) > 40_000
    assert header_text(b"=?a?X?" * 40_000, Notes()) == "=?a?X?" * 40_000
