"""The settings file that tests run with."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = """\
[desk]
name = "株式会社サンプル サポート窓口"
addresses = ["support@sample.example"]
own_domains = ["sample.example"]
trusted_authserv = ["mx.sample.example"]
timezone = "Asia/Tokyo"
language = "ja"
policy = "upshare"

[desk.calendar]
spans = [{{ days = "Mon-Fri", from = "10:00", to = "18:00" }}]
holidays = "JP"
closed = ["12-30..01-03"]
emergencies = "by phone"

[[form]]
sender = "form@sample.example"
person = "reply-to"

[store]
data = "{data}"
database = "{database}"
broker = "{broker}"
"""


def write_settings(folder: Path, *, database: str = "sqlite", broker: str = "memory", more: str = "") -> Path:
    """Write ``mamori.toml`` into ``folder`` (its data folder beside it) and give its path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "mamori.toml"
    text = TEMPLATE.format(data=folder / "var", database=database, broker=broker)
    file.write_text(f"{text}\n{more}", encoding="utf-8")
    return file
