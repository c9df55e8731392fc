"""The tree of parts."""

from __future__ import annotations

import pytest

from tests.parsing.build import multipart, part, raw
from worker.parsing.limits import Limits, Notes
from worker.parsing.mime import Part, Splitter


def tree(data: bytes, limits: Limits | None = None) -> tuple[Part, tuple[str, ...]]:
    notes = Notes()
    return Splitter(data, limits or Limits(), notes).tree(0, len(data)), notes.all()


def outline(node: Part) -> list[object]:
    return [node.type, *(outline(child) for child in node.children)] if node.children else [node.type]


def contents(node: Part) -> list[bytes]:
    return [leaf.content(Notes()) for leaf in node.leaves()]


def test_one_part() -> None:
    """A mail without a content type is one plain text."""
    root, notes = tree(raw("From: a@b.example", body="text"))
    assert (outline(root), contents(root), notes) == (["text/plain"], [b"text"], ())


def test_nested() -> None:
    """Multiparts inside multiparts give their tree; the line end before a delimiter is no content."""
    inner = multipart("alternative", part("text/plain", "a"), part("text/html", "<b>a</b>"), boundary="inner")
    root, notes = tree(multipart("mixed", inner, part("application/pdf", b"\r\nx\r\n")))
    assert outline(root) == [
        "multipart/mixed",
        ["multipart/alternative", ["text/plain"], ["text/html"]],
        ["application/pdf"],
    ]
    assert contents(root) == [b"a", b"<b>a</b>", b"\r\nx\r\n"]
    assert notes == ()


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_other_line_ends(end: bytes) -> None:
    """Mails with bare LF or CR have the same parts."""
    data = multipart("mixed", part("text/plain", "a\nb"), part("text/plain", "c")).replace(b"\r\n", end)
    assert contents(tree(data)[0]) == [b"a" + end + b"b", b"c"]


def test_similar_boundaries() -> None:
    """A boundary that begins like another one is not taken for it."""
    inner = multipart("mixed", part("text/plain", "a"), boundary="frontier-2")
    root, notes = tree(multipart("mixed", inner, part("text/plain", "--frontierless\nb"), boundary="frontier"))
    assert contents(root) == [b"a", b"--frontierless\r\nb"]
    assert notes == ()


def test_the_closing_boundary_is_missing() -> None:
    """The last part runs to the end, with a note."""
    data = multipart("mixed", part("text/plain", "a"), part("text/plain", "b"))
    root, notes = tree(data[: data.rindex(b"\r\n--")])
    assert contents(root) == [b"a", b"b"]
    assert notes == ("mime: the closing boundary is missing",)


def test_what_follows_the_closing_boundary_is_no_part() -> None:
    """Preamble and epilogue are left out."""
    data = multipart("mixed", part("text/plain", "a")) + b"epilogue\r\n--=-frontier\r\n\r\nb"
    assert contents(tree(data)[0]) == [b"a"]


def test_a_wrong_boundary() -> None:
    """Where the declared boundary never occurs, the one that the body shows is taken."""
    data = multipart("mixed", part("text/plain", "a"), boundary="right").replace(
        b'boundary="right"', b'boundary="wrong"'
    )
    root, notes = tree(data)
    assert contents(root) == [b"a"]
    assert notes == ("mime: boundary taken from the body",)


@pytest.mark.parametrize("head", ["Content-Type: multipart/mixed", 'Content-Type: multipart/mixed; boundary=""'])
def test_no_boundary_at_all(head: str) -> None:
    """A multipart without any boundary is read as text."""
    root, notes = tree(raw(head, body="just text"))
    assert (outline(root), contents(root)) == (["text/plain"], [b"just text"])
    assert notes == ("mime: multipart without its boundary",)


def test_only_a_closing_boundary() -> None:
    """A multipart that closes before it opens has no parts, and is read as text."""
    root, notes = tree(raw("Content-Type: multipart/mixed; boundary=b", body="--b--\ntext"))
    assert outline(root) == ["text/plain"]
    assert notes == ("mime: multipart without its boundary",)


def test_boundary_at_the_very_beginning_and_inside_a_line() -> None:
    """A delimiter may begin the body; inside a line it is text."""
    root, _ = tree(raw("Content-Type: multipart/mixed; boundary=b", body="--b\n\none --b\n--b  \n\ntwo\n--b--"))
    assert contents(root) == [b"one --b", b"two"]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("Content-Type: text", "text/plain"),
        ("Content-Type: html", "text/html"),
        ("Content-Type: ;charset=utf-8", "text/plain"),
        ("Content-Type: TEXT/HTML", "text/html"),
        ("Content-Type: text/html/x", "text/plain"),
    ],
)
def test_content_types(head: str, kind: str) -> None:
    """What is no content type counts as plain text, or as HTML where it says so."""
    assert tree(raw(head))[0].type == kind


def test_a_digest_holds_mails() -> None:
    """Parts of a digest without a type are mails."""
    assert outline(tree(multipart("digest", b"\r\nSubject: x\r\n\r\ny"))[0]) == ["multipart/digest", ["message/rfc822"]]


def test_limits() -> None:
    """Too many parts, or too deep, ends in a note for a person."""
    many = multipart("mixed", *(part("text/plain", str(number)) for number in range(20)))
    root, notes = tree(many, Limits(parts=5))
    assert len(root.children) == 4
    assert notes == ("needs a person: more than 5 parts",)
    deep = part("text/plain", "x")
    for level in range(10):
        deep = multipart("mixed", deep, boundary=f"level-{level}-")
    root, notes = tree(deep, Limits(depth=3))
    assert notes == ("needs a person: parts nested deeper than 3",)
    assert [leaf.type for leaf in root.leaves()] == ["application/octet-stream"]


def test_names_and_methods() -> None:
    """A part tells its file name, from the disposition first, its charset and its calendar method."""
    root, _ = tree(raw('Content-Type: text/calendar; name="a.ics"; method=REPLY; charset=UTF-8'))
    assert (root.filename(Notes()), root.method(), root.charset()) == ("a.ics", "reply", "UTF-8")
    root, _ = tree(raw('Content-Type: text/plain; name="a.txt"', 'Content-Disposition: inline; filename="b.txt"'))
    assert (root.filename(Notes()), root.disposition) == ("b.txt", "inline")
    assert tree(raw("A: b"))[0].filename(Notes()) == ""


def test_transfer_faults_are_noted() -> None:
    """What is wrong with a transfer encoding stands among the defects."""
    notes = Notes()
    root, _ = tree(raw('Content-Transfer-Encoding: "base64";', body=b"YWJj*ZGVm"))
    assert root.content(notes) == b"abcdef"
    assert notes.all() == ("transfer: base64 with characters that do not belong",)
