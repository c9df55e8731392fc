"""The desk speaks Japanese and English, completely: nothing is left out, and the extractor sees everything."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from worker import detectors
from worker.desk.labels import DETECTED_EN

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "worker" / "locale"
FOLDER = LOCALE / "ja" / "LC_MESSAGES"
PAGES = sorted((ROOT / "templates" / "desk").glob("*.html"))
SOURCES = sorted((ROOT / "worker" / "desk").rglob("*.py"))

#: Detectors that name what they find themselves; the others name the rule that found it.
NAMED = ("hours", "repetition", "volume", "escalation", "leverage", "learned")

_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_LETTERS = re.compile(r"[A-Za-z\u3041-\u30ff\u4e00-\u9fff]{2,}")
_ENTITY = re.compile(r"&\w+;")
#: Written as they are in every language: technical words, shapes, and letters of keys.
_NO_WORDS = {"SHA", "CSV"}
#: Attributes that people read or hear.
_READ_OUT = re.compile(r"\b(?:alt|aria-label|placeholder|title|data-label)=\"([^\"]*)\"")


def extracted() -> Catalog:
    """Every string that the extractor finds in the package and on the pages."""
    with (LOCALE / "babel.cfg").open() as file:
        method, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "ngettext_lazy": (1, 2)}
    found = Catalog()
    for _file, _line, message, _comments, context in extract_from_dir(ROOT, method, options, keywords):
        found.add(message, context=context)
    return found


@pytest.fixture(scope="module")
def japanese() -> Catalog:
    """The catalogue as people write it."""
    with (FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="ja")


def texts(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """The catalogue's strings by (singular) id, the header left out."""
    return {_forms(message.id)[0]: _forms(message.string) for message in catalog if message.id}


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def test_every_string_has_its_japanese(japanese: Catalog) -> None:
    """Nothing that people read is missing or left empty, and nothing stale is kept."""
    wanted = set(texts(extracted()))
    assert wanted
    assert wanted - texts(japanese).keys() == set()
    assert texts(japanese).keys() - wanted == set()
    assert [each.id for each in japanese if each.id and (each.fuzzy or not all(_forms(each.string)))] == []


def test_placeholders_agree(japanese: Catalog) -> None:
    """A translation names the same values as its original."""
    assert [(each.id, str(error)) for each in japanese for error in each.check(japanese)] == []


def test_what_the_desk_loads_is_what_people_wrote(japanese: Catalog) -> None:
    """The compiled catalogue holds exactly the strings of the written one ('make messages' makes it)."""
    with (FOLDER / "django.mo").open("rb") as file:
        assert texts(read_mo(file)) == texts(japanese)


def test_the_japanese_speaks_of_the_other_side() -> None:
    """Nobody is called an assailant, and nobody gets a score."""
    text = (FOLDER / "django.po").read_text(encoding="utf-8")
    assert "加害者" not in text
    assert "点数" not in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_holds_bare_words(page: Path) -> None:
    """Every word on a page goes through gettext where the extractor sees it; keys, shapes and code do not count."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(page.read_text(encoding="utf-8"))
    assert list(_bare_words(tree)) == []
    assert "{% trans" not in page.read_text(encoding="utf-8")


def test_bare_words_would_be_found() -> None:
    """The look for bare words sees text between tags and in attributes that are read out."""
    page = '<p>{{ _("seen") }} left <b>out</b></p><img alt="a house" class="wide"><kbd>k</kbd> SHA {{ x }}'
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(page)
    assert sorted(_bare_words(tree)) == ["house", "left", "out"]


def _bare_words(tree: nodes.Template) -> Iterator[str]:
    html = "".join(_data(tree))
    read_out = (found for value in _READ_OUT.findall(html) for found in _LETTERS.findall(value.replace("\0", "")))
    visible = re.sub(r"<kbd>.</kbd>|<[^>]*>", " ", html).replace("\0", " ")
    shown = _LETTERS.findall(_ENTITY.sub(" ", visible))
    yield from (word for word in [*read_out, *shown] if word not in _NO_WORDS)


def _data(tree: nodes.Template) -> Iterator[str]:
    """The literal text of a page in order; every expression is one NUL."""
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            yield node.data if isinstance(node, nodes.TemplateData) else "\0"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_extractor_sees_every_string_of_a_page(page: Path, japanese: Catalog) -> None:
    """Whatever a page hands to gettext when it is rendered is in the catalogue."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(page.read_text(encoding="utf-8"))
    asked = set()
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
            assert isinstance(call.args[0], nodes.Const), f"line {call.lineno}: gettext needs the words themselves"
            asked.add(call.args[0].value)
    assert asked <= texts(japanese).keys()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ROOT)))
def test_no_view_or_form_speaks_past_gettext(source: Path) -> None:
    """No Japanese in the code, and no label, help text or told sentence that is not translated."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    assert list(_unseen(tree, source.name)) == []


def _unseen(tree: ast.Module, name: str) -> Iterator[str]:
    docs = {id(doc) for doc in _docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docs and _is_japanese(node.value):
            yield f"{name}:{node.lineno} {node.value!r}"
        if isinstance(node, ast.keyword) and node.arg in _TOLD and isinstance(node.value, ast.Constant):
            yield from [f"{name}:{node.value.lineno} {node.value.value!r}"] if node.value.value else []


def _is_japanese(value: object) -> bool:
    return isinstance(value, str) and bool(_JAPANESE.search(value)) and value not in _OWN_NAMES


#: Arguments that people read.
_TOLD = ("label", "help_text", "done", "heading", "text", "told")
#: What languages call themselves, and an example of a contact.
_OWN_NAMES = {"日本語", "中文", "佐藤 一郎, 総務部長 <sato@client.example>"}


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def test_every_detectors_reason_is_there_in_english() -> None:
    """A reader of English is told by each detector in English, whatever it stored."""
    sources = (Path(detectors.__file__).parent / f"{name}.py" for name in NAMED)
    ids = {found for source in sources for found in re.findall(r'"([a-z]+\.[a-z]+)"', source.read_text("utf-8"))}
    ids = {found for found in ids if found.partition(".")[0] in NAMED}
    assert ids == set(DETECTED_EN)
