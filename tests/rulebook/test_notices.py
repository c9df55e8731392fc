"""Every letter that we ship, as it reads."""

from __future__ import annotations

from pathlib import Path

from tests.rulebook.store_notices import FOLDER, STORED, letters
from worker.rendering import load_notice, notice_names
from worker.rendering.lint import lint_notices


def test_every_shipped_letter_reads_as_stored() -> None:
    """Each sample in each language gives the stored subject, text and HTML, and nothing else is stored."""
    told = dict(letters())
    assert {path: path.read_text(encoding="utf-8") for path in told} == told
    assert {path for path in Path(STORED).rglob("*") if path.is_file()} == set(told)


def test_the_shipped_notices_have_no_fault() -> None:
    """Lint passes: no unknown or unused variable, no forbidden construct, samples complete."""
    assert lint_notices(FOLDER) == []


def test_every_shipped_notice_is_written_in_japanese_and_english() -> None:
    """The two languages of the desk are there, the first notice in Chinese as well."""
    languages = {name: load_notice(name, [FOLDER]).languages for name in notice_names([FOLDER])}
    assert languages["upshare/notice"] == ("en", "ja", "zh")
    assert all({"en", "ja"} <= set(found) for found in languages.values())


def test_a_first_notice_says_what_appears_and_recognises_nothing() -> None:
    """It uses the words of appearance, and none that would be a verdict."""
    template = load_notice("upshare/notice", [FOLDER])
    text = template.render("ja", template.sample("ja")).text
    assert "見受けられる" in text
    assert not [word for word in ("認定", "断定", "悪質", "処分", "違法") if word in text]
    assert "appear to be" in template.render("en", template.sample("en")).text
