"""The sample inbox: invented threads from ``inbox/*.yaml``, written as real mails and moved near the present day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict

from worker.demo.compose import Attached, Draft, as_html, compose
from worker.domain.judgement import Category
from worker.resources import shipped

FOLDER = Path(__file__).parent
ANCHOR = date(2026, 11, 20)
"""The Friday of the newest sample mail; the inbox moves by whole weeks, so that weekdays and hours stay."""

DESK_ZONE = ZoneInfo("Asia/Tokyo")
DESK_DOMAIN = "sample.example"
SENT = "Sent"

_EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleMail:
    """One mail as a server would hold it: folder ("INBOX" or "Sent"), original bytes, the server's stamp (aware)."""

    folder: str
    raw: bytes
    internal_date: datetime


@dataclass(frozen=True, slots=True)
class SampleThread:
    """One thread of the sample inbox: its mails and their Message-IDs in order, and what a careful reader finds in it.

    ``expected`` is empty where nothing in it is harassment.
    """

    id: str
    message_ids: tuple[str, ...]
    expected: tuple[Category, ...]
    mails: tuple[SampleMail, ...]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Person(_Entry):
    name: str
    address: str
    client: str
    signature: str = ""
    signatures: dict[str, str] = {}


class _File(_Entry):
    name: str
    type: str
    text: str


class _Mail(_Entry):
    sender: str
    at: datetime
    text: str
    subject: str = ""
    charset: str = "utf-8"
    label: str = ""
    to: str = ""
    quote: bool = True
    html: bool = False
    answers: int | None = None
    attach: tuple[_File, ...] = ()
    headers: dict[str, str] = {}


class _Thread(_Entry):
    id: str
    expect: tuple[Category, ...]
    mails: tuple[_Mail, ...]


def sample_mails(until: date | None = None) -> list[SampleMail]:
    """Every mail of the sample inbox, oldest first.

    With ``until`` the whole inbox is moved by weeks so that its newest mail lies in the week up to that day: every mail
    keeps its weekday and its hour, so that night stays night and Sunday stays Sunday.
    """
    mails = [mail for thread in sample_threads(until) for mail in thread.mails]
    return sorted(mails, key=lambda mail: mail.internal_date)


