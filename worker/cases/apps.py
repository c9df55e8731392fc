"""The app of cases; it listens to the inbox for threads that became one."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases, assessments, decisions, incidents."""

    name = "worker.cases"

    def ready(self) -> None:
        """Begin to listen."""
        from worker.inbox.services import threads_merged

        threads_merged.connect(_move_threads, dispatch_uid="cases.move_threads")


def _move_threads(sender: object, survivor: int, merged: list[int], **_: Any) -> None:
    """Models are loaded only once every app is ready."""
    from worker.cases.opening import follow_merge
    from worker.domain.clock import now

    follow_merge(survivor, merged, now())
