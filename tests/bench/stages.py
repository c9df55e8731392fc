"""A round in this process by the product's own tasks, with a clock at each stage; started by ``polling.py``.

Run: ``MAMORI_CONFIG=… python -m tests.bench.stages [PROFILE]``. At each line on stdin, whatever lies in the mailbox by
then is taken through all stages, and a line said. At the end of stdin it prints one JSON object: seconds by stage,
seconds of each round, what was found. With PROFILE, a file, ``cProfile`` looks on and all takes longer.
"""

from __future__ import annotations

import cProfile
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from resource import RUSAGE_SELF, getrusage
from typing import Any

from worker.cli.boot import boot, migrate


class Clock:
    """Seconds by stage, added up."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the block for ``stage``."""
        begun = time.perf_counter()
        yield
        self.seconds[stage] += time.perf_counter() - begun


def main() -> None:
    """Take every mail of the mailbox through, and print what it took."""
    settings = boot(None)
    migrate()
    from worker import tasks, wiring_state

    tasks.wake = lambda task: None  # stage by stage here, not one from the other
    wiring_state.judge()
    name, clock, portions = settings.mailbox[0].name, Clock(), []
    looking_on = cProfile.Profile() if len(sys.argv) > 1 else None
    with looking_on or nullcontext():
        print("ready", flush=True)
        for _ in sys.stdin:
            begun = time.process_time()
            with clock("listed"):
                ranges = tasks.plan_round(name)
            with clock("fetched and stored"):
                _each(ranges, lambda work: tasks.store_range(name, work))
            with clock("read and threaded"):
                _each(range(tasks.SHARES), tasks.read_due)
            with clock("assessed, cases opened"):
                _each(range(tasks.SHARES), tasks.assess_due)
            portions.append(time.process_time() - begun)
            print("done", flush=True)
    if looking_on:
        looking_on.dump_stats(sys.argv[1])
    memory = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"stages": clock.seconds, "portions": portions, "megabytes": memory, **_found()}))


def _each(things: Any, do: Callable[[Any], object]) -> None:
    for thing in things:
        do(thing)


def _found() -> dict[str, int]:
    from worker.cases.models import Assessment, Case
    from worker.inbox.models import Message, Thread

    return {
        "mails": Message.objects.filter(state="read").count(),
        "threads": Thread.objects.filter(merged_into=None).count(),
        "waiting": Thread.objects.filter(merged_into=None, dirty=True).count(),
        "assessments": Assessment.objects.count(),
        "flagged": Assessment.objects.filter(flag=True).count(),
        "cases": Case.objects.count(),
    }


if __name__ == "__main__":
    main()
