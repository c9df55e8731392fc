"""The pure half of the joining: settings, archives, corpora → rules, judge, readers, scenes. No Django."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from worker import config
from worker.config import CalendarSettings, MailboxSettings, Settings
from worker.domain.errors import ConfigError, MailboxError
from worker.domain.hours import Calendar
from worker.domain.judgement import Assessment
from worker.domain.mail import Direction, Message, OwnSide, ParsedMail, Thread
from worker.domain.policy import Policy
from worker.domain.ports import Fetched, MailReader
from worker.domain.scene import Scene
from worker.mailboxes.account import parse_url
from worker.mailboxes.archive import open_archive
from worker.mailboxes.corpus import CorpusCase, read_cases
from worker.mailboxes.google import GoogleAccess
from worker.mailboxes.imap import ImapReader
from worker.mailboxes.microsoft import MicrosoftAccess
from worker.mailboxes.oauth import Access, Registration
from worker.mailboxes.review import ImapReview
from worker.mailboxes.tokens import Vault
from worker.parsing import group, read_mail
from worker.parsing.authors import Check, author_of, check_of, direction_of
from worker.parsing.threads import digest_of
from worker.resources import shipped
from worker.rulepacks import Judge, RulePack, load_packs, load_policy
from worker.rulepacks.learning import LabelledThread, labelled

DEFAULT_POLICY = "upshare"
DEFAULT_HOURS = CalendarSettings.model_validate(
    {"spans": [{"days": "Mon-Fri", "from": "09:00", "to": "18:00"}], "holidays": "JP"}
)
DEFAULT_ZONE = "Asia/Tokyo"
SCAN_PASSWORD = "MAMORI_IMAP_PASSWORD"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
Opened = TypeVar("Opened", bound=ImapReader)
Progress = Callable[[int], None]
"""Called with the number of mails read so far."""


def settings_or_none(explicit: str | None) -> Settings | None:
    """The settings, or None where no file was named and none lies in the working folder; ConfigError where wrong."""
    path = config.find(explicit)
    named = explicit or os.environ.get(config.ENVIRONMENT)
    return config.load(path) if named or path.is_file() else None


def rule_folders(settings: Settings | None) -> list[Path]:
    """Where rules lie: the shipped folder, then the site's own, whose entries replace the shipped ones."""
    site = site_folder(settings)
    return [shipped("rules"), *([site] if site else [])]


def site_folder(settings: Settings | None) -> Path | None:
    """The site's own folder of rules, policies and notices, None where none is set."""
    return settings.resolve(settings.desk.site) if settings and settings.desk.site else None


def packs_of(settings: Settings | None) -> RulePack:
    """The rules as shipped, with the site's own over them."""
    return load_packs(rule_folders(settings))


def policy(settings: Settings | None, name: str = "") -> Policy:
    """The policy of that name or path, else the desk's; RuleError where there is none such."""
    chosen = name or (settings.desk.policy if settings else DEFAULT_POLICY)
    if settings and chosen == settings.desk.policy and chosen.endswith((".yaml", ".yml")):
        chosen = str(settings.resolve(chosen))
    return load_policy(chosen, site_folder(settings))


def judge(settings: Settings | None, policy_name: str = "") -> Judge:
    """The judge of this site: shipped packs, the site's overlay, its policy."""
    return Judge(packs_of(settings), policy(settings, policy_name))


def own_side(settings: Settings) -> OwnSide:
    """Our own addresses and domains."""
    return OwnSide(settings.desk.addresses, settings.desk.own_domains)


def hours_of(settings: Settings | None) -> Calendar:
    """The desk's hours, else weekdays from 9 to 18 in Tokyo."""
    return settings.desk.hours() if settings else DEFAULT_HOURS.calendar(DEFAULT_ZONE)


def imap_reader(box: MailboxSettings, settings: Settings) -> ImapReader:
    """A reader for one mailbox of the settings, not yet connected; ConfigError where its password is not to be had."""
    return _opened_as(ImapReader, box, settings)


def imap_review(box: MailboxSettings, settings: Settings) -> ImapReview:
    """A connection that may write, for a mailbox whose settings ask for review in people's own mail client."""
    assert box.review_in_force != "none", "nothing else may write"
    return _opened_as(ImapReview, box, settings)


