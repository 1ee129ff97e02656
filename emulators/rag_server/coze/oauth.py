"""Coze's tokens: a personal one, or those that an OAuth app exchanges a signed JWT for."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING, Any

from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

from emulators.rag_server.agents.product import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tokens:
    """Which tokens are good. now: seconds since the epoch."""

    def __init__(self, api_key: str, now: Callable[[], float]) -> None:
        self._personal = "" if "PRIVATE KEY" in api_key else api_key
        self._app = RSA.import_key(api_key) if "PRIVATE KEY" in api_key else None
        self._now = now
        self._given: dict[str, float] = {}

    def good(self, authorization: str) -> bool:
        """Whether the header carries one that has not expired."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return False
        return token == self._personal or self._given.get(token, 0) > self._now()

    def exchange(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /api/permission/oauth2/token`; `expires_in` is the moment at which the token expires."""
        problem = self._problem(request, body)
        if problem:
            error = {"error_code": "invalid_request", "error_message": problem}
            return as_json(400, error)
        token, until = f"czs_{uuid.uuid4().hex}", int(self._now()) + int(body["duration_seconds"])
        self._given[token] = until
        return as_json(200, {"access_token": token, "expires_in": until, "token_type": "Bearer"})

    def _problem(self, request: Request, body: dict[str, Any]) -> str:
        jwt = request.headers.get("authorization", "").partition(" ")[2]
        parts = jwt.split(".")
        if self._app is None or len(parts) != len(("head", "claims", "signature")):
            return "the JWT is invalid"
        try:
            signature = _decoded(parts[2])
            pkcs1_15.new(self._app.public_key()).verify(
                SHA256.new(f"{parts[0]}.{parts[1]}".encode()), signature
            )
        except (ValueError, TypeError):
            return "the signature of the JWT is invalid"
        head, claims = json.loads(_decoded(parts[0])), json.loads(_decoded(parts[1]))
        if (
            head.get("alg") != "RS256"
            or not head.get("kid")
            or not claims.get("iss")
            or not claims.get("jti")
        ):
            return "the JWT lacks something"
        if claims.get("aud") != request.headers.get("host") or claims.get("exp", 0) < self._now():
            return "the JWT is for another host, or has expired"
        return "" if body.get("grant_type") == _GRANT else "the grant type is unknown"


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
