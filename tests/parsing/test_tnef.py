"""winmail.dat."""

from __future__ import annotations

import struct

import pytest

from tests.parsing.build import multipart, part
from worker.parsing import read_mail, tnef

SIGNATURE = struct.pack("<IH", 0x223E9F78, 1)


def attribute(identity: int, data: bytes, level: int = 2) -> bytes:
    """One TNEF attribute."""
    return struct.pack("<BII", level, identity, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*entries: bytes) -> bytes:
    """A MAPI block of these entries."""
    return struct.pack("<I", len(entries)) + b"".join(entries)


def string(tag: int, text: str) -> bytes:
    """A wide string property."""
    value = text.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHII", 0x1F, tag, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def narrow(tag: int, value: bytes) -> bytes:
    """A narrow string property."""
    return struct.pack("<HHII", 0x1E, tag, 1, len(value)) + value + b"\0" * (-len(value) % 4)


WINMAIL = b"".join(
    [
        SIGNATURE,
        attribute(0x0006800C, "お世話になります。\r\n返金を\0".encode("cp932"), level=1),
        attribute(0x00069002, b""),
        attribute(0x00018010, b"MITSUM~1.PDF\0"),
        attribute(0x0006800F, b"pdf content"),
        attribute(
            0x00069005,
            properties(
                struct.pack("<HHI", 3, 0x3705, 1),
                struct.pack("<HHIII", 0x102, 0x0FF8, 1, 4, 0),
                string(0x3707, "見積書.pdf"),
                narrow(0x370E, b"Application/PDF\0"),
                narrow(0x3710, b"x\0"),
                struct.pack("<HH", 0x1F, 0x8001),
            ),
        ),
        attribute(0x00069002, b""),
        attribute(0x00018010, b"b.txt\0"),
        attribute(0x0006800F, b"two"),
        attribute(0x00038012, b"a date"),
    ]
)


def test_what_is_inside() -> None:
    """Text and files are found, by their long names where they have one."""
    found = tnef.read(WINMAIL)
    assert found.text == "お世話になります。\n返金を"
    assert [(file.filename, file.type, file.content) for file in found.files] == [
        ("見積書.pdf", "application/pdf", b"pdf content"),
        ("b.txt", "application/octet-stream", b"two"),
    ]


def test_in_a_mail() -> None:
    """winmail.dat is listed with what it holds, and named among the defects; its text is read."""
    wrapped = part("application/ms-tnef; name=winmail.dat", WINMAIL)
    parsed = read_mail(multipart("mixed", part("text/plain", "前文"), wrapped))
    assert parsed.text == "前文\nお世話になります。\n返金を"
    assert [found.filename for found in parsed.attachments] == ["winmail.dat", "見積書.pdf", "b.txt"]
    assert "tnef: attachments wrapped in winmail.dat" in parsed.defects


def test_by_its_name() -> None:
    """winmail.dat under another content type is opened too."""
    parsed = read_mail(part("application/octet-stream; name=WINMAIL.DAT", b"rubbish"))
    assert [found.filename for found in parsed.attachments] == ["WINMAIL.DAT"]
    assert "tnef: attachments wrapped in winmail.dat" in parsed.defects


@pytest.mark.parametrize("cut", range(0, len(WINMAIL), 7))
def test_cut_anywhere(cut: int) -> None:
    """However it is cut, what is left is read without an error."""
    assert len(tnef.read(WINMAIL[:cut]).files) <= 2


def test_rubbish() -> None:
    """Bytes that only begin like TNEF, or lie about their lengths, give nothing."""
    assert tnef.read(b"") == tnef.Tnef()
    assert tnef.read(SIGNATURE + b"\xff" * 100).files == []
    lying = attribute(0x00069002, b"") + attribute(0x00069005, properties(struct.pack("<HHII", 0x1E, 0x3707, 900, 9)))
    assert tnef.read(SIGNATURE + lying).files == [tnef.TnefFile()]
    lying = attribute(0x00069002, b"") + attribute(0x00069005, properties(struct.pack("<HHI", 0x1E, 0x3707, 900)))
    assert tnef.read(SIGNATURE + lying).files == [tnef.TnefFile()]
    assert tnef.read(SIGNATURE + attribute(0x00069005, b"") * 600).files == []
    many = attribute(0x00069002, b"") + attribute(0x00069005, properties(*[struct.pack("<HHI", 3, 0x3705, 1)] * 600))
    assert tnef.read(SIGNATURE + many).files == [tnef.TnefFile()]
