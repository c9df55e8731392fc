"""New messages into threads, as they arrive: the same threads in any order of arrival.

Whether two mails belong together is a question about these two alone, so it does not matter which came first:
one names the other, or both name the same mail, and they share somebody outside; or one is a bare reply to the
subject of the other within thirty days, with an address in common. Threads are what is connected so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import OuterRef, Subquery
from django.dispatch import Signal

from worker.inbox.models import Message, Reference, Thread
from worker.parsing.threads import SUBJECT_DAYS

#: Sent in the same transaction after threads became one: ``survivor`` (Thread id), ``merged`` (ids now empty).
#: Rooms above that refer to threads move what is theirs.
threads_merged = Signal()

T = TypeVar("T")

_CHUNK = 400  # SQLite's oldest limit on variables of one statement is 999
_NEAR = timedelta(days=SUBJECT_DAYS)
# What a thread is made of: mails that were read, with or without their words.
KNOWN = (Message.State.READ, Message.State.PURGED)


@dataclass(frozen=True, slots=True)
class Node:
    """As much of a message as joining needs."""

    pk: int
    thread: int | None
    message_id: str
    marks: frozenset[str]
    subject_key: str
    bare_reply: bool
    at: datetime


_FIELDS = ("pk", "thread_id", "message_id", "marks", "subject_key", "bare_reply", "at")


def join(messages: Sequence[Message], names: dict[int, tuple[str, ...]]) -> set[int]:
    """Set ``thread_id`` of each of ``messages``, which are saved afterwards; the ids of all threads that change.

    ``names`` are the ids that each message (by pk) links to. To be called in one transaction at a time, and to be
    followed by :func:`refresh`.
    """
    new = {message.pk: _node(message) for message in messages}
    sets = _Sets()
    for node in new.values():
        sets.add(node)
    _join_by_ids(new, names, sets)
    _join_by_subject(new.values(), sets)
    groups = [(group, fresh) for group in sets.groups() if (fresh := [n.pk for n in group if n.pk in new])]
    places = _places([group for group, _ in groups])
    found = {pk: place for (_, fresh), place in zip(groups, places, strict=True) for pk in fresh}
    for message in messages:
        message.thread_id = found[message.pk]
    return set(places)


def _node(message: Message) -> Node:
    return Node(
        message.pk,
        message.thread_id,
        message.message_id,
        frozenset(message.marks),
        message.subject_key,
        message.bare_reply,
        message.at,
    )


class _Sets:
    """Messages that belong together. Members of one stored thread always do."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._nodes: dict[int, Node] = {}

    def add(self, node: Node) -> str:
        self._nodes[node.pk] = node
        return self._root(f"t{node.thread}" if node.thread else f"m{node.pk}")

    def join(self, one: Node, other: Node) -> None:
        low, high = sorted((self.add(one), self.add(other)))
        self._parent[high] = low

    def groups(self) -> Iterable[list[Node]]:
        found: defaultdict[str, list[Node]] = defaultdict(list)
        for node in self._nodes.values():
            found[self.add(node)].append(node)
        return found.values()

    def _root(self, place: str) -> str:
        self._parent.setdefault(place, place)
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place


def _join_by_ids(new: dict[int, Node], names: dict[int, tuple[str, ...]], sets: _Sets) -> None:
    speaking: defaultdict[str, list[Node]] = defaultdict(list)
    for node in new.values():
        for name in {node.message_id, *names[node.pk]} - {""}:
            speaking[name].append(node)
    for chunk in _chunks(sorted(speaking)):
        for name, node in _named(chunk):
            speaking[name].append(node)
    for nodes in speaking.values():
        _join_sharing(nodes, sets)


def _named(ids: Sequence[str]) -> Iterator[tuple[str, Node]]:
    """The known messages that have or name one of ``ids``, each with that id."""
    owners = Message.objects.filter(message_id__in=ids, state__in=KNOWN).values_list(*_FIELDS)
    for row in owners:
        node = _from_row(row)
        yield node.message_id, node
    fields = [f"message__{field}" for field in _FIELDS]
    children = Reference.objects.filter(refers_to__in=ids, message__state__in=KNOWN).values_list("refers_to", *fields)
    for name, *row in children:
        yield name, _from_row(row)


def _from_row(row: Sequence[Any]) -> Node:
    pk, thread, message_id, marks, subject_key, bare_reply, at = row
    return Node(pk, thread, message_id, frozenset(marks), subject_key, bare_reply, at)


