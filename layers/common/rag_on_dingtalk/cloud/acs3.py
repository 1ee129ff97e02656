"""ACS3-HMAC-SHA256, the signature of Alibaba Cloud's OpenAPI. Pure.

Source: observed in `alibabacloud-tea-openapi` 0.4.6, which signs every header it sends;
`tests/contract` holds our request against the official client's, header by header.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM = "ACS3-HMAC-SHA256"


class Credentials(msgspec.Struct, frozen=True):
    """An access key, with the token when it is a role's."""

    access_key_id: str
    access_key_secret: str
    security_token: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Credentials:
        """What FC injects for the function's role (python3.12 has no `context.credentials`)."""
        return cls(
            environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
            environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
            environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        )

    def __repr__(self) -> str:
        return f"Credentials({self.access_key_id!r}, …)"


def signed_headers(  # noqa: PLR0913 - a signed request has this many parts
    *,
    method: str,
    host: str,
    path: str,
    query: Mapping[str, str],
    action: str,
    version: str,
    headers: Mapping[str, str],
    body: bytes,
    credentials: Credentials,
    now: float,
    nonce: str,
) -> dict[str, str]:
    """All headers of the request, `authorization` included; names in lower case.

    headers: what the operation adds, names in lower case.
    now: seconds since the epoch; nonce: never used before.
    """
    all_headers = {
        "host": host,
        "x-acs-version": version,
        "x-acs-action": action,
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "accept": "application/json",
        **headers,
    }
    if credentials.security_token:
        all_headers["x-acs-credentials-provider"] = "static_sts"
        all_headers["x-acs-accesskey-id"] = credentials.access_key_id
        all_headers["x-acs-security-token"] = credentials.security_token
    else:
        all_headers["x-acs-credentials-provider"] = "static_ak"
    names = sorted(all_headers)
    canonical = "\n".join(
        [
            method,
            path,
            "&".join(f"{key}={quote(query[key], safe='~')}" for key in sorted(query)),
            "".join(f"{name}:{all_headers[name].strip()}\n" for name in names),
            ";".join(names),
            all_headers["x-acs-content-sha256"],
        ]
    )
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(credentials.access_key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    all_headers["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key_id},"
        f"SignedHeaders={';'.join(names)},Signature={signature}"
    )
    return all_headers
