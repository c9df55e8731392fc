from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker import config
from worker.domain.errors import ConfigError

WHOLE = """\
[desk]
name = "株式会社サンプル サポート窓口"
addresses = ["support@sample.example"]
timezone = "Asia/Tokyo"
language = "ja"
policy = "upshare"
around_the_clock = false
own_domains = ["sample.example"]
trusted_authserv = ["mx.sample.example"]
site = "site"
calendar = { spans = [{ days = "Mon-Fri", from = "10:00", to = "18:00" }], holidays = "JP", closed = ["12-30..01-03"] }

[[form]]
sender = "form@sample.example"
person = "reply-to"

[store]
data = "var"
database = "sqlite"
broker = "memory"

[[mailbox]]
name = "support"
url = "imaps://support%40sample.example@imap.sample.example"
password_env = "MAMORI_SUPPORT_PASSWORD"
folders = ["INBOX"]
sent = ["Sent"]
drafts = "Drafts"
max_connections = 4
poll_seconds = 60
review = "none"

[smtp]
url = "smtp+starttls://support%40sample.example@smtp.sample.example:587"
password_env = "MAMORI_SMTP_PASSWORD"
sender = "株式会社サンプル <support@sample.example>"
"""


def _load(tmp_path: Path, text: str) -> config.Settings:
    file = tmp_path / "mamori.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def test_the_documented_file_is_read(tmp_path: Path) -> None:
    """Every key of the documented settings file is known, and paths start at its folder."""
    settings = _load(tmp_path, WHOLE)
    assert settings.named_mailbox("support").sent == ("Sent",)
    assert settings.data == (tmp_path / "var").resolve()
    assert settings.desk_hosts() == ["127.0.0.1"]


def test_hours_come_from_the_calendar(tmp_path: Path) -> None:
    """The desk's hours follow spans, national holidays and closed days in its own time zone."""
    hours = _load(tmp_path, WHOLE).desk.hours()
    assert hours.is_open(datetime(2026, 3, 4, 1, 0, tzinfo=UTC))  # Wednesday 10:00 in Tokyo
    assert not hours.is_open(datetime(2026, 3, 4, 9, 0, tzinfo=UTC))  # 18:00
    assert not hours.is_open(datetime(2026, 11, 23, 2, 0, tzinfo=UTC))  # Labour Thanksgiving Day
    assert not hours.is_open(datetime(2026, 12, 31, 2, 0, tzinfo=UTC))  # closed


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("policy =", "polcy =", "desk.polcy: is not a known key"),
        ('review = "none"', 'review = "some"', "review"),
        ("max_connections = 4", "max_connections = 0", "max_connections"),
        ('database = "sqlite"', "database = 5", "store.database"),
        ('from = "10:00"', 'from = "25:00"', "from"),
        ('days = "Mon-Fri"', 'days = "Monday"', "'Monday' is not a day"),
        ('"12-30..01-03"', '"13-30..01-03"', "closed"),
        ('timezone = "Asia/Tokyo"', 'timezone = "Asia/Tokio"', "Asia/Tokio"),
        ("[smtp]", "[smpt]", "smpt"),
        ('person = "reply-to"', 'person = "somebody"', "person"),
        ('name = "support"', 'nmae = "support"', "nmae"),
        ('database = "sqlite"', 'database = "mysql://x"', 'store.database: write "sqlite"'),
        ('broker = "memory"', 'broker = "amqp://x"', 'store.broker: write "memory"'),
        ('data = "var"', "keep_days = 0", "store.keep_days"),
        ('addresses = ["support@sample.example"]', 'addresses = ["support"]', "'support' is no mail address"),
        ('addresses = ["support@sample.example"]', "addresses = []", "desk.addresses"),
        ('folders = ["INBOX"]', "folders = []", "mailbox.0.folders"),
        ('site = "site"', 'url = "desk.sample.example"', "'desk.sample.example' is no address of a page"),
        ('sender = "株式会社サンプル <support@sample.example>"', 'sender = "株式会社"', "is no mail address"),
    ],
)
def test_a_fault_names_its_line_and_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    """An unknown key or wrong value is refused in one sentence with file, line and key path."""
    text = WHOLE.replace(old, new)
    line = next(n for n, content in enumerate(text.splitlines(), 1) if new in content)
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    sentence = str(caught.value)
    assert f"mamori.toml, line {line}:" in sentence
    assert words in sentence
    assert "\n" not in sentence


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    """A file without [desk] says so."""
    with pytest.raises(ConfigError, match="desk: Field required"):
        _load(tmp_path, "[store]\n")


def test_the_second_mailbox_is_told_from_the_first(tmp_path: Path) -> None:
    """A fault in the second [[mailbox]] names the line there."""
    second = '\n[[mailbox]]\nname = "b"\nurl = "imaps://b@imap.sample.example"\npoll_seconds = 1\n'
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, WHOLE + second)
    assert f"line {WHOLE.count(chr(10)) + 5}: mailbox.1.poll_seconds" in str(caught.value)


