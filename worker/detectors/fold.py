"""Text folded for matching only: one spelling for what people write in many, with the way back to what they wrote.

Folding is NFKC, lower case, katakana as hiragana, no invisible signs, one sign for runs of one, no white space beside
Japanese or Chinese, and one line for each sentence. Patterns are folded by the same table (``patterns.py``).
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, repeat

LONG = "ー"
ELLIPSIS = "…"
_LONG_SIGNS = "〜～∼˜―─━ｰ"
_DASHES = "‐‑‒–—−﹣"
_SPECIAL = {
    **dict.fromkeys(map(ord, _LONG_SIGNS), LONG),
    ord("~"): LONG,
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, "‘’‛′`´"), "'"),
    **dict.fromkeys(map(ord, "“”„″〝〟"), '"'),
    ord("…"): ELLIPSIS,
    ord("‥"): ELLIPSIS,
    ord("\n"): "\n",
    ord("ﾞ"): "\u3099",
    ord("ﾟ"): "\u309a",
}
_INVISIBLE = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0))
_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60


class _Table(dict[int, str]):
    """Code point → its folded string, filled as characters are met (``str.translate`` asks ``__missing__``)."""

    def __missing__(self, code: int) -> str:
        folded = _fold_code(code)
        self[code] = folded
        return folded


def _fold_code(code: int) -> str:
    char = chr(code)
    if code in _SPECIAL:
        return _SPECIAL[code]
    if code in _INVISIBLE or unicodedata.category(char) in ("Cf", "Cs") or 0xFE00 <= code <= 0xFE0F:
        return ""
    if char.isspace() or unicodedata.category(char) == "Cc":
        return " "
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    return "".join(_fold_kana(c) for c in folded)


def _fold_kana(char: str) -> str:
    code = ord(char)
    if code in _KATAKANA:
        return chr(code - _TO_HIRAGANA)
    return _SPECIAL.get(code, char)


TABLE = _Table()

CJK = "\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〇"
_BESIDE_CJK = re.compile(f"[{CJK}]")
_BULLET = re.compile(r"[・*\-●■◆○□◇▼▽※>•]|[0-9]{1,2}[.)、:]|[(（][0-9a-z]{1,2}[)）]|[①-⑳]")
_FINALS = (
    *("ます", "です", "ました", "でした", "ません", "ください", "下さい", "でしょうか", "ますか", "ですか", "せんか"),
    *("だよ", "だね", "だぞ", "だろ", "だろう", "のか", "けど", "よね", "やで", "やろ", "んだ", "様", "さん", "各位"),
    *("ろ", "ぞ", "よ", "!", "?", "。", ":", "」", "』", "笑", "w", ")", "以上", "草々", "敬具"),
)


def _compose(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match.group())


def _line_end(match: re.Match[str]) -> str:
    """A line end is a sentence end after a blank line, before a bullet and after a final form; else a wrap."""
    text, start, end = match.string, match.start(), match.end()
    if start == 0 or end == len(text) or match.group().count("\n") > 1:
        return "\n"
    if _BULLET.match(text, end) or text.endswith(_FINALS, max(0, start - 6), start):
        return "\n"
    return _space(match)


def _space(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    if start == 0 or end == len(text):
        return ""
    return "" if _BESIDE_CJK.match(text, start - 1) or _BESIDE_CJK.match(text, end) else " "


def _nothing(match: re.Match[str]) -> str:
    return ""


def _break(match: re.Match[str]) -> str:
    return "\n"


@dataclass(frozen=True, slots=True)
class _Step:
    """One replacement: what the group ``keep`` holds stays, the rest of the match becomes ``rest(match)``.

    A match of the group ``skip`` stays as it is.
    """

    pattern: re.Pattern[str]
    rest: Callable[[re.Match[str]], str]

    def parts(self, match: re.Match[str]) -> tuple[int, str]:
        """The end of what is kept, and what takes the place of the rest of the match."""
        if match.lastgroup == "skip":
            return match.end(), ""
        kept = match.end("keep") if match.lastgroup == "keep" else match.start()
        return kept, self.rest(match)

    def __call__(self, match: re.Match[str]) -> str:
        kept, rest = self.parts(match)
        return match.string[match.start() : kept] + rest


_ABBREVIATIONS = r"(?<!\bmr)(?<!\bms)(?<!\bmrs)(?<!\bdr)(?<!\be\.g)(?<!\bi\.e)(?<!\bno)(?<!\bvs)(?<!\bco)(?<!\bltd)"
_STEPS = (
    _Step(re.compile("[^\\W\\d_][\u0300-\u036f\u3099\u309a]+"), _compose),
    _Step(re.compile(r"・{2,}|\.{3,}|。{2,}|…{2,}"), lambda match: ELLIPSIS),
    _Step(re.compile(r"(?<=[!?])[!?]|(?<=ー)ー|(?<=w)w|(?<=笑)笑|(?<=草)草"), _nothing),
    _Step(re.compile(r"(?<=(?<![\w'])[a-z]) (?=[a-z](?![\w']))"), _nothing),
    _Step(re.compile(r" *\n\s*"), _line_end),
    _Step(re.compile(r" +"), _space),
    _Step(
        re.compile(
            "(?P<skip>「[^「」\n]{1,200}」|『[^『』\n]{1,200}』)"
            "|(?P<keep>。[」』)\"']*|[!?][」』)\"']*(?![a-z0-9=&/、])"
            f"|(?<=[a-z0-9)\"'\\]]){_ABBREVIATIONS}\\.[\"')]*(?= )) ?(?=[^\n ])"
        ),
        _break,
    ),
)
_LONGEST = 280
_CUTS = "、,;:"


@dataclass(frozen=True)
class Folded:
    """The stretches of one original folded, one sentence a line. ``stretches`` are (start, text) in order."""

    stretches: tuple[tuple[int, str], ...]
    text: str = field(init=False)

    def __post_init__(self) -> None:
        text = "\n\n".join(stretch for _, stretch in self.stretches).translate(TABLE)
        for step in _STEPS:
            text = step.pattern.sub(step, text)
        object.__setattr__(self, "text", text.strip("\n"))

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """The sentences as (start, end) in ``text``, in order; none is empty, hardly any longer than 280 signs."""
        found: list[tuple[int, int]] = []
        start = 0
        for line in self.text.split("\n"):
            found.extend(_cut(line, start))
            start += len(line) + 1
        return tuple(found)

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def sentence_at(self, position: int) -> int:
        """The number of the sentence in which ``position`` of ``text`` lies."""
        return max(0, bisect_right(self._starts, position) - 1)

    def sentence(self, number: int) -> str:
        """The folded words of that sentence."""
        start, end = self.sentences[number]
        return self.text[start:end]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` (not empty) stands in the original: (start, end) of the signs it was made from."""
        starts, ends = self._map
        return starts[start], ends[end - 1]

    @cached_property
    def _map(self) -> tuple[Sequence[int], Sequence[int]]:
        text, starts, ends = _translated(self.stretches)
        for step in _STEPS:
            text, starts, ends = _stepped(step, text, starts, ends)
        lead = len(text) - len(text.lstrip("\n"))
        return array("l", starts[lead:]), array("l", ends[lead:])  # many texts are remembered with theirs


