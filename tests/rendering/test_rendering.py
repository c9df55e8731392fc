"""Notice folders: what they may hold, what they refuse, and how a letter comes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from worker.domain.errors import NoticeError
from worker.rendering import NoticeTemplate, lint_notices, load_notice, notice_folders, notice_names
from worker.rendering.dates import day, moment
from worker.rendering.sandbox import MAX_OUTPUT
from worker.rendering.variables import MAX_ITEMS, MAX_TEXT

MANIFEST = """
title: 見本
title_en: Sample
audience: organisation
policy: house
authors: [desk]
approvers: [manager]
required: [facts.quote, greeting]
variables:
  greeting: {type: text, meaning: 挨拶, meaning_en: Greeting}
  sent: {type: day, optional: true, meaning: 日, meaning_en: Day}
  times: {type: number, optional: true, meaning: 回数, meaning_en: Times}
  loud: {type: flag, optional: true, meaning: 印, meaning_en: Mark}
  days: {type: days, optional: true, meaning: 日々, meaning_en: Days}
  lines: {type: texts, optional: true, meaning: 行, meaning_en: Lines}
  place: {type: group, optional: true, meaning: 場所, meaning_en: Place, fields: {
    town: {type: text, optional: true, meaning: 町, meaning_en: Town}}}
  facts: {type: groups, optional: true, meaning: 事実, meaning_en: Facts, fields: {
    at: {type: moment, meaning: 日時, meaning_en: When},
    quote: {type: text, optional: true, meaning: 引用, meaning_en: Quote}}}
"""

FILES = {
    "notice.yaml": MANIFEST,
    "subject.ja.txt": "件名 {{ greeting }}\n",
    "body.ja.txt": "{{ greeting }}\n{% for fact in facts %}{{ fact.at|moment }} {{ fact.quote }}\n{% endfor %}\n",
    "body.ja.html": "<p>{{ greeting }}</p>\n",
    "sample.yaml": 'ja: {greeting: ごあいさつ, facts: [{at: "2026-11-20T09:05+09:00", quote: 原文}]}\n',
}

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A maker of one notice, house/letter, whose files can be replaced, added and (None) left out."""

    def build(changes: dict[str, str | None] | None = None) -> Path:
        folder = tmp_path / "notices" / "house" / "letter"
        folder.mkdir(parents=True)
        for name, text in {**FILES, **(changes or {})}.items():
            if text is not None:
                (folder / name).write_text(text, encoding="utf-8")
        return tmp_path / "notices"

    return build


def letter(folder: Path) -> NoticeTemplate:
    """The notice that ``make`` made."""
    return load_notice("house/letter", [folder])


def test_a_letter_has_a_subject_a_text_and_an_html_part(make: Make) -> None:
    """Text is plain, HTML is escaped; what was left out of the optional is empty."""
    rendered = letter(make()).render("ja", {"greeting": "A & <B>"})
    assert rendered.subject == "件名 A & <B>"
    assert rendered.text == "A & <B>\n"
    assert rendered.html == "<p>A &amp; &lt;B&gt;</p>\n"


def test_a_notice_without_html_gives_none(make: Make) -> None:
    """HTML is optional."""
    assert letter(make({"body.ja.html": None})).render("ja", {"greeting": "はい"}).html == ""


def test_groups_and_lists_are_filled_at_every_depth(make: Make) -> None:
    """Optional fields inside groups may be left out, too."""
    body = "{{ place.town }}|{{ days|length }}|{{ lines|join('、') }}|{{ times }}|{{ loud }}|{{ facts[0].quote }}|"
    body += "{{ sent }}"
    template = letter(make({"body.ja.txt": body}))
    data: dict[str, Any] = {"greeting": "x", "facts": [{"at": "2026-11-20T09:05"}], "lines": ["a", "b"]}
    assert template.render("ja", data).text == "|0|a、b|0|False||"
    full = {**data, "place": {"town": "t"}, "days": ["2026-11-20"], "times": 3, "loud": True, "sent": "2026-11-20"}
    assert template.render("ja", full).text == "t|1|a、b|3|True||2026-11-20"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "greeting is missing"),
        ({"greeting": ""}, "greeting is empty"),
        ({"greeting": None}, "greeting is empty"),
        ({"greeting": "x", "colour": "y"}, "colour is not a variable of this notice"),
        ({"greeting": 3}, "greeting is a int, not a text"),
        ({"greeting": "x", "times": True}, "times is a bool, not a number"),
        ({"greeting": "x", "loud": 1}, "loud is a int, not a flag"),
        ({"greeting": "x", "sent": "20.11.2026"}, "sent is no day in ISO form"),
        ({"greeting": "x", "days": ["soon"]}, r"days\.0 is no day in ISO form"),
        ({"greeting": "x", "lines": "one"}, "lines is no list"),
        ({"greeting": "x", "lines": [object()]}, r"lines\.0 is a object, not a text"),
        ({"greeting": "x", "lines": ["a"] * (MAX_ITEMS + 1)}, f"lines is no list of at most {MAX_ITEMS} items"),
        ({"greeting": "x", "place": "here"}, "place is no mapping"),
        ({"greeting": "x", "facts": [{"quote": "q"}]}, r"facts\.0\.at is missing"),
        ({"greeting": "x", "facts": [{"at": "yesterday"}]}, r"facts\.0\.at is no moment in ISO form"),
        ({"greeting": "x" * (MAX_TEXT + 1)}, f"greeting is longer than {MAX_TEXT} characters"),
        ({"greeting": "x\r\nBcc: y@z.example"}, "greeting has a control character"),
    ],
)
def test_data_that_does_not_fit_names_notice_language_and_variable(
    make: Make, data: dict[str, Any], sentence: str
) -> None:
    """Only plain data of the declared kinds goes in."""
    with pytest.raises(NoticeError, match=rf"^Notice house/letter in ja: {sentence}"):
        letter(make()).render("ja", data)


