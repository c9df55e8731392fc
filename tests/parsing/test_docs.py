"""The table of cases in docs/mail.md."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "mail.md").read_text(encoding="utf-8")


def test_every_named_test_exists() -> None:
    """Each test that the page names for a case of the field is there."""
    source = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    named = set(re.findall(r"\btest_\w+\b(?!\.py)", PAGE))
    assert len(named) >= 40
    assert [name for name in sorted(named) if f"def {name}(" not in source] == []
