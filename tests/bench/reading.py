"""Reading, compared with the standard library's ``email`` (policy.default) in the same run, on the same mails.

Run: ``python tests/bench/reading.py [--mails 1000] [--seed 1]``. For each charset: how many subjects and bodies each
of the two read rightly, how many mails had exactly their own words found, and how many times faster ours was. The
mails are made here from a seed: business mail in Japanese, a third with HTML, one in twenty with an attachment, with
a quote and a signature; the "wild" rows are labelled or encoded as mail in the field is.
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from worker.parsing import read_mail

SENTENCES = (
    "お世話になっております。",
    "先日ご相談した納期の件でご連絡いたします。",
    "サーバの応答が遅い状態が続いております。",
    "お手数ですが、ご確認のうえご回答をお願いいたします。",
    "請求書の金額に誤りがあるようです。",
    "次回の定例会議は来週火曜日の午後を希望します。",
    "障害の原因と再発防止策をお知らせください。",
    "添付の資料をご覧ください。",
    "契約内容の変更についてご相談があります。",
    "何卒よろしくお願いいたします。",
)
EXTENDED = ("株式会社①番の髙橋です。", "㈱サンプルの№３の件です。")
SUBJECTS = (
    "納期の件",
    "サーバの応答について",
    "請求書の訂正のお願い",
    "定例会議の日程",
    "障害のご報告と再発防止策について",
)
SIGNATURE = "━━━━━━━━━━━━━━\n株式会社クライアント 開発部\n山田 太郎\nTEL 03-0000-0000\n━━━━━━━━━━━━━━"
QUOTED = "2026年3月3日(火) 18:30 サポート <support@sample.example>:\n> ご連絡ありがとうございます。\n> 担当者より折り返しご連絡いたします。"


@dataclass(frozen=True)
class Kind:
    """A row of the table: how the mail is encoded and how it is labelled."""

    name: str
    label: str
    encode: Callable[[str], bytes]
    extended: bool = False


def _jis(text: str) -> bytes:
    """ISO-2022-JP as Windows mailers write it, characters beyond the standard included."""
    pieces: list[bytes] = []
    mode = b"\x1b(B"
    for char in text:
        code = char.encode("cp932")
        wanted = b"\x1b$B" if len(code) == 2 else b"\x1b(B"
        pieces += [wanted] if wanted != mode else []
        mode = wanted
        pieces.append(_row_and_cell(*code) if len(code) == 2 else code)
    return b"".join([*pieces, b"\x1b(B" if mode != b"\x1b(B" else b""])


def _row_and_cell(lead: int, trail: int) -> bytes:
    if lead >= 0xFA:  # cp932 writes NEC's selection at IBM's places; ISO-2022-JP has only NEC's
        lead, trail = {"髙": (0xEE, 0xE0)}.get(bytes((lead, trail)).decode("cp932"), (lead, trail))
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + 0x21
    return bytes((row + 1, trail - 0x7E)) if trail >= 0x9F else bytes((row, trail - 0x1F - (trail >= 0x80)))


KINDS = (
    Kind("utf-8", "utf-8", lambda text: text.encode()),
    Kind("iso-2022-jp", "iso-2022-jp", lambda text: text.encode("iso2022_jp")),
    Kind("shift_jis", "shift_jis", lambda text: text.encode("shift_jis")),
    Kind("euc-jp", "euc-jp", lambda text: text.encode("euc_jp")),
    Kind("gb18030", "gb18030", lambda text: text.encode("gb18030")),
    Kind("wild: iso-2022-jp with ① ㈱ 髙", "iso-2022-jp", _jis, extended=True),
    Kind("wild: shift_jis with ① ㈱ 髙", "shift_jis", lambda text: text.encode("cp932"), extended=True),
    Kind("wild: utf-8 labelled iso-2022-jp", "iso-2022-jp", lambda text: text.encode()),
    Kind("wild: cp932 labelled utf-8", "utf-8", lambda text: text.encode("cp932")),
    Kind("wild: gb18030 labelled gb2312", "gb2312", lambda text: text.encode("gb18030"), extended=True),
    Kind("wild: raw headers, no label", "", lambda text: text.encode("cp932")),
)


@dataclass(frozen=True)
class Sample:
    """A mail and what is right."""

    raw: bytes
    subject: str
    body: str
    own: str


def sample(kind: Kind, dice: random.Random) -> Sample:
    """One mail of that kind."""
    subject = "Re: " + dice.choice(SUBJECTS) + (dice.choice(("①", "㈱")) if kind.extended else "")
    lines = [dice.choice(SENTENCES) for _ in range(dice.randint(5, 80))] + (
        [dice.choice(EXTENDED)] if kind.extended else []
    )
    own = "\n".join(lines)
    body = f"{own}\n\n{SIGNATURE}\n\n{QUOTED}\n"
    return Sample(_mail(kind, subject, body, dice), subject, body, own)


def _mail(kind: Kind, subject: str, body: str, dice: random.Random) -> bytes:
    head = [
        b"Received: from mx.client.example by mx.sample.example; Wed, 4 Mar 2026 10:13:00 +0900",
        b"From: " + _header(kind, "山田 太郎") + b" <yamada@client.example>",
        b"To: support@sample.example",
        b"Subject: " + _header(kind, subject),
        b"Date: Wed, 4 Mar 2026 10:12:00 +0900",
        b"Message-ID: <%d@client.example>" % dice.getrandbits(64),
        b"References: <1@client.example> <2@sample.example>",
        b"MIME-Version: 1.0",
    ]
    return b"\r\n".join(head) + b"\r\n" + _content(kind, body, dice)


def _header(kind: Kind, text: str) -> bytes:
    if not kind.label:
        return kind.encode(text)
    middle = len(text) // 2
    words = (base64.b64encode(kind.encode(piece)) for piece in (text[:middle], text[middle:]))
    return b"\r\n ".join(b"=?%s?B?%s?=" % (kind.label.encode(), word) for word in words)


def _content(kind: Kind, body: str, dice: random.Random) -> bytes:
    text = _part("text/plain", kind, body)
    if dice.random() < 1 / 3:
        html = "<html><body>" + "".join(f"<div>{line}<br></div>" for line in body.splitlines()) + "</body></html>"
        text = _multipart(b"alternative", text, _part("text/html", kind, html))
    if dice.random() < 1 / 20:
        file = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        text = _multipart(b"mixed", text, file + base64.encodebytes(dice.randbytes(dice.randint(10_000, 200_000))))
    return text


def _part(content_type: str, kind: Kind, text: str) -> bytes:
    label = f"; charset={kind.label}" if kind.label else ""
    head = f"Content-Type: {content_type}{label}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    return head + base64.encodebytes(kind.encode(text)).replace(b"\n", b"\r\n")


def _multipart(kind: bytes, *parts: bytes) -> bytes:
    boundary = b"=-" + kind
    inner = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        b"Content-Type: multipart/"
        + kind
        + b'; boundary="'
        + boundary
        + b'"\r\n\r\n'
        + inner
        + b"--"
        + boundary
        + b"--\r\n"
    )


@dataclass(frozen=True)
class Reading:
    """What one of the two made of a mail."""

    subject: str
    body: str
    own: str = ""


def ours(raw: bytes) -> Reading:
    """Reading with Mamori."""
    parsed = read_mail(raw)
    return Reading(parsed.subject, parsed.text, parsed.own_words)


def standard(raw: bytes) -> Reading:
    """Reading with the standard library; what raises counts as nothing read."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return Reading(_tried(lambda: str(message["subject"])), _tried(lambda: _body(message)))


