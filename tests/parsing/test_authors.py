"""Who really wrote it, and which way it went."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from worker.domain.mail import Address, Authorship, Direction, OwnSide, ParsedMail
from worker.parsing.authors import Check, author_of, check_of, direction_of

OWN = OwnSide(("support@sample.example",), ("sample.example",))
TRUSTED = ("mx.sample.example",)
YAMADA = Address("山田", "yamada@client.example")


@dataclass(frozen=True)
class Form:
    sender: str = "form@sample.example"
    person: str = "reply-to"


def mail(sender: Address | None = YAMADA, results: str | tuple[str, ...] = (), **more: object) -> ParsedMail:
    headers = dict(more.pop("headers", {}))  # type: ignore[call-overload]
    values = (results,) if isinstance(results, str) else results
    if values:
        headers["authentication-results"] = values
    return replace(ParsedMail(sender=sender, headers=headers), **more)  # type: ignore[arg-type]


RESULTS = {
    "mx.sample.example; dmarc=pass header.from=client.example": Check.PASSED,
    "mx.sample.example 1; dmarc=fail (p=none) header.from=client.example; dkim=pass header.d=client.example": Check.FAILED,
    "mx.sample.example; dkim=pass header.d=client.example": Check.PASSED,
    "mx.sample.example; dkim=pass header.i=@mail.client.example": Check.PASSED,
    "mx.sample.example; dkim=pass header.d=elsewhere.example": Check.SILENT,
    "mx.sample.example; spf=pass smtp.mailfrom=bounce@client.example": Check.PASSED,
    'mx.sample.example; spf=pass smtp.mailfrom="client.example"; dkim=fail header.d=client.example': Check.PASSED,
    "mx.sample.example; dkim=fail header.d=client.example; spf=softfail smtp.mailfrom=client.example": Check.FAILED,
    "mx.sample.example; dmarc=none; spf=none": Check.SILENT,
    "MX.sample.example; DMARC=PASS": Check.PASSED,
    "mx.sample.example; none": Check.SILENT,
    "mx.elsewhere.example; dmarc=pass": Check.SILENT,
    "(hidden mx.sample.example) mx.elsewhere.example; dmarc=pass": Check.SILENT,
    "": Check.SILENT,
}


@pytest.mark.parametrize("results", RESULTS)
def test_authentication_results(results: str) -> None:
    """Only trusted servers' results count: DMARC, else aligned DKIM or SPF."""
    assert check_of(mail(results=(results,)), TRUSTED) is RESULTS[results]


def test_the_newest_trusted_result_decides() -> None:
    """A pass below the first trusted header may have come with the mail; a failure counts wherever it stands."""
    none, passed, failed = (f"mx.sample.example; dmarc={word}" for word in ("none", "pass", "fail"))
    assert check_of(mail(results=(none, passed)), TRUSTED) is Check.SILENT
    assert check_of(mail(results=(passed, failed)), TRUSTED) is Check.FAILED
    assert check_of(mail(None, results=passed), TRUSTED) is Check.SILENT


@pytest.mark.parametrize(
    ("parsed", "authorship"),
    [
        (mail(), Authorship.UNCHECKED),
        (mail(results="mx.sample.example; dmarc=pass"), Authorship.KNOWN),
        (mail(results="mx.sample.example; dmarc=fail"), Authorship.DOUBTED),
        (mail(results="mx.elsewhere.example; dmarc=pass"), Authorship.UNCHECKED),
        (mail(Address("", "support@sample.example")), Authorship.DOUBTED),
        (mail(Address("", "sato@mail.sample.example")), Authorship.DOUBTED),
        (mail(Address("", "sato@sample.example"), results="mx.sample.example; dmarc=pass"), Authorship.KNOWN),
        (mail(Address("support@sample.example", "x@elsewhere.example")), Authorship.DOUBTED),
        (mail(Address("yamada@client.example", "yamada@client.example")), Authorship.UNCHECKED),
        (mail(None), Authorship.DOUBTED),
        (mail(Address("山田", "")), Authorship.DOUBTED),
    ],
)
def test_how_sure(parsed: ParsedMail, authorship: Authorship) -> None:
    """A pass makes known; a failure, a claim to be us, a false face or no From at all makes doubted."""
    assert author_of(parsed, (), TRUSTED, OWN)[1] is authorship


def test_without_from() -> None:
    """Where From names nobody, Reply-To, Sender or Return-Path does, in doubt."""
    assert author_of(mail(None, reply_to=(YAMADA,)), (), (), OWN) == (YAMADA, Authorship.DOUBTED)
    sender = {"sender": ("Yamada <yamada@client.example>",), "return-path": ("<>",)}
    assert author_of(mail(None, headers=sender), (), (), OWN)[0].address == "yamada@client.example"
    assert author_of(mail(None), (), (), OWN)[0] == Address("", "")


FORM = Address("お問い合わせ", "form@sample.example")
BODY = "お名前: 山田 太郎\nメールアドレス: yamada@client.example\n内容:\n返金してください。"