def sample_threads(until: date | None = None) -> list[SampleThread]:
    """The same mails by thread, in the order of the files."""
    shift = timedelta(weeks=(until - ANCHOR).days // 7) if until else timedelta()
    return [_Writer(thread, shift).write() for thread in _threads()]


def organisations_csv() -> str:
    """The client directory of the demo as CSV text with a header row."""
    return (FOLDER / "organisations.csv").read_text(encoding="utf-8")


def policy_yaml() -> str:
    """The demo company's policy as YAML: UpShare's clauses and ladder, declared by an invented company."""
    text = (shipped("rules") / "policies" / "upshare.yaml").read_text(encoding="utf-8")
    for theirs, ours in _OUR_POLICY.items():
        text = text.replace(theirs, ours)
    return text


_OUR_POLICY = {
    "株式会社アップシェア": "株式会社サンプル",
    "UpShare Inc.": "Sample Inc.",
    "pms@upshare.co.jp": "conduct@sample.example",
    "045-478-6870": "03-0000-0002",
}


def people() -> list[dict[str, Any]]:
    """Who signs in to the demo's desk: mappings with username, name, roles (a list) and language."""
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / "people.yaml").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def _threads() -> tuple[_Thread, ...]:
    files = sorted((FOLDER / "inbox").glob("*.yaml"))
    entries = [entry for file in files for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return tuple(_Thread.model_validate(_plain(entry)) for entry in entries)


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    mails = [{("sender" if key == "from" else key): value for key, value in m.items()} for m in entry["mails"]]
    return {**entry, "mails": [{**m, "quote": m.get("quote") != "none"} for m in mails]}


@lru_cache(maxsize=1)
def _people() -> dict[str, _Person]:
    entries = yaml.safe_load((FOLDER / "correspondents.yaml").read_text(encoding="utf-8"))
    return {key: _Person.model_validate(entry) for key, entry in entries.items()}


@dataclass(frozen=True, slots=True)
class _Written:
    """A mail already written, as the next one needs it: to answer and to quote."""

    draft: Draft
    from_desk: bool


class _Writer:
    """Writes one thread; each mail answers the one before it unless its entry says otherwise."""

    def __init__(self, thread: _Thread, shift: timedelta) -> None:
        self._thread = thread
        self._shift = shift
        self._written: list[_Written] = []

    def write(self) -> SampleThread:
        mails = tuple(self._mail(mail) for mail in self._thread.mails)
        ids = tuple(written.draft.message_id for written in self._written)
        return SampleThread(self._thread.id, ids, self._thread.expect, mails)

    def _mail(self, mail: _Mail) -> SampleMail:
        key, _, hand = mail.sender.partition("/")
        person, moment = _people()[key], mail.at.replace(tzinfo=DESK_ZONE) + self._shift
        answered = self._answered(mail)
        draft = self._draft(mail, person, moment, answered)
        own = f"{self._dated(mail.text).rstrip()}\n" + _signature(person, hand)
        quoted = quoted_text(person.client, answered.draft) if answered and mail.quote else ""
        draft = replace(
            draft,
            text=own + (f"\n{quoted}" if quoted else ""),
            html=as_html(own, answered.draft.text if answered and quoted else "") if mail.html else "",
        )
        self._written.append(_Written(draft, key == "desk"))
        return SampleMail(SENT if key == "desk" else "INBOX", compose(draft), moment)

    def _draft(self, mail: _Mail, person: _Person, moment: datetime, answered: _Written | None) -> Draft:
        number = len(self._written)
        desk = person is _people()["desk"]
        domain = DESK_DOMAIN if desk else person.address.rpartition("@")[2]
        return Draft(
            sender=(person.name, person.address),
            to=[self._recipient(mail, desk)],
            subject=mail.subject or f"Re: {re.sub('^Re: ', '', answered.draft.subject if answered else '')}",
            date=moment.astimezone(_zone(person)),
            message_id=f"<{mail.at:%Y%m%d%H%M}.{self._thread.id}.{number}@{domain}>",
            text="",
            charset=mail.charset,
            label=mail.label,
            references=_chain(answered),
            reply_to=_split(mail.headers["Reply-To"]) if "Reply-To" in mail.headers else None,
            attached=[Attached(file.name, file.type, self._dated(file.text)) for file in mail.attach],
            headers=[*_program(person), *((n, v) for n, v in mail.headers.items() if n != "Reply-To")],
            trace=() if desk else _trace(person, moment, number),
        )

    def _answered(self, mail: _Mail) -> _Written | None:
        if not self._written or (mail.subject and not mail.subject.startswith("Re:") and mail.answers is None):
            return None
        return self._written[-1 if mail.answers is None else mail.answers]

    def _recipient(self, mail: _Mail, desk: bool) -> tuple[str, str]:
        if mail.to:
            return _split(mail.to)
        if not desk:
            return _people()["desk"].name, _people()["desk"].address
        return next(w.draft.sender for w in reversed(self._written) if not w.from_desk)

    def _dated(self, text: str) -> str:
        """``{ja:10-29}`` as the (moved) day in words."""
        return re.sub(r"\{(ja|en):(\d\d)-(\d\d)\}", self._day, text)

    def _day(self, match: re.Match[str]) -> str:
        day = date(ANCHOR.year, int(match[2]), int(match[3])) + self._shift
        if match[1] == "ja":
            return f"{day.month}月{day.day}日({'月火水木金土日'[day.weekday()]})"
        return f"{day.day} {_LONG_MONTHS[day.month - 1]}"


def quoted_text(client: str, answered: Draft) -> str:
    """The answered mail as the mail program ``client`` puts it below the answer: an introduction, and its marks."""
    name, address = answered.sender
    at = answered.date
    if client in ("outlook", "outlook-en"):
        return _outlook(answered)
    if client == "foxmail":
        return f"\n发件人: {name}\n发送时间: {at:%Y-%m-%d %H:%M}\n主题: {answered.subject}\n\n{answered.text}"
    day = f"{at.year}年{at.month}月{at.day}日({'月火水木金土日'[at.weekday()]}) {at:%H:%M}"
    introduction = {
        "thunderbird": f"On {at:%Y/%m/%d %H:%M}, {name} wrote:",
        "thunderbird-en": f"On {at:%d/%m/%Y %H:%M}, {name} wrote:",
        "gmail": f"{day} {name} <{address}>:",
        "gmail-en": f"On {_english(at)} {name} <{address}> wrote:",
        "apple": f"{at:%Y/%m/%d %H:%M}、{name} <{address}>のメール:",
        "becky": f"{day}\n{name} <{address}> さんは書きました:",
    }[client]
    return f"{introduction}\n{_marked(answered.text)}"


def _outlook(answered: Draft) -> str:
    at, (name, address), (to, desk) = answered.date, answered.sender, answered.to[0]
    sent = f"{at:%A}, {_LONG_MONTHS[at.month - 1]} {at.day}, {at.year} {at:%I:%M %p}"
    head = f"From: {name} <{address}>\nSent: {sent}\nTo: {to} <{desk}>\nSubject: {answered.subject}\n"
    return f"\n-----Original Message-----\n{head}\n{answered.text}"


def _english(at: datetime) -> str:
    hour = f"{at:%I:%M %p}".lstrip("0")
    return f"{_EN_DAYS[at.weekday()]}, {_EN_MONTHS[at.month - 1]} {at.day}, {at.year} at {hour}"


def _marked(text: str) -> str:
    return "".join(f">{'' if line.startswith('>') else ' '}{line}".rstrip() + "\n" for line in text.splitlines())


def _signature(person: _Person, hand: str) -> str:
    signature = person.signatures[hand] if hand else person.signature
    return "\n" + re.sub("^--$", "-- ", signature, count=1, flags=re.M) if signature else ""


def _chain(answered: _Written | None) -> Sequence[str]:
    return (*answered.draft.references, answered.draft.message_id) if answered else ()


def _split(address: str) -> tuple[str, str]:
    name, _, mail = address.partition("<")
    return name.strip(), mail.rstrip(">")


_ZONES = {"outlook-en": "Europe/London", "foxmail": "Asia/Shanghai", "thunderbird-en": "Europe/Berlin"}
_PROGRAMS = {
    "thunderbird": ("User-Agent", "Mozilla Thunderbird"),
    "thunderbird-en": ("User-Agent", "Mozilla Thunderbird"),
    "outlook": ("X-Mailer", "Microsoft Outlook 16.0"),
    "outlook-en": ("X-Mailer", "Microsoft Outlook 16.0"),
    "becky": ("X-Mailer", "Becky! ver. 2.81"),
    "apple": ("X-Mailer", "iPhone Mail (23B85)"),
    "foxmail": ("X-Mailer", "Foxmail 7.2.25.375"),
}


def _zone(person: _Person) -> ZoneInfo:
    if person.address.endswith("@kestrel-analytics.example"):
        return ZoneInfo("Europe/Berlin")
    return ZoneInfo(_ZONES.get(person.client, "Asia/Tokyo"))


def _program(person: _Person) -> list[tuple[str, str]]:
    return [_PROGRAMS[person.client]] if person.client in _PROGRAMS else []


def _trace(person: _Person, moment: datetime, number: int) -> list[tuple[str, str]]:
    """What our own server stamped on the mail when it came in; a form on our own machine is checked by nobody."""
    domain = person.address.rpartition("@")[2]
    stamp = f"{_EN_DAYS[moment.weekday()]}, {moment:%d} {_EN_MONTHS[moment.month - 1]} {moment:%Y %H:%M}:07 +0900"
    hop = f"from mail.{domain} (mail.{domain} [192.0.2.{20 + number}])"
    received = f"{hop}\r\n by mx.sample.example (Postfix) with ESMTPS id 4X{moment:%d%H%M}{number};\r\n {stamp}"
    checked = f"mx.sample.example; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}"
    results = [] if person.client == "form" else [("Authentication-Results", checked)]
    return [("Return-Path", f"<{person.address}>"), *results, ("Received", received)]
