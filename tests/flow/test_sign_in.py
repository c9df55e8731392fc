"""`mamori mailbox login` and what uses its sign-in: the mailbox's polls, and the relay that takes the same one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.certificates import Authority
from tests.support.scripted_imap import ScriptedImap, scripted_imap
from tests.support.settings import write_settings
from tests.support.token_server import TokenServer, token_server
from worker import config, wiring
from worker.cli import app, run

BOX = """
[[mailbox]]
name = "support"
url = "{url}"
ca_file = "{ca_file}"
oauth = {{ provider = "microsoft", client_id = "client", authority = "{authority}" }}

[[mailbox]]
name = "other"
url = "{url}"
password_env = "MAMORI_OTHER_PASSWORD"
"""


@pytest.fixture
def tokens(authority: Authority) -> Iterator[TokenServer]:
    """A sign-in server."""
    with token_server(authority.issue("sign-in")) as running:
        yield running


@pytest.fixture
def server() -> Iterator[ScriptedImap]:
    """A mailbox that takes the first token."""
    with scripted_imap(mails={1: b"Subject: x\r\n\r\nx"}, tokens={"access-1"}) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, authority: Authority, tokens: TokenServer, server: ScriptedImap) -> Path:
    """Settings with one mailbox by sign-in and one by password."""
    more = BOX.format(url=server.url, ca_file=authority.ca_file, authority=tokens.url)
    return write_settings(tmp_path, more=more)


def test_login_signs_in_and_reads(settings: Path) -> None:
    """The command shows what to do, keeps the sign-in, and proves it by reading the mailbox."""
    done = CliRunner().invoke(app, ["mailbox", "login", "support", "--config", str(settings)])
    assert done.exit_code == 0, done.output
    assert "ABCD-EFGH" in done.stderr
    assert done.stdout == "support: signed in; reads INBOX 1.\n"
    found = config.load(settings)
    with wiring.imap_reader(found.named_mailbox("support"), found) as reader:
        assert reader.status("INBOX").count == 1


def test_login_of_a_mailbox_with_a_password(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mailbox without oauth has nothing to sign in to: wrong use."""
    arguments = ["mailbox", "login", "other", "--config", str(settings)]
    assert run(lambda: app(arguments, standalone_mode=False)) == 2
    assert "'other' has no oauth" in capsys.readouterr().err
