"""Several workers at once, in threads with connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(works: list[Callable[[], T]]) -> list[T]:
    """Begin all ``works`` at the same moment, each in a thread; their results in order, or the first error raised."""
    from django.db import connections

    start = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        try:
            start.wait(20)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(run, work) for work in works]
        return [future.result(60) for future in futures]
