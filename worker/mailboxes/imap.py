"""An IMAP account, read with peek in folders opened read-only: ``\\Seen`` never changes, nothing moves."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from imapclient import SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from worker.domain.errors import MailboxError
from worker.domain.mail import Direction
from worker.domain.ports import Fetched, FolderStatus, Profile, ServerTraits, Shelf
from worker.mailboxes.account import Security, missing_ca_file, parse_url
from worker.mailboxes.faults import fault, faults_at
from worker.mailboxes.traits import DOUBLES, traits

CONNECT_SECONDS = 20.0
READ_SECONDS = 120.0
BATCH_MAILS = 200
BATCH_BYTES = 8 * 1024 * 1024
# Above this only headers and the beginning of the body are fetched; a person is told.
WHOLE_BYTES = 25 * 1024 * 1024
CUT_BYTES = 1024 * 1024
# imaplib refuses answer lines over 1,000,000 bytes; a UID takes up to 11.
SEARCH_WINDOW = 50_000
LAST_UID = 4_294_967_295


class ImapReader:
    """One account over one connection; implements MailReader and SentFolder. Not for use by two threads at once.

    ``secret`` is the password, or gives a fresh access token at each connect (XOAUTH2).
    With ``review`` the review folders are watched too.
    """

    def __init__(
        self,
        url: str,
        secret: str | Callable[[], str],
        folders: Sequence[str] = ("INBOX",),
        sent: Sequence[str] = (),
        *,
        ca_file: Path | None = None,
        allow_plaintext: bool = False,
        read_seconds: float = READ_SECONDS,
        review: bool = False,
    ) -> None:
        self.account = parse_url(url, allow_plaintext=allow_plaintext)
        self._secret = secret
        self._sent = tuple(sent)
        self._folders = tuple(dict.fromkeys((*folders, *sent)))
        self._ca_file = ca_file
        self._read_seconds = read_seconds
        self._review = review
        self._connection: IMAPClient | None = None
        self._traits: ServerTraits | None = None

    def __enter__(self) -> Self:
        with faults_at(self.account.place):
            self._connection = self._connect()
            try:
                self._sign_in(self._connection)
            except BaseException:
                self._close()
                raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._close()

    def folders(self) -> Sequence[str]:
        """The watched folders, then the Sent folders; once open, without :meth:`doubles` and with :meth:`shelves`."""
        if self._connection is None:
            return self._folders
        doubles = self.doubles()
        return (*(name for name in self._folders if name not in doubles), *self.shelves())

    def shelves(self) -> dict[str, Shelf]:
        """The review folders that are there, by their names on this server; none where no review is asked for."""
        if not self._review:
            return {}
        with faults_at(self.account.place):
            return {name: shelf for name, shelf in self.shelf_names().items() if self._client.folder_exists(name)}

    def shelf_names(self) -> dict[str, Shelf]:
        """The names that the review folders have, or would have, on this server."""
        personal = self._client.namespace().personal if self._client.has_capability("NAMESPACE") else ()
        prefix = personal[0][0] if personal else ""
        return {f"{prefix}{shelf.value}": shelf for shelf in Shelf}

    def doubles(self) -> Sequence[str]:
        """Those of the watched folders that hold the mail of INBOX once more (All Mail, Starred, Important on Gmail)."""
        if "INBOX" not in self._folders or self.traits().profile is not Profile.GMAIL:
            return ()
        with faults_at(self.account.place):
            found = self._client.list_folders()
        return [name for flags, _, name in found if name in self._folders and set(flags) & set(DOUBLES)]

    def traits(self) -> ServerTraits:
        """What kind of server this is and what it offers, asked once a connection."""
        if self._traits is None:
            with faults_at(self.account.place):
                self._traits = self._ask_traits()
        return self._traits

    def _ask_traits(self) -> ServerTraits:
        offered = [name.decode("ascii", "replace") for name in self._client.capabilities()]
        told = _pairs(self._client.id_()) if "ID" in offered else {}  # we tell nothing of ourselves
        return traits(self.account.host, self._client.welcome.decode("utf-8", "replace"), offered, told)

    def status(self, folder: str) -> FolderStatus:
        """UIDVALIDITY (None where unreadable), UIDNEXT and count, by opening the folder read-only."""
        with faults_at(self.account.place):
            answer = self._open(folder)
        validity = answer.get(b"UIDVALIDITY")
        return FolderStatus(
            uidvalidity=validity if isinstance(validity, int) and validity > 0 else None,
            uidnext=int(answer.get(b"UIDNEXT", 0)) or self._uid_after_last(int(answer.get(b"EXISTS", 0))),
            count=int(answer.get(b"EXISTS", 0)),
        )

    def uids(self, folder: str, first: int = 1) -> Sequence[int]:
        """The UIDs from ``first`` on, asked for in windows that no answer line limit breaks."""
        with faults_at(self.account.place):
            end = int(self._open(folder).get(b"UIDNEXT", 0)) or LAST_UID
            found: set[int] = set()
            low, width = first, SEARCH_WINDOW
            while low < end:
                high = min(low + width, end) - 1
                window = {uid for uid in self._client.search(["UID", f"{low}:{high}"]) if low <= uid <= high}
                found |= window
                low = high + 1
                width = width * 8 if not window else SEARCH_WINDOW
            return sorted(found)

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[Fetched]:
        """The mails of those UIDs in batches of bounded size. A UID that has gone is left out."""
        direction = Direction.OUT if folder in self._sent else None
        for start in range(0, len(uids), BATCH_MAILS):
            with faults_at(self.account.place):
                self._open(folder)
                sizes = self._sizes(uids[start : start + BATCH_MAILS])
                mails = [mail for batch in _batches(sizes) for mail in self._bodies(folder, batch, direction)]
            yield from mails

    def keep(self, folder: str, raw: bytes) -> None:
        """Append a copy, marked as read."""
        with faults_at(self.account.place):
            self._client.append(folder, raw, flags=(SEEN,))

    def holds(self, folders: Iterable[str], message_id: str) -> bool:
        """Whether one of the folders holds a mail with this Message-ID."""
        with faults_at(self.account.place):
            for folder in folders:
                self._open(folder)
                if self._client.search(["HEADER", "Message-ID", message_id]):
                    return True
        return False

    def wait(self, folder: str, seconds: float) -> bool:
        """Hold IDLE up to ``seconds`` and say whether something happened; a hint only, polling goes on without it."""
        with faults_at(self.account.place):
            self._open(folder)
            self._client.idle()
            try:
                heard = self._client.idle_check(timeout=seconds)
            finally:
                self._client.idle_done()
            return bool(heard)

    def can_idle(self) -> bool:
        """Whether the server offers IDLE."""
        with faults_at(self.account.place):
            return bool(self._client.has_capability("IDLE"))

    @property
    def _client(self) -> IMAPClient:
        if self._connection is None:
            raise MailboxError(f"{self.account.place}: the mailbox is not open.", kind="protocol")
        return self._connection

    def _connect(self) -> IMAPClient:
        if missing_ca_file(self._ca_file):
            raise MailboxError(f"ca_file {self._ca_file} does not exist; name the authority's PEM file.", kind="tls")
        account = self.account
        context = ssl.create_default_context(cafile=str(self._ca_file) if self._ca_file else None)
        tls = account.security is Security.TLS
        client = IMAPClient(
            account.host,
            port=account.port,
            ssl=tls,
            ssl_context=context if tls else None,
            timeout=SocketTimeout(CONNECT_SECONDS, self._read_seconds),
        )
        client.normalise_times = False
        if account.security is Security.STARTTLS:
            self._start_tls(client, context)
        return client

    def _sign_in(self, client: IMAPClient) -> None:
        if isinstance(self._secret, str):
            client.login(self.account.user, self._secret)
            return
        token = self._secret()
        try:
            client.oauth2_login(self.account.user, token)
        except LoginError as error:
            refused = fault(self.account.place, error)
            if refused.kind != "password":
                raise refused from error
            raise MailboxError(
                f"{self.account.place}: the server took the sign-in for no permission to open this user's mailbox; "
                "sign in as somebody who may, by 'mamori mailbox login'.",
                kind="consent",
            ) from error

    def _start_tls(self, client: IMAPClient, context: ssl.SSLContext) -> None:
        try:
            client.starttls(context)
        except BaseException:
            _hang_up(client)
            raise

    def _close(self) -> None:
        client, self._connection, self._traits = self._connection, None, None
        if client is None:
            return
        try:
            client.logout()
        except (IMAPClientError, OSError):
            _hang_up(client)

    def _open(self, folder: str) -> dict[bytes, Any]:
        try:
            answer: dict[bytes, Any] = self._client.select_folder(folder, readonly=True)
        except IMAPClientError as error:
            if not isinstance(error, self._client.AbortError):
                raise MailboxError(
                    f"{self.account.place}: folder {folder!r} could not be opened ({error}); "
                    "check its name in mamori.toml.",
                    kind="folder",
                ) from error
            raise
        return answer

    def _uid_after_last(self, count: int) -> int:
        """UIDNEXT for a server that does not say it: one after the UID of the last mail."""
        if not count:
            return 1
        with faults_at(self.account.place):
            return int(max(self._client.search(["UID", "*"]))) + 1

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        answer = self._client.fetch(list(uids), ["RFC822.SIZE"])
        sizes = {uid: int(answer[uid].get(b"RFC822.SIZE", 0)) for uid in uids if uid in answer}
        self._refuse_short(uids, sizes)
        return sizes

    def _bodies(self, folder: str, sizes: dict[int, int], direction: Direction | None) -> Iterator[Fetched]:
        whole = {uid: size for uid, size in sizes.items() if size <= WHOLE_BYTES}
        answers = self._client.fetch(list(whole), ["BODY.PEEK[]", "INTERNALDATE"]) if whole else {}
        self._refuse_short(list(whole), answers)
        for uid, size in sizes.items():
            if uid in answers:
                raw = answers[uid].get(b"BODY[]") or b""
                yield Fetched(uid, raw, size, _aware(answers[uid]), True, direction)
            elif uid not in whole:
                yield from self._beginning(uid, size, direction)

    def _beginning(self, uid: int, size: int, direction: Direction | None) -> Iterator[Fetched]:
        part = f"<0.{CUT_BYTES}>"
        answer = self._client.fetch([uid], ["BODY.PEEK[HEADER]", f"BODY.PEEK[TEXT]{part}", "INTERNALDATE"]).get(uid)
        if answer is None:
            return
        raw = (answer.get(b"BODY[HEADER]") or b"") + (answer.get(b"BODY[TEXT]<0>") or b"")
        yield Fetched(uid, raw, size, _aware(answer), False, direction)

    def _refuse_short(self, asked: Sequence[int], got: dict[int, Any]) -> None:
        """A UID without an answer must have gone; if the folder still holds it, the answer was short: an error."""
        absent = [uid for uid in asked if uid not in got]
        if not absent:
            return
        still_there = set(self._client.search(["UID", ",".join(map(str, absent))])) & set(absent)
        if still_there:
            raise MailboxError(
                f"{self.account.place}: the server left out {len(still_there)} of {len(asked)} mails that it still "
                "holds; the next round asks again.",
                kind="protocol",
            )


def _batches(sizes: dict[int, int]) -> Iterator[dict[int, int]]:
    batch: dict[int, int] = {}
    total = 0
    for uid, size in sizes.items():
        if batch and total + size > BATCH_BYTES:
            yield batch
            batch, total = {}, 0
        batch[uid] = size
        total += min(size, WHOLE_BYTES)
    if batch:
        yield batch


def _pairs(answer: Any) -> dict[str, str]:
    """The fields of an answer to ID (RFC 2971); none where it is NIL or of another shape."""
    fields = answer[0] if answer and isinstance(answer[0], tuple) else ()
    words = [each.decode("utf-8", "replace") if isinstance(each, bytes) else "" for each in fields]
    return {name.casefold(): value for name, value in zip(words[::2], words[1::2], strict=False)}


def _aware(answer: dict[bytes, Any]) -> datetime | None:
    stamp = answer.get(b"INTERNALDATE")
    return stamp if isinstance(stamp, datetime) and stamp.tzinfo else None


def _hang_up(client: IMAPClient) -> None:
    with suppress(OSError, IMAPClientError):
        client.shutdown()
