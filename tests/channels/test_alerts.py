"""Alerts reach whom the settings name, and hold no address."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from worker.channels import AppriseAlerts, Console
from worker.domain.errors import ChannelError, ConfigError


@contextmanager
def receiver(status: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A receiver of JSON alerts that answers ``status``: its apprise URL, and what came."""
    came: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_an_alert_reaches_the_named_place() -> None:
    """Title and text arrive as they are."""
    with receiver(200) as (url, came):
        AppriseAlerts([url]).alert("Mamori", "C-00012: critical, 1 open")
    assert [(one["title"], one["message"]) for one in came] == [("Mamori", "C-00012: critical, 1 open")]


def test_an_alert_that_is_not_taken_is_told() -> None:
    """A receiver that refuses makes a ChannelError, so that somebody hears of it another way."""
    with receiver(500) as (url, _came), pytest.raises(ChannelError, match=r"alerts\.urls"):
        AppriseAlerts([url]).alert("Mamori", "C-00012")


def test_a_wrong_entry_is_named_by_its_place() -> None:
    """The entry is named by number, for the URL may hold a secret."""
    with pytest.raises(ConfigError, match="entry 1") as caught:
        AppriseAlerts(["nonsense-secret"])
    assert "secret" not in str(caught.value)


def test_nobody_named_means_nobody_called() -> None:
    """Without entries an alert goes nowhere and fails nothing."""
    assert AppriseAlerts([]).alert("Mamori", "C-00012") is None  # type: ignore[func-returns-value]


def test_an_address_never_goes_out() -> None:
    """A text with an address is refused: alerts hold ids and counts only."""
    with pytest.raises(ValueError, match="never an address"):
        AppriseAlerts([]).alert("Mamori", "mail from aoki@client.example")


def test_the_console_prints_alerts() -> None:
    """On one's own terminal an alert is a line."""
    stream = io.StringIO()
    Console(stream).alert("Mamori", "C-00012: critical")
    assert stream.getvalue() == "Mamori: C-00012: critical\n"
