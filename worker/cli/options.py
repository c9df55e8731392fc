"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

Config = Annotated[str | None, typer.Option("--config", help="The settings file; else MAMORI_CONFIG or mamori.toml.")]

PortOption = Annotated[int, typer.Option(help="Port of the desk; 0: a free one.", min=0, max=65535)]


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSONL = "jsonl"
