"""The readable text and the attachments of a mail."""

from __future__ import annotations

import base64
import hashlib

import pytest

from tests.parsing.build import multipart, part, raw
from worker.domain.mail import Attachment, ParsedMail
from worker.parsing import Limits, needs_person, read_attached, read_mail

HTML = "<p>お世話になります。</p><p>返金をお願いします。</p>"
PLAIN = "お世話になります。\n返金をお願いします。\n"
HEAD = ("From: yamada@client.example", "Date: Wed, 4 Mar 2026 10:12:00 +0900")


def names(parsed: ParsedMail) -> list[str]:
    return [attachment.filename for attachment in parsed.attachments]


def test_plain_wins_over_html() -> None:
    """Of alternatives the plain text is the readable one; the HTML is kept beside it."""
    parsed = read_mail(multipart("alternative", part("text/plain", PLAIN), part("text/html", HTML), head=HEAD))
    assert (parsed.text, parsed.html, parsed.attachments, parsed.defects) == (PLAIN, HTML, (), ())


@pytest.mark.parametrize(
    "plain",
    [" \n", "このメールはHTML形式です。", "To view this message, please use an HTML compatible reader."],
)
def test_html_where_the_plain_text_says_nothing(plain: str) -> None:
    """A blank plain part, or one that only points to the HTML, gives way to the HTML's text."""
    parsed = read_mail(multipart("alternative", part("text/plain", plain), part("text/html", HTML)))
    assert parsed.text == "お世話になります。\n\n返金をお願いします。"


def test_a_stub_alone() -> None:
    """Where there is no HTML after all, the stub is the text."""
    parsed = read_mail(multipart("alternative", part("text/plain", "HTMLメールです"), part("application/x-a", b"x")))
    assert parsed.text == "HTMLメールです"


def test_html_alone() -> None:
    """A mail in HTML only is read as its text."""
    assert read_mail(part("text/html", HTML)).text == "お世話になります。\n\n返金をお願いします。"


def test_html_names_its_own_charset() -> None:
    """Where the header declares none, the charset that the HTML names counts."""
    html = '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS"><p>①返金</p>'
    assert read_mail(raw("Content-Type: text/html", body=html.encode("cp932"))).text == "①返金"


@pytest.mark.parametrize(
    ("html", "defect"),
    [
        (HTML, False),
        (f"<style>p {{ color: red }}</style>{HTML}", False),
        (f"{HTML}<p>殺すぞ</p>", True),
        (f"{HTML}<p>&#27578;す</p>", True),
        (f"{HTML}<p style='display:none'>preview</p>", False),
        ("<style>" * 60 + "</style>" + HTML, False),
    ],
)
def test_html_that_says_more(html: str, defect: bool) -> None:
    """Words that only the readers of the HTML see are noted; words that nobody sees are not."""
    parsed = read_mail(multipart("alternative", part("text/plain", PLAIN), part("text/html", html), head=HEAD))
    assert parsed.text == PLAIN
    assert ("html: says more than the plain text" in parsed.defects) is defect


def test_related_and_mixed() -> None:
    """Alternatives inside related inside mixed: one text, the pictures and files attached."""
    alternative = multipart("alternative", part("text/plain", PLAIN), part("text/html", HTML), boundary="a")
    related = multipart("related", alternative, part("image/png", b"png", "Content-ID: <x>"), boundary="r")
    parsed = read_mail(multipart("mixed", related, part("application/pdf; name=a.pdf", b"pdf")))
    assert parsed.text == PLAIN
    assert [(found.filename, found.type) for found in parsed.attachments] == [
        ("", "image/png"),
        ("a.pdf", "application/pdf"),
    ]


def test_a_file_inside_an_alternative_is_attached_once() -> None:
    """Attachments that hang below the HTML alternative are attached though its text is not read."""
    mixed = multipart("mixed", part("text/html", HTML), part("application/pdf; name=a.pdf", b"pdf"), boundary="m")
    parsed = read_mail(multipart("alternative", part("text/plain", PLAIN), mixed))
    assert (parsed.text, names(parsed)) == (PLAIN, ["a.pdf"])


def test_alternatives_of_mixed_parts() -> None:
    """Of two alternatives that hold several parts, the one that leads with plain text is read."""
    one = multipart("mixed", part("text/plain", PLAIN), part("text/plain", "追伸"), boundary="one")
    parsed = read_mail(multipart("alternative", part("text/html", HTML), one))
    assert parsed.text == f"{PLAIN}\n追伸"


def test_other_screens_are_nobodys_attachment() -> None:
    """Alternatives for AMP and watches are passed over."""
    amp = part("text/x-amp-html", "<html amp>")
    parsed = read_mail(multipart("alternative", part("text/plain", PLAIN), amp, part("text/html", HTML)))
    assert (parsed.text, parsed.attachments) == (PLAIN, ())


def test_several_inline_texts() -> None:
    """Texts one after the other, as list servers append them, are one text."""
    assert read_mail(multipart("mixed", part("text/plain", "一"), part("text/plain", "二"))).text == "一\n二"


