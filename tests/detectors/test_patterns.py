"""Patterns are folded as the text is, and none that matches is ever left out by the first look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.detectors.fold import fold
from worker.detectors.literals import needed_pieces
from worker.detectors.patterns import PatternError, PatternSet, compiled, fold_pattern


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("タダで(は|じゃ)", "ただで(は|じゃ)"),
        ("[ァ-ヶー]+", "[ぁ-ゖー]+"),
        ("（笑）", r"\(笑\)"),
        ("[！？＊－]", r"[!?*\-]"),
        ("[＾ア]", r"[\^あ]"),
        ("ｶﾞ", "が"),
        (r"\pLさん\p{Han}", r"\pLさん\p{Han}"),
        ("(?P<ア>x)(?:イ)(?i)", "(?P<ア>x)(?:い)(?i)"),
        ("㈱?", r"(?:\(株\))?"),
        ("㈱", r"\(株\)"),
        ("！！ああ{0,3}", "!ああ{0,3}"),
        (r"[^。\]ア-]x", r"[^。\]あ-]x"),
        ("[[:alpha:]]", "[[:alpha:]]"),
    ],
)
def test_patterns_are_folded_by_the_same_table(written: str, folded: str) -> None:
    """Literal signs are folded and escaped where folding makes them special; escapes, groups and counts stay."""
    assert fold_pattern(written) == folded
    compiled(written)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("[㈱]", "folded to"),
        ("[\u200b]", "empty once folded"),
        ("(?=あ)", "RE2 refuses it"),
        ("(あ", "RE2 refuses it"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, fault: str) -> None:
    """A class sign that folds to several, an empty class, look-around and a missing bracket are faults in words."""
    with pytest.raises(PatternError, match=fault):
        compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        ("訴訟", {"訴訟"}),
        ("(訴訟|裁判)を", {"訴訟を", "裁判を"}),
        ("お?前", {"前", "お前"}),
        ("[死氏]ね", {"死ね", "氏ね"}),
        ("あ.{0,9}い", {"あ"}),
        (r"\d円", {f"{n}円" for n in range(10)}),
        (r"a\.b", {"a.b"}),
        ("[a-c]x", {"ax", "bx", "cx"}),
        (r"[\]x]y", {"]y", "xy"}),
        ("(あ){2}い", {"あ"}),
        ("(?P<n>ただ)(?i)で", {"ただで"}),
        (r"\bkill\b", {"kil"}),
        ("x{1}y", {"xy"}),
        ("^あいう$", {"あいう"}),
    ],
)
def test_the_rarest_pieces_that_a_match_needs(pattern: str, pieces: set[str]) -> None:
    """Of the sets of short pieces that every match must contain, the rarest comes first."""
    first = needed_pieces(pattern)[0]
    assert first == pieces or {piece[0] for piece in first} == pieces or first < pieces


@pytest.mark.parametrize("pattern", ["あ*", ".+", r"\pL\w", "(あ|.)", "[^あ]", "[あ-ん]", r"[\d]", "(あ?|い)", "x{0,}"])
def test_what_needs_nothing_is_always_tried(pattern: str) -> None:
    """Where nothing is known to be needed, there is no set of pieces."""
    assert needed_pieces(pattern) == ()


_ATOMS = st.sampled_from(
    ["あ", "い", "訴訟", "[あい]", "[^あ]", ".", "x", "(い|訴)", "(?:あい|)", "[a-z]", r"\d", "^", "$"]
)
_PATTERNS = st.lists(
    st.tuples(_ATOMS, st.sampled_from(["", "?", "+", "*", "{0,2}", "{2}", "{1,2}"])), min_size=1, max_size=5
)


@given(_PATTERNS, st.lists(_PATTERNS, max_size=2), st.text(alphabet="あい訴訟xya1。\n", max_size=14))
def test_the_first_look_misses_nothing(
    first: list[tuple[str, str]], others: list[list[tuple[str, str]]], text: str
) -> None:
    """Looking at needed pieces first finds exactly the patterns that match."""
    pattern = "|".join(
        "".join(atom + (count if atom not in "^$" else "") for atom, count in one) for one in [first, *others]
    )
    folded = fold(text).text
    expected = [0] if folded and compiled(pattern).search(folded) else []
    assert PatternSet([pattern]).found(folded) == expected


def test_many_patterns_at_once() -> None:
    """The numbers of the patterns that match come rising, and each knows where; nothing is found in nothing."""
    patterns = PatternSet(["ただで(は|じゃ)", "^ふざけ", "なし", "る*"])
    assert patterns.found("ほげただではない\nふざけるな") == [0, 1, 3]
    assert list(patterns.spans(0, "ほげただではない")) == [(2, 6)]
    assert list(patterns.spans(3, "あるある")) == [(1, 2), (3, 4)]
    assert patterns.found("") == []


def test_a_negated_class_does_not_run_over_a_sentence() -> None:
    """Line ends part sentences; no class and no gap matches one."""
    assert PatternSet(["あ[^い]う", "あ.う"]).found("あ\nう") == []
