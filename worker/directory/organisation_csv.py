"""Organisations from a CSV file: reading and checking, without touching the database."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from worker.directory.domains import is_free_mail, registered
from worker.directory.models import NoticeContact, Organisation
from worker.domain.errors import UsageError

COLUMNS = (
    "name",
    "kind",
    "domains",
    "language",
    "contact_name",
    "contact_title",
    "contact_address",
    "contract_clause",
    "contract_scope",
    "policy_confirmed_on",
    "policy_version",
)
LANGUAGES = ("ja", "en")
LIMIT_BYTES = 5_000_000
LIMIT_ROWS = 20_000
_SCOPE_LENGTH = 5_000
_ERRORS_SHOWN = 200
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_SEPARATORS = re.compile(r"[\s;,、;]+")
# What a spreadsheet would run as a formula when the cell is exported again; a bullet "- text" is none.
_FORMULA = re.compile(r"[=@＝]|[+-]\S")
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong: the row as a spreadsheet counts it (the header is row 1; 0: the whole file), column, sentence."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = f"row {self.row}, column {self.column}: " if self.column else f"row {self.row}: " if self.row else ""
        return f"{place}{self.message}"


@dataclass(frozen=True, slots=True)
class Row:
    """One organisation as written; values are checked, and a blank cell is left out of ``fields``."""

    number: int
    name: str
    fields: Mapping[str, Any]
    domains: tuple[str, ...]
    contact: Mapping[str, str] | None


class _Wrong(Exception):
    """A cell that cannot be taken; its text says why."""


def decode(content: bytes | str) -> str:
    """The text of a CSV file: UTF-8 with or without a mark, else the Japanese Windows encoding. UsageError else."""
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    if len(content) > LIMIT_BYTES:
        raise UsageError(f"The CSV file is larger than {LIMIT_BYTES // 1_000_000} MB; take it in parts.")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError("The CSV file is neither UTF-8 nor Shift_JIS (cp932); save it as UTF-8 and try again.")


def read_rows(text: str) -> tuple[list[Row], list[RowError]]:
    """The rows of ``text``, and everything that is wrong with it; rows count only where nothing is wrong."""
    if len(text) > LIMIT_BYTES:
        return [], [RowError(0, "", f"the file is longer than {LIMIT_BYTES:,} characters; take it in parts")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(number, cells) for number, cells in _numbered(reader) if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        return [], [RowError(reader.line_num, "", f"the line is no valid CSV ({error}); check its quotation marks")]
    return _check_lines(lines)


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(reader, start=1):
        if number > LIMIT_ROWS + 1:
            raise csv.Error(f"more than {LIMIT_ROWS:,} rows; take the file in parts")
        yield number, cells


def _check_lines(lines: list[tuple[int, list[str]]]) -> tuple[list[Row], list[RowError]]:
    if not lines:
        return [], [RowError(0, "", f"the file is empty; its first row names the columns: {', '.join(COLUMNS)}")]
    header = [cell.strip().lower() for cell in lines[0][1]]
    errors = _header_errors(header)
    if errors:
        return [], errors
    rows: list[Row] = []
    for number, cells in lines[1:]:
        row = _read_row(number, header, cells, errors)
        if row is not None:
            rows.append(row)
        if len(errors) >= _ERRORS_SHOWN:
            return [], errors
    errors += _twice(rows)
    return rows, errors


def _header_errors(header: list[str]) -> list[RowError]:
    known = f"known columns are {', '.join(COLUMNS)}"
    errors = [RowError(1, name or "(blank)", f"is not known; {known}") for name in header if name not in COLUMNS]
    errors += [RowError(1, name, "stands twice") for name in COLUMNS if header.count(name) > 1]
    if "name" not in header:
        errors.append(RowError(1, "name", "is missing; every organisation needs one"))
    return errors


def _read_row(number: int, header: list[str], cells: list[str], errors: list[RowError]) -> Row | None:
    if len(cells) > len(header):
        errors.append(RowError(number, "", f"has {len(cells)} cells, the header has {len(header)}"))
        return None
    before = len(errors)
    values: dict[str, Any] = {}
    for column, cell in zip(header, cells, strict=False):
        try:
            values[column] = _CHECKS[column](_safe(cell.strip()))
        except _Wrong as wrong:
            errors.append(RowError(number, column, str(wrong)))
    if len(errors) == before and (wrong_contact := _contact_error(values)):
        errors.append(RowError(number, *wrong_contact))
    return _row(number, values) if len(errors) == before else None


def _safe(cell: str) -> str:
    if any(ord(sign) < 32 and sign not in "\t\r\n" for sign in cell) or "\x7f" in cell:
        raise _Wrong("holds control characters (NUL or the like); type the text again")
    if _FORMULA.match(cell):
        raise _Wrong(f"begins with {cell[0]!r}, which spreadsheets run as a formula; remove it")
    return cell


def _row(number: int, values: dict[str, Any]) -> Row:
    contact = {key: values.get(f"contact_{key}") or "" for key in ("name", "title", "address")}
    plain = ("kind", "language", "contract_clause", "contract_scope", "policy_confirmed_on", "policy_version")
    fields = {key: values[key] for key in plain if values.get(key)}
    return Row(number, values["name"], fields, values.get("domains") or (), contact if contact["address"] else None)


def _contact_error(values: dict[str, Any]) -> tuple[str, str] | None:
    named = values.get("contact_name") or values.get("contact_title")
    if named and not values.get("contact_address"):
        return "contact_address", "is blank though a contact is named; a notice needs an address"
    if values.get("contact_address") and not values.get("contact_name"):
        return "contact_name", "is blank though an address is given; a notice needs somebody responsible"
    return None


def _twice(rows: list[Row]) -> list[RowError]:
    names: dict[str, int] = {}
    domains: dict[str, int] = {}
    errors = []
    for row in rows:
        if (first := names.setdefault(row.name, row.number)) != row.number:
            errors.append(RowError(row.number, "name", f"stands in row {first} already"))
        errors += [
            RowError(row.number, "domains", f"{domain} stands in row {first} already")
            for domain in row.domains
            if (first := domains.setdefault(domain, row.number)) != row.number
        ]
    return errors


def _name(cell: str) -> str:
    if not cell:
        raise _Wrong("is blank; every organisation needs a name")
    return _line(200)(cell)


def _line(length: int) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if len(cell) > length:
            raise _Wrong(f"is longer than {length} characters")
        if "\n" in cell or "\r" in cell:
            raise _Wrong("holds a line break; write it on one line")
        return cell

    return check


def _scope(cell: str) -> str:
    if len(cell) > _SCOPE_LENGTH:
        raise _Wrong(f"is longer than {_SCOPE_LENGTH} characters")
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _choice(values: tuple[str, ...]) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if cell and cell.lower() not in values:
            raise _Wrong(f"{cell[:40]!r} is not known; use {', '.join(values)}")
        return cell.lower()

    return check


def _domains(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_domain(part) for part in _SEPARATORS.split(cell) if part))


def check_domain(text: str) -> str:
    """A mail domain in lower case and ASCII; an error in words where it is none or belongs to no one organisation."""
    name = text.strip().lower().removeprefix("@").rstrip(".")
    try:
        name = name.encode("idna").decode("ascii") if not name.isascii() else name
    except UnicodeError:
        name = ""
    if not _DOMAIN.fullmatch(name) or len(name) > 253:
        raise _Wrong(f"{text[:60]!r} is not a mail domain such as client.example")
    if is_free_mail(name):
        raise _Wrong(f"{name} is a mail service for everybody; its senders belong to no organisation")
    if not registered(name):
        raise _Wrong(f"{name} is a public suffix; write the organisation's own domain")
    return name


def _address(cell: str) -> str:
    if not cell:
        return cell
    try:
        validate_email(cell)
    except ValidationError as error:
        raise _Wrong(f"{cell[:60]!r} is not a mail address") from error
    return _line(254)(cell)


def _date(cell: str) -> date | None:
    if not cell:
        return None
    match = _DATE.fullmatch(cell)
    try:
        return date(*map(int, match.groups())) if match else date.fromisoformat(cell)
    except ValueError as error:
        raise _Wrong(f"{cell[:20]!r} is not a day; write it as 2026-04-01") from error


_CHECKS: Mapping[str, Callable[[str], Any]] = {
    "name": _name,
    "kind": _choice(tuple(Organisation.Kind.values)),
    "domains": _domains,
    "language": _choice(LANGUAGES),
    "contact_name": _line(NoticeContact._meta.get_field("name").max_length or 200),
    "contact_title": _line(200),
    "contact_address": _address,
    "contract_clause": _line(200),
    "contract_scope": _scope,
    "policy_confirmed_on": _date,
    "policy_version": _line(50),
}
