"""The run's settings, its database, and the real servers.

Django starts after the settings file is written: so a conftest imports models inside its fixtures, never at its top.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support import live, servers
from tests.support.certificates import Authority, make_authority
from tests.support.processes import workshop
from tests.support.settings import write_settings
from tests.support.smtp_sink import SmtpSink, smtp_sink

STACK = pytest.StashKey[ExitStack]()
LEFT_OUT = pytest.StashKey[live.LeftOut]()
POSTGRESQL = pytest.StashKey[servers.PostgreSQL]()
FOLDER = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--database`` and ``--require-live``."""
    group = parser.getgroup("mamori")
    group.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite", help="what Django's tests run on")
    group.addoption("--require-live", action="store_true", help="fail the run if a live test is left out")


def pytest_configure(config: pytest.Config) -> None:
    """Write the run's mamori.toml and point Django at it, before Django starts."""
    if os.environ.get("DJANGO_SETTINGS_MODULE") and not hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "unset DJANGO_SETTINGS_MODULE: Django would start before the tests' settings are written"
        )
    stack = config.stash[STACK] = ExitStack()
    folder = config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix="mamori-tests-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    database = "sqlite"
    if config.getoption("database") == "postgresql" and live.PARTS["postgresql"].here():
        server = config.stash[POSTGRESQL] = stack.enter_context(servers.postgresql())
        database = server.url
    os.environ["MAMORI_CONFIG"] = str(write_settings(folder, database=database))
    os.environ["DJANGO_SETTINGS_MODULE"] = "worker.settings"
    from django.conf import settings

    assert settings.DATABASES, "loads the settings; pytest-django then starts Django"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's database server and remove its folder."""
    if stack := config.stash.get(STACK, None):
        stack.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the live tests whose servers are missing, and count them."""
    kept, dropped, left = live.sort_out(items, config.getoption("database"))
    config.stash[LEFT_OUT] = left
    if dropped:
        items[:] = kept
        config.hook.pytest_deselected(items=dropped)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """``--require-live`` makes a live test that was left out a failure of the run."""
    left = session.config.stash.get(LEFT_OUT, live.LeftOut())
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = (left.tests, sorted(left.packages))
    if left.tests and session.config.getoption("require_live"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """With xdist every process leaves out the same tests; the first to end tells."""
    tests, packages = getattr(node, "workeroutput", {}).get("left_out", (0, []))
    node.config.stash[LEFT_OUT] = live.LeftOut(tests, set(packages))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many live tests were left out, and what to install."""
    left = config.stash.get(LEFT_OUT, live.LeftOut())
    if left.tests:
        required = config.getoption("require_live")
        terminalreporter.write_line(left.line(), red=required, yellow=not required, bold=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(pytestconfig: pytest.Config) -> None:
    """SQLite as it really runs: a file (threads see the same rows), write-ahead log, immediate transactions."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(pytestconfig.stash[FOLDER] / "test.sqlite3")


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    """A certificate authority of this run."""
    with workshop("ca") as folder:
        yield make_authority(folder)


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> Iterator[servers.PostgreSQL]:
    """A running PostgreSQL; the one of ``--database postgresql`` where that was asked for."""
    if POSTGRESQL in pytestconfig.stash:
        yield pytestconfig.stash[POSTGRESQL]
        return
    with servers.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[servers.Redis]:
    """A running Redis. Whoever kills it starts it again."""
    with servers.redis() as server:
        yield server


@pytest.fixture(scope="session")
def dovecot(authority: Authority) -> Iterator[servers.Dovecot]:
    """A running Dovecot; tests make their own accounts with ``add_user``."""
    with servers.dovecot(authority) as server:
        yield server


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A plain SMTP sink on loopback."""
    with smtp_sink() as running:
        yield running


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences for people come in English, so that tests can quote them; the desk's pages set the reader's language."""
    from django.utils import translation

    with translation.override("en"):
        yield
