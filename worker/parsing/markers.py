"""How mail clients mark what they quote: prefixes, separators, header blocks and attribution lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_PREFIX = re.compile(r"[ \t\u3000]{0,3}((?:[>＞][ \t\u3000]?)+)")
_DASH = r"[-–—―─━ー－_＿=＝*＊~～]"
_SEPARATOR = re.compile(
    rf"\s*{_DASH}{{2,}}[\s\u3000]*(?:"
    r"original\s*(?:message|mail|e-?mail)|original appointment|forwarded\s+(?:message|mail|by)\b.*|reply message"
    r"|元の?(?:メッセージ|メール)|オリジナル(?:メッセージ|メール)?|転送(?:された)?(?:メッセージ|メール)"
    r"|以下(?:転送|引用).{0,10}|引用(?:メール|メッセージ|元)?"
    r"|原始(?:邮件|郵件|信息|訊息|讯息)|(?:转发|轉寄|轉發)的?(?:邮件|郵件|信息)|回复的?(?:邮件|原文)"
    r"|원본\s*메[시세]지|원본\s*메일|전달된\s*메[시세]지"
    r"|ursprüngliche nachricht|original-nachricht|weitergeleitete nachricht|message d'origine|message original"
    r"|message transféré|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht"
    r"|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|исходное сообщение"
    rf")[\s\u3000]*(?:from .{{1,80}})?[\s\u3000]*{_DASH}*\s*$",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"\s*(?:begin forwarded message|forwarded message|début du message (?:réexpédié|transféré)"
    r"|anfang der weitergeleiteten"
    r" (?:nachricht|e-mail)|転送されたメッセージ|以下、?転送されたメッセージ|开始转发的邮件|開始轉寄郵件)\s*[:：]\s*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    rf"\s*(?:{_DASH}{{2,}}\s*)?(?:end (?:of )?(?:original|forwarded) message|(?:元のメッセージ|転送(?:メッセージ"
    rf"|メール)?|引用)(?:は)?ここまで"
    rf"|ここまで(?:引用|転送)(?:メッセージ|メール)?|\(?（?(?:引用|転送)(?:終わり|終了)）?\)?)\s*{_DASH}*\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_＿]{10,}\s*$|\s*-{20,}\s*$")

_ROLES = {
    "from": "from|差出人|発信者|発信元|送信者|送信元|发件人|發件人|寄件者|寄件人|发送人|보낸\\s?사람|von|de|da"
    "|van|från|fra|od|от|lähettäjä",
    "date": "sent|date|送信日時|送信日|日時|日付|发送时间|发送日期|發送時間|寄件日期|日期|时间|時間|보낸\\s?날짜"
    "|날짜|gesendet|datum|envoyé"
    "|enviado(?: el)?|enviada em|fecha|data|inviato|verzonden|skickat|sendt|wysłano|отправлено|дата|lähetetty",
    "to": "to|宛先|收件人|收件者|받는\\s?사람|an|à|para|a|per|aan|till|til|do|кому|vastaanottaja",
    "cc": "cc|ｃｃ|bcc|抄送|副本|참조|kopie|copie",
    "subject": "subject|件名|題名|主题|主題|제목|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat"
    "|тема|aihe",
}
_LABEL = re.compile(
    r"[\s>*]*(?:"
    + "|".join(f"(?P<{role}>{names})" for role, names in _ROLES.items())
    + r")\*?[\s\u3000]*[:：]\*?\s*(?P<value>.*)$",
    re.IGNORECASE,
)

_HINT = re.compile(
    r"wrote|writes?\b|schrieb|écrit|escribi|escreveu|scritto|schreef|skrev|napisa|kirjoitti|написал|さん|メール"
    r"|メッセージ|様|写道|寫道|작성"
    r"|\d{2,4}\s?[年/.-]\s?\d|^\s*(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? |^\s*(?:on|am|le|el|il|op|den|em|at|in"
    r"|在|于|於)\s.*\d|^\s*\d{1,2}[. /]",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"wrote|writes|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev|napisał|kirjoitti|написал"
    r"|(?:書きました|書いた|のたまわく|からのメール|からのメッセージ|のメール|のメッセージ|のコメント|のご連絡"
    r"|曰く)|写道|寫道|작성|write:",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d{1,4}\s?[年/.\-月: ]\s?\d{1,2}")
_DAY = re.compile(
    r"\d{4}\s?[年/.-]\s?\d{1,2}\s?[月/.-]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}月\d{1,2}日"
    r"|\b\d{1,2}\.?\s+\w{3,10}\.?\s+\d{4}|\b\w{3,10}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{4}년",
)
_CLOCK = re.compile(r"\d{1,2}\s?(?:[:：時시]|시\s)\s?\d{2}")
_PERSON = re.compile(r"<[^<>\s@]{0,80}@[^<>\s]{0,80}>|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]|mailto:|さん|님")
_COLON = re.compile(r"[:：]\s*$")
_UNCOLONED = re.compile(
    r"(?:さんは書きました|さんが書きました|さんのメール|さんからのメッセージ|さん\s*wrote)[。.]?\s*$"
)
_ODD_PREFIX = re.compile(r"\s?(\w{1,10}[>＞]|[|｜│:：](?=\s))")


_RULERS = frozenset("-–—―─━ー－_＿=＝*＊~～")
_ENDINGS = (
    ":",
    "：",
    "書きました",
    "書きました。",
    "書きました.",
    "さんのメール",
    "からのメッセージ",
    "wrote",
    "wrote.",
)
_LABEL_ROOM = 40


def suspects(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that may begin a quote: marked, ruled, labelled, or ending as attributions do.

    A quick look that spares most lines the patterns above. An attribution may run over three lines, so the two before
    its end are suspect too.
    """
    found: set[int] = set()
    for number, line in enumerate(lines):
        words = line.strip()
        if not words:
            continue
        if words.endswith(_ENDINGS):
            found.update((number - 2, number - 1, number))
        elif words[0] in ">＞" or (words[0] in _RULERS and words[1:2] in _RULERS) or _labelled(words[:_LABEL_ROOM]):
            found.add(number)
    return found


