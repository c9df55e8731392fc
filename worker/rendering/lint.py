"""Faults of notice folders, found before anybody needs the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from worker.domain.errors import NoticeError
from worker.rendering.notices import NoticeTemplate, load_notice, notice_names

_KNOWN_FILE = re.compile(r"notice\.yaml|sample\.yaml|subject\.[a-z]{2}\.txt|body\.[a-z]{2}\.(txt|html)")
_UNWANTED = ("加害者", "加害行為", "悪質クレーマー")
"""Words that no letter uses: it speaks of the counterpart and of what was said, not of an offender."""


def lint_notices(folder: Path) -> list[str]:
    """Every fault of the notices in ``folder`` (``<policy>/<name>/``), one sentence each; an empty list is a pass."""
    faults = (fault for name in notice_names([folder]) for fault in _notice_faults(name, folder))
    return list(dict.fromkeys(faults))


def _notice_faults(name: str, folder: Path) -> list[str]:
    try:
        template = load_notice(name, [folder])
    except NoticeError as error:
        return [str(error)]
    return [*_file_faults(template), *_language_faults(template), *_unused(template)]


def _file_faults(template: NoticeTemplate) -> Iterator[str]:
    for file, text in template.files.items():
        if not _KNOWN_FILE.fullmatch(file):
            yield f"Notice {template.name}: {file} is no file of a notice; remove it."
        for word in _UNWANTED:
            if word in text:
                yield f"Notice {template.name}, {file}: says {word}; say 相手方, or what was said."


def _language_faults(template: NoticeTemplate) -> Iterator[str]:
    names = frozenset(template.manifest.variables)
    for language in template.languages:
        sandbox = template.sandbox(language)
        try:
            for file in _parts(template, language):
                yield from (f"{fault}." for fault in sandbox.faults(file, names))
            sample = template.sample(language)
            template.render(language, sample)
            for missing in template.missing(sample):
                yield f"Notice {template.name}, sample.yaml: {language} lacks the required {missing}."
        except NoticeError as error:
            yield str(error)


def _unused(template: NoticeTemplate) -> Iterator[str]:
    for language in template.languages:
        sandbox = template.sandbox(language)
        used = {name for file in _parts(template, language) for name in sandbox.names(file)}
        for name in sorted(set(template.manifest.variables) - used):
            yield f"Notice {template.name}: {name} is declared but not used in {language}."


def _parts(template: NoticeTemplate, language: str) -> list[str]:
    files = (f"subject.{language}.txt", f"body.{language}.txt", f"body.{language}.html")
    return [file for file in files if file in template.files]
