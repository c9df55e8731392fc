"""``mamori.toml``, read strictly: an unknown key or a wrong value names its line and key path."""

from __future__ import annotations

import os
import re
import tomllib
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from worker.domain.errors import ConfigError
from worker.domain.hours import Calendar, ServiceSpan, parse_clock, parse_closed, parse_days

ENVIRONMENT = "MAMORI_CONFIG"
FILENAME = "mamori.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SpanSettings(_Section):
    """One span of service: ``{ days = "Mon-Fri", from = "10:00", to = "18:00" }``."""

    days: str
    start: str = Field(alias="from")
    end: str = Field(alias="to")

    @field_validator("days")
    @classmethod
    def _days(cls, value: str) -> str:
        parse_days(value)
        return value

    @field_validator("start", "end")
    @classmethod
    def _clock(cls, value: str) -> str:
        parse_clock(value)
        return value


class CalendarSettings(_Section):
    """Hours of service as written in settings, directory and corpus."""

    spans: tuple[SpanSettings, ...]
    holidays: str | None = None
    closed: tuple[str, ...] = ()
    emergencies: Literal["by phone", "around the clock"] | None = None

    @field_validator("closed")
    @classmethod
    def _closed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parse_closed(text)
        return value

    def calendar(self, timezone: str, around_the_clock: bool = False) -> Calendar:
        """The calendar in ``timezone`` (an IANA name)."""
        return Calendar(
            timezone=timezone,
            spans=tuple(_span(span) for span in self.spans),
            holidays=self.holidays or "",
            closed=tuple(parse_closed(text) for text in self.closed),
            emergencies=self.emergencies or "",
            around_the_clock=around_the_clock,
        )


def _span(span: SpanSettings) -> ServiceSpan:
    start = parse_clock(span.start)
    assert start is not None, "a span that starts at 24:00 is refused by its validator"
    return ServiceSpan(parse_days(span.days), start, parse_clock(span.end))


class DeskSettings(_Section):
    """``[desk]``: who we are, when we serve, whose policy counts."""

    name: str = Field(min_length=1)
    addresses: tuple[str, ...] = Field(min_length=1)
    timezone: str = "Asia/Tokyo"
    language: Literal["ja", "en"] = "ja"
    policy: str = "upshare"
    around_the_clock: bool = False
    own_domains: tuple[str, ...] = ()
    trusted_authserv: tuple[str, ...] = ()
    site: str = ""
    scope: str = ""
    telephone: str = ""
    url: str = "http://127.0.0.1:8025"
    calendar: CalendarSettings

    @field_validator("addresses")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            _mail_address(address)
        return value

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{value!r} is no address of a page; write one like https://desk.sample.example")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not a time zone; write one like Asia/Tokyo")
        return value

    def hours(self) -> Calendar:
        """The desk's own calendar."""
        return self.calendar.calendar(self.timezone, self.around_the_clock)


def _mail_address(value: str) -> str:
    """``value`` where it is ``name@domain``, else ValueError."""
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
        raise ValueError(f"{value!r} is no mail address; write one like support@sample.example")
    return value


class FormSettings(_Section):
    """``[[form]]``: mail from ``sender`` was written by a web form; ``person`` says where the real author stands."""

    sender: str
    person: Literal["reply-to", "body"] = "reply-to"


class StoreSettings(_Section):
    """``[store]``: where rows, keys and queue messages live."""

    data: str = Field(default="var", min_length=1)
    database: str = Field(default="sqlite", pattern=r"^(sqlite|postgres(ql)?://.+)$")
    broker: str = Field(default="memory", pattern=r"^(memory|rediss?://.+)$")
    keep_days: int = Field(default=90, ge=1)


class OAuthSettings(_Section):
    """``oauth = { … }`` of a mailbox: the site's own registration with a provider.

    ``authority`` is another sign-in server than the provider's usual one (a national cloud, a gateway).
    """

    provider: Literal["microsoft", "google"]
    client_id: str
    tenant: str = "common"
    client_secret_env: str | None = None
    client_secret_file: str | None = None
    authority: str = Field(default="", pattern="^(https://.*[^/])?$")

    def client_secret(self, folder: Path) -> str:
        """Google's client secret, "" where none is set; a file's path starts at ``folder``.

        ConfigError where it is named and not to be had.
        """
        if not (self.client_secret_env or self.client_secret_file):
            return ""
        return read_secret("the oauth client", self.client_secret_env, self.client_secret_file, folder)


class MailboxSettings(_Section):
    """``[[mailbox]]``: one IMAP account and the folders watched in it. ``shared``: several people may open it."""

    name: str
    url: str
    password_env: str | None = None
    password_file: str | None = None
    oauth: OAuthSettings | None = None
    folders: tuple[str, ...] = Field(default=("INBOX",), min_length=1)
    sent: tuple[str, ...] = ()
    drafts: str | None = None
    max_connections: int = Field(default=4, ge=1, le=15)
    poll_seconds: int = Field(default=60, ge=5)
    review: Literal["none", "keywords", "folders"] = "none"
    shared: bool = True
    review_acknowledged: bool = False
    allow_plaintext: bool = False
    ca_file: str | None = None

    @property
    def review_in_force(self) -> Literal["none", "keywords", "folders"]:
        """``review``, but "none" on a shared mailbox until the site has acknowledged that all who open it see it."""
        return "none" if self.shared and not self.review_acknowledged else self.review

    def password(self, folder: Path) -> str:
        """The password from the environment or the file, whose path starts at ``folder``.

        ConfigError says where it was looked for.
        """
        return read_secret(f"mailbox {self.name!r}", self.password_env, self.password_file, folder)


