"""Own words against quotes, signatures and disclaimers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.mail import ParsedMail, Region
from worker.parsing.quotes import blocks_of, mark_unverified, normalised


def read(text: str) -> ParsedMail:
    return ParsedMail(text=text, blocks=blocks_of(text))


OWN = "ご連絡ありがとうございます。\n納期の件、承知しました。"
OLD = "前回のメールの本文です。\nどうぞよろしくお願いいたします。"
MARKED = "> 前回のメールの本文です。\n> どうぞよろしくお願いいたします。"
SUPPORT = "サポート <support@sample.example>"

# Each of these announces a quote whose lines are marked with ">".
ATTRIBUTIONS = [
    f"2026年3月4日(水) 10:12 {SUPPORT}:",
    "2026年3月4日(水) 10:12 サポート\n<support@sample.example>:",
    f"2026年3月4日 10:12 {SUPPORT}：",
    f"2026年3月4日水曜日 午後3:12 {SUPPORT} さんは書きました:",
    "2026/03/04 10:12、サポート <support@sample.example>のメール:",
    "2026/03/04 10:12、サポート <support@sample.example>のメッセージ:",
    "2026/03/04 10:12、サポート さんは書きました:",
    "サポートさんは書きました：",
    "山田さんが書きました",
    "(2026/03/04 10:12), サポート wrote:",
    "On 2026/03/04 10:12, サポート wrote:",
    "On Wed, Mar 4, 2026 at 10:12 AM Support <support@sample.example> wrote:",
    "On Wed, Mar 4, 2026 at 10:12 AM Support <support@sample.example>\nwrote:",
    "On Mar 4, 2026, at 10:12, Support <support@sample.example> wrote:\n",
    "Wed, 4 Mar 2026 10:12:00 +0900\nサポート <support@sample.example> wrote:",
    "At Wed, 4 Mar 2026 10:12:00 +0900,\nSupport wrote:",
    "Support <support@sample.example> wrote:",
    "Support wrote:",
    "In article <x@sample.example>, Support writes:",
    "在 2026年3月4日，10:12，支持 <support@sample.example> 写道：",
    "支持 <support@sample.example> 于2026年3月4日周三 10:12写道：",
    '2026-03-04 10:12:11，"支持" <support@sample.example> 写道：',
    "2026년 3월 4일 (수) 오전 10:12, 지원 <support@sample.example>님이 작성:",
    "Am 04.03.2026 um 10:12 schrieb Support:",
    "Le mer. 4 mars 2026 à 10:12, Support <support@sample.example> a écrit :",
    "El mié, 4 mar 2026 a las 10:12, Support (<support@sample.example>) escribió:",
    "Il giorno mer 4 mar 2026 alle ore 10:12 Support <support@sample.example> ha scritto:",
    "Op wo 4 mrt. 2026 om 10:12 schreef Support <support@sample.example>:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_marked_quotes(attribution: str) -> None:
    """The line that announces a marked quote belongs to the quote; what follows the quote is own again."""
    parsed = read(f"{OWN}\n\n{attribution}\n{MARKED}\n\n以上です。")
    assert parsed.own_words == f"{OWN}\n以上です。"
    assert parsed.quoted.startswith(attribution.split("\n")[0])


# Each of these announces a quote that runs on to the end without any mark.
SEPARATORS = [
    "-----Original Message-----\nFrom: Support\nSent: Wednesday, March 4, 2026 10:12 AM\nTo: Yamada\nSubject: RE: x\n",
    "-----元のメッセージ-----\n差出人: サポート\n送信日時: 2026年3月4日 10:12\n宛先: 山田\n件名: RE: 納期\n",
    "----- 元のメッセージ -----",
    "--- Original Message ---",
    "----- Original Message ----- ",
    "________________________________\n差出人: サポート <support@sample.example>\n送信日時: 2026年3月4日 10:12\n宛先: 山田\n件名: 納期",
    "________________________________\nFrom: Support\nSent: Wednesday\nTo: Yamada\nSubject: x",
    "差出人: サポート <support@sample.example>\n送信日時: 2026年3月4日 10:12\n宛先: 山田 <yamada@client.example>\n件名: RE: 納期",
    "*差出人:* サポート\n*送信日時:* 2026年3月4日\n*宛先:* 山田;\n 鈴木 <suzuki@client.example>\n*件名:* 納期",
    "From: Support <support@sample.example>\nDate: Wed, 4 Mar 2026\nTo: Yamada\nCc: Suzuki\nSubject: x",
    "发件人: 支持 <support@sample.example>\n发送时间: 2026年3月4日 10:12\n收件人: 山田\n主题: 交货期",
    '------------------ 原始邮件 ------------------\n发件人: "支持" <support@sample.example>;\n主题: 交货期',
    "-------- 转发的邮件 --------",
    "---------- Forwarded message ---------\nFrom: Support\nDate: Wed\nSubject: x\nTo: Yamada",
    "---------- 転送メッセージ ----------",
    "Begin forwarded message:\n\nFrom: Support <support@sample.example>\nSubject: x",
    "転送されたメッセージ:\n\n差出人: サポート",
    "Von: Support\nGesendet: Mittwoch, 4. März 2026 10:12\nAn: Yamada\nBetreff: AW: x",
    "-----Ursprüngliche Nachricht-----",
    f"2026年3月4日(水) 10:12 {SUPPORT}:",
    "On Wed, Mar 4, 2026 at 10:12 AM Support <support@sample.example> wrote:",
    "支持 <support@sample.example> 在 2026年3月4日 周三 10:12 写道：",
]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_quotes_to_the_end(separator: str) -> None:
    """What stands behind a separator or a header block is quoted to the end."""
    parsed = read(f"{OWN}\n\n{separator}\n\n{OLD}\n")
    assert parsed.own_words == OWN
    assert parsed.quoted.endswith(OLD)


OWN_WORDS = [
    "2026年3月4日 10:12 障害発生の件について:\n対応が遅すぎます。責任を取ってください。",
    "私は次のように書きました。\nそれでも返事がありません。",
    "昨日、担当者さんは「対応する」と書きました。覚えていますか。",
    "On Monday you wrote:\nthat it would be ready. It is not.",
    "件名: 請求について\n宛先: 経理ご担当者様\n本文は以下のとおりです。",
    "From: Taro\nSubject: Question\n\nMessage Body:\nPlease help.",
    "お名前: 山田\nメール: yamada@client.example\n内容: 至急連絡ください。",
    "ログです。\n----------------------\nerror: timeout\n----------------------\n至急対応をお願いします。",
    "返事をください。\n\n--\n夜道に気をつけろ",
    "返事をください。\n\n━━━━━━━━━━\n覚えておけ\n次はないぞ\n━━━━━━━━━━",
    "返事をください。\n\n--\nYou will all be very sorry for this, believe me.",
    "機密保持契約の件ですが、いつになりますか。",
    "* 一つ目\n* 二つ目\n\n- 三つ目\n- 四つ目",
    "Here is another one\n\nSent from my desk, is much easier than my mobile phone.",
    "iPhoneから送信できません。どうすればよいですか。",
    "1) a\n==========\n2) b\n==========\n以上、ご確認ください。",
    "-- \n" + "\n".join(f"{number} 番目の要求を必ず満たしてください。" for number in range(30)),
    "x" * 500 + ":",
    "差出人: だけの行です",
    "",
    "\n\n",
]


@pytest.mark.parametrize("text", OWN_WORDS)
def test_own_words_stay(text: str) -> None:
    """What only resembles a quote or a signature stays own: own words lost is the worse error."""
    assert read(text).own_words == text.strip()


SIGNATURES = [
    "-- \n山田太郎\n株式会社クライアント",
    "--\n山田太郎",
    "━━━━━━━━━━━━━━\n株式会社クライアント 山田太郎\nTEL：03-0000-0000\n━━━━━━━━━━━━━━",
    "＊＊＊＊＊＊＊＊＊＊\n山田太郎\n〒100-0000 東京都千代田区1-1\n＊＊＊＊＊＊＊＊＊＊",
    "***************************\n山田 太郎 <yamada@client.example>\n***************************",
    "==========\n山田太郎\nhttps://client.example\n==========",
    "-----------------------\n山田太郎\n株式会社クライアント\nTel 03-0000-0000\n-----------------------",
    "+-+-+-+-+-+-+-+-+\n山田\nyamada@client.example\n+-+-+-+-+-+-+-+-+",
    "□■□■□■□■□■\n山田太郎\n開発部\n□■□■□■□■□■",
    "------ 株式会社クライアント ------\n山田太郎\n電話 03-0000-0000",
    "山田太郎\n株式会社クライアント 開発部\nTEL 03-0000-0000\nyamada@client.example",
    "iPhoneから送信",
    "iPhone から送信",
    "Androidから送信",
    "Yahoo!メール for iPhone から送信",
    "Outlook for iOS を入手",
    "Sent from my iPhone",
    "Sent from my Verizon Wireless BlackBerry",
    "Sent from Yahoo Mail on Android",
    "Get Outlook for iOS<https://aka.example/x>",
    "发自我的iPhone",
    "Von meinem iPhone gesendet",
    "-- \nTaro Yamada\nClient Inc.\nPhone: +81 3-0000-0000\nhttps://client.example",
]


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("after", ["", f"\n\n2026年3月4日(水) 10:12 {SUPPORT}:\n{MARKED}\n"])
def test_signatures(signature: str, after: str) -> None:
    """Signatures are found at the end and before a quote, in boxes, behind dashes, or as contact lines alone."""
    parsed = read(f"{OWN}\n\n{signature}{after}")
    assert parsed.own_words == OWN
    assert parsed.signature == signature


def test_a_sentence_inside_a_signature_stays_own() -> None:
    """A threat hidden between company and telephone number is still the sender's word."""
    parsed = read(f"{OWN}\n\n--\n株式会社クライアント\n山田太郎\nTEL 03-0000-0000\n家族がどうなっても知らないぞ\n")
    assert parsed.own_words == f"{OWN}\n家族がどうなっても知らないぞ"
    assert parsed.signature == "--\n株式会社クライアント\n山田太郎\nTEL 03-0000-0000"


