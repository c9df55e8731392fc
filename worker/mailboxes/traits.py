"""What kind of server a mailbox lies on, told from what it says of itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from worker.domain.ports import Profile, ServerTraits

#: Folders that hold mail of other folders once more (RFC 6154 and Gmail's own), not watched beside INBOX on Gmail.
DOUBLES = (b"\\All", b"\\Flagged", b"\\Important")
_HOSTS = {
    Profile.GMAIL: ("gmail.com", "googlemail.com"),
    Profile.EXCHANGE: ("outlook.com", "office365.com", "outlook.office365.com"),
    Profile.ICLOUD: ("mail.me.com", "icloud.com"),
}
_WORDS = {Profile.DOVECOT: "dovecot", Profile.EXCHANGE: "microsoft exchange", Profile.ICLOUD: "icloud"}


def traits(host: str, greeting: str, capabilities: Collection[str], told: Mapping[str, str]) -> ServerTraits:
    """The server's traits; ``told`` is its answer to ID, names in lower case."""
    offered = tuple(sorted({name.upper() for name in capabilities}))
    return ServerTraits(_profile(host.casefold(), f"{greeting} {told.get('name', '')}".casefold(), offered), offered)


def _profile(host: str, words: str, capabilities: Collection[str]) -> Profile:
    if "X-GM-EXT-1" in capabilities:
        return Profile.GMAIL
    by_host = (p for p, names in _HOSTS.items() if any(host == n or host.endswith(f".{n}") for n in names))
    by_words = (profile for profile, word in _WORDS.items() if word in words)
    return next(by_host, None) or next(by_words, Profile.GENERIC)
