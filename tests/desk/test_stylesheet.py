"""The stylesheet keeps to its own rules: contrast, sizes, nothing from elsewhere."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

import worker.desk

FOLDER = Path(worker.desk.__file__).parent / "static" / "desk"
CSS = (FOLDER / "desk.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.S)[:2]
)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(theme: dict[str, str]) -> None:
    """At least 4.5 to 1, in both themes, on every ground that text stands on."""
    inks = ("ink", "soft", "press", "danger", "pencil")
    grounds = ("paper", "leaf", "shade", "press-shade")
    weak = {(i, g): round(contrast(theme[i], theme[g]), 2) for i, g in product(inks, grounds)}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    assert contrast(theme["ink"], theme["band"]) >= 4.5
    assert contrast(theme["press"], theme["band"]) >= 4.5
    assert contrast(theme["press-ink"], theme["press"]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_fields_can_be_seen(theme: dict[str, str]) -> None:
    """At least 3 to 1 against page and field."""
    assert min(contrast(theme["edge"], theme[ground]) for ground in ("paper", "leaf")) >= 3


def test_there_are_four_sizes_of_letters() -> None:
    """13, 15, 17 and 22 pixels on the screen."""
    screen = CSS[: CSS.index("@media print")]
    assert set(re.findall(r"font(?:-size)?:[^;]*?(\d+)px", screen)) == {"13", "15", "17", "22"}


def test_nothing_is_fetched_from_elsewhere() -> None:
    """Neither style nor script names another place."""
    for file in FOLDER.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|@import|url\(", text), file.name


def test_motion_is_only_for_those_who_want_it() -> None:
    """Every animation stands under prefers-reduced-motion: no-preference, none lasts longer than 120 ms."""
    start = CSS.index("@media (prefers-reduced-motion: no-preference)")
    before, rest = CSS[:start], CSS[start:]
    assert "animation" not in before
    assert "transition" not in CSS
    assert {int(ms) for ms in re.findall(r"(\d+)ms", rest)} == {120}
