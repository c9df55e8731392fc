"""A company's policy read from YAML: ``rules/policies/<name>.yaml``, or a site's own file, checked strictly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from worker.domain.errors import RuleError
from worker.domain.judgement import Category
from worker.domain.policy import Clause, ClauseKind, Contact, Policy, Rung, Target
from worker.resources import shipped

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Reference = Annotated[str, StringConstraints(pattern=r"^(rule|detector|form|rung|notice|page|task):[a-z0-9_./-]+$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Clause(_Entry):
    id: Text
    kind: ClauseKind
    title: Text
    title_en: Text
    text: Text
    text_en: Text
    target: Target = Target.ANY
    named: tuple[Category, ...] = ()
    also: tuple[Category, ...] = ()
    residual: tuple[Category, ...] = ()
    rules: tuple[Text, ...] = ()
    served_by: tuple[Reference, ...] = ()
    to_come: str = ""
    to_come_en: str = ""
    title_zh: str = ""
    text_zh: str = ""


class _Rung(_Entry):
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")]
    title: Text
    title_en: Text
    clause: Text
    decided_by: Literal["desk", "manager", "executive"]
    notices: tuple[Text, ...] = ()


class _Contact(_Entry):
    purpose: Text
    purpose_en: Text
    name: Text
    name_en: Text
    address: str = ""
    telephone: str = ""
    hours: str = ""
    hours_en: str = ""
    clauses: tuple[Text, ...] = ()


class _Policy(_Entry):
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")]
    company: Text
    company_en: Text
    title: Text
    title_en: Text
    title_zh: str = ""
    version: Text
    clauses: tuple[_Clause, ...] = Field(min_length=1)
    rungs: tuple[_Rung, ...] = ()
    contacts: tuple[_Contact, ...] = ()


def load_policy(name_or_path: str, site: Path | None = None) -> Policy:
    """The policy of that name (``upshare``) or at that path (``house/policy.yaml``).

    A name is looked for in ``site``/rules/policies first (``site`` is the site's own folder), then among the shipped
    ones. RuleError names the file and the key, and says which names there are where it is not found.
    """
    path = _find(name_or_path, site)
    return _checked(path, _read(path))


def policy_names(site: Path | None = None) -> list[str]:
    """The names that :func:`load_policy` finds, sorted; a site's own and the shipped ones."""
    return sorted({path.stem for folder in _folders(site) for path in folder.glob("*.yaml")})


def _folders(site: Path | None) -> list[Path]:
    own = [site / "rules" / "policies"] if site else []
    return [*own, shipped("rules") / "policies"]


def _find(name_or_path: str, site: Path | None) -> Path:
    if name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    if re.fullmatch(r"[A-Za-z0-9_-]+", name_or_path):
        for folder in _folders(site):
            if (folder / f"{name_or_path}.yaml").is_file():
                return folder / f"{name_or_path}.yaml"
    known = ", ".join(policy_names(site))
    raise RuleError(f"There is no policy {name_or_path!r}; name one of {known}, or give the path of a .yaml file.")


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"The policy {path} could not be read: {error}.") from error
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise RuleError(f"{path} is not valid YAML: {where}.") from error


def _checked(path: Path, data: Any) -> Policy:
    try:
        entry = _Policy.model_validate(data)
    except ValidationError as error:
        raise RuleError(_fault(path, data, error)) from error
    for complaint in _complaints(entry):
        raise RuleError(f"{path}: {complaint}.")
    return _policy(entry)


def _fault(path: Path, data: Any, error: ValidationError) -> str:
    """One sentence about the first fault, with the id of the clause or rung where there is one."""
    fault = error.errors(include_url=False)[0]
    keys = ".".join(str(part) for part in fault["loc"]) or "the file"
    known = "is not a known key; remove or correct it" if fault["type"] == "extra_forbidden" else fault["msg"]
    return f"{path}: {keys}{_id_of(data, fault['loc'])}: {known}."


def _id_of(data: Any, loc: tuple[str | int, ...]) -> str:
    try:
        return f" ({data[loc[0]][loc[1]]['id']})"
    except (LookupError, TypeError):
        return ""


def _complaints(entry: _Policy) -> Iterable[str]:
    """What single entries cannot know: doubles, and references between clauses, rungs and contacts."""
    clauses = {clause.id: clause for clause in entry.clauses}
    rungs = {rung.id for rung in entry.rungs}
    yield from _doubles("clauses", (clause.id for clause in entry.clauses))
    yield from _doubles("rungs", (rung.id for rung in entry.rungs))
    for clause in entry.clauses:
        yield from _clause_complaints(clause, rungs)
    for rung in entry.rungs:
        if rung.clause not in clauses:
            yield f"rungs ({rung.id}).clause names {rung.clause!r}, which is no clause of this policy"
    for number, contact in enumerate(entry.contacts):
        for clause_id in contact.clauses:
            if clause_id not in clauses or clauses[clause_id].kind is not ClauseKind.CONTACT:
                yield f"contacts.{number}.clauses names {clause_id!r}, which is no contact clause of this policy"


def _doubles(key: str, ids: Iterable[str]) -> Iterable[str]:
    return (f"{key} has the id {name!r} more than once" for name, times in Counter(ids).items() if times > 1)


def _clause_complaints(clause: _Clause, rungs: set[str]) -> Iterable[str]:
    where = f"clauses ({clause.id})"
    for category, times in Counter((*clause.named, *clause.also, *clause.residual)).items():
        if times > 1:
            yield f"{where} lists the category {category.value!r} more than once"
    if clause.kind is not ClauseKind.CONDUCT and (clause.named or clause.also):
        yield f"{where} names categories, but only a clause of kind conduct can"
    for reference in clause.served_by:
        kind, _, name = reference.partition(":")
        if kind == "rung" and name not in rungs:
            yield f"{where}.served_by names {reference!r}, which is no rung of this policy"


def _policy(entry: _Policy) -> Policy:
    plain = entry.model_dump()
    return Policy(
        **{
            **plain,
            "clauses": tuple(Clause(**clause) for clause in plain["clauses"]),
            "rungs": tuple(Rung(**rung) for rung in plain["rungs"]),
            "contacts": tuple(Contact(**contact) for contact in plain["contacts"]),
        }
    )