def _opened_as(kind: type[Opened], box: MailboxSettings, settings: Settings) -> Opened:
    secret = access(box, settings).token if box.oauth else box.password(settings.path.parent)
    return kind(
        box.url, secret, box.folders, box.sent, ca_file=_ca_file(box, settings), allow_plaintext=box.allow_plaintext,
        review=box.review_in_force == "folders",
    )  # fmt: skip


def access(box: MailboxSettings, settings: Settings) -> Access:
    """The sign-in of a mailbox with ``oauth``; ConfigError where the client's secret is not to be had."""
    assert box.oauth is not None, "the caller asks for it"
    oauth = box.oauth
    ca_file = _ca_file(box, settings) if oauth.authority else None
    secret = oauth.client_secret(settings.path.parent)
    registration = Registration(oauth.client_id, secret, oauth.tenant, oauth.authority, ca_file)
    kind = MicrosoftAccess if oauth.provider == "microsoft" else GoogleAccess
    return kind(registration, Vault(settings.data, box.name))


def _ca_file(box: MailboxSettings, settings: Settings) -> Path | None:
    return settings.resolve(box.ca_file) if box.ca_file else None


def check_mailbox_url(box: MailboxSettings) -> None:
    """ConfigError where the mailbox's URL cannot be used."""
    try:
        parse_url(box.url, allow_plaintext=box.allow_plaintext)
    except MailboxError as error:
        raise ConfigError(f"mailbox {box.name!r}, url: {error}") from error


@dataclass(frozen=True, slots=True)
class Assessed:
    """A thread that was scanned, by the id that the format gives it; ``numbered`` mails are those of a corpus."""

    id: str
    thread: Thread
    assessment: Assessment
    labels: Mapping[str, Any] = field(default_factory=dict)
    numbered: bool = False


def is_corpus(source: str) -> bool:
    """Whether a SOURCE is a labelled corpus rather than mail."""
    return source.endswith(".jsonl")


def scan_corpus(path: Path, settings: Settings | None, policy_name: str = "") -> Iterator[Assessed]:
    """One object a case, in order; hours, scope and policy are those of each case's own desk where it names them."""
    judges: dict[str, Judge] = {}
    base = Judge(packs_of(settings))
    for case in read_cases(path):
        name = policy_name or case.policy
        if name not in judges:
            judges[name] = base.under(policy(settings, name))
        scene = corpus_scene(case, settings)
        yield Assessed(case.id, scene.thread, judges[name].assess(scene), case.labels, numbered=True)


def labelled_threads(folders: Iterable[Path], settings: Settings | None = None) -> list[LabelledThread]:
    """The labelled threads of ``corpus/*.jsonl`` in the folders; MailboxError names the file that is no corpus."""
    files = [file for folder in folders for file in sorted(folder.glob("corpus/*.jsonl"))]
    return [
        labelled(corpus_scene(case, settings), {"author": file.stem, "scenario": case.id, **case.labels})
        for file in files
        for case in read_cases(file)
    ]


def corpus_scene(case: CorpusCase, settings: Settings | None = None) -> Scene:
    """The case as a scene: all its mails are one thread."""
    own = OwnSide((str(case.desk.get("address", "")),))
    messages = tuple(_case_message(fetched, own) for fetched in case.mails)
    outside = [message.author for message in messages if message.direction is Direction.IN]
    counterpart = next(iter((*outside, *(to for message in messages for to in message.parsed.to))), messages[0].author)
    thread = Thread(case.id, counterpart, messages)
    return Scene(thread, _desk_hours(case, settings), scope=str(case.desk.get("scope") or ""))


def _case_message(fetched: Fetched, own: OwnSide) -> Message:
    """A mail of a corpus: its direction and stamp are what the corpus says."""
    parsed = read_mail(fetched.raw)
    author, authorship = author_of(parsed, (), (), own)
    at = fetched.internal_date or LONG_AGO
    return Message(fetched.key, parsed, fetched.direction or Direction.IN, at, author, authorship=authorship)


