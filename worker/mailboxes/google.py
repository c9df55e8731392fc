"""Google: sign-in in the browser of this machine (installed-app flow), tokens for IMAP and SMTP."""

from __future__ import annotations

import json
import webbrowser
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.mailboxes.oauth import Registration, Tell, http_session, not_signed_in, refusal, sign_in_faults, trusting
from worker.mailboxes.tokens import Vault

SCOPES = ["https://mail.google.com/"]
AUTH_URI, TOKEN_URI = "https://accounts.google.com/o/oauth2/auth", "https://oauth2.googleapis.com/token"
_GOOD_FOR = timedelta(minutes=5)
_SIGN_IN_SECONDS = 600


class GoogleAccess:
    """A sign-in at Google's."""

    def __init__(self, registration: Registration, vault: Vault) -> None:
        self._ours = registration
        self._vault = vault

    def login(self, tell: Tell) -> None:
        """Open the browser, or show the address where there is none, and wait for its answer on loopback."""
        from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError
        from oauthlib.oauth2.rfc6749.errors import OAuth2Error

        flow = InstalledAppFlow.from_client_config({"installed": self._client()}, SCOPES)
        try:
            with sign_in_faults(), trusting(flow.oauth2session, self._ours):
                found = flow.run_local_server(
                    host="127.0.0.1", port=0, open_browser=_has_browser(), timeout_seconds=_SIGN_IN_SECONDS,
                    prompt="consent", access_type="offline",
                )  # fmt: skip
        except (OAuth2Error, WSGITimeoutError) as error:
            raise refusal(self._vault, getattr(error, "error", ""), str(error)) from error
        self._keep(found)
        tell("Signed in.")

    def token(self) -> str:
        """The token at hand while it is good for five minutes more, else a new one."""
        with self._vault.held():
            kept = json.loads(self._vault.load() or "{}")
            if not kept:
                raise not_signed_in(self._vault)
            if datetime.fromisoformat(kept["expiry"]) > datetime.now(UTC) + _GOOD_FOR:
                return str(kept["token"])
            return self._renewed(kept["refresh_token"])

    def _renewed(self, refresh_token: str) -> str:
        import requests
        from google.auth.exceptions import RefreshError, TransportError
        from google.auth.transport.requests import Request
        from google.oauth2.credentials import Credentials

        client = self._client()
        credentials = Credentials(  # type: ignore[no-untyped-call]
            None, refresh_token=refresh_token, token_uri=client["token_uri"], client_id=client["client_id"],
            client_secret=client["client_secret"], scopes=SCOPES,
        )  # fmt: skip
        with http_session(self._ours) as session:
            try:
                credentials.refresh(Request(session))  # type: ignore[no-untyped-call]
            except RefreshError as error:
                raise refusal(self._vault, *map(str, error.args[:2])) from error
            except TransportError as error:
                raise error.args[0] if isinstance(error.args[0], requests.RequestException) else error from error
        self._keep(credentials)
        return str(credentials.token)

    def _keep(self, credentials: Any) -> None:
        expiry = credentials.expiry.replace(tzinfo=UTC).isoformat()
        kept = {"token": credentials.token, "refresh_token": credentials.refresh_token, "expiry": expiry}
        self._vault.save(json.dumps(kept))

    def _client(self) -> dict[str, str]:
        base = self._ours.authority
        return {
            "client_id": self._ours.client_id,
            "client_secret": self._ours.client_secret,
            "auth_uri": f"{base}/auth" if base else AUTH_URI,
            "token_uri": f"{base}/token" if base else TOKEN_URI,
        }


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
