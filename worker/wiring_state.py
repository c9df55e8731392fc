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
from worker.notices.services import Desk
from worker.rendering import NoticeTemplate, load_notice, notice_folders, notice_names
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


def notice_templates() -> list[NoticeTemplate]:
    """The letters that may go to an organisation under the site's policy, by name."""
    folders = notice_folders(wiring.site_folder(mamori()))
    templates = (load_notice(name, folders) for name in notice_names(folders))
    return [each for each in templates if _may_be_drafted(each)]


def _may_be_drafted(template: NoticeTemplate) -> bool:
    manifest = template.manifest
    return manifest.audience == "organisation" and manifest.policy in ("", policy().id)


def notice_template(name: str) -> NoticeTemplate:
    """The notice of that name; NoticeError where there is none."""
    return load_notice(name, notice_folders(wiring.site_folder(mamori())))


def letterhead() -> Desk:
    """Who writes our letters: the desk, with its first address for answers and its own hours."""
    desk = mamori().desk
    return Desk(name=desk.name, address=desk.addresses[0], calendar=desk.hours())


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
