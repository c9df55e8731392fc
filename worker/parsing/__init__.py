"""Bytes → readable mail → threads. Pure: no Django, no network, no files."""

from worker.parsing.limits import DEFAULT, Limits, needs_person
from worker.parsing.quotes import mark_unverified
from worker.parsing.read import read_attached, read_mail
from worker.parsing.show import describe
from worker.parsing.threads import group, join

__all__ = [
    "DEFAULT",
    "Limits",
    "describe",
    "group",
    "join",
    "mark_unverified",
    "needs_person",
    "read_attached",
    "read_mail",
]