DISCLAIMERS = [
    "本メールには機密情報が含まれる場合があります。\n誤って受信された場合は、直ちに削除してください。",
    "このメールは宛先に記載された方のみを対象としています。第三者への開示はご遠慮ください。",
    "【機密性】この内容は社外秘です。",
    "CONFIDENTIALITY NOTICE: This message is intended only for the use of the individual named above.",
    "If you are not the intended recipient, please delete this message.",
    "This e-mail is confidential and privileged.\n\nIf you received this message in error, please delete it.",
    "本邮件含有保密信息，仅供收件人使用。",
]


@pytest.mark.parametrize("disclaimer", DISCLAIMERS)
@pytest.mark.parametrize("signature", ["", "--\n山田太郎\nTEL 03-0000-0000\n\n"])
def test_disclaimers(disclaimer: str, signature: str) -> None:
    """Legal boilerplate at the tail is set apart, behind a signature too."""
    parsed = read(f"{OWN}\n\n{signature}{disclaimer}\n")
    assert parsed.own_words == OWN
    assert [block.region for block in parsed.blocks][-1] is Region.DISCLAIMER


def test_a_disclaimer_alone_is_own() -> None:
    """A mail that is nothing but such a sentence is what its sender says."""
    assert read(DISCLAIMERS[0]).own_words == DISCLAIMERS[0]


