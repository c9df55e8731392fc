"""An installation of its own for each command: settings, database and the demo's mailbox, all real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.product import Product
from tests.support.settings import write_settings
from worker.demo.sample import sample_mails
from worker.demo.server import DemoMailbox, demo_mailbox

MAILBOX = """
[[mailbox]]
name = "support"
url = "{url}"
password_env = "MAMORI_TEST_PASSWORD"
sent = ["Sent"]
{more}
"""

MakeProduct = Callable[..., Product]


@pytest.fixture
def product(tmp_path: Path) -> MakeProduct:
    """Makes an installation: more settings, environment, as they are given."""

    def make(more: str = "", **environment: str) -> Product:
        return Product(write_settings(tmp_path, more=more), environment)

    return make


@pytest.fixture(scope="module")
def mailbox() -> Iterator[DemoMailbox]:
    """The demo's IMAP server with the sample inbox."""
    with demo_mailbox(sample_mails(), "support@sample.example") as server:
        yield server


@pytest.fixture
def connected(product: MakeProduct, mailbox: DemoMailbox) -> MakeProduct:
    """Makes an installation that reads the demo's mailbox; ``password`` other than the right one where given."""

    def make(password: str = mailbox.password, url: str = mailbox.url, more: str = "") -> Product:
        return product(MAILBOX.format(url=url, more=more), MAMORI_TEST_PASSWORD=password)

    return make
