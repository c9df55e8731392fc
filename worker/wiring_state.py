"""The stateful half of the joining: settings and rows → judge, hours, readers, ways out, as tasks and pages need them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from functools import cache
from threading import local
from typing import Generic, NamedTuple, TypeVar, cast

from django.conf import settings

from worker import wiring
from worker.channels.alerts import AppriseAlerts
from worker.channels.smtp import SmtpChannel
from worker.config import CalendarSettings, FormSettings, Settings
from worker.directory.models import Organisation
from worker.domain.clock import now
from worker.domain.errors import ChannelError, ConfigError, MailboxError
from worker.domain.hours import Calendar
from worker.domain.mail import OwnSide
from worker.domain.policy import Policy
from worker.domain.ports import AlertChannel, SentFolder
from worker.inbox.services import ChildReader, Held, leased_one_of
from worker.mailboxes.imap import ImapReader
from worker.mailboxes.review import ImapReview
from worker.notices.services import Desk, Outbox
from worker.rendering import NoticeTemplate, load_notice, notice_folders, notice_names
from worker.rulepacks import Judge

Opened = TypeVar("Opened", bound=ImapReader)
#: A connection's claim ends so soon after its worker died; a task waits so long for a free one.
CONNECTION_SECONDS, CONNECTION_PATIENCE = 120.0, 60.0


def mamori() -> Settings:
    """The settings that this process runs with."""
    found: Settings = settings.MAMORI
    return found


@cache
def judge() -> Judge:
    """The judge of this site: shipped packs, the site's overlay, its policy."""
    return wiring.judge(mamori())


def rule_count() -> int:
    """How many rules the judge knows."""
    return len(judge().pack.rules)


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


def calendar_for(organisation: Organisation | None) -> Calendar:
    """The hours agreed with an organisation where its contract names them, else the desk's."""
    if organisation is None or not organisation.calendar:
        return hours()
    agreed = CalendarSettings.model_validate(organisation.calendar)
    return agreed.calendar(organisation.timezone or mamori().desk.timezone)


def today() -> date:
    """The desk's own date."""
    return hours().local(now()).date()


def poll_intervals() -> dict[str, int]:
    """Seconds between rounds by the name of each mailbox."""
    return {box.name: box.poll_seconds for box in mamori().mailbox}


def forms() -> tuple[FormSettings, ...]:
    """The web forms that write mail to us."""
    return mamori().form


def trusted_servers() -> tuple[str, ...]:
    """Whose Authentication-Results count."""
    return mamori().desk.trusted_authserv


def reader(name: str) -> ImapReader:
    """A reader for the mailbox of that name, not yet connected; ConfigError or MailboxError where it cannot be."""
    return wiring.imap_reader(mamori().named_mailbox(name), mamori())


def review_mode(name: str) -> str:
    """How flagged mail is put before people in their own mail client: "none", "keywords" or "folders"."""
    return mamori().named_mailbox(name).review_in_force


def review_place(name: str) -> ImapReview:
    """A connection to the mailbox that may write, not yet open; only where its settings ask for review there."""
    return wiring.imap_review(mamori().named_mailbox(name), mamori())


class Connection(NamedTuple, Generic[Opened]):
    """An open mailbox and the claim that it takes."""

    reader: Opened
    slot: Held


Reading = Connection[ImapReader]


@contextmanager
def connected(name: str, opening: Callable[[str], Opened]) -> Iterator[Connection[Opened] | None]:
    """A mailbox opened by ``opening``, as one of its ``max_connections``; None: none of them is free for a while.

    One of them is kept for watching.
    """
    most = max(1, mamori().named_mailbox(name).max_connections - 1)
    slots = [f"connection:{name}:{number}" for number in range(most)]
    with leased_one_of(slots, CONNECTION_SECONDS, CONNECTION_PATIENCE) as slot:
        if slot is None:
            yield None
            return
        with opening(name) as opened:
            yield Connection(opened, slot)


_here = local()


def mail_reader() -> ChildReader:
    """This thread's reader of hostile bytes: a process of its own, which ends with the thread."""
    if not hasattr(_here, "reader"):
        _here.reader = ChildReader()
    return cast(ChildReader, _here.reader)


def sent_folders(name: str) -> tuple[str, ...]:
    """The Sent folders of a mailbox."""
    return mamori().named_mailbox(name).sent


def channel() -> SmtpChannel:
    """The way out for letters; ConfigError where no [smtp] is set."""
    smtp = mamori().smtp
    if smtp is None:
        raise ConfigError(f"{mamori().path}: letters cannot leave, there is no [smtp] section; add one.")
    ca_file = str(mamori().resolve(smtp.ca_file)) if smtp.ca_file else None
    secret = _token_of(smtp.oauth_of) if smtp.oauth_of else smtp.password(mamori().path.parent)
    return SmtpChannel(smtp.url, secret, ca_file=ca_file, allow_plaintext=smtp.allow_plaintext)


def _token_of(name: str) -> Callable[[], str]:
    """Gives the sign-in of a mailbox, as a relay may take it; a fault of it keeps letters from leaving, for now."""
    box = mamori().named_mailbox(name)
    if box.oauth is None:
        raise ConfigError(f"{mamori().path}: [smtp] oauth_of names mailbox {name!r}, which has no oauth.")

    def token() -> str:
        try:
            return wiring.access(box, mamori()).token()
        except MailboxError as error:
            raise ChannelError(str(error)) from error

    return token


def check_relay_url() -> None:
    """ConfigError where [smtp] names a relay that letters cannot leave by; nothing is connected."""
    smtp = mamori().smtp
    if smtp:
        SmtpChannel(smtp.url, allow_plaintext=smtp.allow_plaintext)


def outbox() -> Outbox:
    """What sending needs: the relay, our name, and the first mailbox with a Sent folder for copies."""
    found = mamori()
    box = next((each for each in found.mailbox if each.sent), None)

    def sent() -> AbstractContextManager[SentFolder]:
        assert box is not None, "offered only where there is one"
        return wiring.imap_reader(box, found)

    way_out = channel()
    assert found.smtp is not None, "channel() asks for it"
    return Outbox(
        channel=way_out,
        sender=found.smtp.sender,
        reply_to=found.desk.addresses[0],
        sent=sent if box else None,
        folders=box.sent if box else (),
        save_sent=found.smtp.save_sent,
    )


def letterhead() -> Desk:
    """Who writes our letters: the desk, with its first address for answers and its own hours."""
    ours = mamori().desk
    return Desk(ours.name, ours.addresses[0], hours(), ours.telephone)


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


def alerts() -> AlertChannel | None:
    """Who is called for critical cases and silent mailboxes; None where nobody is named."""
    urls = mamori().alerts.urls
    return AppriseAlerts(urls) if urls else None
