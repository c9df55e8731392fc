"""The decoding ladder: bytes and a label that may lie → text and the step that read it. Never raises."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from worker.parsing.emoji import readable
from worker.parsing.japanese import REPLACEMENT, decode_cp932, decode_euc, decode_jis


class Decoded(NamedTuple):
    """Text, and a note on how it was read where that was not simply as declared ("" where it was)."""

    text: str
    note: str = ""


Reader = Callable[[bytes], tuple[str, bool]]

_ALIASES = {
    "unicode-1-1-utf-7": "utf_7",
    "utf-8mb4": "utf_8",
    "utf8mb4": "utf_8",
    "unicode": "utf_8",
    "x-sjis": "shift_jis",
    "shift-jis": "shift_jis",
    "sjis-win": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "x-ms-cp932": "cp932",
    "windows-932": "cp932",
    "x-euc-jp": "euc_jp",
    "x-euc": "euc_jp",
    "euc": "euc_jp",
    "eucjp-ms": "euc_jp",
    "eucjp-win": "euc_jp",
    "cp51932": "euc_jp",
    "jis": "iso2022_jp",
    "iso-2022-jp-ms": "iso2022_jp",
    "cp50220": "iso2022_jp",
    "cp50221": "iso2022_jp",
    "cp50222": "iso2022_jp",
    "csiso2022jp": "iso2022_jp",
    "x-gbk": "gbk",
    "x-euc-cn": "gb2312",
    "x-euc-kr": "euc_kr",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "x-big5": "big5",
    "x-mac-japanese": "cp932",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "windows-874": "cp874",
    "dos-874": "cp874",
    "ansi": "cp1252",
    "unknown-8bit": "",
    "x-unknown": "",
    "unknown": "",
    "default": "",
    "default_charset": "",
    "8bit": "",
    "binary": "",
    "none": "",
}
_REFUSED = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "palmos"})
_SUPERSETS = {
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
_C1 = re.compile("[\x80-\x9f]")
_LATIN = frozenset(
    {"iso8859-1", "cp1252", "iso8859-15", "latin-1", "cp1254", "iso8859-9", "mac-roman", "cp850", "cp437"}
)
_JAPANESE = frozenset({"shift_jis", "cp932", "euc_jp", "iso2022_jp"})
_ESCAPES = re.compile(rb"\x1b(?:\$[@AB(]|\(I)|\x0e")
_ESCAPING = frozenset({"utf-7", "hz", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
_SPECIAL = (b"\0", b"\x0e", b"\x1b")
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_JAPANESE_LETTERS = re.compile("[ぁ-んァ-ヶ一-龠]")
_HALF_KANA = re.compile("[｡-ﾟ]")
_RUN = re.compile("[^\x00-\x7f]{2}")


def clean(text: str) -> str:
    """``text`` without NUL and with lone surrogates replaced: what databases and JSON refuse."""
    if "\0" not in text and (text.isascii() or _encodes(text)):
        return text
    return _UNPRINTABLE.sub(lambda found: "" if found.group() == "\0" else REPLACEMENT, text)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=512)
def codec_of(label: str) -> str:
    """Python's name of the text codec that ``label`` means, or "" where it means none that we would use."""
    name = re.sub(r"[^a-z0-9_.:+-]", "", label.lower())[:40]
    name = _ALIASES.get(name, name)
    if not name:
        return ""
    found = _lookup(name)
    if found is None or found.name in _REFUSED or not getattr(found, "_is_text_encoding", True):
        return ""
    return found.name


def _lookup(name: str) -> codecs.CodecInfo | None:
    """The codec of that name, also for labels such as ``cp-850`` or ``iso_8859-1:1987``."""
    for guess in (name, name.replace("-", ""), name.partition(":")[0], name.replace("iso2022jp", "iso2022_jp")):
        try:
            return codecs.lookup(guess)
        except LookupError:
            continue
    return None


def decode(raw: bytes, label: str = "") -> Decoded:
    """Read ``raw`` under the declared ``label`` ("" where none): declared, its superset, UTF-8, then by looks.

    Carrier emoji become signs, NUL goes, lone surrogates are replaced. The note names the step where it was not the
    declared one.
    """
    codec = codec_of(label) if label else ""
    if raw.isascii() and codec not in _ESCAPING and not any(byte in raw for byte in _SPECIAL):
        return Decoded(raw.decode("ascii"), "" if codec or not label else _unknown(label))
    found = _declared(raw, codec, label) or _by_looks(raw, codec, label)
    return Decoded(clean(found.text).removeprefix("\ufeff"), found.note)


def _unknown(label: str) -> str:
    return f"charset: unknown label {label[:40]!r}"


def _declared(raw: bytes, codec: str, label: str) -> Decoded | None:
    """Reading as declared, then by the superset of the label; None where neither fits."""
    if not codec or _doubtful(raw, codec):
        return None
    if codec in _JAPANESE:
        return _declared_japanese(raw, codec, label)
    text = _strict(raw, codec)
    if text is not None and not (codec in _LATIN and _has_c1(text)):
        return Decoded(text)
    superset = _SUPERSETS.get(codec)
    if superset is None or _is_utf8(raw):
        return None if text is None else Decoded(text)
    text = _strict(raw, superset)
    if text is None:
        return None
    doubted = " doubted" if superset == "gb18030" else ""
    return Decoded(text, f"charset: label {label!r}{doubted}, read as {superset}")


