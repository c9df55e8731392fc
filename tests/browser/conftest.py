"""Debian's Chromium, driven by Playwright, and the people who sit before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.servers import find

if TYPE_CHECKING:
    from tests.notices.desk import Matter
    from worker.directory.models import User

PASSWORD = "a quiet reading room"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium. While it runs, Playwright's loop is in this thread, beside which tests ask for rows."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=str(find("chromium")), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Seat:
    """A browser window of one person; ``complaints`` are what its console and its pages reported."""

    page: Page
    base: str
    complaints: list[str]

    def go(self, path: str) -> None:
        """Open the page at ``path``."""
        self.page.goto(self.base + path)

    def sign_in(self, username: str) -> None:
        """Sign in on the page for it."""
        self.go("/sign-in")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button.primary")
        self.page.wait_for_url(lambda url: "sign-in" not in url)

    def sign_out(self) -> None:
        """Sign out from the menu."""
        self.page.click(".me > summary")
        self.page.click(".me button")
        self.page.wait_for_url("**/sign-in")

    def text(self) -> str:
        """What can be read on the page."""
        return self.page.inner_text("body")


SeatMaker = Callable[..., Seat]


@pytest.fixture
def seat(transactional_db: None, live_server: object, chromium: Browser) -> Iterator[SeatMaker]:
    """Makes windows; ``options`` are Playwright's for a context (language, theme, width, no scripts)."""
    contexts = []

    def sit(**options: object) -> Seat:
        context = chromium.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        complaints: list[str] = []
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Seat(page, live_server.url, complaints)  # type: ignore[attr-defined]

    yield sit
    for context in contexts:
        context.close()


@pytest.fixture
def matter(transactional_db: None) -> Matter:
    """An undecided case of a client organisation; Mori of the desk and Kondo, a manager, can sign in."""
    from tests.notices.desk import matter as made

    found = made(decided=False)
    for user in (found.mori, found.kondo):
        can_sign_in(user)
    return found


def can_sign_in(user: User) -> None:
    """Give ``user`` the tests' password."""
    user.set_password(PASSWORD)
    user.save()
