"""The error tree. Each message is one sentence for a person: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Mapping


class MamoriError(Exception):
    """Anything that we can explain in a sentence; commands print it and exit 1."""


class UsageError(MamoriError):
    """The command or a setting was used wrongly; commands exit 2."""


class ConfigError(UsageError):
    """``mamori.toml`` is wrong; the message names the file and the line or key path."""


class RuleError(MamoriError):
    """A rule, pack or policy is wrong; the message names the file and the key."""


class NoticeError(MamoriError):
    """A notice folder or its data is wrong; the message names the template and the variable."""


class MailboxError(MamoriError):
    """A mailbox could not be read.

    ``kind`` is one of password, consent, disabled, throttled, tls, network, folder, protocol.
    ``retry_after`` is the wait in seconds that the server asked for, or None.
    """

    def __init__(self, message: str, *, kind: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class ChannelError(MamoriError):
    """A letter was not handed over. ``permanent``: do not try again; ``uncertain``: it may have left, never retry."""

    def __init__(self, message: str, *, permanent: bool = False, uncertain: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.uncertain = uncertain


class NotAllowed(MamoriError):
    """This person may not do that; the message says who may."""


class Stale(MamoriError):
    """Somebody else saved in between; the message says who and when."""


class Incomplete(MamoriError):
    """Something that a person gave is missing or does not fit. ``faults`` holds a sentence for each field's name."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)