def _body(message: email.message.EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    return str(part.get_content()) if part else ""


def _tried(read: Callable[[], str]) -> str:
    try:
        return read()
    except (ValueError, LookupError, AttributeError):
        return ""


def timed(read: Callable[[bytes], Reading], mails: Iterable[Sample]) -> tuple[list[Reading], float]:
    """The readings, and the processor seconds they took."""
    begun = time.process_time()
    found = [read(mail.raw) for mail in mails]
    return found, time.process_time() - begun


def right(readings: Iterable[Reading], mails: Iterable[Sample], field: str) -> int:
    """How many readings are right in that field, surrounding and doubled white space apart."""
    pairs = zip(readings, mails, strict=True)
    return sum(getattr(found, field).split() == getattr(mail, field).split() for found, mail in pairs)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mails", type=int, default=1_000, help="mails of each kind")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    dice = random.Random(chosen.seed)
    print(f"{'':36} subject     body        own words   times faster")
    print(f"{'':36} ours / lib  ours / lib  ours")
    total_ours = total_standard = 0.0
    for kind in KINDS:
        mails = [sample(kind, dice) for _ in range(chosen.mails)]
        mine, seconds = timed(ours, mails)
        theirs, their_seconds = timed(standard, mails)
        total_ours, total_standard = total_ours + seconds, total_standard + their_seconds
        print(f"{kind.name:36}", _share(mine, theirs, mails, "subject"), _share(mine, theirs, mails, "body"), end="  ")
        print(f"{right(mine, mails, 'own') / len(mails):5.0%}       {their_seconds / seconds:4.1f}")
    count = chosen.mails * len(KINDS)
    print(
        f"{count / total_ours:,.0f} mails/s ours, {count / total_standard:,.0f} theirs: {total_standard / total_ours:.1f} times"
    )


def _share(mine: list[Reading], theirs: list[Reading], mails: list[Sample], field: str) -> str:
    return f"{right(mine, mails, field) / len(mails):4.0%} / {right(theirs, mails, field) / len(mails):4.0%}"


if __name__ == "__main__":
    main()