def test_inline_answers() -> None:
    """Answers between quoted lines are own, behind a separator with marked lines too."""
    text = (
        "-----元のメッセージ-----\n差出人: サポート\n送信日時: 2026年3月4日 10:12\n\n"
        "> 一つ目の質問です。\n\nはい、そうです。\n\n> 二つ目の質問です。\nいいえ、違います。\n"
    )
    parsed = read(text)
    assert parsed.own_words == "はい、そうです。\nいいえ、違います。"


def test_depth() -> None:
    """Levels are counted, full-width marks and spaced ones too, and unmarked quotes add a level."""
    parsed = read("own\n> one\n>> two\n> > > three\n＞ wide\n-----Original Message-----\nolder\n> deeper\n")
    assert [block.depth for block in parsed.blocks] == [0, 1, 2, 3, 1, 2]
    assert {block.region.value for block in parsed.blocks} == {"own", "quote"}


def test_the_end_of_a_forward() -> None:
    """Where the forwarded mail says that it ends, the words after it are own."""
    parsed = read(
        "ご確認ください。\n----- 転送メッセージ -----\n古い本文\n-----転送メッセージここまで-----\n以上です。"
    )
    assert parsed.own_words == "ご確認ください。\n以上です。"


def test_a_quote_in_a_quote() -> None:
    """A separator inside an unmarked quote opens a deeper one."""
    parsed = read("own\n-----Original Message-----\nolder\n-----Original Message-----\noldest\n")
    assert [block.depth for block in parsed.blocks] == [0, 1, 2]


