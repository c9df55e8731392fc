"""Signatures and disclaimers at the tail of somebody's own words. When in doubt, words stay own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from worker.domain.mail import Region

_DEVICE = re.compile(
    r"\s*(?:(?:iphone|ipad|android|スマートフォン|スマホ|携帯|xperia|galaxy"
    r"|windows ?phone).{0,12}から(?:の)?送信(?:しました|しています|)?"
    r"|.{0,30}(?:メール|mail|outlook).{0,30}から(?:の)?送信(?:しました|)?|(?:outlook for|outlook) ?(?:ios"
    r"|android)? ?を?入手.*"
    r"|sent (?:from|via) (?:my |the |yahoo|outlook|mail|proton|samsung|a |an |gmail)[\w '+&/-]{0,45}(?:<[^>]*>)?"
    r"|sent from .{0,20}(?:iphone|ipad|android|mobile|blackberry).{0,30}"
    r"|get outlook for (?:ios|android)(?:<[^>]*>)?|发自我的.{0,30}|發自我的.{0,30}|从我的.{0,20}发送"
    r"|從我的.{0,20}(?:傳送|發送)|获取 ?outlook for.{0,20}"
    r"|von meinem .{0,30} gesendet|envoyé de(?:puis)? mon .{0,30}|enviado (?:desde|do) (?:mi|meu) .{0,30}"
    r"|나의 .{0,20}에서 보냄)[。.]?\s*$",
    re.IGNORECASE,
)
_DEVICE_HINTS = (
    "送信", "入手", "sent from", "sent via", "get outlook", "发自", "發自", "从我的", "從我的", "获取", "gesendet",
    "envoyé", "enviado", "보냄",
)  # fmt: skip
_DISCLAIMER_HINTS = (
    "メール",
    "機密",
    "秘密",
    "親展",
    "免責",
    "受信者",
    "宛先",
    "confidential",
    "intended",
    "error",
    "unauthori",
    "邮件",
)
_DASHES = re.compile(r"--\s?$")
_SYMBOLS = r"—–━─═=＝\-－*＊_＿~〜～+＋#＃◆◇■□●○★☆・。.:：;/／|｜│┃┏┗┓┛┌└┐┘╋▼▲△▽♪◎※^<>≪≫《》【】"
_ORNAMENTS = frozenset(_SYMBOLS.replace("\\", ""))
_RULE = re.compile(
    rf"[\s\u3000]*(?:[{_SYMBOLS}][ \u3000]?){{4,}}[\s\u3000]*$|[\s\u3000]*[━─═＊＝＿◆■]{{2,}}[\s\u3000]*$"
)
_TITLED_RULE = re.compile(r"\s*([-=━─＝*＊_~]{3,})\s*[^\s\-=━─＝*＊_~].{0,30}?\s*[-=━─＝*＊_~]{3,}\s*$")
_CONTACTS = (
    re.compile(
        r"(?:tel|ＴＥＬ|電話|℡|phone|fax|ＦＡＸ|携帯|mobile|直通|内線|手机|电话)[\s.:：/／)）]*[(（+]?\d", re.IGNORECASE
    ),
    re.compile(r"〒\s?\d{3}|[都道府県].{1,10}[市区町村].{1,20}\d"),
    re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]+"),
    re.compile(r"https?://|www\.|url\s?[:：]", re.IGNORECASE),
    re.compile(
        r"株式会社|有限会社|合同会社|（株）|\(株\)|㈱|一般社団法人|公司|\b(?:inc|ltd|llc|corp|gmbh|co)\b\.?",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:事業|営業|開発|運用|管理|総務|人事|情報|技術|サポート|システム|企画|経理).{0,10}[部課室]|(?:支社"
        r"|支店|本社|本部|センター)"
    ),
)
_VERB_END = re.compile(
    r"[。！？!?]\s*$|(?:です|ます|ました|ません|ください|下さい|でしょう|お願い|致します)[。.、…]*\s*$"
    r"|[ぁ-んァ-ヶ一-龠々][ろぞけせぜよなだかいるたすんうくれてねわさえめ]+[ー〜…。!！?？]*\s*$"
)
_ENGLISH = re.compile(r"(?:\b[A-Za-z']+\b[ ,]+){5,}")
_DISCLAIMED = re.compile(
    r"(?:本|この|当)(?:電子)?メール.{0,80}(?:機密|秘密|誤って|宛先|名宛人|受信者|破棄|削除|第三者)|(?:機密情報"
    r"|秘密情報).{0,40}(?:含|開示)"
    r"|誤って(?:本|この|当)?(?:電子)?メール|意図した(?:受信者|宛先)|^\s*[\[【(（*＊]*(?:機密|秘密|親展"
    r"|免責)(?:保持|事項|情報)?.{0,10}[\]】)）*＊]"
    r"|confidential(?:ity)?\b.{0,200}(?:intended|privileged|notice|recipient|disclos)|(?:intended"
    r"|solely) (?:only |solely )?for (?:the )?"
    r"(?:use|named|addressee|individual|intended)|(?:received|receive) this (?:e-?mail|message"
    r"|communication).{0,30} (?:in )?error"
    r"|not the intended recipient|unauthori[sz]ed (?:use|disclosure|review|copying)|本邮件.{0,60}(?:保密|机密|收件人)",
    re.IGNORECASE | re.DOTALL,
)
_MOST_LINES = 16
_LONG = 100
_LONGEST_DEVICE = 120


def tail_regions(lines: Sequence[str]) -> list[Region]:
    """The region of each line of one run of own words: own, signature or disclaimer."""
    regions = [Region.OWN] * len(lines)
    stop = _mark_disclaimers(lines, regions)
    start = _signature_start(lines, stop)
    if start is not None:
        _mark_signature(lines, start, stop, regions)
    _mark_devices(lines, regions)
    return regions


def _mark_devices(lines: Sequence[str], regions: list[Region]) -> None:
    """Mark lines such as iPhoneから送信, which stand among the last ones."""
    start = max(0, len(lines) - _MOST_LINES)
    folded = "\n".join(line[:_LONGEST_DEVICE] for line in lines[start:]).casefold()
    if not any(hint in folded for hint in _DEVICE_HINTS):
        return
    for place in range(start, len(lines)):
        if len(lines[place]) < _LONGEST_DEVICE and _DEVICE.match(lines[place]):
            regions[place] = Region.SIGNATURE


def _last_paragraph(lines: Sequence[str], stop: int) -> tuple[int, int]:
    """The last stretch before ``stop`` between blank lines and rules, as (first, beyond the last); empty: (0, 0)."""
    beyond = stop
    while beyond and _parts(lines[beyond - 1]):
        beyond -= 1
    first = beyond
    while first and not _parts(lines[first - 1]):
        first -= 1
    return first, beyond


def _parts(line: str) -> bool:
    return not line or line.isspace() or is_rule(line)


def _mark_disclaimers(lines: Sequence[str], regions: list[Region]) -> int:
    """Mark paragraphs of legal boilerplate at the tail; where the rest ends."""
    stop = len(lines)
    while True:
        first, beyond = _last_paragraph(lines, stop)
        paragraph = "\n".join(lines[first:beyond])
        if first == 0 or len(paragraph) > 3_000 or not _disclaims(paragraph):
            return stop
        regions[first:stop] = [Region.DISCLAIMER] * (stop - first)
        stop = first


def _disclaims(text: str) -> bool:
    folded = text.casefold()
    return any(hint in folded for hint in _DISCLAIMER_HINTS) and _DISCLAIMED.search(text) is not None


def is_rule(line: str) -> bool:
    """A line of nothing but ornaments."""
    words = line.strip()
    if not words or words[0] not in _ORNAMENTS or len(line) > 200:
        return False
    return (_DASHES.match(line) or _RULE.match(line)) is not None


def _signature_start(lines: Sequence[str], stop: int) -> int | None:
    """The line where the signature begins, or None."""
    last = stop - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    for place in range(max(0, last - _MOST_LINES), last + 1):
        line = lines[place]
        if line[:1] in _ORNAMENTS and (is_rule(line) or (len(line) < _LONG and _TITLED_RULE.match(line))):
            body = [text for text in lines[place:stop] if text.strip() and not is_rule(text)]
            if body and _signs(body, _DASHES.match(line) is not None, closed=is_rule(lines[last]) and last > place):
                return place
    return _bare_signature(lines, stop)


def _signs(body: Sequence[str], dashed: bool, closed: bool) -> bool:
    sentences = sum(is_sentence(line) for line in body)
    if sentences * 2 > len(body):
        return False
    return dashed or contacts(body) >= 1 or (closed and not sentences and len(body) <= 6)


def contacts(lines: Sequence[str]) -> int:
    """How many kinds of contact details stand in the lines."""
    text = "\n".join(line[: _LONG * 2] for line in lines)
    return sum(kind.search(text) is not None for kind in _CONTACTS)


def _is_contact(line: str) -> bool:
    return any(kind.search(line) for kind in _CONTACTS)


def is_sentence(line: str) -> bool:
    """Whether the line says something, rather than naming somebody or giving an address."""
    if len(line) > _LONG:
        return True
    if _is_contact(line) or _disclaims(line):
        return False
    return bool(_VERB_END.search(line) or _ENGLISH.search(line))


def _bare_signature(lines: Sequence[str], stop: int) -> int | None:
    """A last paragraph without any rule that holds nothing but contact details of at least two kinds."""
    first, beyond = _last_paragraph(lines, stop)
    if first == 0 or not any(line.strip() and not is_rule(line) for line in lines[:first]):
        return None
    body = lines[first:beyond]
    if len(body) > 8 or contacts(body) < 2 or any(is_sentence(line) for line in body):
        return None
    return first if sum(_is_contact(line) for line in body) * 2 >= len(body) else None


def _mark_signature(lines: Sequence[str], start: int, stop: int, regions: list[Region]) -> None:
    """Mark the signature; a sentence inside it stays own, for that is where a threat would hide."""
    for place in range(start, stop):
        if not is_sentence(lines[place]):
            regions[place] = Region.SIGNATURE
