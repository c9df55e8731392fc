"""The narrow Jinja2 that letters are written in: no calls, no arithmetic that grows, no undefined names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment

from worker.domain.errors import NoticeError
from worker.rendering.dates import day, moment

MAX_OUTPUT = 60_000
"""Characters of one rendered part; a letter of twenty pages has fewer."""

MAX_NESTED_LOOPS = 2

_FILTERS = frozenset({"first", "join", "last", "length", "trim"})
_FORBIDDEN: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.Call, "a call"),
    (nodes.Mul, "a multiplication"),
    (nodes.Pow, "a power"),
    (nodes.Mod, "a text format"),
    (nodes.Include, "an include"),
    (nodes.Import, "an import"),
    (nodes.FromImport, "an import"),
    (nodes.Extends, "an extends"),
    (nodes.Macro, "a macro"),
    (nodes.CallBlock, "a call block"),
    (nodes.Block, "a block"),
    (nodes.MarkSafe, "unescaped HTML"),
    (nodes.ScopedEvalContextModifier, "a change of escaping"),
)


class Sandbox:
    """One notice's templates, by file name, in one language. ``read`` gives a file's text or None."""

    def __init__(self, read: Callable[[str], str | None], language: str, notice: str) -> None:
        self._notice = notice
        self._read = read
        self._environment = _environment(read, language)

    def render(self, file: str, values: Mapping[str, Any]) -> str:
        """The file filled with ``values``; NoticeError names notice, file, line and what was undefined or too long.

        Ask :meth:`faults` first: a file that is no template raises Jinja2's own error here.
        """
        template = self._environment.get_template(file)
        try:
            return _limited(template, values)
        except (TemplateError, TypeError, ValueError, OverflowError) as error:
            raise NoticeError(f"{self._place(file, _line_of(error, file))}: {error}.") from error

    def faults(self, file: str, names: frozenset[str]) -> list[str]:
        """What is wrong with the file before any data: its syntax, forbidden constructs, names that are no variable."""
        try:
            tree, used = self._tree(file)
        except TemplateSyntaxError as error:
            return [f"{self._place(file, error.lineno)}: {error.message}"]
        found = [f"{self._place(file, line)}: {what} is not allowed in a notice" for line, what in _forbidden(tree)]
        unknown = sorted(used - names)
        return [*found, *(f"{self._place(file, _line_with(tree, n))}: {n!r} is not a variable" for n in unknown)]

    def names(self, file: str) -> set[str]:
        """The variables that the file uses; none where it is no template."""
        try:
            return self._tree(file)[1]
        except TemplateSyntaxError:
            return set()

    def _tree(self, file: str) -> tuple[nodes.Template, set[str]]:
        tree = self._environment.parse(self._read(file) or "", file, file)
        return tree, find_undeclared_variables(tree)

    def _place(self, file: str, line: int | None) -> str:
        return f"Notice {self._notice}, {file}" + (f", line {line}" if line else "")


def _environment(read: Callable[[str], str | None], language: str) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=FunctionLoader(lambda name: None if (text := read(name)) is None else (text, name, None)),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    kept = {name: environment.filters[name] for name in _FILTERS}
    environment.filters.clear()
    environment.filters.update(kept, day=partial(day, language=language), moment=partial(moment, language=language))
    return environment


def _limited(template: Template, values: Mapping[str, Any]) -> str:
    parts, length = [], 0
    for part in template.generate(values):
        length += len(part)
        if length > MAX_OUTPUT:
            raise OverflowError(f"the letter is longer than {MAX_OUTPUT} characters")
        parts.append(part)
    return "".join(parts)


def _forbidden(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    for kind, what in _FORBIDDEN:
        yield from ((node.lineno, what) for node in tree.find_all(kind))
    yield from ((loop.lineno, "a loop in a loop in a loop") for loop in _deep_loops(tree, 0))


def _deep_loops(node: nodes.Node, depth: int) -> Iterator[nodes.For]:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.For):
            if depth == MAX_NESTED_LOOPS or child.recursive:
                yield child
            yield from _deep_loops(child, depth + 1)
        else:
            yield from _deep_loops(child, depth)


def _line_with(tree: nodes.Template, name: str) -> int:
    return next(node.lineno for node in tree.find_all(nodes.Name) if node.name == name)


def _line_of(error: BaseException, file: str) -> int | None:
    """The line of the template that the error came from."""
    line, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
