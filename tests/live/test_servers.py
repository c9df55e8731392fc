"""The servers of the live tests are real, reachable on loopback alone, and gone afterwards."""

from __future__ import annotations

import imaplib
import smtplib
import ssl

import psycopg
import pytest

from tests.support.certificates import Authority
from tests.support.servers import Dovecot, PostgreSQL, Redis
from tests.support.smtp_sink import SmtpSink, smtp_sink

LETTER = b"Message-ID: <a@sample.example>\r\nSubject: =?utf-8?b?44GK6Kmm44GX?=\r\n\r\nok\r\n"


@pytest.mark.live("dovecot", "openssl")
class TestDovecot:
    def test_mail_goes_in_and_comes_out(self, dovecot: Dovecot) -> None:
        """An account made while the server runs takes a mail and gives it back."""
        password = dovecot.add_user("plain@sample.example")
        with imaplib.IMAP4("127.0.0.1", dovecot.port, timeout=10) as link:
            link.login("plain@sample.example", password)
            assert link.append("INBOX", None, None, LETTER)[0] == "OK"
            link.select("INBOX", readonly=True)
            _, answer = link.uid("FETCH", "1", "(BODY.PEEK[])")
        assert answer[0][1] == LETTER

    def test_tls_is_signed_by_the_authority(self, dovecot: Dovecot) -> None:
        """A client that trusts the run's authority, and only that, connects by TLS and by STARTTLS."""
        password = dovecot.add_user("tls")
        context = ssl.create_default_context(cafile=str(dovecot.ca_file))
        with imaplib.IMAP4_SSL("localhost", dovecot.tls_port, ssl_context=context, timeout=10) as link:
            assert link.login("tls", password)[0] == "OK"
        with imaplib.IMAP4("localhost", dovecot.port, timeout=10) as link:
            link.starttls(context)
            assert link.login("tls", password)[0] == "OK"

    def test_strangers_certificate_is_refused(self, dovecot: Dovecot) -> None:
        """A client that trusts the public authorities does not trust the run's server."""
        with pytest.raises(ssl.SSLCertVerificationError):
            imaplib.IMAP4_SSL("localhost", dovecot.tls_port, ssl_context=ssl.create_default_context(), timeout=10)

    def test_restart_keeps_the_mail(self, dovecot: Dovecot) -> None:
        """The server can be killed and started again, as bad days do."""
        password = dovecot.add_user("again")
        with imaplib.IMAP4("127.0.0.1", dovecot.port, timeout=10) as link:
            link.login("again", password)
            link.append("INBOX", None, None, LETTER)
        dovecot.daemon.stop()
        dovecot.start()
        with imaplib.IMAP4("127.0.0.1", dovecot.port, timeout=10) as link:
            link.login("again", password)
            assert link.select("INBOX", readonly=True)[1] == [b"1"]


@pytest.mark.live("redis")
def test_redis_forgets_when_wiped(redis: Redis) -> None:
    """Redis runs, and forgets everything when wiped or killed."""
    import redis as client

    with client.Redis.from_url(redis.url) as link:
        link.set("a", "1")
        redis.wipe()
        assert link.get("a") is None
    redis.daemon.kill()
    redis.start()
    with client.Redis.from_url(redis.url) as link:
        assert link.ping()


@pytest.mark.live("postgresql")
def test_postgresql_makes_databases(postgresql: PostgreSQL) -> None:
    """PostgreSQL runs with a password, over TCP only, and gives a fresh UTF-8 database by name."""
    with psycopg.connect(postgresql.database("fresh")) as link:
        assert link.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert link.execute("SHOW unix_socket_directories").fetchone() == ("",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgresql.url.replace(postgresql.password, "wrong"))


class TestSink:
    def test_keeps_what_it_gets(self, sink: SmtpSink) -> None:
        """A mail handed over stands in the sink with its envelope."""
        self._send(sink, "a@client.example")
        assert [(mail.sender, mail.recipients) for mail in sink.mails] == [("d@sample.example", ("a@client.example",))]
        assert sink.mails[0].raw == LETTER

    def test_refuses_a_recipient(self, sink: SmtpSink) -> None:
        """A switched recipient is refused with the given words, the others are taken."""
        sink.switches.refuse_recipients = {"b@client.example": "550 5.1.1 unknown"}
        refused = self._send(sink, "a@client.example", "b@client.example")
        assert refused == {"b@client.example": (550, b"5.1.1 unknown")}
        assert sink.mails[0].recipients == ("a@client.example",)

    @pytest.mark.parametrize("switch", ["on_mail", "on_data"])
    def test_answers_as_switched(self, sink: SmtpSink, switch: str) -> None:
        """A switched reply to MAIL or to the end of DATA reaches the client, and nothing is kept."""
        setattr(sink.switches, switch, "451 4.3.0 later")
        with pytest.raises(smtplib.SMTPResponseException) as caught:
            self._send(sink, "a@client.example")
        assert caught.value.smtp_code == 451
        assert sink.mails == []

    def test_drops_before_data(self, sink: SmtpSink) -> None:
        """The connection is lost before anything was handed over."""
        sink.switches.drop_before_data = True
        with pytest.raises(smtplib.SMTPServerDisconnected):
            self._send(sink, "a@client.example")
        assert sink.mails == []

    def test_drops_after_data(self, sink: SmtpSink) -> None:
        """The connection is lost after the mail was taken: the client cannot know."""
        sink.switches.drop_after_data = True
        with pytest.raises(smtplib.SMTPServerDisconnected):
            self._send(sink, "a@client.example")
        assert len(sink.mails) == 1

    def test_hangs_after_data(self, sink: SmtpSink) -> None:
        """The answer to the end of DATA never comes, and the sink still stops cleanly."""
        sink.switches.hang_after_data = True
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            self._send(sink, "a@client.example", timeout=0.5)
        assert len(sink.mails) == 1

    @pytest.mark.parametrize("implicit", [True, False])
    def test_tls_with_sign_in(self, authority: Authority, implicit: bool) -> None:
        """A sink with a certificate takes mail by TLS or STARTTLS, after a sign-in with the right password."""
        context = ssl.create_default_context(cafile=str(authority.ca_file))
        certificate = authority.issue("smtp")
        with smtp_sink(certificate=certificate, implicit_tls=implicit, login=("u", "p")) as sink:
            link: smtplib.SMTP = (
                smtplib.SMTP_SSL("localhost", sink.port, context=context, timeout=10)
                if implicit
                else smtplib.SMTP("localhost", sink.port, timeout=10)
            )
            with link:
                if not implicit:
                    link.starttls(context=context)
                with pytest.raises(smtplib.SMTPAuthenticationError):
                    link.login("u", "wrong")
                link.login("u", "p")
                link.sendmail("d@sample.example", ["a@client.example"], LETTER)
        assert len(sink.mails) == 1

    @staticmethod
    def _send(sink: SmtpSink, *recipients: str, timeout: float = 10) -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=timeout) as link:
            return link.sendmail("d@sample.example", recipients, LETTER)
