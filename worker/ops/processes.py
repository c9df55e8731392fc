"""The long-running parts: web, worker, beat, watch, and all of them in one process for a small desk."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from waitress.server import create_server

from worker import wiring_state
from worker.celery import app
from worker.domain.errors import MailboxError, UsageError
from worker.tasks import poll_mailbox

log = logging.getLogger(__name__)

THREADS = 4
# Well under the 29 minutes after which servers may hang up on IDLE (RFC 2177).
IDLE_SECONDS = 240.0
WATCH_RETRY_SECONDS = 60.0


class StopSignal:
    """Set by SIGINT or SIGTERM; long loops wait on it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._heard)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait up to ``seconds``; True once we are asked to stop."""
        return self._event.wait(seconds)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self._event.set()


def serve(host: str, port: int) -> Callable[[], None]:
    """Start the desk in a thread; the answer stops it. UsageError where host and port cannot be listened on."""
    from worker.wsgi import application

    try:
        server = create_server(application, host=host, port=port, threads=THREADS, ident="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"The desk cannot listen on {host}, port {port}: {reason}; choose another by --port or --host."
        ) from error
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()

    def stop() -> None:
        server.close()
        thread.join(timeout=5)

    return stop


def work(concurrency: int) -> Callable[[], None]:
    """Start a Celery worker in threads of this process; the answer stops it, letting tasks finish."""
    worker = app.WorkController(
        app=app, pool="threads", concurrency=concurrency, without_gossip=True, without_mingle=True, quiet=True
    )
    thread = threading.Thread(target=worker.start, name="worker", daemon=True)
    thread.start()

    def stop() -> None:
        worker.stop(in_sighandler=False)
        thread.join(timeout=30)

    return stop


def run_worker(concurrency: int) -> None:
    """Run a worker in this process until it is asked to stop; tasks under way are finished first."""
    app.Worker(
        pool="threads", concurrency=concurrency, without_gossip=True, without_mingle=True, loglevel="INFO"
    ).start()


def beat() -> Callable[[], None]:
    """Start the schedule in a thread; the answer stops it."""
    from celery.beat import Scheduler, Service

    service = Service(app, scheduler_cls=Scheduler)
    thread = threading.Thread(target=lambda: service.start(embedded_process=True), name="beat", daemon=True)
    thread.start()

    def stop() -> None:
        service.stop(wait=False)
        thread.join(timeout=10)

    return stop


def watch(name: str, stopped: threading.Event) -> None:
    """Hold IDLE on the first folder of a mailbox and wake its poll; ends when ``stopped`` is set."""
    while not stopped.is_set():
        try:
            _watch_once(name, stopped)
        except MailboxError as error:
            log.warning("mailbox %s: watching rests for a while: %s", name, error.kind)
            stopped.wait(WATCH_RETRY_SECONDS)


def _watch_once(name: str, stopped: threading.Event) -> None:
    with wiring_state.reader(name) as reader:
        if not reader.can_idle():
            stopped.wait(IDLE_SECONDS)
            return
        while not stopped.is_set():
            if reader.wait(reader.folders()[0], IDLE_SECONDS):
                poll_mailbox.delay(name)


def watch_all() -> Callable[[], None]:
    """Watch every mailbox, each in a thread; the answer asks them to stop (they are daemons and never hold it up)."""
    stopped = threading.Event()
    for mailbox in wiring_state.mamori().mailbox:
        threading.Thread(target=watch, args=(mailbox.name, stopped), name=f"watch {mailbox.name}", daemon=True).start()
    return stopped.set


def run(*starts: Callable[[], Callable[[], None]]) -> None:
    """Start parts in order, wait until asked to stop, stop them in reverse order."""
    stop_signal = StopSignal()
    stops: list[Callable[[], None]] = []
    try:
        stops.extend(start() for start in starts)
        stop_signal.wait()
    finally:
        for stop in reversed(stops):
            with suppress(Exception):
                stop()
