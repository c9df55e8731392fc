"""Organisations from CSV: all or nothing, each fault with its row and column."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from worker.directory.models import AuditEntry, Counterpart, NoticeContact, Organisation, OrganisationDomain
from worker.directory.organisation_csv import COLUMNS, LIMIT_BYTES, LIMIT_ROWS
from worker.directory.services import counterpart_of, import_organisations
from worker.domain.errors import UsageError
from worker.domain.mail import Address

pytestmark = pytest.mark.django_db
FULL = {
    "name": "株式会社甲", "kind": "client", "domains": "kou.example; mail.kou.example", "language": "ja",
    "contact_name": "佐藤 一郎", "contact_title": "総務部長", "contact_address": "sato@kou.example",
    "contract_clause": "第12条", "contract_scope": "- 監視\n- 一次対応", "policy_confirmed_on": "2026/4/1", "policy_version": "2",
}  # fmt: skip


def _csv(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _errors(text: str | bytes) -> list[str]:
    return [str(each) for each in import_organisations(text).errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_full_row(encoding: str) -> None:
    """A row with everything makes the organisation, its domains and its contact, in each usual encoding."""
    result = import_organisations(_csv(FULL).encode(encoding))
    assert (result.added, result.changed, result.unchanged, result.errors) == (1, 0, 0, ())
    made = Organisation.objects.get()
    assert (made.name, made.kind, made.language, made.contract_clause) == ("株式会社甲", "client", "ja", "第12条")
    assert (made.contract_scope, made.policy_confirmed_on) == ("- 監視\n- 一次対応", date(2026, 4, 1))
    assert set(made.domains.values_list("domain", flat=True)) == {"kou.example", "mail.kou.example"}
    assert list(made.contacts.values_list("name", "title", "address")) == [
        ("佐藤 一郎", "総務部長", "sato@kou.example")
    ]


def test_again_changes_nothing() -> None:
    """The same file again leaves everything as it was."""
    import_organisations(_csv(FULL))
    result = import_organisations(_csv(FULL))
    assert (result.added, result.changed, result.unchanged) == (0, 0, 1)
    assert (Organisation.objects.count(), NoticeContact.objects.count(), OrganisationDomain.objects.count()) == (
        1,
        1,
        2,
    )


def test_blank_cells_leave_what_is_there() -> None:
    """A later file with some columns changes these alone; the preview names them and changes nothing."""
    import_organisations(_csv(FULL))
    later = _csv(
        {"name": "株式会社甲", "contract_clause": "第13条"}, {"name": "乙"}, columns=("name", "contract_clause")
    )
    preview = import_organisations(later, preview=True)
    assert [(each.row, each.name, each.outcome, each.columns) for each in preview.changes] == [
        (2, "株式会社甲", "changed", ("contract_clause",)),
        (3, "乙", "added", ()),
    ]
    assert Organisation.objects.get().contract_clause == "第12条"
    import_organisations(later)
    changed = Organisation.objects.get(name="株式会社甲")
    assert (changed.contract_clause, changed.policy_version, changed.domains.count()) == ("第13条", "2", 2)


def test_contact_by_address() -> None:
    """A contact known by its address is changed, another one is added."""
    import_organisations(_csv(FULL))
    import_organisations(_csv({**FULL, "contact_title": "部長", "contact_address": "SATO@kou.example"}))
    assert list(NoticeContact.objects.values_list("title", flat=True)) == ["部長"]
    result = import_organisations(_csv({**FULL, "contact_address": "mori@kou.example"}))
    assert result.changes[0].columns == ("contact_address",)
    assert NoticeContact.objects.count() == 2


def test_domains_replace_and_change_hands() -> None:
    """A filled domains cell replaces the domains; one file can move a domain from one organisation to another."""
    import_organisations(_csv({"name": "甲", "domains": "a.example b.example"}, {"name": "乙", "domains": "c.example"}))
    person = counterpart_of(Address("", "x@b.example"))
    result = import_organisations(
        _csv({"name": "乙", "domains": "b.example、c.example"}, {"name": "甲", "domains": "a.example"})
    )
    assert (result.changed, result.errors) == (2, ())
    person.refresh_from_db()
    assert person.organisation == Organisation.objects.get(name="乙")


def test_domain_given_up_unlinks_its_people() -> None:
    """People of a domain that was given up belong to nobody."""
    import_organisations(_csv({"name": "甲", "domains": "a.example b.example"}))
    counterpart_of(Address("", "x@b.example"))
    import_organisations(_csv({"name": "甲", "domains": "a.example"}))
    assert Counterpart.objects.get().organisation is None


def test_import_links_known_people() -> None:
    """People known before their organisation are linked by the import; the log tells counts alone."""
    counterpart_of(Address("", "x@mail.kou.example"))
    import_organisations(_csv(FULL), actor="hanako")
    assert Counterpart.objects.get().organisation == Organisation.objects.get()
    assert AuditEntry.objects.values_list("actor", "action", "detail")[0] == (
        "hanako", "directory.import", {"added": 1, "changed": 0, "unchanged": 0},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("name", "", "blank"),
        ("name", "甲" * 201, "longer than 200"),
        ("name", "二行\nの名", "line break"),
        ("name", "=cmd|'/c calc'!A1", "formula"),
        ("name", "＝SUM(A1)", "formula"),
        ("contact_title", "@SUM(1)", "formula"),
        ("policy_version", "+1+1", "formula"),
        ("contract_clause", "-2+3", "formula"),
        ("contract_scope", "監視\x00業務", "control"),
        ("contract_scope", "あ" * 5001, "longer than 5000"),
        ("kind", "friend", "client, partner, supplier"),
        ("language", "fr", "ja, en"),
        ("domains", "not a domain", "not a mail domain"),
        ("domains", "http://kou.example/", "not a mail domain"),
        ("domains", "a..example", "not a mail domain"),
        ("domains", f"{'a' * 70}.example", "not a mail domain"),
        ("domains", "gmail.com", "for everybody"),
        ("domains", "co.jp", "public suffix"),
        ("contact_address", "sato", "not a mail address"),
        ("contact_address", "a@kou.example, b@kou.example", "not a mail address"),
        ("policy_confirmed_on", "令和8年4月1日", "2026-04-01"),
        ("policy_confirmed_on", "2026-02-30", "2026-04-01"),
        ("policy_version", "9" * 51, "longer than 50"),
    ],
)
def test_wrong_cells(column: str, cell: str, words: str) -> None:
    """A wrong cell is named by row and column with the way out, and no row of the file is taken."""
    (error,) = _errors(_csv({"name": "乙"}, {**FULL, column: cell}))
    assert error.startswith(f"row 3, column {column}: ")
    assert words in error
    assert Organisation.objects.count() == 0


def test_all_faults_at_once() -> None:
    """Every fault of a file is told in one go."""
    errors = _errors(_csv({"name": "", "kind": "x"}, {"name": "乙", "language": "xx"}, {"name": "乙"}))
    assert [each.split(":")[0] for each in errors] == [
        "row 2, column name",
        "row 2, column kind",
        "row 3, column language",
    ]


def test_twice_in_the_file() -> None:
    """A name or a domain that stands twice is named with the row where it stood first."""
    errors = _errors(
        _csv({"name": "甲", "domains": "a.example"}, {"name": "甲"}, {"name": "乙", "domains": "A.example"})
    )
    assert errors == [
        "row 3, column name: stands in row 2 already",
        "row 4, column domains: a.example stands in row 2 already",
    ]


def test_domain_of_another() -> None:
    """A domain that another organisation has is refused, and the rest of the file with it."""
    import_organisations(_csv({"name": "甲", "domains": "a.example"}))
    assert _errors(_csv({"name": "丙"}, {"name": "乙", "domains": "a.example"})) == [
        "row 3, column domains: a.example belongs to 甲 already"
    ]
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("kind\nclient\n", "row 1, column name: is missing"),
        ("name,colour\n甲,red\n", "row 1, column colour: is not known"),
        ("name,name\n甲,乙\n", "row 1, column name: stands twice"),
        ("name,\n甲,\n", "column (blank): is not known"),
        ("name,kind\n甲,client,x\n", "row 2: has 3 cells, the header has 2"),
        ('name\n"甲\n', "no valid CSV"),
        ('name\n"甲"乙\n', "no valid CSV"),
        ("name\n" + "a" * 200_000, "no valid CSV"),
        ("name,contact_name\n甲,佐藤\n", "row 2, column contact_address: is blank"),
        ("name,contact_address\n甲,a@a.example\n", "row 2, column contact_name: is blank"),
        ("name\n" + "甲\n" * (LIMIT_ROWS + 1), "more than"),
        ("name\n" + "あ" * LIMIT_BYTES, "longer than"),
    ],
    ids=range(14),
)
def test_wrong_files(text: str, words: str) -> None:
    """A file that is wrong as a whole, or far too large, is refused in a sentence."""
    assert words in "\n".join(_errors(text))
    assert Organisation.objects.count() == 0


def test_errors_have_an_end() -> None:
    """A file full of faults does not fill the screen."""
    assert len(_errors(_csv(*({"name": f"{n}", "kind": "x"} for n in range(5000))))) == 200


def test_bytes_that_are_no_text() -> None:
    """Bytes in no known encoding, and too many of them, are refused."""
    with pytest.raises(UsageError, match="neither UTF-8 nor"):
        import_organisations(b"name\n\xff\xff\x81")
    with pytest.raises(UsageError, match="larger than"):
        import_organisations(b"a" * (LIMIT_BYTES + 1))


def test_short_rows_and_blank_lines() -> None:
    """Rows that end early and blank lines are no fault; a Japanese domain is kept in its ASCII form."""
    result = import_organisations("name,kind,domains\n\n甲\n乙,partner,日本語.example\n,,\n")
    assert result.added == 2
    assert OrganisationDomain.objects.get().domain == "xn--wgv71a119e.example"