def _join_sharing(nodes: Iterable[Node], sets: _Sets) -> None:
    """Join those that share a mark of somebody outside: a forged reference does not enter another's thread."""
    first: dict[str, Node] = {}
    for node in nodes:
        for mark in node.marks:
            sets.join(first.setdefault(mark, node), node)


def _join_by_subject(new: Iterable[Node], sets: _Sets) -> None:
    nodes = [node for node in new if node.subject_key]
    known: defaultdict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        known[node.subject_key].append(node)
    for chunk in _chunks(nodes):
        for other in _same_subject(chunk):
            known[other.subject_key].append(other)
    for node in nodes:
        for other in known[node.subject_key]:
            if _answers(node, other) or _answers(other, node):
                sets.join(node, other)


def _same_subject(nodes: Sequence[Node]) -> Iterator[Node]:
    """What may answer one of ``nodes`` or be answered by it: bare replies, and for bare replies everything."""
    bare = {node.subject_key for node in nodes if node.bare_reply}
    times = [node.at for node in nodes]
    near = Message.objects.filter(state__in=KNOWN, at__gte=min(times) - _NEAR, at__lte=max(times) + _NEAR)
    others = {node.subject_key for node in nodes} - bare
    for keys, replies in ((others, (True,)), (bare, (False, True))):  # listed, so that the index serves the time too
        rows = near.filter(subject_key__in=keys, bare_reply__in=replies)
        yield from map(_from_row, rows.values_list(*_FIELDS))


def _answers(reply: Node, other: Node) -> bool:
    """Whether ``reply`` is a bare reply to a mail like ``other``: after it, soon enough, with an address in common."""
    soon = timedelta() <= reply.at - other.at <= _NEAR
    return reply.bare_reply and soon and any(mark[0] == "a" for mark in reply.marks & other.marks)


def _places(groups: Sequence[Sequence[Node]]) -> list[int]:
    """The thread of each group: the oldest row there is, which takes the others' mails, else a new one."""
    stored = [sorted({node.thread for node in group if node.thread is not None}) for group in groups]
    starts = [min(node.at for node in group) for group, threads in zip(groups, stored, strict=True) if not threads]
    made = iter(Thread.objects.bulk_create([Thread(first_at=at, last_at=at) for at in starts]))
    for threads in stored:
        if threads[1:]:
            _merge(threads[0], threads[1:])
    return [threads[0] if threads else int(next(made).pk) for threads in stored]


def _merge(survivor: int, others: Sequence[int]) -> None:
    for chunk in _chunks(others):
        Message.objects.filter(thread__in=chunk).update(thread=survivor)
        Thread.objects.filter(merged_into__in=chunk).update(merged_into=survivor)
        Thread.objects.filter(pk__in=chunk).update(merged_into=survivor, dirty=False)
    threads_merged.send(sender=Thread, survivor=survivor, merged=list(others))


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


_REFRESHED = ("first_at", "last_at", "subject", "counterpart", "dirty")


def refresh(thread_ids: Iterable[int]) -> None:
    """Make the threads' own columns agree with their messages, and mark them for a new assessment.

    The counterpart is who wrote the first mail from outside, else whom our first mail went to.
    """
    messages = Message.objects.filter(thread=OuterRef("pk"), state__in=KNOWN)
    oldest, newest = messages.order_by("at", "identity"), messages.order_by("-at")
    people = oldest.filter(counterpart__isnull=False)
    for chunk in _chunks(sorted(thread_ids)):
        rows = Thread.objects.filter(pk__in=chunk).annotate(
            first=Subquery(oldest.values("at")[:1]),
            last=Subquery(newest.values("at")[:1]),
            headed=Subquery(oldest.values("subject")[:1]),
            writer=Subquery(people.filter(direction="in").values("counterpart")[:1]),
            addressee=Subquery(people.values("counterpart")[:1]),
        )
        Thread.objects.bulk_create(
            [_refreshed(row) for row in rows], update_conflicts=True, unique_fields=["id"], update_fields=_REFRESHED
        )


def _refreshed(row: Thread) -> Thread:
    found = vars(row)
    row.first_at, row.last_at = found["first"] or row.first_at, found["last"] or row.last_at
    row.subject = (found["headed"] or "")[:500]
    row.counterpart_id = found["writer"] or found["addressee"]
    row.dirty = True
    return row
