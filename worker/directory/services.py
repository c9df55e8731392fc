"""Everything that writes to the directory, in one place to import from."""

from __future__ import annotations

from worker.directory.audit import record, verify_audit
from worker.directory.counterparts import counterpart_of, counterparts_of, link_counterparts
from worker.directory.importing import ImportResult, import_organisations, set_domains
from worker.directory.people import check_username, create_user, disable, grant, set_password

__all__ = [
    "ImportResult",
    "check_username",
    "counterpart_of",
    "counterparts_of",
    "create_user",
    "disable",
    "grant",
    "import_organisations",
    "link_counterparts",
    "record",
    "set_domains",
    "set_password",
    "verify_audit",
]
