"""A little of the fuzzer with every run; ``python tests/fuzz/reading.py`` runs it for long."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.reading import SEEDS, bent, check
from worker.parsing.charset import decode
from worker.parsing.html import html_to_text
from worker.parsing.limits import Limits, Notes
from worker.parsing.tnef import read


@pytest.mark.parametrize("seed", SEEDS)
def test_seeds(seed: bytes) -> None:
    """Every seed is read soundly, whole and cut at every fiftieth byte."""
    for stop in range(0, len(seed) + 1, 50):
        check(seed[:stop])
    check(seed)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_bent_mails(dice: random.Random) -> None:
    """Whatever is cut, doubled, exchanged or spliced, a mail is read, covered by its blocks, and can be kept."""
    check(bent(dice))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes(raw: bytes) -> None:
    """So is anything at all."""
    check(raw)


LABELS = [
    "",
    "utf-8",
    "iso-2022-jp",
    "shift_jis",
    "euc-jp",
    "gb2312",
    "utf-7",
    "utf-16",
    "hz",
    "big5",
    "x-no",
    "iso-8859-1",
    "us-ascii",
]


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(LABELS))
def test_any_charset(raw: bytes, label: str) -> None:
    """Any bytes under any label become text that databases and JSON take."""
    text = decode(raw, label).text
    assert "\0" not in text
    assert text.encode().decode() == text


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div hidden>",
                "</div>",
                "<blockquote>",
                "<td>",
                "<li>",
                "<pre>",
                "a",
                "<",
                ">",
                '"',
                "&#0;",
            ]
        )
    )
)
def test_any_html(pieces: list[str]) -> None:
    """Tags in any order are read, and text outside them is never lost to an error."""
    found = html_to_text("".join(pieces), Limits(), Notes())
    assert found.text.encode().decode() == found.text


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_tnef(tail: bytes) -> None:
    """Any bytes behind TNEF's signature are read."""
    assert read(b"\x78\x9f\x3e\x22\x01\x00" + tail) is not None
