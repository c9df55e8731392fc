"""Short claims on work, and how each mailbox's rounds went."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from worker.domain import clock
from worker.domain.errors import MamoriError
from worker.domain.text import fit
from worker.inbox.models import Lease, Mailbox, Pulse

#: The wait after the first failed round, doubled for each further one up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
_LOOK_AGAIN = 0.25
_JITTER = 0.2


def lease(name: str, owner: str, seconds: float, now: datetime | None = None) -> bool:
    """Claim or renew ``name`` for ``owner``; False while another holds it. It ends by itself after ``seconds``."""
    moment = now or clock.now()
    until = moment + timedelta(seconds=seconds)
    free = Q(owner=owner) | Q(until__lte=moment)
    if Lease.objects.filter(free, name=name).update(owner=owner, until=until):
        return True
    Lease.objects.bulk_create([Lease(name=name, owner=owner, until=until)], ignore_conflicts=True)
    return Lease.objects.filter(name=name, owner=owner).exists()


def release(name: str, owner: str) -> None:
    """Give a claim back; nothing happens where it is somebody else's by now."""
    Lease.objects.filter(name=name, owner=owner).delete()


@dataclass(frozen=True, slots=True)
class Held:
    """A claim that is ours; true as long as it is not known to be lost."""

    name: str
    owner: str
    seconds: float

    def renew(self) -> bool:
        """Hold it for another while; False where another has taken it over."""
        return lease(self.name, self.owner, self.seconds)


@contextmanager
def leased(name: str, seconds: float = 300.0) -> Iterator[Held | None]:
    """Hold ``name`` for the block, or get None where another holds it; whoever dies loses it after ``seconds``."""
    owner = secrets.token_hex(16)
    if not lease(name, owner, seconds):
        yield None
        return
    try:
        yield Held(name, owner, seconds)
    finally:
        release(name, owner)


@contextmanager
def leased_one_of(names: Sequence[str], seconds: float, patience: float) -> Iterator[Held | None]:
    """Hold whichever of ``names`` is free first, waiting up to ``patience`` seconds for one; None: none was."""
    deadline = time.monotonic() + patience
    while True:
        for name in names:
            with leased(name, seconds) as held:
                if held is not None:
                    yield held
                    return
        if time.monotonic() >= deadline:
            yield None
            return
        time.sleep(_LOOK_AGAIN)


def mark_round(mailbox: Mailbox | str, now: datetime, error: MamoriError | None = None) -> None:
    """Note how a round over ``mailbox`` ended: well, or with an error, after which the next one waits.

    The wait is what the server asked for, else it doubles with each failure. The sentence kept is the error's own,
    which holds no word of a mail.
    """
    name = mailbox if isinstance(mailbox, str) else mailbox.name
    row, _ = Mailbox.objects.get_or_create(name=name)
    if error is None:
        row.last_round_at, row.failures, row.not_before = now, 0, None
        row.last_error_kind, row.last_error, row.alerted_at = "", "", None
    else:
        row.failures = min(row.failures + 1, 1000)
        row.not_before = now + _wait(row.failures, error)
        row.last_error_kind, row.last_error = fit(getattr(error, "kind", "settings"), 20), fit(str(error), 1000)
    row.save(update_fields=["last_round_at", "failures", "not_before", "last_error_kind", "last_error", "alerted_at"])


def _wait(failures: int, error: MamoriError) -> timedelta:
    """What the server asked for, or twice as long each time; a little more by chance, so that not all come at once."""
    own = min(FIRST_WAIT * (1 << min(failures - 1, 10)), LONGEST_WAIT)
    spread = 1 + _JITTER * random.random()  # noqa: S311 - no secret
    return spread * max(own, timedelta(seconds=getattr(error, "retry_after", None) or 0))


def beat_pulse(name: str, now: datetime) -> None:
    """Note that something regular has just finished, for watchdogs to see."""
    Pulse.objects.update_or_create(name=name, defaults={"at": now})
