"""Alerts through apprise: the URLs in the settings name whom to call."""

from __future__ import annotations

from collections.abc import Sequence

from worker.domain.errors import ChannelError, ConfigError


class AppriseAlerts:
    """Serves AlertChannel. ``urls`` are apprise URLs; ConfigError names the position of one that apprise cannot read.

    The URLs hold secrets, so errors never repeat them.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        from apprise import Apprise  # loading it takes a second that only who sets alerts should pay

        self._apprise = Apprise()
        for number, url in enumerate(urls, start=1):
            if not self._apprise.add(url):
                raise ConfigError(f"alerts.urls: entry {number} is not a URL that apprise knows; correct or remove it.")

    def alert(self, title: str, text: str) -> None:
        """Call everybody named. ValueError where a text holds an address; ChannelError where somebody was missed."""
        if "@" in title + text:
            raise ValueError("an alert holds ids and counts only, never an address")
        if len(self._apprise) and not self._apprise.notify(body=text, title=title):
            raise ChannelError("An alert did not reach everybody in alerts.urls; check the entries and the network.")
