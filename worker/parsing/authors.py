"""Who really wrote a mail, how sure that is, and which way it went."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import Enum
from typing import Protocol

from worker.domain.mail import Address, Authorship, Direction, OwnSide, ParsedMail


class Form(Protocol):
    """A web form that writes mail: its ``sender`` address, and where the ``person`` stands (reply-to or body)."""

    @property
    def sender(self) -> str:
        """The address that the form writes from."""

    @property
    def person(self) -> str:
        """``reply-to`` or ``body``."""


class Check(Enum):
    """What the trusted servers' Authentication-Results say of the From address."""

    PASSED = "passed"
    FAILED = "failed"
    SILENT = "silent"


_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"^\s*(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z]+\.[a-z]+)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_BODY_EMAIL = re.compile(
    r"^[\s■●◆○・【\[*＊-]*(?:e-?mail(?:\s*address)?|mail|メール(?:アドレス)?|ご連絡先メール|連絡先メール|from"
    r"|差出人)[^\n]{0,20}?"
    r"[\]】:：=\s]+[^\n@]{0,80}?([\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})",
    re.IGNORECASE | re.MULTILINE,
)
_BODY_NAME = re.compile(
    r"^[\s■●◆○・【\[*＊-]*(?:お名前|ご?氏名|名前|ご担当者(?:名|様)?|担当者名|name"
    r"|your name)[^\n:：\]】]{0,12}[\]】]?\s*[:：=]?\s*\n?\s*([^\n]{1,60})$",
    re.IGNORECASE | re.MULTILINE,
)
_VIA = re.compile(r"^['\"]?(.+?)['\"]?\s+(?:via|経由)\s+.+$|^(.+?)さん?\s*[(（].*経由.*[)）]$", re.IGNORECASE)
_ORIGINAL_HEADERS = ("x-original-from", "x-original-sender", "x-google-original-from")


def author_of(
    parsed: ParsedMail, forms: Sequence[Form], trusted_authserv: Sequence[str], own: OwnSide
) -> tuple[Address, Authorship]:
    """The person who wrote the mail, and how sure that is.

    ``known``: a trusted server's DMARC, aligned DKIM or aligned SPF passed. ``doubted``: it failed, the From is
    missing, shows another address in its name, or claims our own side without a pass. Else ``unchecked``: so is
    everybody who wrote through a web form or a list, for neither proves who typed. Never ``confirmed``: people do that.
    """
    sender = parsed.sender or Address("", "")
    form = next((form for form in forms if form.sender.strip().casefold() == sender.key), None)
    if form is not None:
        return _form_author(parsed, form, sender), Authorship.UNCHECKED
    check = check_of(parsed, trusted_authserv)
    original = _list_author(parsed, sender)
    if original is not None:
        return original, Authorship.DOUBTED if own.holds(original) else Authorship.UNCHECKED
    return _without_from(parsed, sender), _sureness(sender, check, own)


def _sureness(sender: Address, check: Check, own: OwnSide) -> Authorship:
    if not sender.address or check is Check.FAILED or _shows_another(sender):
        return Authorship.DOUBTED
    if check is Check.PASSED:
        return Authorship.KNOWN
    return Authorship.DOUBTED if own.holds(sender) else Authorship.UNCHECKED


def _shows_another(sender: Address) -> bool:
    """A display name that is an address of another domain: ``support@sample.example <x@elsewhere.example>``."""
    shown = _EMAIL.search(sender.name)
    return shown is not None and shown.group().rpartition("@")[2].casefold() != sender.domain


def _without_from(parsed: ParsedMail, sender: Address) -> Address:
    """Where From names no address, whoever Reply-To, Sender or Return-Path names; doubted in any case."""
    if sender.address:
        return sender
    values = (value for name in ("sender", "return-path") for value in _all(parsed, name))
    named = (found.group() for found in map(_EMAIL.search, values) if found)
    return next(iter((*parsed.reply_to, *(Address(sender.name, address) for address in named))), sender)


def _all(parsed: ParsedMail, name: str) -> tuple[str, ...]:
    return tuple(parsed.headers.get(name, ()))


def _form_author(parsed: ParsedMail, form: Form, sender: Address) -> Address:
    if form.person == "reply-to" and parsed.reply_to:
        return _named(parsed.reply_to[0], parsed)
    found = _BODY_EMAIL.search(parsed.text)
    if found:
        return _named(Address("", found.group(1)), parsed)
    return _named(parsed.reply_to[0], parsed) if parsed.reply_to else sender