def test_a_language_that_is_not_written_names_those_that_are(make: Make) -> None:
    """The error lists the languages."""
    with pytest.raises(NoticeError, match="not written in 'fr'; it is in ja"):
        letter(make()).render("fr", {"greeting": "x"})


@pytest.mark.parametrize("data", ["a\nb", "x" * 160])
def test_a_subject_is_one_short_line(make: Make, data: str) -> None:
    """A line break in data cannot make a second header."""
    with pytest.raises(NoticeError, match="the subject must be one line"):
        letter(make()).render("ja", {"greeting": data})


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("\n{{ greetign }}", "line 2: 'greetign' is not a variable"),
        ("\n\n{{ place.street }}", "line 3: 'dict object' has no attribute 'street'"),
        ("{{ greeting|shout }}", "line 1: No filter named 'shout'"),
        ("{% if greeting %}", "line 1: Unexpected end of template"),
        ("{{ greeting.upper() }}", "line 1: a call is not allowed"),
        ("{{ greeting * 9 }}", "line 1: a multiplication is not allowed"),
        ("{{ 9 ** 9 }}", "line 1: a power is not allowed"),
        ("{{ '%9d' % 9 }}", "line 1: a text format is not allowed"),
        ("{% include 'notice.yaml' %}", "line 1: an include is not allowed"),
        ("{% macro m() %}{% endmacro %}", "line 1: a macro is not allowed"),
        ("{{ greeting|day }}", "line 1: Invalid isoformat string"),
        ("{{ greeting.__class__.__mro__ }}", "line 1: access to attribute '__class__'"),
        ("\n{{ times + greeting }}", "line 2: unsupported operand"),
        (
            "{% for a in lines %}{% for b in lines %}{% for c in lines %}{% endfor %}{% endfor %}{% endfor %}",
            "line 1: a loop in a loop in a loop is not allowed",
        ),
        ("{% for a in lines recursive %}{% endfor %}", "line 1: a loop in a loop in a loop is not allowed"),
    ],
)
def test_a_template_that_cannot_be_filled_names_file_and_line(make: Make, body: str, sentence: str) -> None:
    """Undefined names, unknown filters, calls and everything that can grow are refused with their place."""
    with pytest.raises(NoticeError, match=rf"^Notice house/letter in ja, body\.ja\.txt, {sentence}"):
        letter(make({"body.ja.txt": body})).render("ja", {"greeting": "x", "place": {"town": "t"}, "times": 1})


def test_a_letter_has_an_end(make: Make) -> None:
    """A loop over much data stops at the limit of a letter's length."""
    body = "{% for a in lines %}{% for b in lines %}{{ greeting }}{% endfor %}{% endfor %}"
    data = {"greeting": "長い" * 20, "lines": ["a"] * 60}
    with pytest.raises(NoticeError, match=f"longer than {MAX_OUTPUT} characters"):
        letter(make({"body.ja.txt": body})).render("ja", data)


def test_required_facts_are_named_until_they_are_there(make: Make) -> None:
    """A dotted name into a list asks that one item has it."""
    template = letter(make())
    assert template.missing({}) == ["facts.quote", "greeting"]
    assert template.missing({"greeting": "x", "facts": [{"quote": ""}]}) == ["facts.quote"]
    assert template.missing({"greeting": "x", "facts": [{"quote": ""}, {"quote": "q"}]}) == []


