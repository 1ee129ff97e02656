"""SLS4-HMAC-SHA256, the signature of Log Service's API, which does not take ACS3. Pure.

Source: `alibabacloud-gateway-sls` 0.5.1, signature version v4, whose output is in
`tests/vectors/sls-signature.json`.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.cloud.acs3 import Credentials

_ALGORITHM = "SLS4-HMAC-SHA256"
_API_VERSION = "0.6.0"


def signed_headers(
    *,
    method: str,
    host: str,
    path: str,
    query: Mapping[str, str],
    body: bytes,
    region: str,
    credentials: Credentials,
    now: float,
) -> dict[str, str]:
    """All headers of the request, `authorization` included; names in lower case.

    host: begins with the project, where the call is about one. now: seconds since the epoch.
    """
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "accept": "application/json",
        "content-type": "application/json",
        "host": host,
        "x-log-apiversion": _API_VERSION,
        "x-log-bodyrawsize": str(len(body)),
        "x-log-content-sha256": digest,
        "x-log-date": date,
    }
    if credentials.security_token:
        headers["x-acs-security-token"] = credentials.security_token
    # By rule, without a list in the request: host, content-type, and what begins with x-log- or x-acs-.
    names = sorted(set(headers) - {"accept"})
    canonical = "\n".join(
        [
            method,
            path,
            "&".join(f"{key}={quote(query[key], safe='~')}" if query[key] else key for key in sorted(query)),
            "".join(f"{name}:{headers[name].strip()}\n" for name in names),
            ";".join(names),
            digest,
        ]
    )
    scope = f"{date[:8]}/{region}/sls/aliyun_v4_request"
    to_sign = f"{_ALGORITHM}\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"aliyun_v4{credentials.access_key_secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key_id}/{scope},Signature={signature}"
    )
    return headers
