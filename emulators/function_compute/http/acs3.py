"""ACS3-HMAC-SHA256 seen from the server: is this request signed with a known key? Pure.

Written apart from the library's signer, so that one cannot repeat the other's mistake.
Source: observed in PyPI `alibabacloud-tea-openapi` 0.4.6.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from calendar import timegm
from time import strptime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

#: How far x-acs-date may be from the server's clock.
MAX_CLOCK_DIFFERENCE_SECONDS = 15 * 60

_ALGORITHM = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    _ALGORITHM + r" Credential=(?P<key_id>[^,\s]+)"
    r",\s*SignedHeaders=(?P<names>[^,\s]+)"
    r",\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_ALWAYS_SIGNED = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce")


class SignatureRefusedError(ValueError):
    """Raised when a request is not signed, signed by a stranger, altered or stale."""


class SignedRequest(msgspec.Struct, frozen=True):
    """A request as it came over the wire.

    path: still percent-encoded; query: without the question mark.
    headers: in the order received, repeats included.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The value under which the header is signed: repeats sorted and joined."""
        values = [value.strip() for key, value in self.headers if key.lower() == name]
        return ",".join(sorted(values))


def received(request: Request, body: bytes) -> SignedRequest:
    """The request as an ASGI application has received it, with the body that was read from it."""
    headers = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in request.headers.raw)
    return SignedRequest(request.method, request.url.path, request.url.query, headers, body)


def canonical_request(request: SignedRequest, names: list[str]) -> str:
    """The text whose SHA-256 is signed."""
    query = sorted(parse_qsl(request.query, keep_blank_values=True))
    return "\n".join(
        [
            request.method,
            request.path or "/",
            "&".join(f"{key}={quote(value, safe='~')}" for key, value in query),
            "".join(f"{name}:{request.header(name)}\n" for name in names),
            ";".join(names),
            hashlib.sha256(request.body).hexdigest(),
        ]
    )


def signature(canonical: str, secret: str) -> str:
    """The hex signature of a canonical request."""
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def verify(request: SignedRequest, secrets: Mapping[str, str], *, now: float) -> str:
    """The AccessKey id that signed the request.

    secrets: AccessKey id → secret; now: seconds since the epoch.

    Raises:
        SignatureRefusedError: says which check failed.
    """
    match = _AUTHORIZATION.fullmatch(request.header("authorization"))
    if not match:
        raise SignatureRefusedError(f"The request carries no {_ALGORITHM} Authorization header. Sign it.")
    names = match["names"].split(";")
    _check_coverage(request, names)
    _check_date(request.header("x-acs-date"), now)
    if request.header("x-acs-content-sha256") != hashlib.sha256(request.body).hexdigest():
        raise SignatureRefusedError("x-acs-content-sha256 is not the hash of the body that arrived.")
    secret = secrets.get(match["key_id"])
    if secret is None:
        raise SignatureRefusedError(f"The AccessKey id {match['key_id']} is unknown here.")
    canonical = canonical_request(request, names)
    if not hmac.compare_digest(signature(canonical, secret), match["signature"]):
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        raise SignatureRefusedError(
            "The signature does not match. Check the AccessKey secret; "
            f"the SHA-256 of the canonical request computed here is {digest}."
        )
    return match["key_id"]


def _check_coverage(request: SignedRequest, names: list[str]) -> None:
    """What is not signed could be changed on the way."""
    present = {key.lower() for key, _ in request.headers}
    required = {*_ALWAYS_SIGNED, *(name for name in present if name.startswith(("x-acs-", "x-fc-")))}
    missing = sorted(required - set(names))
    if missing:
        raise SignatureRefusedError(f"These headers must be signed: {', '.join(missing)}.")


def _check_date(text: str, now: float) -> None:
    try:
        signed_at = timegm(strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError as error:
        raise SignatureRefusedError(f"x-acs-date {text!r} is not like 2026-01-02T03:04:05Z.") from error
    if abs(now - signed_at) > MAX_CLOCK_DIFFERENCE_SECONDS:
        raise SignatureRefusedError(f"x-acs-date {text} is too far from the server's clock. Set the clock.")
