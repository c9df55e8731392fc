"""What an author may reword in a letter, and what stays as the case gave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from worker.domain.errors import Incomplete

#: Facts of the case and of the directory: changed there, not in a letter.
FIXED = frozenset({"reference_number", "sent_on", "recipient", "policy", "clauses", "contract_clause"})

#: Of the desk's entry only these are wording.
DESK_WORDING = frozenset({"contact_name", "telephone", "hours", "name"})


def reworded(present: Mapping[str, Any], generated: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``present`` with ``changes`` laid over it.

    Incomplete names every variable that is not the author's to change. Facts are compared with ``generated``: each
    must be one of those, in their order, with nothing but ``what`` reworded.
    """
    faults = {name: _not_yours(name) for name in FIXED if name in changes and changes[name] != present.get(name)}
    if "desk" in changes and not _only(changes["desk"], present["desk"], DESK_WORDING):
        faults["desk"] = _not_yours("desk.address, desk.company")
    if "facts" in changes and not _subset(changes["facts"], generated["facts"]):
        faults["facts"] = _("A fact may be left out or its sentence reworded; time, quotation and reference stay.")
    if faults:
        raise Incomplete(faults)
    return {**present, **changes}


def _not_yours(name: str) -> str:
    return _("%(name)s comes from the case or the directory and is changed there.") % {"name": name}


def _only(changed: Mapping[str, Any], present: Mapping[str, Any], wording: frozenset[str]) -> bool:
    return changed.keys() == present.keys() and all(changed[k] == present[k] for k in present if k not in wording)


def _subset(facts: list[Mapping[str, Any]], generated: list[Mapping[str, Any]]) -> bool:
    """Whether ``facts`` are some of ``generated``, in order, apart from the wording of ``what``."""
    left = iter(generated)
    return all(any(_bare(fact) == _bare(one) for one in left) for fact in facts)


def _bare(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fact.items() if name != "what"}