def test_two_mailboxes_of_one_name_are_refused(tmp_path: Path) -> None:
    """Names of mailboxes are unique: rows are kept under them."""
    second = '\n[[mailbox]]\nname = "support"\nurl = "imaps://b@imap.sample.example"\n'
    with pytest.raises(ConfigError, match="'support' is used twice"):
        _load(tmp_path, WHOLE + second)


@pytest.mark.parametrize(
    ("text", "words"),
    [("[desk", "not valid TOML"), (b"\xff\xfe".decode("latin-1"), "not valid TOML")],
)
def test_broken_files_are_told_apart(tmp_path: Path, text: str, words: str) -> None:
    """A file that is no TOML says so with the parser's place."""
    with pytest.raises(ConfigError, match=words):
        _load(tmp_path, text)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    """Without a settings file the error names 'mamori init'."""
    with pytest.raises(ConfigError, match="mamori init"):
        config.load(tmp_path / "nowhere.toml")


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    """A settings file that is not UTF-8 is refused, not guessed."""
    file = tmp_path / "mamori.toml"
    file.write_bytes(b'[desk]\nname = "\x8a\x94"\n')
    with pytest.raises(ConfigError, match="could not be read"):
        config.load(file)


def test_an_unknown_mailbox_lists_the_known_ones(tmp_path: Path) -> None:
    """Asking for a mailbox that is not named lists those that are."""
    with pytest.raises(ConfigError, match="'sales'; known: support"):
        _load(tmp_path, WHOLE).named_mailbox("sales")


def test_secrets_come_from_environment_or_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password is read from the variable, else from the file's first line; a missing one names where it should be.

    A file's path starts at the settings file's folder.
    """
    settings = _load(tmp_path, WHOLE)
    with pytest.raises(ConfigError, match="MAMORI_SUPPORT_PASSWORD is not set"):
        settings.named_mailbox("support").password(tmp_path)
    monkeypatch.setenv("MAMORI_SUPPORT_PASSWORD", "s3cret")
    assert settings.named_mailbox("support").password(tmp_path) == "s3cret"
    (tmp_path / "password").write_text("from file\n", encoding="utf-8")
    assert config.read_secret("x", None, "password", tmp_path) == "from file"
    with pytest.raises(ConfigError, match="could not be read"):
        config.read_secret("x", None, "none", tmp_path)
    with pytest.raises(ConfigError, match="password_env"):
        config.read_secret("x", None, None, tmp_path)


def test_the_client_secret_of_a_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's client secret comes from the environment or a file, like a password; Microsoft's client has none."""
    with_secret = 'oauth = { provider = "google", client_id = "x", client_secret_env = "MAMORI_CLIENT" }'
    oauth = _load(tmp_path, WHOLE.replace("max_connections = 4", with_secret)).named_mailbox("support").oauth
    assert oauth is not None
    with pytest.raises(ConfigError, match="MAMORI_CLIENT"):
        oauth.client_secret(tmp_path)
    monkeypatch.setenv("MAMORI_CLIENT", "s3cret")
    assert oauth.client_secret(tmp_path) == "s3cret"
    without = WHOLE.replace("max_connections = 4", 'oauth = { provider = "microsoft", client_id = "x" }')
    oauth = _load(tmp_path, without).named_mailbox("support").oauth
    assert oauth is not None
    assert oauth.client_secret(tmp_path) == ""


@pytest.mark.parametrize(
    ("lines", "in_force"),
    [
        ("", "none"),
        ('review = "folders"', "none"),
        ('review = "folders"\nreview_acknowledged = true', "folders"),
        ('review = "keywords"\nshared = false', "keywords"),
    ],
)
def test_review_waits_for_an_acknowledgement(tmp_path: Path, lines: str, in_force: str) -> None:
    """On a shared mailbox, which every one is unless said otherwise, nothing is put before people without it."""
    box = _load(tmp_path, WHOLE.replace('review = "none"', lines)).named_mailbox("support")
    assert box.review_in_force == in_force


def test_a_relay_without_a_user_needs_no_password(tmp_path: Path) -> None:
    """An SMTP URL without a user yields an empty password."""
    text = WHOLE.replace("support%40sample.example@smtp.sample.example:587", "127.0.0.1:25")
    settings = _load(tmp_path, text)
    assert settings.smtp is not None
    assert settings.smtp.password(tmp_path) == ""


def test_the_users_of_urls_are_decoded() -> None:
    """A user in a URL is percent-decoded."""
    assert config.user_of("imaps://a%40b.example@imap.example") == "a@b.example"


def test_the_explicit_file_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """--config comes before MAMORI_CONFIG, which comes before ./mamori.toml."""
    monkeypatch.setenv(config.ENVIRONMENT, "/elsewhere/mamori.toml")
    assert config.find(str(tmp_path / "x.toml")) == tmp_path / "x.toml"
    assert config.find() == Path("/elsewhere/mamori.toml")
    monkeypatch.delenv(config.ENVIRONMENT)
    monkeypatch.chdir(tmp_path)
    assert config.find() == tmp_path / "mamori.toml"
