"""The set phrases that a first draft is filled with, in the languages that letters are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from worker.domain.hours import WEEKDAYS, Calendar, ServiceSpan


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases of one language. ``{…}`` are filled in; every one may be reworded by the author."""

    counterpart_role: str
    contact_name: str
    matter: str
    mail: str
    mail_fact: str
    also_fact: str
    told_fact: str
    minutes: str
    channels: Mapping[str, str]
    arrived_off_hours: str
    asked_off_hours: str
    requests: tuple[str, ...]
    next_step: str
    revised: str
    days: tuple[str, ...]
    hours: str
    no_holidays: str
    always: str
    joiner: str
    comma: str
    range: str
    message_reference: str
    record_reference: str


WORDS: Mapping[str, Words] = {
    "ja": Words(
        counterpart_role="貴社ご担当者様",
        contact_name="本件責任者",
        matter="当社窓口へのお問い合わせ",
        mail="電子メール",
        mail_fact="{role}から当社窓口あてに、次の記載を含む電子メールを受信しました。",
        also_fact="同じ電子メールには、次の記載もありました。",
        told_fact="{role}から次のご発言がありました{minutes}。当社の担当者が記録したものです。",
        minutes="(約{count}分)",
        channels={
            "telephone": "電話",
            "counter": "面談",
            "chat": "チャット",
            "social_media": "ソーシャルメディア",
            "third_person": "第三者を通じたご連絡",
        },
        arrived_off_hours="受信は、当社の対応時間({hours})の外でした。",
        asked_off_hours="当社の対応時間({hours})の外での対応を求める内容です。",
        requests=(
            "本書に記載した事実について、貴社にてご確認くださいますようお願いいたします。",
            "今後、同様の表現や方法によるご連絡が繰り返されないよう、ご配慮くださいますようお願いいたします。",
            "本件について、貴社の窓口となる方のお名前とご連絡先をお知らせください。",
        ),
        next_step="ご回答を拝見したうえで、必要に応じて、双方の責任者によるお話し合いをお願いしたく存じます。",
        revised="{year}年{month}月{day}日改正",
        days=("月", "火", "水", "木", "金", "土", "日"),
        hours="{days} {start}~{end}",
        no_holidays="祝日を除く",
        always="終日",
        joiner="、",
        comma="、",
        range="{first}曜~{last}曜",
        message_reference="Message-ID {id}",
        record_reference="当社記録番号 I-{id:05d}",
    ),
    "en": Words(
        counterpart_role="a member of your staff",
        contact_name="The person responsible for this matter",
        matter="an enquiry to our desk",
        mail="e-mail",
        mail_fact="Our desk received an e-mail from {role} that contained the following words.",
        also_fact="The same e-mail also contained the following words.",
        told_fact="The following was said by {role}{minutes}, as recorded by our staff.",
        minutes=" (for about {count} minutes)",
        channels={
            "telephone": "telephone",
            "counter": "meeting in person",
            "chat": "chat",
            "social_media": "social media",
            "third_person": "message through a third person",
        },
        arrived_off_hours="It arrived outside our hours of service ({hours}).",
        asked_off_hours="It asks for service outside our hours ({hours}).",
        requests=(
            "Please look into the facts set out in this letter.",
            "Please see to it that messages in such words or such a manner are not repeated.",
            "Please tell us the name and contact of the person on your side who will handle this matter.",
        ),
        next_step="Once we have your answer we may, if needed, ask for a talk between those responsible on both sides.",
        revised="as revised on {iso}",
        days=WEEKDAYS,
        hours="{days} {start}-{end}",
        no_holidays="public holidays excepted",
        always="at any hour",
        joiner=", ",
        comma=", ",
        range="{first}-{last}",
        message_reference="Message-ID {id}",
        record_reference="our record I-{id:05d}",
    ),
    "zh": Words(
        counterpart_role="贵公司相关人员",
        contact_name="本事项负责人",
        matter="向我公司窗口的咨询",
        mail="电子邮件",
        mail_fact="我公司窗口收到{role}发来的电子邮件,其中包含以下内容。",
        also_fact="同一封电子邮件中还包含以下内容。",
        told_fact="{role}曾有以下发言{minutes},由我公司员工记录。",
        minutes="(约{count}分钟)",
        channels={
            "telephone": "电话",
            "counter": "面谈",
            "chat": "即时通讯",
            "social_media": "社交媒体",
            "third_person": "经第三人转达",
        },
        arrived_off_hours="该邮件到达时间在我公司服务时间({hours})之外。",
        asked_off_hours="其内容要求我公司在服务时间({hours})之外予以应对。",
        requests=(
            "恳请贵公司就本函所述事实予以核实。",
            "恳请贵公司予以关照,避免今后再以类似的言辞或方式进行联络。",
            "敬请告知贵公司就本事项的联系人姓名及联系方式。",
        ),
        next_step="收到贵公司的回复后,如有需要,我公司希望安排双方负责人进行面谈。",
        revised="{year}年{month}月{day}日修订",
        days=("一", "二", "三", "四", "五", "六", "日"),
        hours="{days} {start}~{end}",
        no_holidays="节假日除外",
        always="全天",
        joiner="、",
        comma=",",
        range="周{first}至周{last}",
        message_reference="Message-ID {id}",
        record_reference="我公司记录编号 I-{id:05d}",
    ),
}


def words_of(language: str) -> Words:
    """The phrases of ``language``; English where there are none of its own."""
    return WORDS.get(language, WORDS["en"])


def hours_text(calendar: Calendar, words: Words) -> str:
    """The hours of service as a letter writes them: 「月曜~金曜 10:00~18:00、祝日を除く」."""
    if calendar.around_the_clock:
        return words.always
    text = words.joiner.join(_span(span, words) for span in calendar.spans)
    return f"{text}{words.comma}{words.no_holidays}" if calendar.holidays else text


def _span(span: ServiceSpan, words: Words) -> str:
    return words.hours.format(days=_days(sorted(span.days), words), start=_clock(span.start), end=_clock(span.end))


def _days(days: list[int], words: Words) -> str:
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return words.range.format(first=words.days[days[0]], last=words.days[days[-1]])
    return words.joiner.join(words.days[day] for day in days)


def _clock(clock: time | None) -> str:
    return clock.strftime("%H:%M") if clock else "24:00"


def version_text(version: str, words: Words) -> str:
    """A policy's version as a letter writes it; one that is no date stays as printed."""
    try:
        day = date.fromisoformat(version)
    except ValueError:
        return version
    return words.revised.format(year=day.year, month=day.month, day=day.day, iso=day.isoformat())
