"""Reading and deciding: with keys, without scripts, on a telephone, in both languages and themes, on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Seat, SeatMaker, can_sign_in
from tests.browser.test_letter import decide
from tests.notices.desk import Matter
from tests.support import desk

pytestmark = [pytest.mark.live("chromium"), pytest.mark.django_db(transaction=True)]

SEVERE = "ただではおかない"
NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a[href]")]
  .filter(each => !(each.labels && each.labels.length) && !each.getAttribute("aria-label") && !each.textContent.trim()
    && !each.closest("dialog:not([open])") && each.type !== "hidden" && !each.hidden)
  .map(each => each.outerHTML.slice(0, 120))"""
TWICE = """() => { const ids = [...document.querySelectorAll("[id]")].map(each => each.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at); }"""
SKIPPED = """() => { const levels = [...document.querySelectorAll("main :is(h1,h2,h3,h4)")]
    .filter(each => each.checkVisibility()).map(each => +each.tagName[1]);
  return levels.filter((level, at) => level > (at ? levels[at - 1] : 0) + 1); }"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def veiled(page: Page) -> bool:
    """Whether the severe words are covered."""
    return not page.locator(f"article >> text={SEVERE}").first.is_visible()


def test_severe_words_are_opened_and_covered_without_any_script(seat: SeatMaker, matter: Matter) -> None:
    """The band is pressed, the words show; pressed again, they are covered. Deciding works, too."""
    mori = seat(java_script_enabled=False, locale="ja-JP")
    mori.sign_in("mori")
    mori.go(f"/cases/{matter.case.pk}")
    assert veiled(mori.page)
    mori.page.click("details.veil > summary")
    assert not veiled(mori.page)
    mori.page.click("details.veil > summary")
    assert veiled(mori.page)
    decide(mori)


def test_everything_is_done_with_keys(seat: SeatMaker, matter: Matter) -> None:
    """From the list into the case, from mail to mail, veil up and down, take it on, decide; ? shows the keys."""
    mori = seat(locale="ja-JP")
    mori.sign_in("mori")
    page = mori.page
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "number"
    page.keyboard.type("j")
    assert page.input_value("[name=number]") == "j"
    page.keyboard.press("Tab")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(f"**/cases/{matter.case.pk}")
    for _mail in range(4):
        page.keyboard.press("j")
    page.keyboard.press("o")
    assert not veiled(page)
    page.keyboard.press("o")
    assert veiled(page)
    page.keyboard.press("h")
    assert page.locator("button:has-text('Kondo')").is_visible()
    page.keyboard.press("h")
    with page.expect_navigation():
        page.keyboard.press("a")
    assert "Moriさんになりました" in mori.text()
    page.keyboard.press("d")
    page.wait_for_url("**/decide")
    page.keyboard.press("g")
    page.wait_for_url(f"**/cases/{matter.case.pk}")
    assert mori.complaints == []


def test_single_keys_can_be_switched_off(seat: SeatMaker, matter: Matter) -> None:
    """In this browser, and they stay off on the next page; ? still shows the list."""
    mori = seat(locale="ja-JP")
    mori.sign_in("mori")
    mori.go("/keys")
    mori.page.check("main [data-keys-off]")
    mori.go(f"/cases/{matter.case.pk}")
    mori.page.keyboard.press("d")
    mori.page.keyboard.press("?")
    assert mori.page.locator("dialog#keys").is_visible()
    assert mori.page.url.endswith(f"/cases/{matter.case.pk}")


def test_the_reason_of_a_mark_shows_on_hover_and_on_focus_and_goes_with_escape(seat: SeatMaker, matter: Matter) -> None:
    """Nobody needs a mouse for it, and it can be put away."""
    mori = seat(locale="ja-JP")
    mori.sign_in("mori")
    mori.go(f"/cases/{matter.case.pk}")
    tip = mori.page.locator("#e1 .tip")
    assert not tip.is_visible()
    mori.page.hover("#e1 b")
    assert tip.is_visible()
    mori.page.keyboard.press("Escape")
    assert not tip.is_visible()
    mori.page.focus("#e1 a")
    assert tip.is_visible()


def test_a_number_leads_to_veiled_words_and_lifts_their_veil(seat: SeatMaker, matter: Matter) -> None:
    """From the decision form's list to the very place."""
    mori = seat(locale="ja-JP")
    mori.sign_in("mori")
    mori.go(f"/cases/{matter.case.pk}")
    number = mori.page.locator("details.veil .ref").first.get_attribute("id")
    mori.go("/keys")
    mori.go(f"/cases/{matter.case.pk}#{number}")
    mori.page.wait_for_function("document.querySelector('details.veil[open]')")
    assert not veiled(mori.page)


def test_on_paper_everything_stands_open(seat: SeatMaker, matter: Matter) -> None:
    """Veils, quotes and signatures print; bar, buttons and forms do not."""
    mori = seat(locale="ja-JP")
    mori.sign_in("mori")
    mori.go(f"/cases/{matter.case.pk}")
    mori.page.emulate_media(media="print")
    mori.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert not veiled(mori.page)
    assert not mori.page.locator(".bar").is_visible()
    assert not mori.page.locator("text=判断する").first.is_visible()
    mori.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    mori.page.emulate_media(media="screen")
    assert veiled(mori.page)


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    [("ja", "light", 1280), ("en", "dark", 1280), ("ja", "dark", 390), ("en", "light", 390)],
)
def test_every_page_is_whole(language: str, theme: str, width: int, seat: SeatMaker, matter: Matter) -> None:
    """No complaint in the console, every control has a name, no id stands twice, no heading is skipped, no page is
    wider than the screen."""
    user = desk.person("reed", "desk", "manager", "administrator", "auditor")
    user.language = language
    can_sign_in(user)
    matter.decide()
    letter = matter.submitted()
    reed = seat(color_scheme=theme, viewport={"width": width, "height": 800})
    reed.go("/sign-in")
    check(reed, "/sign-in")
    reed.sign_in("reed")
    for path in (
        "/cases", "/cases?tab=closed", f"/cases/{matter.case.pk}", f"/cases/{matter.case.pk}/decide",
        f"/cases/{matter.case.pk}/letter", "/incidents/new", "/letters", f"/letters/{letter.pk}",
        f"/letters/{letter.pk}/edit", "/organisations", f"/organisations/{matter.organisation_id}",
        "/organisations/new", "/organisations/import", "/people", "/policy", "/mailboxes", "/audit?verify=yes",
        "/preferences", "/keys",
    ):  # fmt: skip
        reed.go(path)
        check(reed, path)
    assert reed.page.evaluate("document.documentElement.lang") == language


def check(at: Seat, path: str) -> None:
    """What must hold for every page."""
    assert (path, at.complaints) == (path, [])
    assert (path, at.page.evaluate(NAMELESS)) == (path, [])
    assert (path, at.page.evaluate(TWICE)) == (path, [])
    assert (path, at.page.evaluate(SKIPPED)) == (path, [])
    assert (path, at.page.evaluate(TOO_WIDE)) == (path, 0)
