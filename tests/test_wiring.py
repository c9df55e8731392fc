"""The pure half of the wiring: settings, archives and corpora become scenes and judges."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from worker import config, wiring
from worker.config import Settings
from worker.domain.errors import ConfigError, MailboxError, RuleError
from worker.domain.mail import Direction, Message
from worker.mailboxes.corpus import case_of

TOML = """
[desk]
name = "窓口"
addresses = ["support@sample.example"]
own_domains = ["sample.example"]
site = "site"
scope = "保守"
calendar = {{ spans = [{{ days = "Mon-Fri", from = "10:00", to = "18:00" }}], holidays = "JP" }}
{more}
"""


def settings(path: Path, more: str = "") -> Settings:
    """Settings in ``path``."""
    file = path / "mamori.toml"
    file.write_text(TOML.format(more=more), encoding="utf-8")
    return config.load(file)


def eml(sender: str, to: str, text: str, number: int, answers: int | None = None, received: bool = True) -> bytes:
    """A mail of the 4th of March 2026, ``number`` hours after 10:00 in Tokyo."""
    stamp = f"Wed, 4 Mar 2026 {10 + number}:00:00 +0900"
    lines = [f"From: {sender}", f"To: {to}", "Subject: T", f"Date: {stamp}", f"Message-ID: <{number}@a.example>"]
    lines += [f"In-Reply-To: <{answers}@a.example>"] if answers is not None else []
    lines += [f"Received: from x by y; {stamp}"] if received else []
    return "\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", text]).encode()


def archive(path: Path, *mails: bytes) -> Path:
    """A folder of those mails."""
    path.mkdir()
    for number, raw in enumerate(mails):
        (path / f"{number}.eml").write_bytes(raw)
    return path


ASK = eml("Yamada <yamada@client.example>", "support@sample.example", "質問です。", 0)
ANSWER = eml("support@sample.example", "yamada@client.example", "お答えします。", 1, answers=0)
THREAT = eml("yamada@client.example", "support@sample.example", "ただでは済ませませんよ。夜道には気をつけて。", 2, 1)


def messages(path: Path, given: Settings | None, *own: str) -> list[Message]:
    """The archive's messages."""
    return wiring.read_source(wiring.open_source(str(path), str), given, own, lambda count: None)


def test_settings_are_optional_but_never_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file there are none; a file that is named must be there."""
    monkeypatch.delenv(config.ENVIRONMENT)
    monkeypatch.chdir(tmp_path)
    assert wiring.settings_or_none(None) is None
    with pytest.raises(ConfigError):
        wiring.settings_or_none("other.toml")
    settings(tmp_path)
    found = wiring.settings_or_none(None)
    assert found is not None
    assert found.desk.name == "窓口"
    monkeypatch.setenv(config.ENVIRONMENT, "other.toml")
    with pytest.raises(ConfigError):
        wiring.settings_or_none(None)


def test_a_sites_folder_lies_over_the_shipped_rules(tmp_path: Path) -> None:
    """Rules come from the shipped folder, then the site's; policies from the site first."""
    given = settings(tmp_path)
    assert wiring.rule_folders(given)[1] == tmp_path / "site"
    assert len(wiring.rule_folders(None)) == 1
    assert wiring.policy(given).id == "upshare"
    assert wiring.policy(None, "skyarch").id == "skyarch"
    with pytest.raises(RuleError, match="no policy 'none'"):
        wiring.policy(given, "none")
    judge = wiring.judge(given)
    assert judge.policy == wiring.policy(given)


def test_the_desks_hours_or_sensible_ones() -> None:
    """Without settings the hours are weekdays from 9 to 18 in Tokyo."""
    assert wiring.hours_of(None).is_open(datetime(2026, 3, 4, 0, 0, tzinfo=UTC))
    assert not wiring.hours_of(None).is_open(datetime(2026, 3, 3, 23, 0, tzinfo=UTC))


def test_mails_of_an_archive_find_their_side(tmp_path: Path) -> None:
    """With settings, with an address given, or by the address that most mails went to: our mail is outgoing."""
    path = archive(tmp_path / "a", ASK, ANSWER, THREAT)
    expected = [Direction.IN, Direction.OUT, Direction.IN]
    for given, own in [(settings(tmp_path), ()), (None, ("support@sample.example",)), (None, ())]:
        found = messages(path, given, *own)
        assert [message.direction for message in found] == expected
        assert [message.key for message in found] == [f"{n}@a.example" for n in range(3)]
    assert messages(path, None)[0].at == datetime(2026, 3, 4, 1, tzinfo=UTC)


def test_a_mail_that_fails_its_check_is_not_ours(tmp_path: Path) -> None:
    """Who only claims our address, and failed the trusted server's check, came in."""
    given = settings(tmp_path)
    forged = b"Authentication-Results: mx.sample.example; dmarc=fail header.from=sample.example\n" + ANSWER
    text = (tmp_path / "mamori.toml").read_text(encoding="utf-8")
    (tmp_path / "mamori.toml").write_text(text.replace('site = "site"', 'trusted_authserv = ["mx.sample.example"]'))
    given = config.load(given.path)
    [message] = messages(archive(tmp_path / "a", forged), given)
    assert message.direction is Direction.IN


