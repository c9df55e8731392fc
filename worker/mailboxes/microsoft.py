"""Microsoft 365: sign-in by a code on any device (msal's device flow), tokens for IMAP and SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from worker.mailboxes.oauth import Registration, Tell, http_session, not_signed_in, refusal
from worker.mailboxes.tokens import Vault

AUTHORITY = "https://login.microsoftonline.com"
SCOPES = ["https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"]
_SECONDS = 30.0


class MicrosoftAccess:
    """A sign-in at Microsoft's; for a shared mailbox, that of any person who may open it."""

    def __init__(self, registration: Registration, vault: Vault) -> None:
        self._registration = registration
        self._vault = vault

    def login(self, tell: Tell) -> None:
        """Show address and code, and wait until the person has entered it there."""
        with self._application() as application:
            flow = application.initiate_device_flow(scopes=SCOPES)
            if "user_code" not in flow:
                raise self._refusal(flow)
            tell(flow["message"])
            answer = application.acquire_token_by_device_flow(flow)
        if "access_token" not in answer:
            raise self._refusal(answer)

    def token(self) -> str:
        """The token at hand while it is good for five minutes more, else a new one."""
        with self._vault.held(), self._application() as application:
            account = next(iter(application.get_accounts()), None)
            if account is None:
                raise not_signed_in(self._vault)
            answer = application.acquire_token_silent_with_error(SCOPES, account)
        if answer is None:
            raise not_signed_in(self._vault)
        if "access_token" not in answer:
            raise self._refusal(answer)
        return str(answer["access_token"])

    @contextmanager
    def _application(self) -> Iterator[Any]:
        """msal with what was kept of the last sign-in; what changes is kept at the end."""
        import msal

        cache = msal.SerializableTokenCache()
        cache.deserialize(self._vault.load() or None)
        ours = self._registration
        with http_session(ours) as session:
            session.request = partial(session.request, timeout=_SECONDS)  # type: ignore[method-assign]
            yield msal.PublicClientApplication(
                ours.client_id,
                authority=f"{ours.authority or AUTHORITY}/{ours.tenant}",
                instance_discovery=False if ours.authority else None,
                http_client=session,
                token_cache=cache,
            )
        if cache.has_state_changed:
            self._vault.save(cache.serialize())

    def _refusal(self, answer: dict[str, Any]) -> Exception:
        words = f"{answer.get('suberror', '')} {answer.get('error_description', '')}"
        return refusal(self._vault, str(answer.get("error", "")), words)
