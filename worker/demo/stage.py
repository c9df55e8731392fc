"""The demo's stage: a folder with settings, the two mail servers, and then people and directory in its database."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from worker.demo.sample import organisations_csv, people, policy_yaml, sample_mails
from worker.demo.server import demo_mailbox, demo_relay

MAILBOX_USER = "support@sample.example"
PASSWORD_VARIABLE = "MAMORI_DEMO_PASSWORD"

SETTINGS = """\
[desk]
name = "株式会社サンプル サポート窓口"
addresses = ["support@sample.example"]
own_domains = ["sample.example"]
trusted_authserv = ["mx.sample.example"]
telephone = "03-0000-0001"
policy = "upshare"
site = "site"
url = "http://127.0.0.1:{port}"
calendar = {{ spans = [{{ days = "Mon-Fri", from = "10:00", to = "18:00" }}], holidays = "JP", emergencies = "by phone" }}

[[form]]
sender = "form@sample.example"
person = "reply-to"

[store]
data = "var"

[[mailbox]]
name = "support"
url = "{imap}"
password_env = "{password}"
folders = ["INBOX"]
sent = ["Sent"]

[smtp]
url = "{smtp}"
sender = "株式会社サンプル サポート窓口 <support@sample.example>"
"""


@contextmanager
def mail_servers(folder: Path, port: int) -> Iterator[Path]:
    """The sample mailbox and the sink, running; gives the settings file in ``folder`` that names them.

    ``port`` is where the desk will be. The sample inbox is moved by weeks up to today.
    """
    shutil.rmtree(folder / "var", ignore_errors=True)
    policies = folder / "site" / "rules" / "policies"
    policies.mkdir(parents=True, exist_ok=True)
    (policies / "upshare.yaml").write_text(policy_yaml(), encoding="utf-8")
    mails = sample_mails(date.today())  # noqa: DTZ011 - whole weeks; the zone does not matter
    with demo_mailbox(mails, MAILBOX_USER) as mailbox, demo_relay(folder / "var" / "caught") as relay:
        os.environ[PASSWORD_VARIABLE] = mailbox.password
        text = SETTINGS.format(port=port, imap=mailbox.url, smtp=relay.url, password=PASSWORD_VARIABLE)
        file = folder / "mamori.toml"
        file.write_text(text, encoding="utf-8")
        yield file


def fill_directory() -> None:
    """The demo's people, who sign in by link only, and its client organisations."""
    from worker.directory import services

    for person in people():
        services.create_user(
            person["username"], secrets.token_urlsafe(24), person["name"], person["roles"], person["language"]
        )
    services.import_organisations(organisations_csv())
