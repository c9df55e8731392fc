"""What a notice may be filled with: plain data of the kinds that its ``notice.yaml`` names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

MAX_TEXT = 5_000
MAX_ITEMS = 100

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


class Kind(StrEnum):
    """What a variable holds. Days and moments are ISO text; groups are mappings, groups of them lists."""

    TEXT = "text"
    DAY = "day"
    MOMENT = "moment"
    NUMBER = "number"
    FLAG = "flag"
    TEXTS = "texts"
    DAYS = "days"
    GROUP = "group"
    GROUPS = "groups"


class Variable(BaseModel):
    """One variable of a notice: its kind, what it means in both languages, and whether it may be empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Kind
    meaning: Annotated[str, StringConstraints(min_length=1)]
    meaning_en: Annotated[str, StringConstraints(min_length=1)]
    optional: bool = False
    fields: dict[str, Variable] = {}

    @model_validator(mode="after")
    def _groups_have_fields(self) -> Variable:
        if bool(self.fields) != (self.type in (Kind.GROUP, Kind.GROUPS)):
            raise ValueError("a group has fields, and nothing else has")
        return self


def complaints(variables: Mapping[str, Variable], data: Any, where: str = "") -> Iterator[str]:
    """Everything in ``data`` that does not fit, one clause of a sentence each; each names its variable.

    Missing and unknown names, wrong kinds, empty ones that may not be, control characters, and what is too long.
    """
    if not isinstance(data, dict):
        yield f"{where.rstrip('.') or 'the data'} is no mapping of names to values"
    else:
        yield from (f"{where}{name} is not a variable of this notice" for name in data if name not in variables)
        yield from _entry_complaints(variables, data, where)


def _entry_complaints(variables: Mapping[str, Variable], data: Mapping[str, Any], where: str) -> Iterator[str]:
    for name, variable in variables.items():
        if name in data:
            yield from _value_complaints(variable, data[name], f"{where}{name}")
        elif not variable.optional:
            yield f"{where}{name} is missing"


def filled(variables: Mapping[str, Variable], data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` with every optional variable that was left out set to its empty value, at every depth."""
    return {name: _filled(variable, data.get(name)) for name, variable in variables.items()}


def _filled(variable: Variable, value: Any) -> Any:
    if variable.type is Kind.GROUP:
        return filled(variable.fields, value or {})
    if variable.type is Kind.GROUPS:
        return [filled(variable.fields, item) for item in value or []]
    return _EMPTY.get(variable.type, "") if value is None else value


_EMPTY: Mapping[Kind, Any] = {Kind.NUMBER: 0, Kind.FLAG: False, Kind.TEXTS: (), Kind.DAYS: ()}


def _value_complaints(variable: Variable, value: Any, where: str) -> Iterator[str]:
    if value is None or value in ("", [], {}):
        if not variable.optional:
            yield f"{where} is empty"
        return
    if variable.type is Kind.GROUP:
        yield from complaints(variable.fields, value, f"{where}.")
    elif variable.type in (Kind.GROUPS, Kind.TEXTS, Kind.DAYS):
        yield from _list_complaints(variable, value, where)
    else:
        yield from _single_complaints(variable.type, value, where)


def _list_complaints(variable: Variable, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, list) or len(value) > MAX_ITEMS:
        yield f"{where} is no list of at most {MAX_ITEMS} items"
    elif variable.type is Kind.GROUPS:
        for number, item in enumerate(value):
            yield from complaints(variable.fields, item, f"{where}.{number}.")
    else:
        kind = Kind.DAY if variable.type is Kind.DAYS else Kind.TEXT
        for number, item in enumerate(value):
            yield from _single_complaints(kind, item, f"{where}.{number}")


def _single_complaints(kind: Kind, value: Any, where: str) -> Iterator[str]:
    expected = bool if kind is Kind.FLAG else int if kind is Kind.NUMBER else str
    if type(value) is not expected:
        yield f"{where} is a {type(value).__name__}, not a {kind.value}"
    elif isinstance(value, str):
        yield from _text_complaints(kind, value, where)


def _text_complaints(kind: Kind, value: str, where: str) -> Iterator[str]:
    if len(value) > MAX_TEXT:
        yield f"{where} is longer than {MAX_TEXT} characters"
    elif _CONTROL.search(value):
        yield f"{where} has a control character"
    elif not _is_date(kind, value):
        yield f"{where} is no {kind.value} in ISO form"


def _is_date(kind: Kind, value: str) -> bool:
    try:
        if kind is Kind.DAY:
            date.fromisoformat(value)
        elif kind is Kind.MOMENT:
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
