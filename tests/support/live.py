"""Tests against real servers: what they need, and how they are left out and counted where it is missing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from tests.support.servers import find, find_postgresql


@dataclass(frozen=True, slots=True)
class Part:
    """Something a live test needs: its Debian packages, and whether it is here."""

    packages: tuple[str, ...]
    here: Callable[[], bool]


def _chromium() -> bool:
    """A browser, and a font that has Japanese."""
    if not find("chromium") or not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=ja"], capture_output=True, check=False).stdout.strip())


PARTS = {
    "dovecot": Part(("dovecot-imapd",), lambda: bool(find("dovecot"))),
    "redis": Part(("redis-server",), lambda: bool(find("redis-server"))),
    "postgresql": Part(("postgresql",), lambda: find_postgresql() is not None),
    "openssl": Part(("openssl",), lambda: bool(find("openssl"))),
    "chromium": Part(("chromium", "fontconfig", "fonts-noto-cjk"), _chromium),
}
NEEDS = {"dovecot": "dovecot", "redis": "redis", "postgresql": "postgresql", "authority": "openssl"}
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_setup", "live_server"})


@dataclass
class LeftOut:
    """The live tests that were left out, and the Debian packages they lacked."""

    tests: int = 0
    packages: set[str] = field(default_factory=set)

    def line(self) -> str:
        """One line for the end of the run."""
        names = " ".join(sorted(self.packages))
        tests = "1 live test" if self.tests == 1 else f"{self.tests} live tests"
        return f"{tests} left out: missing {names}; install: apt-get install {names}"


def parts_of(item: pytest.Item, database: str) -> set[str]:
    """What ``item`` needs: named by its ``live`` marks, implied by its fixtures, or by the database of this run."""
    parts = {str(part) for mark in item.iter_markers("live") for part in mark.args}
    unknown = parts - PARTS.keys()
    if unknown:
        raise pytest.UsageError(f"{item.nodeid}: unknown live parts {sorted(unknown)}; known: {sorted(PARTS)}")
    fixtures = set(getattr(item, "fixturenames", ()))
    parts |= {part for name, part in NEEDS.items() if name in fixtures}
    uses_database = item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES
    if database == "postgresql" and uses_database:
        parts.add("postgresql")
    return parts


def sort_out(items: list[pytest.Item], database: str) -> tuple[list[pytest.Item], list[pytest.Item], LeftOut]:
    """Divide ``items`` into those that can run here and those left out."""
    missing = {name for name, part in PARTS.items() if not part.here()}
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    left = LeftOut()
    for item in items:
        lacking = parts_of(item, database) & missing
        (dropped if lacking else kept).append(item)
        left.packages.update(packages_of(lacking))
    left.tests = len(dropped)
    return kept, dropped, left


def packages_of(parts: Iterable[str]) -> set[str]:
    """The Debian packages of ``parts``."""
    return {package for part in parts for package in PARTS[part].packages}
