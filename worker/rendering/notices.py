"""A notice is a folder: ``notice.yaml``, ``subject.<lang>.txt``, ``body.<lang>.txt`` and ``.html``, ``sample.yaml``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.domain.errors import NoticeError
from worker.rendering.sandbox import Sandbox
from worker.rendering.variables import Kind, Variable, complaints, filled
from worker.resources import shipped

MAX_SUBJECT = 150

Audience = Literal["organisation", "person", "manager", "account_owner", "consultation", "lawyer", "police", "provider"]


class Manifest(BaseModel):
    """``notice.yaml``. ``required`` are dotted names that must be filled before a letter can be submitted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    title_en: str
    audience: Audience
    policy: str = ""
    rung: str = ""
    clauses: tuple[str, ...] = ()
    authors: tuple[Literal["desk", "manager", "executive"], ...] = Field(min_length=1)
    approvers: tuple[Literal["manager", "executive"], ...] = ()
    delivery: Literal["mail", "post"] = "mail"
    required: tuple[str, ...] = ()
    variables: dict[str, Variable]


@dataclass(frozen=True, slots=True)
class RenderedNotice:
    """A letter's subject (one line), text and HTML ("" where the notice has none in that language)."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class NoticeTemplate:
    """A notice folder as read. ``files`` holds every file's text by name; ``digest`` covers them all (SHA-256, hex)."""

    name: str
    folder: Path
    manifest: Manifest
    files: Mapping[str, str]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the letter can be written in, sorted."""
        found = (re.fullmatch(r"body\.([a-z]{2})\.txt", file) for file in self.files)
        return tuple(sorted(match[1] for match in found if match))

    @property
    def digest(self) -> str:
        """What this version of the template is known by."""
        joined = "\0".join(f"{name}\0{self.files[name]}" for name in sorted(self.files))
        return hashlib.sha256(joined.encode()).hexdigest()

    def render(self, language: str, variables: Mapping[str, Any]) -> RenderedNotice:
        """The letter in ``language`` filled with plain data (text, numbers, flags, lists, mappings).

        NoticeError names the notice and the variable that is missing, unknown or of the wrong kind, or the file and
        line of the template that could not be filled.
        """
        values = self._values(language, variables)
        subject = self._part(language, f"subject.{language}.txt", values).strip()
        if len(subject.splitlines()) != 1 or len(subject) > MAX_SUBJECT:
            raise NoticeError(
                f"Notice {self.name} in {language}: the subject must be one line of at most {MAX_SUBJECT} characters."
            )
        text = self._part(language, f"body.{language}.txt", values)
        page = f"body.{language}.html"
        return RenderedNotice(subject, text, self._part(language, page, values) if page in self.files else "")

    def missing(self, variables: Mapping[str, Any]) -> list[str]:
        """Which of the required facts are not there yet, as dotted names; an empty list lets it be submitted.

        A name into a list ("facts.quote") asks that at least one item has it.
        """
        return [name for name in self.manifest.required if not _has(variables, name.split("."))]

    def sample(self, language: str) -> dict[str, Any]:
        """The sample data for ``language`` from ``sample.yaml``; NoticeError where there is none."""
        data = _yaml(self.name, "sample.yaml", self.files.get("sample.yaml", ""))
        if not isinstance(data, dict) or not isinstance(data.get(language), dict):
            raise NoticeError(f"Notice {self.name}, sample.yaml: there is no sample for {language!r}; add one.")
        sample: dict[str, Any] = data[language]
        return sample

    def sandbox(self, language: str) -> Sandbox:
        """The templates of this notice for ``language``."""
        return Sandbox(self.files.get, language, f"{self.name} in {language}")

    def _part(self, language: str, file: str, values: Mapping[str, Any]) -> str:
        sandbox = self.sandbox(language)
        for fault in sandbox.faults(file, frozenset(self.manifest.variables)):
            raise NoticeError(f"{fault}.")
        return sandbox.render(file, values)

    def _values(self, language: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        if language not in self.languages:
            known = ", ".join(self.languages)
            raise NoticeError(f"Notice {self.name} is not written in {language!r}; it is in {known}.")
        for complaint in complaints(self.manifest.variables, dict(variables)):
            raise NoticeError(f"Notice {self.name} in {language}: {complaint}.")
        return filled(self.manifest.variables, variables)


def notice_folders(site: Path | None = None) -> list[Path]:
    """Where notices are looked for, in order: the site's own ``notices`` folder, then the shipped one."""
    own = [site / "notices"] if site else []
    return [*own, shipped("templates") / "notices"]


def notice_names(folders: Sequence[Path]) -> list[str]:
    """The names ("upshare/notice") of all notices in these folders, sorted."""
    manifests = (manifest for folder in folders for manifest in folder.glob("*/*/notice.yaml"))
    return sorted({f"{manifest.parent.parent.name}/{manifest.parent.name}" for manifest in manifests})


def load_notice(name: str, folders: Sequence[Path]) -> NoticeTemplate:
    """The notice of that name from the first folder that has it, checked; NoticeError names what is wrong."""
    if re.fullmatch(r"[a-z0-9_-]+/[a-z0-9_-]+", name):
        for folder in folders:
            if (folder / name / "notice.yaml").is_file():
                return _load(name, folder / name)
    known = ", ".join(notice_names(folders)) or "none"
    raise NoticeError(f"There is no notice {name!r}; known: {known}.")


def _load(name: str, folder: Path) -> NoticeTemplate:
    files = {path.name: _text(name, path) for path in sorted(folder.iterdir()) if path.is_file()}
    template = NoticeTemplate(name, folder, _manifest(name, files["notice.yaml"]), files)
    if not template.languages:
        raise NoticeError(f"Notice {name} has no body.<lang>.txt; add one, such as body.ja.txt.")
    for language in template.languages:
        if f"subject.{language}.txt" not in files:
            raise NoticeError(f"Notice {name} has body.{language}.txt but no subject.{language}.txt; add it.")
    return template


def _text(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoticeError(f"Notice {name}, {path.name} could not be read: {error}.") from error


def _manifest(name: str, text: str) -> Manifest:
    try:
        manifest = Manifest.model_validate(_yaml(name, "notice.yaml", text))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        keys = ".".join(str(part) for part in fault["loc"]) or "the file"
        known = "is not a known key; remove or correct it" if fault["type"] == "extra_forbidden" else fault["msg"]
        raise NoticeError(f"Notice {name}, notice.yaml: {keys}: {known}.") from error
    for required in manifest.required:
        if not _declared(manifest.variables, required.split(".")):
            raise NoticeError(f"Notice {name}, notice.yaml: required names {required!r}, which is no variable.")
    return manifest


def _yaml(name: str, file: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise NoticeError(f"Notice {name}, {file} is not valid YAML: {where}.") from error


def _declared(variables: Mapping[str, Variable], path: list[str]) -> bool:
    variable = variables.get(path[0])
    if variable is None or len(path) == 1:
        return variable is not None
    return variable.type in (Kind.GROUP, Kind.GROUPS) and _declared(variable.fields, path[1:])


def _has(value: Any, path: list[str]) -> bool:
    if isinstance(value, list) and path:
        return any(_has(item, path) for item in value)
    if not path:
        return bool(value)
    return isinstance(value, Mapping) and _has(value.get(path[0]), path[1:])