def test_other_marks_count_after_an_attribution() -> None:
    """Old mailers' name or bar marks are quotes where somebody is announced, else own."""
    parsed = read("山田さんは書きました：\nyamada> 質問です。\nyamada> 二行目\n答えです。")
    assert parsed.own_words == "答えです。"
    assert read("mysql> select 1;\nmysql> quit").own_words == "mysql> select 1;\nmysql> quit"
    assert read("Support wrote:\n| old\n| older").own_words == ""


@pytest.mark.parametrize(
    "text",
    [
        "2026年3月4日 10:12\n山田\nhello",
        "山田さん\n> quoted",
        "2026年3月4日 10:12\n" + "長" * 500 + "\n山田:",
        "2026年3月4日\n\n山田:",
        "_____________________\nplain",
        "差出人: a\n送信日時: b\n\n\n宛先: c",
        "差出人: a\n送信日時: b",
    ],
)
def test_no_announcement(text: str) -> None:
    """Dates, names and labels that announce nothing stay own."""
    own = [line for line in text.split("\n") if line and not line.startswith(">")]
    assert read(text).own_words.replace("\n\n", "\n").replace("\n\n", "\n") == "\n".join(own)


@given(
    st.lists(
        st.sampled_from([*ATTRIBUTIONS, *SEPARATORS, *SIGNATURES, *DISCLAIMERS, MARKED, OWN, "", "> x", "own"]),
        max_size=8,
    )
)
def test_blocks_cover_the_text(pieces: list[str]) -> None:
    """Whatever the text, its blocks are in order, not empty, and cover it exactly."""
    text = "\n".join(pieces)
    blocks = blocks_of(text)
    assert "".join(text[block.start : block.end] for block in blocks) == text
    assert all(block.start < block.end for block in blocks)
    assert all(one.end == other.start for one, other in pairwise(blocks))


def regions(parsed: ParsedMail, region: Region) -> str:
    return "".join(parsed.text[block.start : block.end] for block in parsed.blocks if block.region is region)


def test_a_disguise_is_unverified() -> None:
    """A threat under a fake "original message" stands in no known mail and is marked so."""
    parsed = read(f"{OWN}\n\n-----Original Message-----\nFrom: Support\n\n{OLD}\n火をつけてやる。\n死ね\n")
    checked = mark_unverified(parsed, [OLD.replace("\n", " ")])
    assert regions(checked, Region.UNVERIFIED_QUOTE) == "火をつけてやる。\n死ね\n"
    assert regions(checked, Region.QUOTE).endswith(f"{OLD}\n")
    assert checked.own_words == parsed.own_words
    assert "".join(checked.text[block.start : block.end] for block in checked.blocks) == checked.text


def test_verified_quotes() -> None:
    """Marks, width and line breaks do not matter; short lines go with the line before them."""
    parsed = read("own\n> ＡＢＣ ｶﾅ\n> はい\n>\n> だ\n")
    assert mark_unverified(parsed, ["abc カナはい\nだ"]) == parsed
    assert regions(mark_unverified(parsed, ["はい、だめ"]), Region.UNVERIFIED_QUOTE) == "> ＡＢＣ ｶﾅ\n> はい\n>\n> だ\n"


def test_nothing_quoted() -> None:
    """A mail without quotes is returned as it is; with nothing known, every quoted word is unverified."""
    plain = read(OWN)
    assert mark_unverified(plain, []) is plain
    checked = mark_unverified(read(f"{OWN}\n\n-----Original Message-----\n火をつける。"), [])
    assert regions(checked, Region.UNVERIFIED_QUOTE) == "火をつける。"
    assert mark_unverified(checked, ["火をつける。"]).quoted == checked.quoted
    assert regions(mark_unverified(checked, ["火をつける。"]), Region.UNVERIFIED_QUOTE) == ""


def test_normalised() -> None:
    """Comparison ignores width, case, white space and marks."""
    assert normalised("> Ａ b\u3000ｶ\n") == "abカ"
