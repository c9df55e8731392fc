"""The object of ``mamori show``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.parsing import describe, read_mail

FORMATS = Path(__file__).parents[2] / "docs" / "formats"
SCHEMA: dict[str, Any] = json.loads((FORMATS / "show.schema.json").read_text(encoding="utf-8"))
CHECK = jsonschema.Draft202012Validator(SCHEMA)


def test_the_sample() -> None:
    """The sample in the documentation is what the sample mail gives, and fits its schema."""
    name = "docs/formats/show.sample.eml"
    found = describe(name, read_mail((FORMATS / "show.sample.eml").read_bytes()))
    assert found == json.loads((FORMATS / "show.sample.json").read_text(encoding="utf-8"))
    CHECK.validate(found)


@pytest.mark.parametrize("raw", [b"", b"\0", b"Date: x\n\n", b"Auto-Submitted: auto-replied\n\nx", b"\xff" * 50])
def test_any_bytes_give_one_object(raw: bytes) -> None:
    """Whatever the bytes, one object comes out that fits the schema and can be written as JSON."""
    found = describe("a.eml", read_mail(raw))
    CHECK.validate(found)
    assert json.loads(json.dumps(found)) == found


@given(st.binary(max_size=400))
def test_random_bytes(raw: bytes) -> None:
    """Random bytes give an object that fits the schema and encodes as UTF-8."""
    found = describe("a.eml", read_mail(raw))
    CHECK.validate(found)
    assert json.dumps(found, ensure_ascii=False).encode("utf-8")
