"""The letters that the rulebook test compares with; ``python -m tests.rulebook.store_notices`` stores them anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worker.rendering import load_notice, notice_names
from worker.resources import shipped

FOLDER = shipped("templates") / "notices"
STORED = Path(__file__).with_name("notices")


def letters() -> Iterator[tuple[Path, str]]:
    """Every shipped notice's sample in every language: where it is stored, and what it says now."""
    for name in notice_names([FOLDER]):
        template = load_notice(name, [FOLDER])
        for language in template.languages:
            letter = template.render(language, template.sample(language))
            yield STORED / name / f"{language}.txt", f"{letter.subject}\n\n{letter.text}"
            yield STORED / name / f"{language}.html", letter.html


def store() -> None:
    """Write all letters; whoever runs this reads every difference before committing it."""
    for path, text in letters():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    store()