def _desk_hours(case: CorpusCase, settings: Settings | None) -> Calendar:
    desk = case.desk
    if not desk.get("calendar"):
        return hours_of(settings)
    try:
        calendar = CalendarSettings.model_validate(desk["calendar"])
        return calendar.calendar(str(desk.get("timezone") or DEFAULT_ZONE), bool(desk.get("around_the_clock")))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        keys = ".".join(map(str, fault["loc"]))
        raise MailboxError(f"case {case.id}: desk.calendar.{keys}: {fault['msg']}.", kind="folder") from error


def open_source(source: str, ask: Callable[[str], str]) -> MailReader:
    """The mailbox or archive that SOURCE names; ``ask`` is called for a password that the environment does not hold."""
    if "://" not in source:
        return open_archive(Path(source))
    account = parse_url(source)
    password = os.environ.get(SCAN_PASSWORD) or ask(f"Password of {account.user} at {account.place}")
    return ImapReader(source, password, [account.folder or "INBOX"])


def read_source(reader: MailReader, settings: Settings | None, own: Sequence[str], seen: Progress) -> list[Message]:
    """Every mail of the source once, as messages; ``own`` are addresses that are ours beside those of the settings.

    Where neither names any, the address that most mails went to is taken as ours.
    """
    with reader as opened:
        found = list(_read_all(opened, seen))
    side = own_side(settings) if settings else OwnSide()
    side = replace(side, addresses=(*side.addresses, *own)) if own or side.addresses else _guessed_side(found)
    messages = (_message(parsed, fetched, side, settings) for fetched, parsed in found)
    return list({message.key: message for message in messages}.values())


def _read_all(reader: MailReader, seen: Progress) -> Iterator[tuple[Fetched, ParsedMail]]:
    """Each mail as read, its bytes and HTML let go."""
    count = 0
    for folder in reader.folders():
        for fetched in reader.fetch(folder, reader.uids(folder)):
            yield replace(fetched, raw=b""), replace(read_mail(fetched.raw), html="")
            count += 1
            seen(count)


def _guessed_side(found: Iterable[tuple[Fetched, ParsedMail]]) -> OwnSide:
    recipients = Counter(address.key for _, parsed in found for address in parsed.to if address.key)
    return OwnSide(tuple(address for address, _ in recipients.most_common(1)))


def _message(parsed: ParsedMail, fetched: Fetched, own: OwnSide, settings: Settings | None) -> Message:
    """A mail of an archive in its place: keyed by its Message-ID, stamped by the server that received it."""
    trusted = settings.desk.trusted_authserv if settings else ()
    author, authorship = author_of(parsed, settings.form if settings else (), trusted, own)
    direction = fetched.direction or direction_of(parsed, own, False, trusted)
    if fetched.direction is None and own.is_desk(author) and check_of(parsed, trusted) is not Check.FAILED:
        direction = Direction.OUT  # an archive of both ways has no Sent folder to prove it by
    at = parsed.received or fetched.internal_date or parsed.date or LONG_AGO
    return Message(parsed.message_id or digest_of(parsed), parsed, direction, at, author, authorship=authorship)


def assess_messages(messages: Sequence[Message], judge: Judge, settings: Settings | None) -> Iterator[Assessed]:
    """The threads of ``messages``, oldest first, each assessed with the same counterpart's earlier mails as history."""
    calendar, scope = hours_of(settings), settings.desk.scope if settings else ""
    threads = group(messages, own_side(settings) if settings else None)
    others: dict[str, list[Message]] = defaultdict(list)
    for thread in threads:
        others[thread.counterpart.key].extend(thread.messages)
    for thread in threads:
        scene = Scene(thread, calendar, _history(thread, others[thread.counterpart.key]), scope)
        yield Assessed(thread.key, thread, judge.assess(scene))


def _history(thread: Thread, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Those of the counterpart's ``messages`` that are older than the thread's last and not in it, oldest first."""
    here = {message.key for message in thread.messages}
    last = thread.messages[-1].at
    earlier = (message for message in messages if message.key not in here and message.at < last)
    return tuple(sorted(earlier, key=lambda message: (message.at, message.key)))
