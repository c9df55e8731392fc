"""HTML bodies as text: quote levels as ``> ``, hidden text apart, lists, tables and breaks as lines.

A reader of tokens, not a tree: browsers' tree rules cost the square of the length on hostile nesting (1.5 MB of
``<div>`` kept a spec-grade parser busy for minutes), and a mail's text needs none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple

from worker.parsing.charset import clean
from worker.parsing.limits import Limits, Notes

_RAW = frozenset(["style", "script", "title", "textarea", "template", "noscript", "select", "svg", "object"])
_VOID = frozenset(
    ["br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr", "source", "embed", "param"]
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
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_HINT = re.compile(r"style|hidden", re.IGNORECASE)
_TELLING = frozenset(["img", "blockquote"])
_LONGEST_ATTRIBUTE = 10_000
_NEAR = 50
_CELL = (("td", "th"), ("table", "tr"))
_NEIGHBOURS = {
    "li": (("li",), ("ul", "ol")),
    "td": _CELL,
    "th": _CELL,
    "tr": (("tr",), ("table",)),
    "dt": (("dt", "dd"), ("dl",)),
    "dd": (("dt", "dd"), ("dl",)),
}
_DEEPEST_QUOTE = 20
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

    def void(self, tag: str, attributes: dict[str, str]) -> None:
        """Write an element that has no content."""
        if tag == "br":
            self.end_line(force=True)
        elif tag == "hr":
            self.end_line()
            self.lines.append((self.depth, "-" * 20))
        elif tag == "img" and 0 < len(attributes.get("alt", "")) <= 4 and not attributes["alt"].isascii():
            self.write(attributes["alt"])

    def blank(self) -> None:
        if self.lines and self.lines[-1][1]:
            self.lines.append((self.depth, ""))

    def end_quote(self) -> None:
        self.depth -= 1
        if self.lines and not self.lines[-1][1]:
            self.lines[-1] = (self.depth, "")

    def text(self) -> str:
        self.end_line()
        quoted = (("> " * min(depth, _DEEPEST_QUOTE) + line).rstrip() if depth else line for depth, line in self.lines)
        return _BLANKS.sub("\n\n", "\n".join(quoted).replace("\xa0", " ")).strip("\n")


def html_to_text(html: str, limits: Limits, notes: Notes) -> HtmlText:
    """The readable text of an HTML body, in time that grows with its length only; never raises."""
    if len(html) > limits.html:
        notes.person(f"HTML longer than {limits.html} characters")
        html = html[: limits.html]
    if not _QUICK.search(html):
        return HtmlText(clean(html), "")
    writer = _Writer()
    _Reader(html, writer).run()
    hidden = _SPACES.sub(" ", "".join(writer.hidden)).strip(" \u200b\u200c\u200d\u034f\xa0\ufeff\xad")
    if re.search(r"\w", hidden):
        notes.add("html: hidden text left out")
    return HtmlText(clean(writer.text()), clean(hidden))


_UNSEEN = re.compile(r"<(style|script|head|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
_OPENINGS = re.compile(r"<(?:style|script|head|title|!--)", re.IGNORECASE)
_MOST_UNSEEN = 50
_WORDS = re.compile(r"[A-Za-z]{4,}")
_NO_LETTERS = re.compile(r"[\W_]+")


def says_more(html: str, plain: str, limits: Limits) -> bool:
    """Whether a reader of the HTML sees a line that the plain text does not hold. Cheap where all words agree."""
    if "&#" not in html and len(_OPENINGS.findall(html)) < _MOST_UNSEEN:
        seen = _UNSEEN.sub(" ", html)
        if {char for char in set(seen) - set(plain) if char > "\x7f"} == set() and _words(seen) <= _words(plain):
            return False
    known = _letters(plain)
    lines = html_to_text(html, limits, Notes()).text.split("\n")
    return any(letters not in known for letters in map(_letters, lines))


def _words(text: str) -> set[str]:
    return set(_WORDS.findall(text))


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKC", text)).casefold()


class _Reader:
    """Reads tags and text in order; ``open`` holds the tag of each open element and what its end must undo.

    Of inline elements only those that matter (hidden ones, and all inside them) are held, so that a wrongly nested
    ``</b>`` closes no paragraph.
    """

    def __init__(self, html: str, writer: _Writer) -> None:
        self._html = html
        self._writer = writer
        self._open: list[tuple[str, str]] = []
        self._count: Counter[str] = Counter()

    def run(self) -> None:
        position = 0
        while position < len(self._html):
            tag = self._html.find("<", position)
            if tag < 0:
                tag = len(self._html)
            if tag > position:
                self._text(self._html[position:tag])
            position = self._tag(tag) if tag < len(self._html) else tag
        while self._open:
            self._pop()

    def _text(self, text: str) -> None:
        self._writer.write(unescape(text) if "&" in text else text)

    def _tag(self, start: int) -> int:
        """Read what begins with ``<`` at ``start``; where reading goes on."""
        match = _TAG.match(self._html, start)
        if match is None:
            return self._other(start)
        end = self._tag_end(match.end())
        if end < 0:
            self._text(self._html[start:])
            return len(self._html)
        name = match.group(2).lower()
        if match.group(1):
            self._close(name)
        elif name in _RAW:
            return self._after_raw(name, end)
        else:
            self._element(name, self._html[match.end() : end])
        return end + 1

    def _other(self, start: int) -> int:
        """Comments and declarations are passed over; a ``<`` that begins nothing is text."""
        if self._html.startswith("<!--", start):
            end = self._html.find("-->", start + 4)
            return len(self._html) if end < 0 else end + 3
        end = self._html.find(">", start) if self._html.startswith(("<!", "<?", "</"), start) else -1
        if end < 0:
            self._text("<")
            return start + 1
        return end + 1

    def _tag_end(self, start: int) -> int:
        """Where the tag's ``>`` stands, one inside a quoted attribute left out; -1 where there is none."""
        end = self._html.find(">", start)
        if end >= 0 and self._html.count('"', start, end) % 2:
            quote = self._html.find('"', end, end + _LONGEST_ATTRIBUTE)
            later = self._html.find(">", quote) if quote >= 0 else -1
            return later if later >= 0 else end
        return end

    def _after_raw(self, name: str, end: int) -> int:
        """Behind an element whose content is no text of the mail."""
        closing = re.compile(f"</{name}\\s*>", re.IGNORECASE).search(self._html, end)
        return closing.end() if closing else len(self._html)

    def _element(self, name: str, raw: str) -> None:
        attributes = _attributes(raw) if raw and (name in _TELLING or _HINT.search(raw)) else {}
        if name in _VOID:
            self._writer.void(name, attributes)
            return
        self._close_implied(name)
        undo = _begin(name, attributes, self._writer)
        if undo or self._writer.hiding or name in _BLOCKS or name in _NEIGHBOURS:
            self._open.append((name, undo))
            self._count[name] += 1

    def _close_implied(self, name: str) -> None:
        """A paragraph ends where a block begins, an item or cell where its neighbour begins."""
        if name in _BLOCKS and self._count["p"]:
            self._close("p")
        closed, beyond = _NEIGHBOURS.get(name, ((), ()))
        for place in range(len(self._open) - 1, max(-1, len(self._open) - _NEAR), -1):
            tag = self._open[place][0]
            if tag in beyond:
                return
            if tag in closed:
                self._close(tag)
                return

    def _close(self, name: str) -> None:
        """End the innermost open element of that name and all inside it; an end without a beginning is nothing."""
        if not self._count[name]:
            return
        while self._open[-1][0] != name:
            self._pop()
        self._pop()

    def _pop(self) -> None:
        name, undo = self._open.pop()
        self._count[name] -= 1
        _leave(name, undo, self._writer)


def _attributes(raw: str) -> dict[str, str]:
    """The attributes of a tag by lower-case name."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(raw[:_LONGEST_ATTRIBUTE]):
        found.setdefault(name.lower(), unescape(double or single or bare))
    return found


def _begin(tag: str, attributes: dict[str, str], writer: _Writer) -> str:
    """Open an element; returns the marks of what its end must undo: q(uote), h(idden), p(re)."""
    undo = ""
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


def _is_hidden(attributes: dict[str, str]) -> bool:
    if "hidden" in attributes:
        return True
    return bool(_HIDDEN.search(attributes.get("style", "")))


def _is_indent(attributes: dict[str, str]) -> bool:
    """Gmail's indent button makes a blockquote without a border: the sender's own words."""
    if attributes.get("type") == "cite" or "gmail_quote" in attributes.get("class", ""):
        return False
    return bool(_INDENT.search(attributes.get("style", "")))


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