def fold(text: str, stretches: Iterable[tuple[int, int]] | None = None) -> Folded:
    """Fold ``text``, or only those (start, end) of it; positions are those of ``text``."""
    return Folded(cut(text, [(0, len(text))] if stretches is None else stretches))


def cut(text: str, stretches: Iterable[tuple[int, int]]) -> tuple[tuple[int, str], ...]:
    """Those (start, end) of ``text`` as (start, words), which is what :class:`Folded` is made of."""
    return tuple((start, text[start:end]) for start, end in stretches)


def _cut(line: str, start: int) -> Iterable[tuple[int, int]]:
    """``line`` at ``start`` as pieces of at most ``_LONGEST`` signs, cut behind a comma where there is one."""
    while len(line) > _LONGEST:
        at = max(line.rfind(sign, _LONGEST // 2, _LONGEST) for sign in _CUTS) + 1 or _LONGEST
        yield start, start + at
        line, start = line[at:], start + at
    if line:
        yield start, start + len(line)


def _translated(stretches: Sequence[tuple[int, str]]) -> tuple[str, list[int], list[int]]:
    """The first step of folding again, with where every folded sign starts and ends in the original."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for number, (base, stretch) in enumerate(stretches):
        if number:
            parts.append("\n\n")
            starts += [base] * 2
            ends += [base] * 2
        folded = [TABLE[code] for code in map(ord, stretch)]
        parts += folded
        places = list(chain.from_iterable(map(repeat, range(base, base + len(folded)), map(len, folded))))
        starts += places
        ends += [place + 1 for place in places]
    return "".join(parts), starts, ends


def _stepped(step: _Step, text: str, starts: list[int], ends: list[int]) -> tuple[str, list[int], list[int]]:
    """One later step again, carrying the places along."""
    parts: list[str] = []
    first: list[int] = []
    behind: list[int] = []
    last = 0
    for match in step.pattern.finditer(text):
        kept, rest = step.parts(match)
        parts += text[last:kept], rest
        first += starts[last:kept]
        behind += ends[last:kept]
        place = starts[min(kept, len(starts) - 1)]
        first += [place] * len(rest)
        behind += [max(place, ends[match.end() - 1])] * len(rest)
        last = match.end()
    return "".join((*parts, text[last:])), first + starts[last:], behind + ends[last:]
