"""Transfer encodings, sound and broken."""

from __future__ import annotations

import base64
import binascii

import pytest

from worker.parsing.transfer import decode_base64, decode_transfer, split_uuencode

TEXT = "返金してください。".encode()
B64 = base64.b64encode(TEXT)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (base64.encodebytes(TEXT * 9), ""),
        (B64 * 1, ""),
        (B64.rstrip(b"="), ""),
        (B64[:8] + b" \r\n\t" + B64[8:], ""),
        (B64[:8] + b"*!" + B64[8:], "transfer: base64 with characters that do not belong"),
        (B64.translate(bytes.maketrans(b"+/", b"-_")), ""),
    ],
)
def test_base64(data: bytes, note: str) -> None:
    """Without padding, folded, with junk or in the URL alphabet, base64 gives its bytes."""
    decoded, said = decode_base64(data)
    assert decoded in (TEXT, TEXT * 9)
    assert said == note


def test_base64_with_dashes_beside_the_plain_alphabet() -> None:
    """Dashes are junk where plus and slash are used."""
    assert decode_base64(b"YW-Jj+/8=") == (b"abc\xfb\xff", "transfer: base64 with characters that do not belong")


def test_base64_cut_short() -> None:
    """A letter too many at the end is dropped, with a note."""
    assert decode_base64(base64.b64encode(b"abcdef") + b"Q") == (b"abcdef", "transfer: base64 cut short")


def test_base64_in_several_runs() -> None:
    """Two padded runs one after the other are both read."""
    both = base64.b64encode(b"one!") + b"\n" + base64.b64encode(b"two!")
    assert decode_base64(both) == (b"one!two!", "transfer: base64 in several runs")


@pytest.mark.parametrize(
    ("encoding", "data", "decoded", "note"),
    [
        ("quoted-printable", b"a=3Db=\r\nc", b"a=bc", ""),
        ("quoted-printable", b"a=ZZb=", b"a=ZZb", "transfer: broken quoted-printable"),
        ("quoted-printable", b"a=3Db =  \n", b"a=b ", ""),
        ("7bit", b"a=3D", b"a=3D", ""),
        ("", b"a", b"a", ""),
        ("base64 (mime)", B64, TEXT, ""),
        ("x-quoted-printable", b"=41", b"A", ""),
        ("nonsense", b"a", b"a", "transfer: unknown encoding 'nonsense'"),
        ("x-uuencode", b"begin 644 a.txt\n#86)C\n`\nend\n", b"abc", ""),
        ("uuencode", b"abc", b"abc", "transfer: uuencode without a beginning"),
    ],
)
def test_transfer(encoding: str, data: bytes, decoded: bytes, note: str) -> None:
    """Each encoding is undone; an unknown one leaves the bytes as they are, with a note."""
    assert decode_transfer(data, encoding) == (decoded, note)


def uu(content: bytes, name: str = "a.bin") -> bytes:
    lines = b"".join(binascii.b2a_uu(content[place : place + 45]) for place in range(0, len(content), 45))
    return f"begin 644 {name}\n".encode() + lines + b"`\nend\n"


def test_uuencode_in_text() -> None:
    """Files that stand uuencoded in a text are taken out of it, names and bytes as they were."""
    content = bytes(range(256))
    files, rest = split_uuencode(b"before\n" + uu(content) + b"after\n" + uu(b"two", "b c.txt"))
    assert [(file.filename, file.content) for file in files] == [(b"a.bin", content), (b"b c.txt", b"two")]
    assert rest == b"before\nafter\n"


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 x\nthis is prose, as people write it, not a file at all.\nend\n",
        b"begin 644 x\n#86)C\n",
        b"begin 644 x\n`\nend\n",
        b"begin 644 x\n!\x7f\nend\n",
        b"begin 644 x\n\n#86)C86)C86)C\nend\n",
        b"let us begin 644 things\nend\n",
    ],
)
def test_prose_stays_prose(text: bytes) -> None:
    """What only looks like uuencode stays in the text."""
    assert split_uuencode(text) == ([], text)


def test_a_begin_inside_a_file_is_no_file() -> None:
    """Openings inside what was taken out are passed over, and only a hundred are tried at all."""
    assert len(split_uuencode(b"begin 644 x\n" * 100_000 + b"end")[1]) > 1_000_000
    inner = b"begin 644 x\n#86)C\n\nbegin 644 y\n#86)C\nend\n"
    assert split_uuencode(inner)[1].startswith(b"begin 644 x")
