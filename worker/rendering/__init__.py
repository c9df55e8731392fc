"""Letters from notice folders and plain data: sandboxed, strict, without Django or network."""

from worker.rendering.lint import lint_notices
from worker.rendering.notices import (
    Manifest,
    NoticeTemplate,
    RenderedNotice,
    load_notice,
    notice_folders,
    notice_names,
)

__all__ = [
    "Manifest",
    "NoticeTemplate",
    "RenderedNotice",
    "lint_notices",
    "load_notice",
    "notice_folders",
    "notice_names",
]
