"""A sign-in server of the tests' own: Microsoft's device flow and Google's installed-app flow over https, on loopback."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.certificates import Certificate

Fields = dict[str, str]


@dataclass
class TokenServer:
    """``refusal`` (status, body) answers every refresh; ``lifetime`` is that of each access token, in seconds.

    ``pending`` is how often the device flow is told to wait. ``issued`` are the access tokens so far, ``asked`` each request to the token endpoint.
    """

    port: int = 0
    lifetime: int = 3600
    refusal: tuple[int, dict[str, str]] | None = None
    pending: int = 1
    scope: str = "https://mail.google.com/"
    issued: list[str] = field(default_factory=list)
    asked: list[Fields] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The authority to name in settings."""
        return f"https://localhost:{self.port}"

    def answer(self, path: str, fields: Fields) -> tuple[int, dict[str, Any]]:
        """Status and JSON for a request."""
        if path.endswith("/.well-known/openid-configuration"):
            return 200, self._metadata(path)
        if path.endswith("/devicecode"):
            self.scope = fields["scope"]
            return 200, {"device_code": "device", "user_code": "ABCD-EFGH", "verification_uri": f"{self.url}/device",
                         "expires_in": 60, "interval": 1, "message": f"Open {self.url}/device and enter ABCD-EFGH"}  # fmt: skip
        self.asked.append(fields)
        if fields["grant_type"].endswith("device_code") and self.pending:
            self.pending -= 1
            return 400, {"error": "authorization_pending"}
        if fields["grant_type"] == "refresh_token" and self.refusal:
            return self.refusal
        return 200, self._tokens(fields)

    def _metadata(self, path: str) -> dict[str, str]:
        base = self.url + path.partition("/v2.0/")[0]
        return {"issuer": f"{base}/v2.0", "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode"}  # fmt: skip

    def _tokens(self, fields: Fields) -> dict[str, Any]:
        self.issued.append(f"access-{len(self.issued) + 1}")
        claims = {"iss": "i", "sub": "s", "aud": fields.get("client_id", ""), "exp": int(time.time()) + 3600,
                  "iat": int(time.time()), "oid": "oid", "tid": "tid", "preferred_username": "desk@client.example"}  # fmt: skip
        return {"token_type": "Bearer", "access_token": self.issued[-1], "refresh_token": f"refresh-{len(self.issued)}",
                "expires_in": self.lifetime, "scope": fields.get("scope", self.scope),
                "client_info": _coded({"uid": "uid", "utid": "utid"}),
                "id_token": f"{_coded({'alg': 'none'})}.{_coded(claims)}."}  # fmt: skip


_codes = count(1)


def _coded(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


@contextmanager
def token_server(certificate: Certificate) -> Iterator[TokenServer]:
    """The server on a free loopback port; stopped on leaving."""
    state = TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/auth":
                self._consented(fields)
            else:
                self._json(*state.answer(parts.path, fields))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
            self._json(*state.answer(self.path, {name: values[0] for name, values in parse_qs(body).items()}))

        def _consented(self, fields: Fields) -> None:
            self.send_response(302)
            query = urlencode({"code": f"code-{next(_codes)}", "state": fields["state"]})
            self.send_header("Location", f"{fields['redirect_uri']}?{query}")
            self.end_headers()

        def _json(self, status: int, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
