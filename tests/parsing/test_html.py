"""HTML as text."""

from __future__ import annotations

import pytest

from worker.parsing.html import html_to_text
from worker.parsing.limits import Limits, Notes

PAGES = {
    "breaks": ("<p>一行目<br>二行目</p><p>次の段落</p>", "一行目\n二行目\n\n次の段落"),
    "divs are lines": ("<div>一</div><div>二</div>", "一\n二"),
    "an empty div is a blank line": ("<div>一</div><div><br></div><div>二</div>", "一\n\n二"),
    "white space collapses": ("<p>  one \n  two  </p>", "one two"),
    "no-break space": ("a&nbsp;&nbsp;b", "a&nbsp;&nbsp;b"),
    "no-break space in a tag": ("<p>a&nbsp;b</p>", "a b"),
    "entities": ("<p>&lt;b&gt; &amp; &#x6b7b;</p>", "<b> & 死"),
    "lists": ("<ul><li>一</li><li>二</li></ul>", "- 一\n- 二"),
    "tables": ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    "links": ('<p>see <a href="https://x.example">here</a></p>', "see here"),
    "pre": ("<pre>a  b\n  c\n\nd</pre>", "a  b\n  c\n\nd"),
    "head, style and script": ("<head><title>t</title><style>p{}</style></head><body><script>x</script>a</body>", "a"),
    "comments": ("<p>a<!-- hidden -->b</p>", "ab"),
    "rule": ("<p>a</p><hr><p>b</p>", "a\n\n--------------------\n\nb"),
    "emoji pictures": ('<p>怒<img src="x" alt="😠"><img alt="logo of us"><img></p>', "怒😠"),
    "quotes": (
        "<div>own</div><blockquote>their<blockquote>older</blockquote></blockquote><div>own</div>",
        "own\n\n> their\n>\n> > older\n\nown",
    ),
    "Gmail's indent is no quote": (
        '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">own</blockquote>',
        "own",
    ),
    "a cited blockquote is": ('<blockquote type="cite" style="border:none">x</blockquote>', "> x"),
    "Gmail's quote is": ('<blockquote class="gmail_quote" style="border:none">x</blockquote>', "> x"),
    "unclosed": ("<div><b>a<i>b", "ab"),
    "wrongly nested": ("<b><p>a</b>b</p>", "ab"),
    "plain text": ("just text", "just text"),
    "less than": ("1 < 2", "1 < 2"),
    "empty": ("", ""),
    "an attribute that holds a tag's end": ('<p title="a > b">c</p><p title="z>d', "c\n\nd"),
    "an end without a beginning": ("a</b></div>b", "ab"),
    "a tag that never ends": ("a <b", "a <b"),
    "an odd ending": ("a</ b>c<!x>d<?xml e?>f", "acdf"),
    "a declaration that never ends": ("<p>a</p><!x", "a\n\n<!x"),
    "a comment that never ends": ("<p>a</p><!-- b", "a"),
    "a style that never ends": ("<p>a</p><style>b", "a"),
    "a hidden paragraph ends at the next": ("<p hidden>a<p>b<div>c</div>", "b\n\nc"),
    "a hidden span ends with its own end": ("<p><span hidden>x<span>y</span>z</span>shown</p>", "shown"),
    "a hidden item ends at the next": ("<ul><li hidden>a<li>b</ul>", "- b"),
    "a hidden cell ends at the next": ("<table><tr><td hidden>a<td>b<tr><td>c</table>", "b\nc"),
    "a list inside an item": ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n\n- b\n\n- c"),
    "definitions": ("<dl><dt>a<dd>b</dl>", "a\nb"),
    "upper case": ("<P>a<BR>b</P><STYLE>x</Style >c", "a\nb\n\nc"),
    "doctype": ("<!DOCTYPE html><html><body>a</body></html>", "a"),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str) -> None:
    """Each page becomes the text that its reader sees."""
    html, text = PAGES[name]
    assert html_to_text(html, Limits(), Notes()).text == text


@pytest.mark.parametrize(
    "attribute",
    [
        'style="display:none"',
        'style="color:red; DISPLAY : none"',
        'style="visibility:hidden"',
        'style="mso-hide:all"',
        'style="font-size:0"',
        'style="font-size:0px;"',
        'style="opacity:0"',
        "hidden",
    ],
)
def test_hidden_text(attribute: str) -> None:
    """Text that a reader does not see is kept apart, and its being there is noted."""
    notes = Notes()
    found = html_to_text(f"<p>seen</p><div {attribute}>not <b>seen</b><p>at all</p></div><p>again</p>", Limits(), notes)
    assert found == ("seen\n\nagain", "not seenat all")
    assert notes.all() == ("html: hidden text left out",)


@pytest.mark.parametrize("style", ["font-size:0.9em", "font-size:10px", "opacity:0.5", "display:block"])
def test_shown_text(style: str) -> None:
    """Small or pale text is shown text."""
    notes = Notes()
    assert html_to_text(f'<p style="{style}">seen</p>', Limits(), notes) == ("seen", "")
    assert notes.all() == ()


def test_hidden_blanks_are_nothing() -> None:
    """The blank filling of preview lines is no hidden text."""
    notes = Notes()
    assert html_to_text('<div style="display:none">&nbsp;&#847; &zwnj;</div>a', Limits(), notes).hidden == ""
    assert notes.all() == ()


def test_depth() -> None:
    """Five thousand levels are read; quote marks stop at twenty."""
    notes = Notes()
    assert html_to_text("<div>" * 5_000 + "deep", Limits(), notes).text == "deep"
    assert html_to_text("<blockquote>" * 5_000 + "deep", Limits(), notes).text == "> " * 20 + "deep"
    assert notes.all() == ()


def test_length() -> None:
    """HTML beyond the limit is cut with a note for a person."""
    notes = Notes()
    assert html_to_text("<p>" + "x" * 100, Limits(html=10), notes).text == "x" * 7
    assert notes.all() == ("needs a person: HTML longer than 10 characters",)
