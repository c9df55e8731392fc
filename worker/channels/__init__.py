"""Ways out, one folder each: a new one is a folder here and a line in :data:`WAYS`."""

from __future__ import annotations

from worker.channels.alerts import AppriseAlerts
from worker.channels.console import Console
from worker.channels.smtp import SmtpChannel

#: Folder name → the class that serves it.
WAYS: dict[str, type] = {"alerts": AppriseAlerts, "console": Console, "smtp": SmtpChannel}

__all__ = ["WAYS", "AppriseAlerts", "Console", "SmtpChannel"]
