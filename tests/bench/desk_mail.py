"""The mail of a busy Japanese support desk, made from a seed: threads of different lengths, both ways.

Average 12 KB; five charsets, a third with an HTML alternative, one in twenty with a file of up to 300 KB; a reply quotes
the mail it answers. One thread in fifty holds something that a desk should not have to read.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worker.demo.compose import Attached, Draft, as_html, compose

DESK = ("サンプル サポート窓口", "support@sample.example")
INBOX, SENT = "INBOX", "Sent"
CHARSETS = ("utf-8", "iso-2022-jp", "cp932", "euc-jp", "gb18030")
LABELS = {"cp932": "shift_jis"}
BEGUN = datetime(2026, 1, 5, 1, tzinfo=UTC)
FAMILY = ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田")
GIVEN = ("太郎", "花子", "健一", "美咲", "大輔", "陽子", "翔太", "直美", "誠", "由美", "隆", "恵")
ROMAN = ("sato", "suzuki", "takahashi", "tanaka", "ito", "watanabe", "yamamoto", "nakamura", "kobayashi", "kato")
TOPICS = (
    "請求書の再送", "DNSの変更依頼", "バックアップの確認", "証明書の更新", "ログの提供", "アカウントの追加", "納期の件",
    "サーバの応答遅延", "契約内容の変更", "定例会議の日程", "データ移行の手順", "メール不達の調査", "見積書のご依頼",
    "管理画面の表示", "料金プランの変更", "障害報告書の件", "検証環境の準備", "APIの仕様", "権限設定の見直し",
)  # fmt: skip
THINGS = (
    "管理画面",
    "請求書",
    "バッチ処理",
    "データベース",
    "検証環境",
    "設定ファイル",
    "通知メール",
    "月次レポート",
    "ログイン画面",
    "外部連携",
)
STATES = (
    "応答が遅い",
    "表示が崩れる",
    "値が古いまま",
    "エラーになる",
    "途中で止まる",
    "件数が合わない",
    "更新されない",
)
ASKED = (
    "{thing}の{state}状態が{day}日頃から続いております。",
    "{topic}について、{day}日までにご回答をいただけますと助かります。",
    "添付の{thing}の一覧をご確認のうえ、{number}行目の扱いをご教示ください。",
    "当方の環境では{thing}を{hour}時頃に再起動したところ、{state}ことがありました。",
    "{thing}の手順書は{number}ページを参照すればよろしいでしょうか。",
    "次回の打ち合わせは{day}日の{hour}時からを希望いたします。",
    "社内で検討した結果、{topic}を先に進めることになりました。",
    "{thing}の担当者が{family}に変わりますので、連絡先の変更をお願いいたします。",
    "先日お送りいただいた{thing}の件、{number}件分の処理が完了したことを確認いたしました。",
    "念のため、{thing}の画面の写しと操作の記録も合わせてお送りいたします。",
    "費用が追加で発生する場合は、事前に見積りをいただけますでしょうか。",
    "{family}より、{topic}についても合わせて伺うように申し付かっております。",
    "環境は{thing}のバージョン{number}で、端末は{day}台でございます。",
    "再現の手順は、まず{thing}を開き、{number}番の項目を選び、保存を押すというものです。",
)
ANSWERED = (
    "お問い合わせの{thing}につきまして、担当の{family}が調査を進めております。",
    "{thing}が{state}原因は、{day}日の設定変更によるものと分かりました。",
    "{topic}の作業は{day}日の{hour}時から{number}分ほどを予定しております。",
    "手順書の{number}ページに沿って操作いただきますよう、お願いいたします。",
    "ご不便をおかけしておりますが、{day}日までに改めてご報告いたします。",
    "{thing}の件数は{number}件で、こちらの記録と一致しております。",
    "確認のため、{thing}の画面の写しをお送りいただけますでしょうか。",
    "費用につきましては、{topic}の範囲内で対応いたしますので追加はございません。",
    "再発を防ぐため、{thing}の監視の間隔を{number}分に縮めました。",
    "{family}にも共有し、次回の定例会議でご説明いたします。",
)
HARSH = (
    "何度言わせるんだ、担当者は馬鹿なのか。無能な人間を窓口に置くな。",
    "今夜中に土下座して謝りに来い。来なければどうなるか分かっているだろうな。",
    "お前の名前と顔写真をネットに晒してやるからな。",
    "誠意を見せろ。慰謝料として五十万円払え。",
    "お前みたいな奴は死ねばいい。",
)
OPENING, CLOSING = "いつもお世話になっております。", "お手数をおかけしますが、何卒よろしくお願いいたします。"


@dataclass(frozen=True, slots=True)
class DeskMail:
    """A mail where it lies: its folder and bytes; ``at`` is when it was sent."""

    folder: str
    raw: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    address: str
    firm: str


def desk_mail(count: int, seed: int = 1) -> Iterator[DeskMail]:
    """``count`` mails, thread by thread; the same seed gives the same mails."""
    dice = random.Random(seed)
    people = [_person(dice, number) for number in range(max(3, count // 15))]
    left, number = count, 0
    while left:
        length = min(left, 1 + int(dice.expovariate(1 / 3.2)), 40)
        yield from _thread(dice, number, dice.choice(people), length)
        left, number = left - length, number + 1


def _person(dice: random.Random, number: int) -> _Person:
    firm = number // 4
    name = f"{dice.choice(FAMILY)} {dice.choice(GIVEN)}"
    return _Person(name, f"{dice.choice(ROMAN)}{number}@client{firm}.example", f"株式会社クライアント第{firm}")


def _thread(dice: random.Random, number: int, person: _Person, length: int) -> Iterator[DeskMail]:
    topic = dice.choice(TOPICS)
    at = BEGUN + timedelta(minutes=dice.randrange(60 * 24 * 300))
    harsh = number % 50 == 7
    charset = CHARSETS[number % len(CHARSETS)]
    ids: list[str] = []
    before = ""
    for step in range(length):
        ours = step % 2 == 1
        text = _text(dice, topic, person, ours, [dice.choice(HARSH)] if harsh and not ours else [])
        ids.append(f"<{number}.{step}.{dice.getrandbits(40):x}@{'sample' if ours else 'client'}.example>")
        draft = _draft(dice, (topic, person, ours), (text, before), charset, ids, at)
        yield DeskMail(SENT if ours else INBOX, compose(draft), at)
        before, at = text, at + timedelta(minutes=dice.randint(20, 3000))


def _draft(
    dice: random.Random,
    who: tuple[str, _Person, bool],
    words: tuple[str, str],
    charset: str,
    ids: list[str],
    at: datetime,
) -> Draft:
    topic, person, ours = who
    text, before = words
    theirs = (person.name, person.address)
    whole = text + (f"\n\n2026/03/04 10:12、{DESK[0]} のメール:\n" + _quoted(before) if before else "")
    return Draft(
        sender=DESK if ours else theirs,
        to=[theirs if ours else DESK],
        subject=f"{'Re: ' if before else ''}{topic}のお願い({len(ids[0])})",
        date=at,
        message_id=ids[-1],
        text=whole,
        charset=charset,
        label=LABELS.get(charset, ""),
        html=f"<html><body>\n{as_html(text, before)}</body></html>" if dice.random() < 1 / 3 else "",
        references=ids[:-1],
        attached=[_file(dice)] if dice.random() < 1 / 20 else [],
        trace=[("Received", f"from mx.client.example by mx.sample.example; {at:%a, %d %b %Y %H:%M:%S} +0000")],
    )


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _text(dice: random.Random, topic: str, person: _Person, ours: bool, more: list[str]) -> str:
    """One mail's own words with greeting and signature."""
    greeting = f"{person.firm}\n{person.name}様" if ours else "サポート窓口 ご担当者様"
    sentences = [_sentence(dice, topic, ours) for _ in range(4 + int(dice.expovariate(1 / 22)))] + more
    paragraphs = ["\n".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4)]
    return "\n\n".join((greeting, OPENING, *paragraphs, CLOSING, _signature(person, ours)))


def _sentence(dice: random.Random, topic: str, ours: bool) -> str:
    return dice.choice(ANSWERED if ours else ASKED).format(
        topic=topic,
        thing=dice.choice(THINGS),
        state=dice.choice(STATES),
        family=dice.choice(FAMILY),
        day=dice.randint(1, 28),
        hour=dice.randint(9, 18),
        number=dice.randint(2, 900),
    )


def _signature(person: _Person, ours: bool) -> str:
    name, firm = (DESK[0], "株式会社サンプル") if ours else (person.name, person.firm)
    return f"━━━━━━━━━━━━━━\n{firm} 開発部\n{name}\nTEL 03-0000-0000\n━━━━━━━━━━━━━━"


def _file(dice: random.Random) -> Attached:
    """Mostly small, some of 300 KB; what does not compress well, as most files are."""
    size = int(5_000 + 295_000 * dice.random() ** 2.6)
    return Attached("資料.csv", "text/csv", dice.randbytes(size // 2).hex())