def test_the_same_mail_twice_is_one(tmp_path: Path) -> None:
    """A mail that lies in two folders is judged once; one without id and date still has a key and a time."""
    assert len(messages(archive(tmp_path / "a", ASK, ASK), None)) == 1
    [bare] = messages(archive(tmp_path / "b", b"Subject: x\n\ny"), None)
    assert bare.key
    assert bare.at == wiring.LONG_AGO


def test_threads_are_assessed_with_the_counterparts_history(tmp_path: Path) -> None:
    """Each thread is judged with what the same person wrote before in others."""
    other = eml("yamada@client.example", "support@sample.example", "別件です。", 5).replace(
        b"Subject: T", b"Subject: U"
    )
    path = archive(tmp_path / "a", ASK, ANSWER, THREAT, other)
    given = settings(tmp_path)
    first, second = wiring.assess_messages(messages(path, given), wiring.judge(given), given)
    assert (first.id, first.assessment.flag, len(first.thread.messages)) == ("0@a.example", True, 3)
    assert (second.id, second.assessment.flag) == ("5@a.example", False)
    assert first.assessment.depends_on["history"] == "0"
    assert second.assessment.depends_on["history"].startswith("3 until 2026-03-04T12:00")
    [one] = wiring.assess_messages(messages(archive(tmp_path / "b", ASK), None), wiring.judge(None), None)
    assert one.assessment.flag is False


def corpus_case(**changes: Any) -> dict[str, Any]:
    """A case of a corpus with its own desk."""
    mail = {
        "n": 4,
        "direction": "in",
        "date": "2026-03-04T22:31:00+09:00",
        "from": "山田 <yamada@client.example>",
        "to": "help@desk.example",
        "subject": "件",
        "reply_to": None,
        "headers": {},
        "body": "ただでは済ませませんよ。",
    }
    desk = {
        "name": "d",
        "address": "help@desk.example",
        "timezone": "Asia/Tokyo",
        "around_the_clock": False,
        "calendar": {"spans": [{"days": "Mon-Fri", "from": "10:00", "to": "18:00"}], "holidays": "JP"},
        "scope": "保守",
    }
    return {"id": "c-1", "policy": "heartbeats", "desk": desk, "mails": [mail]} | changes


def test_a_case_is_one_thread_with_its_own_desk() -> None:
    """All mails of a case are one thread; hours and scope are those of the case's desk."""
    scene = wiring.corpus_scene(case_of(corpus_case()))
    assert (scene.thread.key, scene.scope) == ("c-1", "保守")
    assert scene.thread.counterpart.address == "yamada@client.example"
    [message] = scene.thread.messages
    assert (message.key, message.author.name) == ("4", "山田")
    assert not scene.calendar.is_open(message.at)


def test_a_case_of_outgoing_mail_is_with_whom_it_went_to() -> None:
    """Where nothing came in, the counterpart is the first recipient."""
    case = corpus_case()
    ours = case["mails"][0] | {"direction": "out", "from": "help@desk.example", "to": "yamada@client.example"}
    scene = wiring.corpus_scene(case_of(case | {"mails": [ours], "desk": {}}))
    assert scene.thread.counterpart.address == "yamada@client.example"
    assert scene.calendar == wiring.hours_of(None)


def test_a_case_with_wrong_hours_is_named() -> None:
    """A calendar that is none is a fault with case and key."""
    desk = corpus_case()["desk"] | {"calendar": {"spans": [{"days": "Mo", "from": "10:00", "to": "18:00"}]}}
    with pytest.raises(MailboxError, match=r"case c-1: desk.calendar.spans.0.days"):
        wiring.corpus_scene(case_of(corpus_case(desk=desk)))


def test_a_mailbox_needs_a_password_and_a_sound_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader is made from the settings; a URL that cannot be used is named with its mailbox."""
    monkeypatch.setenv("BOX_PASSWORD", "x")
    box = '[[mailbox]]\nname = "b"\nurl = "{url}"\npassword_env = "BOX_PASSWORD"\nca_file = "ca.pem"'
    given = settings(tmp_path, box.format(url="imaps://a%40b.example@imap.example"))
    wiring.check_mailbox_url(given.mailbox[0])
    assert wiring.imap_reader(given.mailbox[0], given).account.user == "a@b.example"
    wrong = settings(tmp_path, box.format(url="http://imap.example").replace('ca_file = "ca.pem"', ""))
    with pytest.raises(ConfigError, match="mailbox 'b', url: http:// is no way"):
        wiring.check_mailbox_url(wrong.mailbox[0])


def test_a_mailbox_url_is_a_source_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is the URL's, the inbox where it names none; the password is asked for unless the environment has it."""
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "secret"

    monkeypatch.delenv(wiring.SCAN_PASSWORD, raising=False)
    assert list(wiring.open_source("imaps://u@imap.example/Old", ask).folders()) == ["Old"]
    assert asked == ["Password of u at imap.example:993"]
    monkeypatch.setenv(wiring.SCAN_PASSWORD, "x")
    assert list(wiring.open_source("imaps://u@imap.example", ask).folders()) == ["INBOX"]
    assert len(asked) == 1