def _named(address: Address, parsed: ParsedMail) -> Address:
    """With the name that the form's body gives, where the header gave none."""
    found = None if address.name else _BODY_NAME.search(parsed.text)
    return Address(found.group(1).strip(), address.address) if found else address


def _list_author(parsed: ParsedMail, sender: Address) -> Address | None:
    """Who wrote a mail that a list or group sends in its own name; None where the From is the writer's."""
    via = _VIA.match(sender.name)
    originals = [found for name in _ORIGINAL_HEADERS for found in _addresses(_all(parsed, name))]
    if originals and originals[0].key != sender.key:
        name = originals[0].name or (via and (via.group(1) or via.group(2))) or sender.name
        return Address(name, originals[0].address)
    if via and parsed.reply_to and ("list-id" in parsed.headers or "list-post" in parsed.headers):
        others = [address for address in parsed.reply_to if address.key != sender.key]
        return Address(via.group(1) or via.group(2), others[0].address) if others else None
    return None


def _addresses(values: Iterable[str]) -> Iterator[Address]:
    for value in values:
        found = _EMAIL.search(value)
        if found:
            yield Address(value[: found.start()].strip(' "<'), found.group())


def check_of(parsed: ParsedMail, trusted_authserv: Sequence[str]) -> Check:
    """What Authentication-Results of the trusted servers say of the From domain; others' headers say nothing.

    The newest trusted header decides, for older ones may have come with the mail; a DMARC failure in any of them
    counts all the same.
    """
    trusted = {name.strip().casefold() for name in trusted_authserv}
    results = [rest for server, rest in map(_server, _all(parsed, "authentication-results")) if server in trusted]
    if not results or parsed.sender is None:
        return Check.SILENT
    verdicts = [_verdict(rest, parsed.sender.domain) for rest in results]
    return Check.FAILED if Check.FAILED in verdicts else verdicts[0]


def _server(value: str) -> tuple[str, str]:
    """The authserv-id (RFC 8601) without its version, lower case, and the results."""
    head, _, rest = _COMMENT.sub(" ", value).partition(";")
    words = head.split()
    return (words[0].casefold() if words else ""), rest


def _verdict(results: str, domain: str) -> Check:
    found = [parsed for parsed in map(_method, results.split(";")) if parsed]
    dmarc = [result for method, result, _ in found if method == "dmarc" and result in ("pass", "fail")]
    if dmarc:
        return Check.PASSED if dmarc[0] == "pass" else Check.FAILED
    aligned = [(method, result) for method, result, signed in found if _aligned(signed, domain)]
    if any(result == "pass" for _, result in aligned):
        return Check.PASSED
    return Check.FAILED if any(result == "fail" for _, result in aligned) else Check.SILENT


def _method(clause: str) -> tuple[str, str, str] | None:
    """Method, result and the domain it speaks of."""
    match = _METHOD.match(clause)
    if match is None:
        return None
    values = {name.lower(): value for name, value in _PROPERTY.findall(clause)}
    signed = (
        values.get("header.d") or values.get("header.i") or values.get("smtp.mailfrom") or values.get("header.from")
    )
    return match.group(1).lower(), match.group(2).lower(), (signed or "").rpartition("@")[2].casefold()


def _aligned(signed: str, domain: str) -> bool:
    """Relaxed alignment without a list of registries: the same domain, or one below the other."""
    if "." not in signed or "." not in domain:
        return False
    return signed == domain or domain.endswith(f".{signed}") or signed.endswith(f".{domain}")


def direction_of(
    parsed: ParsedMail,
    own: OwnSide,
    from_sent_folder: bool,
    trusted_authserv: Sequence[str] = (),
    known_ids: Collection[str] = (),
) -> Direction:
    """``out`` where a Sent folder holds it, or it is ours and we know its Message-ID or a trusted server passed it.

    A mail that only claims to come from our side came in. ``known_ids`` are the Message-IDs of mail that we sent.
    """
    if from_sent_folder:
        return Direction.OUT
    ours = parsed.sender is not None and own.holds(parsed.sender)
    if ours and parsed.message_id and parsed.message_id in known_ids:
        return Direction.OUT
    passed = ours and _list_author(parsed, parsed.sender or Address("", "")) is None
    return Direction.OUT if passed and check_of(parsed, trusted_authserv) is Check.PASSED else Direction.IN
