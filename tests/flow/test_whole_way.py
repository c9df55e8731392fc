"""The whole way of a mail on real servers: Dovecot, Redis, PostgreSQL, and the product's own processes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from imapclient import IMAPClient

from tests.rulebook.test_sample_inbox import MISREAD
from tests.support.processes import free_port
from tests.support.product import Product, eventually
from tests.support.servers import Dovecot, PostgreSQL, Redis
from worker.demo.sample import SampleMail, SampleThread, sample_mails, sample_threads
from worker.demo.stage import MAILBOX_USER

pytestmark = pytest.mark.live("dovecot", "redis", "postgresql")

SETTINGS = """\
[desk]
name = "株式会社サンプル サポート窓口"
addresses = ["support@sample.example"]
own_domains = ["sample.example"]
trusted_authserv = ["mx.sample.example"]
calendar = {{ spans = [{{ days = "Mon-Fri", from = "10:00", to = "18:00" }}], holidays = "JP", emergencies = "by phone" }}

[[form]]
sender = "form@sample.example"

[store]
data = "var"
database = "{database}"
broker = "{broker}"

[[mailbox]]
name = "support"
url = "{imap}"
password_env = "MAMORI_SUPPORT_PASSWORD"
folders = ["INBOX"]
sent = ["Sent"]
poll_seconds = 5
"""
TOPICS = ("請求書の再送", "DNSの変更依頼", "バックアップの確認", "証明書の更新", "ログの提供", "アカウントの追加")
BODIES = (
    "お世話になっております。{topic}について、今週中にご対応いただけますと助かります。よろしくお願いいたします。",
    "いつもありがとうございます。{topic}の件、手順をご教示ください。急ぎではございません。",
    "{topic}ですが、先ほど完了を確認いたしました。迅速なご対応に感謝いたします。",
    "{topic}の作業予定日をお知らせください。当方は来週の火曜以降であればいつでも結構です。",
)


def ordinary_mails(number: int) -> list[SampleMail]:
    """Ordinary business mails of as many different people, in ISO-2022-JP."""
    return [SampleMail("INBOX", _ordinary(n), datetime(2026, 11, 18, 2, tzinfo=UTC) + timedelta(minutes=n))
            for n in range(number)]  # fmt: skip


def _ordinary(number: int) -> bytes:
    topic = TOPICS[number % len(TOPICS)]
    body = BODIES[number % len(BODIES)].format(topic=f"{topic}({number}件目)")
    head = (
        f"From: tanto{number}@client{number % 40}.example\r\nTo: support@sample.example\r\n"
        f"Message-ID: <ordinary-{number}@client{number % 40}.example>\r\nSubject: inquiry {number}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
    )
    return head.encode() + body.encode("iso-2022-jp") + b"\r\n"


@dataclass
class Installation:
    """A running product, the mailbox it reads, and its database."""

    product: Product
    dovecot: Dovecot
    database: str

    def append(self, mails: list[SampleMail]) -> None:
        """Put mails into the account, as a mail server would."""
        with IMAPClient("127.0.0.1", self.dovecot.port, ssl=False) as client:
            client.login(MAILBOX_USER, "secret")
            if not client.folder_exists("Sent"):
                client.create_folder("Sent")
            for mail in mails:
                client.append(mail.folder, mail.raw, msg_time=mail.internal_date)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with psycopg.connect(self.database) as link:
            return link.execute(query).fetchall()

    def number(self, query: str) -> int:
        """The single number that a query gives."""
        return int(self.rows(query)[0][0])

    def settled(self, messages: int) -> bool:
        """Whether so many messages are stored, and all are read and assessed."""
        return (
            self.number("SELECT count(*) FROM inbox_message WHERE state = 'read'") == messages
            and self.number("SELECT count(*) FROM inbox_thread WHERE dirty AND merged_into_id IS NULL") == 0
        )

    def cases(self) -> set[tuple[str, bool]]:
        """The open cases by counterpart, and whether they concern our own people."""
        return set(
            self.rows(
                "SELECT p.address, c.own_staff FROM cases_case c JOIN directory_counterpart p ON p.id = c.counterpart_id"
            )
        )


_NUMBERS = count()


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, redis: Redis, postgresql: PostgreSQL
) -> Iterator[Installation]:
    """The sample inbox and 200 ordinary mails on Dovecot; web, worker and beat with Redis and PostgreSQL."""
    folder = tmp_path_factory.mktemp("installation")
    dovecot.add_user(MAILBOX_USER)
    database = postgresql.database(f"whole_way_{next(_NUMBERS)}")
    file = _write_settings(folder, database, redis.url, dovecot.url(MAILBOX_USER))
    product = Product(file, {"MAMORI_SUPPORT_PASSWORD": "secret"})
    running = Installation(product, dovecot, database)
    running.append([*sample_mails(), *ordinary_mails(200)])
    with ExitStack() as stack:
        stack.enter_context(product.running("web", "--port", str(free_port())))
        for part in ("worker", "beat"):
            stack.enter_context(product.running(part))
        tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'django_session'"
        assert eventually(lambda: running.number(tables) == 1), product.log("web").read_text(encoding="utf-8")
        yield running


def _write_settings(folder: Path, database: str, broker: str, imap: str) -> Path:
    file = folder / "mamori.toml"
    file.write_text(SETTINGS.format(database=database, broker=broker, imap=imap), encoding="utf-8")
    return file


def in_cases(installation: Installation) -> set[str]:
    """The sample threads, by id, that lie in a case."""
    query = "SELECT m.message_id FROM cases_casethread ct JOIN inbox_message m ON m.thread_id = ct.thread_id"
    found = {str(row[0]).strip("<>") for row in installation.rows(query)}
    return {thread.id for thread in sample_threads() if any(one.strip("<>") in found for one in thread.message_ids)}


def test_the_expected_cases_are_found(installation: Installation) -> None:
    """From the mailbox to cases by Redis and PostgreSQL: every harassing sample thread, none of the 200 ordinary ones."""
    total = len(sample_mails()) + 200
    assert eventually(lambda: installation.settled(total), 120), installation.product.log("worker").read_text()
    expected = {thread.id for thread in sample_threads() if thread.expected}
    assert expected ^ in_cases(installation) <= MISREAD
    assert not [address for address, _ in installation.cases() if address.startswith("tanto")]


def test_a_second_poll_adds_nothing(installation: Installation) -> None:
    """Polling again by hand, beside the running worker, stores no mail twice and opens no case twice."""
    total = len(sample_mails()) + 200
    assert eventually(lambda: installation.settled(total), 120)
    before = installation.cases()
    assert "support: 0 new mails" in installation.product.run("poll").stdout
    assert installation.settled(total)
    assert installation.cases() == before
    assert installation.number("SELECT count(*) FROM inbox_location") == total


def test_a_new_reply_lands_in_its_case_within_a_round(installation: Installation) -> None:
    """A further mail of somebody with an open case joins that case by itself."""
    total = len(sample_mails()) + 200
    assert eventually(lambda: installation.settled(total), 120)
    thread = next(thread for thread in sample_threads() if thread.id in in_cases(installation))
    before = installation.cases()
    installation.append([_reply(thread)])
    joined = (
        "SELECT count(*) FROM cases_casethread ct JOIN inbox_message m ON m.thread_id = ct.thread_id "
        "WHERE m.message_id LIKE '%the-reply@%'"
    )
    assert eventually(lambda: installation.number(joined) == 1, 60)
    assert eventually(lambda: installation.settled(total + 1), 60)
    assert installation.cases() == before


def test_logs_and_queue_hold_no_word_of_a_mail(installation: Installation, redis: Redis) -> None:
    """Neither the processes' output nor what lies in Redis names an address, a subject or a word of a mail."""
    assert eventually(lambda: installation.number("SELECT count(*) FROM inbox_message") > 0, 120)
    words = ("midori-zakka.example", "tanto", "inquiry", "お世話になっております", "土下座")
    for part in ("worker", "beat", "web"):
        log = installation.product.log(part).read_text(encoding="utf-8")
        assert not [word for word in words if word in log], part
    with socket.create_connection(("127.0.0.1", redis.daemon.port)) as link:
        link.sendall(b"KEYS *\r\n")
        keys = link.recv(1_000_000)
    assert not [word for word in words if word.encode() in keys]


def _reply(thread: SampleThread) -> SampleMail:
    """Another mail of the thread's counterpart, answering its first one."""
    sender = next(line for line in thread.mails[0].raw.split(b"\r\n") if line.startswith(b"From:")).decode("ascii")
    head = (
        f"{sender}\r\nTo: support@sample.example\r\nMessage-ID: <the-reply@client.example>\r\n"
        f"In-Reply-To: {thread.message_ids[0]}\r\nReferences: {thread.message_ids[0]}\r\nSubject: Re: again\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return SampleMail("INBOX", head.encode() + "その後いかがでしょうか。\r\n".encode(), datetime.now(UTC))
