"""Address headers in all their forms."""

from __future__ import annotations

import pytest

from worker.parsing.addresses import addresses
from worker.parsing.limits import Notes

FORMS = {
    "bare": (b"a@b.example", [("", "a@b.example")]),
    "angle": (b"<a@b.example>", [("", "a@b.example")]),
    "name": (b"Taro Yamada <a@b.example>", [("Taro Yamada", "a@b.example")]),
    "quoted name with a comma": (b'"Yamada, Taro" <a@b.example>', [("Yamada, Taro", "a@b.example")]),
    "quoted name with quotes": (rb'"Taro \"T\" Yamada" <a@b.example>', [('Taro "T" Yamada', "a@b.example")]),
    "comment as name": (b"a@b.example (Taro Yamada)", [("Taro Yamada", "a@b.example")]),
    "comment beside the angle": (b"<a@b.example> (Taro)", [("Taro", "a@b.example")]),
    "encoded name": (b"=?utf-8?B?5bGx55Sw?= <a@b.example>", [("山田", "a@b.example")]),
    "encoded name in quotes": (b'"=?utf-8?B?5bGx55Sw?=" <a@b.example>', [("山田", "a@b.example")]),
    "a comma inside an encoded word": (b"=?utf-8?Q?Yamada=2C_Taro?= <a@b.example>", [("Yamada, Taro", "a@b.example")]),
    "raw UTF-8": ("山田 <a@b.example>".encode(), [("山田", "a@b.example")]),
    "raw cp932": ("山田様、返金 <a@b.example>".encode("cp932"), [("山田様、返金", "a@b.example")]),
    "raw and encoded": ("様 =?utf-8?B?5bGx?= <a@b.example>".encode(), [("様 山", "a@b.example")]),
    "raw name with white space": ("山田  太郎 <a@b.example>".encode(), [("山田 太郎", "a@b.example")]),
    "several": (
        b"a@b.example, C <c@d.example>;e@f.example",
        [("", "a@b.example"), ("C", "c@d.example"), ("", "e@f.example")],
    ),
    "group": (
        b"team: a@b.example, C <c@d.example>;, e@f.example",
        [("", "a@b.example"), ("C", "c@d.example"), ("", "e@f.example")],
    ),
    "empty group": (b"undisclosed-recipients:;", []),
    "no angle": (b"Taro a@b.example", [("Taro", "a@b.example")]),
    "quoted name, no angle": (b'"Taro" a@b.example', [("Taro", "a@b.example")]),
    "route": (b"<@x.example,@y.example:a@b.example>", [("", "a@b.example")]),
    "mailto": (b"mailto:a@b.example", [("", "a@b.example")]),
    "mailto in angles": (b"x <mailto:a@b.example>", [("x", "a@b.example")]),
    "address as name": (b'"c@d.example" <a@b.example>', [("c@d.example", "a@b.example")]),
    "address as bare name": (b"c@d.example <a@b.example>", [("c@d.example", "a@b.example")]),
    "the angle is not closed": (b"Taro <a@b.example", [("Taro", "a@b.example")]),
    "encoded address": (b"<=?utf-8?Q?a?=@b.example>", [("", "a@b.example")]),
    "white space inside": (b"< a@ b.example >", [("", "a@b.example")]),
    "a name only": (b"MAILER-DAEMON", [("", "MAILER-DAEMON")]),
    "a name of words": ("山田 太郎".encode(), [("山田 太郎", "")]),
    "colon in a name behind an address": (b"a@b.example: x", [("x", "a@b.example")]),
    "two addresses in one": (b"<a@b.example> <c@d.example>", [("", "c@d.example")]),
    "apostrophe and dots": (b"o'neil.j <a@b.example>", [("o'neil.j", "a@b.example")]),
    "nothing": (b"", []),
    "commas": (b",,;,", []),
    "folded": (b'"Taro\n Yamada" <a@b.example>', [("Taro Yamada", "a@b.example")]),
    "IPv6": (b"<a@[IPv6:2001:db8::1]>", [("", "a@[IPv6:2001:db8::1]")]),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(name: str) -> None:
    """Each form gives its names and addresses."""
    value, expected = FORMS[name]
    assert [(found.name, found.address) for found in addresses(value, Notes())] == expected


def test_a_great_many() -> None:
    """Only the first thousand are read."""
    assert len(addresses(b"a@b.example, " * 3_000, Notes())) == 1_000


def test_hostile_lengths_are_linear() -> None:
    """Long runs of quotes, brackets, commas and spaces are read at once."""
    for unit in (b'"', b"(", b"<", b" ", b"a ", b"=?a?Q?", b"@", b"a@", b":"):
        addresses(unit * 50_000, Notes())
    assert addresses(b" " * 200_000 + b"a@b.example", Notes())[0].address == "a@b.example"
