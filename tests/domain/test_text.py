"""Text that any database keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.domain.text import fit, storable


@given(st.text(st.characters()))
def test_storable_keeps_length(text: str) -> None:
    """The result has the same length, encodes as UTF-8 and holds no NUL."""
    clean = storable(text)
    assert len(clean) == len(text)
    assert b"\x00" not in clean.encode()


@given(st.text(max_size=60))
def test_fit_keeps_to_the_length(text: str) -> None:
    """Short text stays; long text is cut, and differs where the long texts did."""
    assert len(fit(text, 24)) <= 24
    assert fit(text, 60) == storable(text)
    assert fit("x" * 100 + text, 24) == fit("x" * 100 + text, 24)


def test_cut_texts_stay_different() -> None:
    """Two long texts with the same beginning are different after cutting."""
    assert fit("x" * 100 + "a", 24) != fit("x" * 100 + "b", 24)
