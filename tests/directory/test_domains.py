"""Which mail domains belong together, without asking the network."""

from __future__ import annotations

import pytest

from worker.directory.domains import family, is_free_mail, registered


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("client.co.jp", "client.co.jp"),
        ("mail.tokyo.Client.co.jp.", "client.co.jp"),
        ("a.b.client.example", "client.example"),
        ("client.example", "client.example"),
        ("shop.github.io", "shop.github.io"),
        ("co.jp", ""),
        ("jp", ""),
        ("localhost", ""),
        ("", ""),
        ("..", ""),
        ("xn--wgv71a119e.jp", "xn--wgv71a119e.jp"),
    ],
)
def test_registered(domain: str, expected: str) -> None:
    """The registered part is found under known and unknown suffixes; a suffix itself has none."""
    assert registered(domain) == expected


def test_family() -> None:
    """A domain's family goes up to the registered one and no further."""
    assert family("mail.tokyo.client.co.jp") == ("mail.tokyo.client.co.jp", "tokyo.client.co.jp", "client.co.jp")
    assert family("co.jp") == ()


@pytest.mark.parametrize("domain", ["gmail.com", "GMAIL.com", "yahoo.co.jp", "docomo.ne.jp", "abc.biglobe.ne.jp"])
def test_free_mail(domain: str) -> None:
    """Free mail and access providers, with their subdomains, belong to nobody in particular."""
    assert is_free_mail(domain)


@pytest.mark.parametrize("domain", ["notgmail.com", "client.example", "ne.jp", ""])
def test_not_free_mail(domain: str) -> None:
    """A domain that only resembles one is an organisation's."""
    assert not is_free_mail(domain)