def _doubtful(raw: bytes, codec: str) -> bool:
    """Labels that fit any bytes, or that say less than the bytes do, prove nothing against better signs."""
    if codec == "ascii":
        return True
    if (
        (b"\x1b" in raw or b"\x0e" in raw)
        and _ESCAPES.search(raw)
        and not codec.startswith("iso2022")
        and codec not in ("utf-16", "utf-32")
    ):
        return raw.isascii() or codec in _LATIN
    return codec in _LATIN and _is_utf8(raw)


def _has_c1(text: str) -> bool:
    return _C1.search(text) is not None


def _declared_japanese(raw: bytes, codec: str, label: str) -> Decoded | None:
    text = None if b"\x0e" in raw else _strict(raw, codec)
    if text is not None:
        shown, emoji = readable(text)
        return Decoded(shown, "charset: carrier emoji shown as signs" if emoji else "")
    if codec == "iso2022_jp" and not raw.isascii() and _is_utf8(raw):
        return None
    reader, name = _READERS[codec]
    text, known = reader(raw)
    if not known or (codec != "iso2022_jp" and _is_utf8(raw)):
        return None
    shown, emoji = readable(text)
    signs = " with carrier emoji as signs" if emoji or "〓" in shown else ""
    return Decoded(shown, f"charset: label {label!r}, read as {name}{signs}")


_READERS: dict[str, tuple[Reader, str]] = {
    "iso2022_jp": (decode_jis, "cp50221"),
    "shift_jis": (decode_cp932, "cp932"),
    "cp932": (decode_cp932, "cp932"),
    "euc_jp": (decode_euc, "eucjp-ms"),
}


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeError:
        return None


def _is_utf8(raw: bytes) -> bool:
    return not raw.isascii() and _strict(raw, "utf-8") is not None


def _by_looks(raw: bytes, codec: str, label: str) -> Decoded:
    """What the bytes look like when the label is missing or wrong."""
    name, text = _guess(raw, codec)
    shown, _ = readable(text) if name in ("cp932", "eucjp-ms", "cp50221") else (text, False)
    if not label:
        return Decoded(shown, "" if name == "ascii" else f"charset: none declared, read as {name}")
    if not codec:
        return Decoded(shown, f"{_unknown(label)}, read as {name}")
    if name == "ascii":
        return Decoded(shown)
    return Decoded(shown, f"charset: label {label!r} doubted, read as {name}")


def _guess(raw: bytes, codec: str) -> tuple[str, str]:
    if _ESCAPES.search(raw):
        text, known = decode_jis(raw)
        if known or raw.isascii():
            return "cp50221" if known else "cp50221 with replacement", text
    for name in ("ascii", "utf-8"):
        plain = _strict(raw, name)
        if plain is not None:
            return name, plain
    return _eight_bit(raw, codec)


def _eight_bit(raw: bytes, codec: str) -> tuple[str, str]:
    """Bytes that are not UTF-8: Japanese where that reads well, then the likeliest with replacements, then Latin."""
    found = _mended(raw, ("utf-8",)) or _japanese(raw) or _mended(raw, (_SUPERSETS.get(codec, codec), *_LIKELY))
    if found:
        return found
    text = _strict(raw, "cp1252")
    if text is not None:
        return "cp1252", text
    return "latin-1 with replacement", raw.decode("latin-1").translate(_NO_C1)


_NO_C1 = dict.fromkeys(range(128, 160), REPLACEMENT)


def _japanese(raw: bytes) -> tuple[str, str] | None:
    shifted, shifted_known = decode_cp932(raw)
    strict = _strict(raw, "euc_jp")
    euc, euc_known = (strict or "", strict is not None) if strict or shifted_known else decode_euc(raw)
    if euc_known and _JAPANESE_LETTERS.search(euc) and (not shifted_known or _reads_better(euc, shifted)):
        return ("eucjp-ms", euc) if _RUN.search(euc) else None
    if shifted_known and _RUN.search(shifted) and (_JAPANESE_LETTERS.search(shifted) or _HALF_KANA.search(shifted)):
        return "cp932", shifted
    return None


def _reads_better(euc: str, shifted: str) -> bool:
    """EUC-JP bytes read as cp932 turn into rows of half-width kana."""
    return len(_JAPANESE_LETTERS.findall(shifted)) * 2 < len(_HALF_KANA.findall(shifted))


_GLANCE = 1_000
_LIKELY = ("cp932", "euc_jp")


def _mended(raw: bytes, names: Iterable[str]) -> tuple[str, str] | None:
    """The one of these sets that loses least, where that is at most one in ten of the characters beyond ASCII.

    UTF-8 has to be asked first: cp932 reads much of its bytes as rare kanji, but no Japanese set looks like UTF-8.
    """
    candidates: list[tuple[str, str]] = []
    for name in dict.fromkeys(names):
        text = _replaced(raw, name) if _mostly(_replaced(raw[:_GLANCE], name)) else ""
        if text and _mostly(text):
            candidates.append((f"{name} with replacement", text))
    return min(candidates, key=lambda found: found[1].count(REPLACEMENT), default=None)


def _mostly(text: str) -> bool:
    """Whether at most one in ten of the characters beyond ASCII was lost."""
    return text.count(REPLACEMENT) * 10 <= len(text) - len(text.encode("ascii", "ignore"))


def _replaced(raw: bytes, name: str) -> str:
    if not name or name in ("ascii", "iso2022_jp") or name in _LATIN:
        return ""
    if name == "cp932":
        return decode_cp932(raw)[0]
    return raw.decode(name, "replace")
