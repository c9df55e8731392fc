"""Subjects as keys."""

from __future__ import annotations

import pytest

from worker.parsing.subjects import subject_key


@pytest.mark.parametrize(
    "subject",
    [
        "Re: 納期の件",
        "RE：納期の件",
        "Re[2]: 納期の件",
        "Re^3: 納期の件",
        "Re: Re: RE: 納期の件",
        "返信: 納期の件",
        "転送: 納期の件",
        "FW: 納期の件",
        "Fwd: [support 00123] Re: 納期の件",
        "[support:00123] 納期の件",
        "回复: 納期の件",
        "答复：納期の件",
        "AW: WG: 納期の件",
        "【チケット#42】Re: 納期の件",
        "Re: 納期の件 [ticket #4711]",
        "Re: 納期の件 (fwd)",
        "  re :  納期の件  ",
    ],
)
def test_marks_go(subject: str) -> None:
    """Marks of replies and forwards, list tags and ticket numbers do not make another subject."""
    assert subject_key(subject)[0] == "納期の件"


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        ("Ｒｅ：　ＡＢＣ　の件", ("abc の件", True)),
        ("Report: x", ("report: x", False)),
        ("再: x", ("再: x", False)),
        ("[only] [tags]", ("[tags]", False)),
        ("[only]", ("[only]", False)),
        ("Re:", ("re:", True)),
        ("", ("", False)),
        ("【重要】納期の件", ("【重要】納期の件", False)),
    ],
)
def test_the_rest_stays(subject: str, key: tuple[str, bool]) -> None:
    """Other words stay, width and case apart; a reply says so."""
    assert subject_key(subject) == key
