"""How the house is kept: rules about our own code that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {"worker", "templates", "rules", "tests", "docs", "docker-compose.yml", "pyproject.toml", "README.md"}
USUAL = {"Makefile", "Dockerfile", "CHANGELOG.md", "requirements.lock", "requirements-dev.lock"}


def _functions(file: Path) -> Iterator[ast.FunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_test_states_a_fact() -> None:
    """Each test function says in its docstring, as a sentence, what holds."""
    silent = [
        f"{file.relative_to(ROOT)}: {function.name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for function in _functions(file)
        if function.name.startswith("test_") and not (ast.get_docstring(function) or "").rstrip().endswith(".")
    ]
    assert silent == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    """A test runs or it is not there: no skip, no xfail."""
    marks = ("mark." + "skip", "mark." + "xfail", "pytest." + "skip", "pytest." + "xfail")
    files = [file for file in (ROOT / "tests").rglob("*.py") if file != Path(__file__)]
    assert [file.name for file in files if any(mark in file.read_text(encoding="utf-8") for mark in marks)] == []


def test_the_top_level_holds_what_was_agreed() -> None:
    """Beside the fixed folders and files there are only the usual ones, and dotfiles."""
    kept = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    by_tools = {"build", "dist", "var", "mamori.toml", "screenshots"}
    assert kept - by_tools - TOP_LEVEL - USUAL == set()
    assert kept >= TOP_LEVEL