def test_attached_texts_are_no_text() -> None:
    """A text with a file name, or marked as attachment, is attached."""
    parsed = read_mail(
        multipart(
            "mixed",
            part("text/plain", PLAIN),
            part("text/plain", "log", "Content-Disposition: attachment; filename=a.log"),
            part("text/plain; name=b.txt", "note"),
        )
    )
    assert parsed.text == PLAIN
    assert names(parsed) == ["a.log", "b.txt"]


def test_a_named_body() -> None:
    """Where the only text has a file name, it is the body all the same."""
    named = part("text/plain", PLAIN, "Content-Disposition: inline; filename=message.txt")
    parsed = read_mail(multipart("mixed", named, part("application/pdf", b"x")))
    assert (parsed.text, names(parsed)) == (PLAIN, [""])


def test_the_bytes_of_an_attachment() -> None:
    """Size and digest are those of the decoded bytes."""
    content = bytes(range(256))
    encoded = base64.encodebytes(content)
    parsed = read_mail(raw("Content-Type: image/png; name=a.png", "Content-Transfer-Encoding: base64", body=encoded))
    assert parsed.text == ""
    assert parsed.attachments == (Attachment("a.png", "image/png", 256, hashlib.sha256(content).hexdigest()),)


def test_attached_mails() -> None:
    """A mail inside is an attachment named by its file name or its subject, and can be had as bytes."""
    inner = raw("Subject: =?utf-8?B?6L+U6YeR?=", "From: x@y.example", body="中身")
    parsed_raw = multipart(
        "mixed",
        part("text/plain", "ご確認ください"),
        part("message/rfc822", inner),
        part("message/rfc822; name=kept.eml", inner),
        part("message/rfc822", raw("From: x@y.example")),
    )
    parsed = read_mail(parsed_raw)
    assert parsed.text == "ご確認ください"
    assert names(parsed) == ["返金.eml", "kept.eml", ""]
    assert read_mail(read_attached(parsed_raw)[0]).text == "中身"


def test_flowed() -> None:
    """format=flowed with DelSp is joined as its sender wrote it."""
    body = part("text/plain; format=flowed; delsp=yes", "返金して \nください。\n> 引用 \n> です\n")
    assert read_mail(body).text == "返金してください。\n> 引用です\n"


def test_uuencoded_files_in_the_text() -> None:
    """Old mailers' inline files become attachments."""
    parsed = read_mail(raw("A: b", body="お送りします。\nbegin 644 a.txt\n#86)C\n`\nend\nよろしく\n"))
    assert parsed.text == "お送りします。\nよろしく\n"
    assert [(found.filename, found.size) for found in parsed.attachments] == [("a.txt", 3)]


@pytest.mark.parametrize(
    ("mail", "defect"),
    [
        (part("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"x"), "encrypted (S/MIME)"),
        (part("application/x-pkcs7-mime; smime-type=signed-data", b"x"), "signed (S/MIME)"),
        (multipart("encrypted", part("application/pgp-encrypted", b"Version: 1")), "encrypted (PGP/MIME)"),
        (raw("A: b", body="-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n"), "encrypted (PGP)"),
        (part("message/partial; number=1", b"x"), "one piece"),
    ],
)
def test_what_cannot_be_read_is_said(mail: bytes, defect: str) -> None:
    """Encrypted and wrapped mail needs a person, and says why."""
    defects = read_mail(mail).defects
    assert needs_person(defects)
    assert any(defect in found for found in defects)


def test_clear_signed_text_is_readable() -> None:
    """The frame of a clear signature goes, the words stay, dashes unescaped."""
    body = (
        "before\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n返金を\n- -- \n- - item\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\nafter\n"
    )
    parsed = read_mail(raw(*HEAD, body=body))
    assert parsed.text == "before\n返金を\n-- \n- item\nafter\n"
    assert not needs_person(parsed.defects)


def test_an_unfinished_frame_keeps_the_words() -> None:
    """A frame that breaks off, or holds no text, loses nothing but itself."""
    assert read_mail(raw("A: b", body="-----BEGIN PGP SIGNED MESSAGE-----\n\n返金を")).text == "返金を"
    body = "-----BEGIN PGP SIGNED MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\nx"
    assert read_mail(raw("A: b", body=body)).text == "x"


def test_s_mime_signed_text_is_readable() -> None:
    """A detached S/MIME signature leaves the text as it is and is attached."""
    parsed = read_mail(
        multipart("signed", part("text/plain", PLAIN), part("application/pkcs7-signature; name=smime.p7s", b"x"))
    )
    assert (parsed.text, names(parsed)) == (PLAIN, ["smime.p7s"])


def test_limits() -> None:
    """Text and attachments beyond their limits end in a note for a person."""
    parsed = read_mail(raw("A: b", body="x" * 100), Limits(text=10))
    assert parsed.text == "x" * 10
    assert "needs a person: text longer than 10 characters" in parsed.defects
    assert (
        "needs a person: text longer than 60 characters"
        in read_mail(raw("A: b", body="x" * 100), Limits(text=60)).defects
    )
    parsed = read_mail(multipart("mixed", *(part("image/png", b"x") for _ in range(5))), Limits(attachments=2))
    assert len(parsed.attachments) == 2
    assert "needs a person: more than 2 attachments" in parsed.defects