class SmtpSettings(_Section):
    """``[smtp]``: the relay that letters leave by. ``save_sent``: append the copy where the relay does not.

    ``oauth_of`` names the mailbox whose sign-in the relay is given instead of a password.
    """

    url: str
    sender: str
    password_env: str | None = None
    password_file: str | None = None
    oauth_of: str | None = None
    ca_file: str | None = None
    allow_plaintext: bool = False
    save_sent: bool = True

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        _mail_address(parseaddr(value)[1])
        return value

    def password(self, folder: Path) -> str:
        """The password, or "" where the URL names no user; a file's path starts at ``folder``."""
        if not urlsplit(self.url).username:
            return ""
        return read_secret("[smtp]", self.password_env, self.password_file, folder)


class AlertSettings(_Section):
    """``[alerts]``: apprise URLs to call for critical cases and silent mailboxes."""

    urls: tuple[str, ...] = ()


class Settings(_Section):
    """The whole file. ``path`` is where it was read from; relative paths in it start at its folder."""

    desk: DeskSettings
    form: tuple[FormSettings, ...] = ()
    store: StoreSettings = StoreSettings()
    mailbox: tuple[MailboxSettings, ...] = ()
    smtp: SmtpSettings | None = None
    alerts: AlertSettings = AlertSettings()
    path: Path = Path(FILENAME)

    @field_validator("mailbox")
    @classmethod
    def _names(cls, value: tuple[MailboxSettings, ...]) -> tuple[MailboxSettings, ...]:
        names = [box.name for box in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the name {name!r} is used twice")
        return value

    def resolve(self, name: str) -> Path:
        """``name`` as a path, relative to the folder of the settings file."""
        return (self.path.parent / name).resolve()

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.resolve(self.store.data)

    def desk_hosts(self) -> list[str]:
        """The host that the desk is reached by, from ``desk.url``."""
        host = urlsplit(self.desk.url).hostname
        return [host] if host else []

    def named_mailbox(self, name: str) -> MailboxSettings:
        """The mailbox of that name; ConfigError lists the names there are."""
        for mailbox in self.mailbox:
            if mailbox.name == name:
                return mailbox
        known = ", ".join(box.name for box in self.mailbox) or "none"
        raise ConfigError(f"{self.path}: there is no [[mailbox]] named {name!r}; known: {known}.")


def user_of(url: str) -> str:
    """The decoded user of a URL, "" where it names none."""
    return unquote(urlsplit(url).username or "")


def read_secret(what: str, env: str | None, file: str | None, folder: Path) -> str:
    """A secret from environment variable ``env`` or the first line of ``file`` (its path starts at ``folder``).

    ConfigError where neither gives one.
    """
    if env:
        value = os.environ.get(env)
        if value:
            return value
        raise ConfigError(f"The password of {what} is missing: environment variable {env} is not set; export it.")
    if file:
        try:
            return (folder / file).read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"The password of {what} could not be read from {folder / file}; write it there."
            ) from error
    raise ConfigError(f"{what} names a user but no password; add password_env or password_file.")


def find(explicit: str | None = None) -> Path:
    """The settings file: ``explicit``, else ``MAMORI_CONFIG``, else ``mamori.toml`` in the working folder."""
    return Path(explicit or os.environ.get(ENVIRONMENT) or FILENAME).resolve()


def load(path: Path) -> Settings:
    """Read the settings at ``path``; ConfigError names the file and the line or key path, and the way out."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist; run 'mamori init' or name another with --config.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} could not be read: {error}.") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    return parse(data, text, path)


def parse(data: dict[str, Any], text: str, path: Path) -> Settings:
    """Check ``data`` (read from ``text``) strictly; ConfigError speaks of the first fault."""
    try:
        return Settings.model_validate({**data, "path": path})
    except ValidationError as error:
        faults = error.errors(include_url=False)
        # A misspelt key also leaves the right one missing; the misspelling is the one to name.
        fault = next((each for each in faults if each["type"] == "extra_forbidden"), faults[0])
        keys = ".".join(str(part) for part in fault["loc"])
        line = _line_of(text, fault["loc"])
        where = f"{path}, line {line}" if line else str(path)
        raise ConfigError(f"{where}: {keys}: {_said(fault)}.") from error


_PATTERNS = {
    "database": 'write "sqlite", or postgresql://user@host/name',
    "broker": 'write "memory", or redis://host:6379/0',
}


def _said(fault: ErrorDetails) -> str:
    """What is wrong with a value, in words that do not speak of patterns."""
    if fault["type"] == "extra_forbidden":
        return "is not a known key; remove or correct it"
    if fault["type"] == "string_pattern_mismatch":
        return _PATTERNS[str(fault["loc"][-1])]
    return fault["msg"].removeprefix("Value error, ")


def _line_of(text: str, loc: tuple[str | int, ...]) -> int | None:
    """The 1-based line of the last named key of ``loc``, else of its table's header; None where neither stands."""
    names = [part for part in loc if isinstance(part, str)]
    if not names:
        return None
    index = next((part for part in loc if isinstance(part, int)), 0)
    lines = text.splitlines()
    header = _header(lines, names[0], index)
    if header is None:
        return None
    for number, line in enumerate(lines[header + 1 :], header + 2):
        if line.lstrip().startswith("["):
            break
        if re.search(rf"(^|[{{,\s]){re.escape(names[-1])}\s*=", line):
            return number
    return header + 1


def _header(lines: list[str], table: str, index: int) -> int | None:
    """The 0-based line of the table's header; of the ``index``-th where it is an array of tables."""
    headers = [n for n, line in enumerate(lines) if re.match(rf"\s*\[\[?\s*{re.escape(table)}\b", line)]
    return headers[min(index, len(headers) - 1)] if headers else None
