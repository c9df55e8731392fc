"""HTML bodies as text: quote levels as ``> ``, hidden text apart, lists, tables and breaks as lines."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser

from worker.parsing.charset import clean
from worker.parsing.limits import Limits, Notes

_SKIPPED = frozenset(
    ["head", "style", "script", "title", "template", "noscript", "object", "svg", "select", "meta", "link", "textarea"]
)
_BLOCKS = frozenset(
    [
        "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main", "nav",
        "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul", "html",
    ]
)  # fmt: skip
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote", "dl"})
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em|%|\s|;|$)"
    r"|opacity\s*:\s*0(?:\.0+)?(?:\s|;|$)",
    re.IGNORECASE,
)
_INDENT = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BLANKS = re.compile(r"\n{3,}")
_QUICK = re.compile(r"<[a-zA-Z!/]")


class HtmlText(NamedTuple):
    """The text that a reader sees, and apart from it the text that the HTML hides."""

    text: str
    hidden: str


@dataclass(slots=True)
class _Writer:
    """Collects lines; each line bears the quote depth at which it was begun."""

    lines: list[tuple[int, str]] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    depth: int = 0
    pre: int = 0
    hiding: int = 0
    cell: bool = False

    def write(self, text: str) -> None:
        if self.hiding:
            self.hidden.append(text)
        elif self.pre:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.current.append(first)
            for line in rest:
                self.end_line(force=True)
                self.current.append(line)
        else:
            self.current.append(_SPACES.sub(" ", text))

    def end_line(self, *, force: bool = False) -> None:
        line = "".join(self.current)
        line = line.rstrip() if self.pre else _SPACES.sub(" ", line).strip(" ")
        self.current.clear()
        if line or force:
            self.lines.append((self.depth, line))

    def blank(self) -> None:
        if self.lines and self.lines[-1][1]:
            self.lines.append((self.depth, ""))

    def end_quote(self) -> None:
        self.depth -= 1
        if self.lines and not self.lines[-1][1]:
            self.lines[-1] = (self.depth, "")

    def text(self) -> str:
        self.end_line()
        quoted = (("> " * depth + line).rstrip() if depth else line for depth, line in self.lines)
        return _BLANKS.sub("\n\n", "\n".join(quoted).replace("\xa0", " ")).strip("\n")


def html_to_text(html: str, limits: Limits, notes: Notes) -> HtmlText:
    """The readable text of an HTML body. Never raises; what nests deeper than ``limits.levels`` is left out."""
    if len(html) > limits.html:
        notes.person(f"HTML longer than {limits.html} characters")
        html = html[: limits.html]
    if not _QUICK.search(html):
        return HtmlText(clean(html), "")
    writer = _Writer()
    _walk(LexborHTMLParser(html).root, writer, limits, notes)
    hidden = _SPACES.sub(" ", "".join(writer.hidden)).strip(" \u200b\u200c\u200d\u034f\xa0\ufeff\xad")
    if re.search(r"\w", hidden):
        notes.add("html: hidden text left out")
    return HtmlText(clean(writer.text()), clean(hidden))


_UNSEEN = re.compile(r"<(style|script|head|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
_OPENINGS = re.compile(r"<(?:style|script|head|title|!--)", re.IGNORECASE)
_MOST_UNSEEN = 50
_WORDS = re.compile(r"[A-Za-z]{4,}|[^\x00-\x7f]")
_NO_LETTERS = re.compile(r"[\W_]+")


def says_more(html: str, plain: str, limits: Limits) -> bool:
    """Whether a reader of the HTML sees a line that the plain text does not hold. Cheap where all words agree."""
    if "&#" not in html and len(_OPENINGS.findall(html)) < _MOST_UNSEEN:
        words = set(_WORDS.findall(_UNSEEN.sub(" ", html)))
        if words <= set(_WORDS.findall(plain)):
            return False
    known = _letters(plain)
    lines = html_to_text(html, limits, Notes()).text.split("\n")
    return any(letters not in known for letters in map(_letters, lines))


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _walk(root: Any, writer: _Writer, limits: Limits, notes: Notes) -> None:
    """Depth first without recursion; ``open_`` holds tag and marks of each open element."""
    node = root
    open_: list[tuple[str, str]] = []
    while True:
        undo, child = _enter(node, writer)
        open_.append((node.tag, undo))
        if child is not None and len(open_) >= limits.levels:
            notes.person(f"HTML nested deeper than {limits.levels}")
            child = None
        node = child if child is not None else _climb(node, open_, writer)
        if node is None:
            return


def _climb(node: Any, open_: list[tuple[str, str]], writer: _Writer) -> Any:
    """Close elements until one has a next sibling, and return that; None at the end."""
    while open_:
        _leave(*open_.pop(), writer)
        sibling = node.next
        if not open_ or sibling is not None:
            return sibling if open_ else None
        node = node.parent
    return None


def _enter(node: Any, writer: _Writer) -> tuple[str, Any]:
    """Write what ``node`` begins with; the marks for its end, and its first child where that is to be read."""
    tag = node.tag
    if tag == "-text":
        writer.write(node.text_content or "")
        return "", None
    if tag in _SKIPPED or tag.startswith("-") or tag == "!doctype":
        return "", node.child if tag == "-document" else None
    if tag in ("br", "hr", "img"):
        _void(node, tag, writer)
        return "", None
    return _begin(node, tag, writer), node.child


def _void(node: Any, tag: str, writer: _Writer) -> None:
    if tag == "br":
        writer.end_line(force=True)
    elif tag == "hr":
        writer.end_line()
        writer.lines.append((writer.depth, "-" * 20))
    else:
        alt = node.attributes.get("alt") or ""
        if 0 < len(alt) <= 4 and not alt.isascii():
            writer.write(alt)


def _begin(node: Any, tag: str, writer: _Writer) -> str:
    """Open an element; returns the marks of what its end must undo: q(uote), h(idden), p(re)."""
    undo = ""
    attributes = node.attributes
    if attributes and _is_hidden(attributes):
        writer.hiding += 1
        undo += "h"
    if tag in _BLOCKS:
        writer.end_line()
        if tag in _SPACED and tag != "table":
            writer.blank()
    if tag == "blockquote" and not _is_indent(attributes):
        writer.depth += 1
        undo += "q"
    elif tag == "pre":
        writer.pre += 1
        undo += "p"
    elif tag == "li":
        writer.write("- ")
    elif tag in ("td", "th"):
        writer.write(" ")
    return undo


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN.search(style))


def _is_indent(attributes: dict[str, str | None]) -> bool:
    """Gmail's indent button makes a blockquote without a border: the sender's own words."""
    if attributes.get("type") == "cite" or "gmail_quote" in (attributes.get("class") or ""):
        return False
    return bool(_INDENT.search(attributes.get("style") or ""))


def _leave(tag: str, undo: str, writer: _Writer) -> None:
    if tag in _BLOCKS:
        writer.end_line()
    if "q" in undo:
        writer.end_quote()
    if "p" in undo:
        writer.pre -= 1
    if "h" in undo:
        writer.hiding -= 1
    if tag in _SPACED:
        writer.blank()
