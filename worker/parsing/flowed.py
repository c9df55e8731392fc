"""format=flowed (RFC 3676): soft line breaks joined again, quote levels kept."""

from __future__ import annotations


def unflow(text: str, *, delsp: bool) -> str:
    """``text`` (newlines ``\\n``) with its flowed lines joined; ``delsp``: the space that marks a soft break goes."""
    joined: list[str] = []
    depth_before, soft = -1, False
    for line in text.split("\n"):
        depth, content = _level(line)
        if soft and depth == depth_before and content != "-- ":
            joined[-1] += content
        else:
            joined.append(_prefix(depth) + content)
        soft = content.endswith(" ") and content != "-- "
        if soft and delsp:
            joined[-1] = joined[-1][:-1]
        depth_before = depth
    return "\n".join(joined)


def _level(line: str) -> tuple[int, str]:
    """Quote depth and content of a line, the stuffed space removed."""
    content = line.lstrip(">")
    depth = len(line) - len(content)
    return depth, content.removeprefix(" ")


def _prefix(depth: int) -> str:
    return ">" * depth + " " if depth else ""
