"""Japanese byte streams with the characters that the standard's own codecs refuse: CP50221 and CP51932/eucJP-ms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.parsing.emoji import SIGN

REPLACEMENT = "\ufffd"

_NO_BYTE = re.compile("[\x80\uf8f0-\uf8f3]")
_SWITCH = re.compile(rb"\x1b(?:\$\([@-DO-Q]|\$[@AB]|\([@-Z]|&@|\.[A-F])|[\x0e\x0f\r]")
_HIGH = bytes(b | 0x80 if 0x21 <= b <= 0x7E else b for b in range(256))
_KANJI = frozenset({b"\x1b$B", b"\x1b$@", b"\x1b$(@", b"\x1b$(B"})
_OTHER_SETS = {
    b"\x1b$A": (b"", "gb2312"),
    b"\x1b$(A": (b"", "gb2312"),
    b"\x1b$(C": (b"", "euc_kr"),
    b"\x1b$(D": (b"\x8f", "euc_jp"),
    b"\x1b$(O": (b"", "euc_jis_2004"),
    b"\x1b$(Q": (b"", "euc_jis_2004"),
    b"\x1b$(P": (b"\x8f", "euc_jis_2004"),
}

# eucJP-ms keeps these of IBM's extensions at 8F F3F3 and up, in this order.
_EUCJP_MS = "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ＇＂㈱№℡"


def decode_jis(raw: bytes) -> tuple[str, bool]:
    """ISO-2022-JP as CP50221 reads it, with NEC row 13, IBM extensions and half-width kana; never raises.

    Returns the text and whether every character was known. A line's end returns to ASCII, as RFC 1468 asks; so most
    lines, which are plain ISO-2022-JP, are left to the quick codec.
    """
    lines = [_jis_line(line) for line in raw.split(b"\n")]
    return "\n".join(text for text, _ in lines), all(clean for _, clean in lines)


def _jis_line(raw: bytes) -> tuple[str, bool]:
    if b"\x0e" not in raw:
        try:
            return raw.decode("iso2022_jp"), True
        except UnicodeDecodeError:
            pass
    pieces: list[str] = []
    clean = True
    for mode, segment in _segments(raw):
        text = _segment(mode, segment)
        clean = clean and REPLACEMENT not in text
        pieces.append(text)
    return "".join(pieces), clean


def _segments(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Pairs of the escape in force and the bytes under it; line ends stay with the bytes."""
    mode, start = b"", 0
    for switch in _SWITCH.finditer(raw):
        yield mode, raw[start : switch.start()]
        mode, start = switch.group(), switch.end()
        if mode == b"\r":
            yield b"", mode
    yield mode, raw[start:]


def _segment(mode: bytes, segment: bytes) -> str:
    if not segment:
        return ""
    if mode in _KANJI:
        return _kanji(segment)
    if mode in (b"\x1b(I", b"\x0e"):
        return _half_width(segment)
    if mode in _OTHER_SETS:
        prefix, codec = _OTHER_SETS[mode]
        return b"".join(prefix + pair for pair in _pairs(segment.translate(_HIGH))).decode(codec, "replace")
    return _roman(segment)


def _roman(segment: bytes) -> str:
    """ASCII, or what 8-bit bytes between two escapes most likely are."""
    for codec in ("ascii", "utf-8"):
        try:
            return segment.decode(codec)
        except UnicodeDecodeError:
            continue
    return decode_cp932(segment)[0]


def decode_cp932(raw: bytes) -> tuple[str, bool]:
    """cp932, and whether every character was known.

    Python reads the single bytes A0 and FD to FF as private characters; they are nobody's writing.
    """
    text = _NO_BYTE.sub(REPLACEMENT, raw.decode("cp932", "replace"))
    return text, REPLACEMENT not in text


def _half_width(segment: bytes) -> str:
    return "".join(chr(0xFF61 + b - 0x21) if 0x21 <= b <= 0x5F else chr(b) for b in (b & 0x7F for b in segment))


def _kanji(segment: bytes) -> str:
    try:
        return segment.translate(_HIGH).decode("euc_jp")
    except UnicodeDecodeError:
        return "".join(_kanji_pair(pair) for pair in _pairs(segment))


def _pairs(segment: bytes) -> Iterator[bytes]:
    """Two bytes of one character at a time; white space and controls, which folding leaves between them, alone."""
    held = b""
    for value in segment:
        byte = bytes((value,))
        if value & 0x7F <= 0x20:
            if not held:
                yield byte
        elif held:
            yield held + byte
            held = b""
        else:
            held = byte
    if held:
        yield held


def _kanji_pair(pair: bytes) -> str:
    if len(pair) == 1:
        return pair.decode("ascii", "replace") if pair[0] <= 0x20 else REPLACEMENT
    row, cell = pair[0] & 0x7F, pair[1] & 0x7F
    shifted = shift(row, cell)
    try:
        return shifted.decode("cp932")
    except UnicodeDecodeError:
        # rows 85-88 and 93-94 are where the carriers put their pictures
        return SIGN if 0x75 <= row <= 0x7E else REPLACEMENT


def shift(row: int, cell: int) -> bytes:
    """The Shift_JIS bytes of a JIS code (both bytes 0x21..0x7E)."""
    lead = (row - 0x21) // 2 + 0x81
    trail = cell + (0x7E if row % 2 == 0 else 0x20 if cell >= 0x60 else 0x1F)
    return bytes((lead if lead <= 0x9F else lead + 0x40, trail))


_EUC_UNIT = re.compile(rb"\x8f[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]|[\xa1-\xfe]{2}|[\x00-\x7f]+|.", re.DOTALL)


def decode_euc(raw: bytes) -> tuple[str, bool]:
    """EUC-JP with the extensions of CP51932 and eucJP-ms; the text, and whether every character was known."""
    try:
        return raw.decode("euc_jp"), True
    except UnicodeDecodeError:
        text = "".join(_euc_unit(unit) for unit in _EUC_UNIT.findall(raw))
        return text, REPLACEMENT not in text


def _euc_unit(unit: bytes) -> str:
    try:
        return unit.decode("euc_jp")
    except UnicodeDecodeError:
        return _euc_extension(unit)


def _euc_extension(unit: bytes) -> str:
    if len(unit) == 2:
        text = shift(unit[0] & 0x7F, unit[1] & 0x7F).decode("cp932", "replace")
        return text if len(text) == 1 else REPLACEMENT
    if len(unit) == 3:
        place = (unit[1] - 0xF3) * 94 + unit[2] - 0xF3
        return _EUCJP_MS[place] if 0 <= place < len(_EUCJP_MS) else REPLACEMENT
    return REPLACEMENT