def test_the_sites_own_folder_goes_first(make: Make, tmp_path: Path) -> None:
    """A notice of the same name overrides the shipped one; others stay."""
    make()
    assert notice_folders(tmp_path)[0] == tmp_path / "notices"
    assert notice_names(notice_folders(tmp_path)) == ["house/letter", "upshare/notice"]
    assert load_notice("upshare/notice", notice_folders(tmp_path)).manifest.rung == "notice"
    assert notice_names(notice_folders()) == ["upshare/notice"]


def test_the_digest_covers_every_file(make: Make) -> None:
    """Another word in any file gives another digest."""
    folder = make()
    before = letter(folder).digest
    (folder / "house" / "letter" / "sample.yaml").write_text("ja: {greeting: y}", encoding="utf-8")
    assert letter(folder).digest != before


@pytest.mark.parametrize("name", ["house/other", "../house/letter", "letter"])
def test_an_unknown_notice_lists_the_known_ones(make: Make, name: str) -> None:
    """The name is policy/notice, and no path."""
    with pytest.raises(NoticeError, match="known: house/letter"):
        load_notice(name, [make()])


def test_where_there_is_no_notice_at_all_the_list_says_none(tmp_path: Path) -> None:
    """An empty folder is not a crash."""
    with pytest.raises(NoticeError, match="known: none"):
        load_notice("house/letter", [tmp_path])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"notice.yaml": MANIFEST + "colour: red\n"}, r"notice\.yaml: colour: is not a known key"),
        ({"notice.yaml": MANIFEST.replace("type: day,", "type: year,")}, r"variables\.sent\.type: Input should be"),
        ({"notice.yaml": MANIFEST.replace("type: day,", "type: group,")}, r"variables\.sent: .*a group has fields"),
        ({"notice.yaml": MANIFEST.replace("facts.quote", "facts.colour")}, r"required names 'facts\.colour'"),
        ({"notice.yaml": MANIFEST.replace("facts.quote", "greeting.colour")}, r"required names 'greeting\.colour'"),
        ({"notice.yaml": MANIFEST.replace("facts.quote", "colour")}, r"required names 'colour'"),
        ({"notice.yaml": "title: ["}, r"notice\.yaml is not valid YAML"),
        ({"notice.yaml": "- a"}, r"notice\.yaml: the file: Input should be"),
        ({"body.ja.txt": None}, r"has no body\.<lang>\.txt"),
        ({"subject.ja.txt": None}, r"but no subject\.ja\.txt"),
    ],
)
def test_a_wrong_folder_says_what_is_wrong(make: Make, changes: dict[str, str | None], sentence: str) -> None:
    """Loading and lint say the same sentence."""
    folder = make(changes)
    with pytest.raises(NoticeError, match=rf"^Notice house/letter.*{sentence}") as caught:
        letter(folder)
    assert lint_notices(folder) == [str(caught.value)]


def test_a_file_that_is_no_text_is_named(make: Make) -> None:
    """Bytes that are not UTF-8 stop at the file's name."""
    folder = make()
    (folder / "house" / "letter" / "body.ja.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(NoticeError, match=r"body\.ja\.txt could not be read"):
        letter(folder)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"readme.md": "x"}, "readme.md is no file of a notice"),
        ({"body.ja.html": "<p>加害者</p>"}, "body.ja.html: says 加害者"),
        ({"sample.yaml": "en: {}"}, "there is no sample for 'ja'"),
        ({"sample.yaml": "ja: {greeting: x}"}, "ja lacks the required facts.quote"),
        ({"sample.yaml": "ja: ["}, "sample.yaml is not valid YAML"),
        ({"body.ja.html": "{{ nobody }}"}, "body.ja.html, line 1: 'nobody' is not a variable"),
        ({"body.ja.html": "{% if %}"}, "body.ja.html, line 1: Expected an expression"),
        ({}, "sent is declared but not used in ja"),
    ],
)
def test_lint_finds_what_loading_does_not(make: Make, changes: dict[str, str | None], sentence: str) -> None:
    """Stray files, unwanted words, incomplete samples, unknown and unused variables; each once."""
    faults = lint_notices(make(changes))
    assert [fault for fault in faults if sentence in fault] != []
    assert len(faults) == len(set(faults))


@pytest.mark.parametrize(
    ("language", "written", "at"),
    [
        ("ja", "2026年11月20日(金)", "2026年11月20日(金)9時05分"),
        ("en", "Friday 20 November 2026", "Friday 20 November 2026 09:05"),
        ("zh", "2026年11月20日(星期五)", "2026年11月20日(星期五) 09:05"),
        ("fr", "Friday 20 November 2026", "Friday 20 November 2026 09:05"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language: str, written: str, at: str) -> None:
    """A day with its weekday; a moment with the clock as given."""
    assert day("2026-11-20", language) == written
    assert moment("2026-11-20T09:05+09:00", language) == at
