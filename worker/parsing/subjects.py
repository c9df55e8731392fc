"""Subjects as a key: without reply and forward marks, list tags and ticket numbers."""

from __future__ import annotations

import re
import unicodedata

_MARK = re.compile(
    r"\s*(?:(?:re|aw|sv|vs|antw|odp|ref|fwd?|wg|tr|rv|enc|i|vl|doorst|回复|回覆|答复|答覆|转发|轉寄|轉發|返信"
    r"|転送|返|회신|전달|답장)"
    r"\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\d{1,3}|\*\d{1,3})?\s*[:>]|<(?:re|返信)>)\s*",
    re.IGNORECASE,
)
_TAG = re.compile(r"\s*(?:\[[^\[\]]{1,60}\]|【(?:ticket|チケット|受付|問い?合わ?せ)[^】]{0,40}】)\s*", re.IGNORECASE)
_TAIL = re.compile(r"\s*(?:\((?:fwd?|転送|was:[^)]*)\)|\[[^\[\]]{0,30}[#:：]\s*\w{0,20}\d[\w-]*\])\s*$", re.IGNORECASE)


def subject_key(subject: str) -> tuple[str, bool]:
    """The subject for comparing, and whether it calls itself a reply or a forward.

    NFKC and case folded; marks (Re:, 返信:, 回复:, Fwd: …) and bracketed tags at its head go in any mixture, a ticket
    number in brackets at its end too. A subject that consists of tags alone keeps them.
    """
    text = unicodedata.normalize("NFKC", subject[:500]).casefold().strip()
    rest, answered = _without_head(text)
    rest = _TAIL.sub("", rest)
    return re.sub(r"\s+", " ", rest or text).strip(), answered


def _without_head(text: str) -> tuple[str, bool]:
    answered = False
    while True:
        mark = _MARK.match(text)
        found = mark or _TAG.match(text)
        if found is None or (mark is None and found.end() == len(text)):
            return text, answered
        answered = answered or mark is not None
        text = text[found.end() :]
