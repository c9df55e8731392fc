"""Who may do what: one table from roles to actions. Configuring does not grant reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from worker.directory.models import Role


class Action(StrEnum):
    """Something that a page or a service does on behalf of a person."""

    READ_CASES = "read_cases"
    READ_OWN_STAFF = "read_own_staff"
    WORK_CASES = "work_cases"
    ADD_INCIDENT = "add_incident"
    DECIDE = "decide"
    RECOGNISE = "recognise"
    CLOSE = "close"
    EXPORT_EVIDENCE = "export_evidence"
    READ_NOTICES = "read_notices"
    DRAFT = "draft"
    APPROVE = "approve"
    SEND = "send"
    SEE_FIGURES = "see_figures"
    SEE_RUNGS = "see_rungs"
    CONSULT = "consult"
    READ_POLICY = "read_policy"
    READ_DIRECTORY = "read_directory"
    MANAGE_DIRECTORY = "manage_directory"
    MANAGE_PEOPLE = "manage_people"
    WATCH_MAILBOXES = "watch_mailboxes"
    MANAGE_MAILBOXES = "manage_mailboxes"
    MANAGE_RULES = "manage_rules"
    AUDIT = "audit"


_READING = {Action.READ_CASES, Action.READ_NOTICES, Action.READ_DIRECTORY, Action.WATCH_MAILBOXES}
_DESK = _READING | {Action.WORK_CASES, Action.ADD_INCIDENT, Action.DECIDE, Action.CLOSE, Action.DRAFT}
_LEADING = {
    Action.READ_OWN_STAFF,
    Action.RECOGNISE,
    Action.APPROVE,
    Action.SEND,
    Action.SEE_FIGURES,
    Action.SEE_RUNGS,
    Action.EXPORT_EVIDENCE,
}

#: The table. Everybody with a role may read the policy, which is published anyway.
ALLOWED: Mapping[Role, frozenset[Action]] = MappingProxyType(
    {
        Role.READER: frozenset(_READING),
        Role.DESK: frozenset(_DESK),
        Role.MANAGER: frozenset(_DESK | _LEADING | {Action.MANAGE_DIRECTORY, Action.MANAGE_MAILBOXES}),
        Role.EXECUTIVE: frozenset(_READING | _LEADING | {Action.DECIDE, Action.CLOSE}),
        Role.ACCOUNT_OWNER: frozenset({Action.SEE_RUNGS}),
        Role.CONSULTATION: frozenset({Action.CONSULT}),
        Role.ADMINISTRATOR: frozenset(
            {
                Action.READ_DIRECTORY,
                Action.MANAGE_DIRECTORY,
                Action.MANAGE_PEOPLE,
                Action.WATCH_MAILBOXES,
                Action.MANAGE_MAILBOXES,
                Action.MANAGE_RULES,
            }
        ),
        Role.AUDITOR: frozenset({Action.AUDIT}),
    }
)


def actions_of(roles: Iterable[Role]) -> frozenset[Action]:
    """Everything that holders of ``roles`` may do; nothing for nobody."""
    held = frozenset(roles)
    allowed = frozenset(action for role in held for action in ALLOWED[role])
    return allowed | {Action.READ_POLICY} if held else allowed


def roles_for(action: Action) -> frozenset[Role]:
    """The roles that allow ``action``."""
    return frozenset(role for role in ALLOWED if action in actions_of([role]))
