"""A poll that is killed (kill -9) at any of twenty points and started again leaves the rows of an undisturbed one."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.product import ROOT, Product
from tests.support.settings import write_settings
from worker.demo.sample import sample_threads
from worker.demo.server import DemoMailbox, demo_mailbox

POINTS = 20
USER = "support@sample.example"
THREADS = sample_threads(date(2026, 11, 20))[:12]
MAILS = [mail for thread in THREADS for mail in thread.mails]
DYING = ROOT / "tests" / "support" / "dying_product.py"
MAILBOX = """
[[mailbox]]
name = "support"
url = "{url}"
password_env = "MAMORI_SUPPORT_PASSWORD"
folders = ["INBOX"]
sent = ["Sent"]
"""
# What a poll leaves, without row ids, times of the work, counted attempts and the mark where to begin: those may differ.
QUERIES = {
    "mailboxes": "SELECT name, last_error_kind, failures FROM inbox_mailbox",
    "folders": "SELECT name, sent, uidvalidity, server_count FROM inbox_folder",
    "originals": "SELECT sha256, size, content FROM inbox_original",
    "messages": """
        SELECT m.identity, m.original_id, m.state, m.direction, m.at, m.message_id, m.subject, m.sender_address,
               m.authorship, m.automatic, m.parsed, c.address,
               (SELECT group_concat(identity) FROM
                   (SELECT identity FROM inbox_message o WHERE o.thread_id = m.thread_id ORDER BY identity))
        FROM inbox_message m LEFT JOIN directory_counterpart c ON c.id = m.counterpart_id""",
    "locations": """
        SELECT f.name, l.uidvalidity, l.uid, m.identity FROM inbox_location l
        JOIN inbox_folder f ON f.id = l.folder_id JOIN inbox_message m ON m.id = l.message_id""",
    "references": """
        SELECT m.identity, r.refers_to FROM inbox_reference r JOIN inbox_message m ON m.id = r.message_id""",
    "threads": "SELECT subject, first_at, last_at, dirty FROM inbox_thread WHERE merged_into_id IS NULL",
    "assessments": """
        SELECT t.subject, t.first_at, a.flag, a.score, a.severity, a.categories FROM cases_assessment a
        JOIN inbox_thread t ON t.id = a.thread_id
        WHERE a.id = (SELECT id FROM cases_assessment n WHERE n.thread_id = t.id ORDER BY n.at DESC, n.id DESC LIMIT 1)
    """,
    "cases": """
        SELECT c.state, c.severity, c.categories, c.own_staff, c.last_at, p.address,
               (SELECT group_concat(first_at) FROM (SELECT t.first_at FROM cases_casethread ct
                   JOIN inbox_thread t ON t.id = ct.thread_id WHERE ct.case_id = c.id ORDER BY t.first_at))
        FROM cases_case c JOIN directory_counterpart p ON p.id = c.counterpart_id""",
}


@dataclass(frozen=True)
class Site:
    """A mailbox with the sample mails, a database at the right shape, and what an undisturbed poll makes of them."""

    box: DemoMailbox
    empty: Path
    folder: Path
    events: int
    rows: dict[str, list[Any]]


def product_in(folder: Path, box: DemoMailbox) -> Product:
    """An installation that reads the mailbox."""
    file = write_settings(folder, more=MAILBOX.format(url=box.url))
    return Product(file, {"MAMORI_SUPPORT_PASSWORD": box.password})


def poll(product: Product, dying_at: int = 0) -> int:
    """Run a poll in a process of its own; the number of events, or 0 where it was killed."""
    report = product.folder / "events"
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, str(DYING), str(dying_at), str(report), "poll"],
        env=product._variables(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == (-9 if dying_at else 0), done.stderr
    return int(report.read_text(encoding="ascii")) if report.exists() else 0


def rows_of(product: Product) -> dict[str, list[Any]]:
    """Every table's rows, in an order of their own."""
    with sqlite3.connect(product.folder / "var" / "mamori.sqlite3") as link:
        found = {name: sorted(link.execute(query).fetchall(), key=repr) for name, query in QUERIES.items()}
    link.close()
    return found


def a_minute_passes(product: Product) -> None:
    """The claims of the dead process run out."""
    with sqlite3.connect(product.folder / "var" / "mamori.sqlite3") as link:
        link.execute("UPDATE inbox_lease SET until = '2026-01-01 00:00:00'")
    link.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample mailbox, polled once without any disturbance."""
    folder = tmp_path_factory.mktemp("killed")
    with demo_mailbox(MAILS, USER) as box:
        first = product_in(folder / "undisturbed", box)
        first.run("purge")
        empty = folder / "empty.sqlite3"
        shutil.copy(first.folder / "var" / "mamori.sqlite3", empty)
        events = poll(first)
        rows = rows_of(first)
        assert {len(rows["messages"]), len(rows["locations"])} == {len(MAILS)}
        assert len(rows["cases"]) > 3
        yield Site(box, empty, folder, events, rows)


@pytest.mark.parametrize("point", range(1, POINTS + 1))
def test_killed_and_started_again(site: Site, point: int) -> None:
    """Whatever the poll was at when it was killed, the next one finishes it and leaves nothing twice."""
    product = product_in(site.folder / str(point), site.box)
    (product.folder / "var").mkdir(mode=0o700)
    shutil.copy(site.empty, product.folder / "var" / "mamori.sqlite3")
    poll(product, dying_at=max(1, site.events * point // (POINTS + 1)))
    a_minute_passes(product)
    poll(product)
    found = rows_of(product)
    for name, rows in site.rows.items():
        assert found[name] == rows, name
