"""The stateful half of the wiring: settings and rows → judge, readers, channels, hours, as the tasks need them."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import cast

from django.conf import settings

from worker import wiring
from worker.channels.smtp import SmtpChannel
from worker.config import MailboxSettings, Settings
from worker.domain.errors import ConfigError
from worker.domain.hours import Calendar
from worker.domain.mail import OwnSide
from worker.domain.policy import Policy
from worker.mailboxes.imap import ImapReader
from worker.rulepacks import Judge


def mamori() -> Settings:
    """The settings that this process runs with."""
    return cast(Settings, settings.MAMORI)


@cache
def judge() -> Judge:
    """The judge of this site: shipped packs, the site's overlay, its policy."""
    return wiring.judge(mamori())


@cache
def policy() -> Policy:
    """The site's policy."""
    return wiring.policy(mamori())


def own_side() -> OwnSide:
    """Our own addresses and domains."""
    return wiring.own_side(mamori())


def hours() -> Calendar:
    """The desk's own calendar."""
    return mamori().desk.hours()


def mailbox(name: str) -> MailboxSettings:
    """The settings of one mailbox."""
    return mamori().named_mailbox(name)


def reader(name: str) -> ImapReader:
    """A reader for the mailbox of that name, not yet connected; MailboxError or ConfigError where it cannot be."""
    return wiring.imap_reader(mailbox(name), mamori())


def channel() -> SmtpChannel:
    """The way out for letters; ConfigError where no [smtp] is set."""
    smtp = mamori().smtp
    if smtp is None:
        raise ConfigError(f"{mamori().path}: letters cannot leave, there is no [smtp] section; add one.")
    ca_file = Path(mamori().resolve(smtp.ca_file)) if smtp.ca_file else None
    return SmtpChannel(smtp.url, smtp.password(), ca_file=ca_file, allow_plaintext=smtp.allow_plaintext)


def today() -> date:
    """The desk's own date."""
    from worker.domain.clock import now

    return hours().local(now()).date()