def _labelled(head: str) -> bool:
    return ":" in head or "：" in head


class Opening(NamedTuple):
    """Where a quote begins: how many lines announce it, and whether it runs on without a mark on each line."""

    lines: int
    runs_on: bool


def prefix_depth(line: str) -> int:
    """How many ``>`` stand before the line; 0 where it is not marked."""
    match = _PREFIX.match(line)
    if match is None:
        return 0
    marks = match.group(1)
    return marks.count(">") + marks.count("＞")


def odd_prefix(line: str) -> str:
    """Another mark (``yamada>``, ``|``) that counts only right after an attribution; "" where there is none."""
    match = _ODD_PREFIX.match(line)
    return match.group(1) if match else ""


def closes(line: str) -> bool:
    """Whether the line says that the quoted message ends here."""
    return len(line) < 80 and _CLOSING.match(line) is not None


def opening(lines: Sequence[str], place: int) -> Opening | None:
    """Whether a quote is announced at ``lines[place]``, by a separator, a header block or an attribution."""
    line = lines[place]
    if len(line) > 400:
        return None
    if _SEPARATOR.match(line) or _OPENING.match(line):
        return Opening(1 + header_lines(lines, place + 1), runs_on=True)
    if _RULE.match(line):
        count = _header_block(lines, place + 1)
        return Opening(1 + count, runs_on=True) if count else None
    count = _header_block(lines, place)
    if count:
        return Opening(count, runs_on=True)
    return _attribution(lines, place) if _HINT.search(line) else None


def header_lines(lines: Sequence[str], place: int) -> int:
    """How many lines from ``place`` on are labelled header lines (差出人: …), with single blank ones between."""
    count, last = 0, 0
    while place + count < len(lines) and count < 16:
        line = lines[place + count]
        if line.strip() and not _is_label(line) and not _continues(line, last, count):
            break
        count += 1
        if line.strip():
            last = count
        elif count - last > 1:
            break
    return last


def _is_label(line: str) -> bool:
    return len(line) < 1_000 and _LABEL.match(line) is not None


def _continues(line: str, last: int, count: int) -> bool:
    """A recipient list that runs over several lines."""
    return last == count and count > 0 and "@" in line and (line[:1] in " \t" or ";" in line or "<" in line)


def _header_block(lines: Sequence[str], place: int) -> int:
    """The lines of a header block that names a sender, a time and a recipient or subject; 0 where there is none."""
    if place >= len(lines) or not _is_label(lines[place]):
        return 0
    count = header_lines(lines, place)
    found = (_LABEL.match(line) for line in lines[place : place + count] if len(line) < 1_000)
    roles = {match.lastgroup if match.lastgroup != "value" else _role(match) for match in found if match}
    return count if {"from", "date"} <= roles and roles & {"to", "subject"} else 0


def _role(match: re.Match[str]) -> str:
    return next(role for role in _ROLES if match.group(role) is not None)


def _attribution(lines: Sequence[str], place: int) -> Opening | None:
    """``2026年3月4日(水) 10:12 山田 <…>:`` and its kin, on one to three lines."""
    joined = ""
    for count in (1, 2, 3):
        if place + count > len(lines):
            return None
        line = lines[place + count - 1]
        if not line.strip() or len(joined) + len(line) > 400 or prefix_depth(line):
            return None
        joined = f"{joined} {line.strip()}"
        if _COLON.search(line) or _UNCOLONED.search(line):
            strength = _strength(joined)
            return None if strength is None else Opening(count, runs_on=strength)
    return None


def _strength(line: str) -> bool | None:
    """True: the line alone shows that a quote follows; False: only before marked lines; None: no attribution."""
    day, person, verb = _DAY.search(line), _PERSON.search(line), _VERB.search(line)
    if "。" in line.rstrip("。"):
        return None
    if day and _CLOCK.search(line) and (person or verb):
        return True
    if verb and person and (day or _DIGITS.search(line)):
        return True
    return False if verb or day or person else None