@pytest.mark.parametrize(
    ("parsed", "form", "author"),
    [
        (mail(FORM, reply_to=(YAMADA,)), Form(), YAMADA),
        (mail(FORM, reply_to=(Address("", YAMADA.address),), text=BODY), Form(), Address("山田 太郎", YAMADA.address)),
        (mail(FORM, text=BODY), Form(), Address("山田 太郎", YAMADA.address)),
        (
            mail(FORM, text=BODY, reply_to=(Address("", "x@y.example"),)),
            Form(person="body"),
            Address("山田 太郎", YAMADA.address),
        ),
        (
            mail(FORM, text="【お名前】山田\n【メールアドレス】\nyamada@client.example"),
            Form(),
            Address("山田", YAMADA.address),
        ),
        (mail(FORM, text="Name: Taro\nE-mail: yamada@client.example"), Form(), Address("Taro", YAMADA.address)),
        (mail(FORM, text="返金", reply_to=(YAMADA,)), Form(person="body"), YAMADA),
        (mail(FORM, text="返金してください"), Form(), FORM),
    ],
)
def test_web_forms(parsed: ParsedMail, form: Form, author: Address) -> None:
    """A form's mail is from the person in its Reply-To or body, and unchecked: anybody can type any address."""
    assert author_of(parsed, (Form("other@sample.example"), form), TRUSTED, OWN) == (author, Authorship.UNCHECKED)


LIST = {"list-id": ("support.sample.example",)}


@pytest.mark.parametrize(
    ("parsed", "author"),
    [
        (
            mail(
                Address("山田 via サポート", "support@sample.example"),
                headers={"x-original-from": ("山田 <yamada@client.example>",)},
            ),
            YAMADA,
        ),
        (
            mail(
                Address("'山田' via サポート", "support@sample.example"),
                headers={"x-original-sender": ("yamada@client.example",)},
            ),
            YAMADA,
        ),
        (
            mail(
                Address("サポート", "support@sample.example"), headers={"x-original-sender": ("yamada@client.example",)}
            ),
            Address("サポート", YAMADA.address),
        ),
        (mail(Address("山田 via 会", "list@org.example"), reply_to=(YAMADA,), headers=LIST), YAMADA),
        (mail(Address("山田さん(会 経由)", "list@org.example"), reply_to=(YAMADA,), headers=LIST), YAMADA),
    ],
)
def test_lists_that_write_in_their_own_name(parsed: ParsedMail, author: Address) -> None:
    """A mail "via" a list or group is from the person behind it, unchecked, even where the list is our own."""
    assert author_of(parsed, (), TRUSTED, OWN) == (author, Authorship.UNCHECKED)
    assert direction_of(parsed, OWN, False, TRUSTED) is Direction.IN


@pytest.mark.parametrize(
    "parsed",
    [
        mail(Address("山田 via 会", "list@org.example"), reply_to=(YAMADA,)),
        mail(Address("山田 via 会", "list@org.example"), reply_to=(Address("", "list@org.example"),), headers=LIST),
        mail(Address("山田", "list@org.example"), headers={"x-original-sender": ("list@org.example",)}),
        mail(Address("山田", "list@org.example"), headers={"x-original-from": ("nobody",)}),
    ],
)
def test_no_list(parsed: ParsedMail) -> None:
    """Without a list's header, or another address behind it, the From is the author."""
    assert author_of(parsed, (), (), OWN)[0].address == "list@org.example"


def test_a_list_that_claims_one_of_us() -> None:
    """A group's word that a colleague wrote is no proof."""
    parsed = mail(Address("x via y", "g@org.example"), headers={"x-original-from": ("sato@sample.example",)})
    assert author_of(parsed, (), (), OWN) == (Address("x", "sato@sample.example"), Authorship.DOUBTED)


DESK = Address("サポート", "support@sample.example")
PASSED = "mx.sample.example; dmarc=pass"


@pytest.mark.parametrize(
    ("parsed", "sent", "known", "direction"),
    [
        (mail(), False, (), Direction.IN),
        (mail(results=PASSED), False, (), Direction.IN),
        (mail(Address("", "delegate@elsewhere.example")), True, (), Direction.OUT),
        (mail(DESK), False, (), Direction.IN),
        (mail(DESK, results=PASSED), False, (), Direction.OUT),
        (mail(DESK, results="mx.elsewhere.example; dmarc=pass"), False, (), Direction.IN),
        (mail(Address("", "sato@sample.example"), results=PASSED), False, (), Direction.OUT),
        (mail(DESK, message_id="m@x"), False, {"m@x"}, Direction.OUT),
        (mail(message_id="m@x"), False, {"m@x"}, Direction.IN),
        (mail(DESK), False, {""}, Direction.IN),
        (mail(None), False, (), Direction.IN),
    ],
)
def test_directions(parsed: ParsedMail, sent: bool, known: tuple[str, ...], direction: Direction) -> None:
    """Out needs a Sent folder, or our address with a known Message-ID or a trusted pass; a claim alone came in."""
    assert direction_of(parsed, OWN, sent, TRUSTED, known) is direction


def test_own_side() -> None:
    """Addresses and domains compare without case; subdomains belong; blank entries hold nobody."""
    own = OwnSide((" Support@Sample.example ",), ("@Colleagues.example", ""))
    assert own.is_desk(DESK)
    assert own.holds(Address("", "a@colleagues.example"))
    assert own.holds(Address("", "a@x.colleagues.example"))
    assert not own.holds(Address("", "a@xcolleagues.example"))
    assert not own.holds(Address("", ""))
