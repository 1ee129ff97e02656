"""SLS4-HMAC-SHA256 seen from the server. Pure, and written apart from the library's signer.

Source: `alibabacloud-gateway-sls` 0.5.1, signature version v4.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from calendar import timegm
from time import strptime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from emulators.cloud.refusals import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

_AUTHORIZATION = re.compile(
    r"SLS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/,\s]+)"
    r"/sls/aliyun_v4_request"
    r",Signature=(?P<signature>[0-9a-f]{64})"
)
_MAX_CLOCK_DIFFERENCE_SECONDS = 15 * 60


def verify(
    *,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Mapping[str, str],
    region: str,
    now: float,
) -> None:
    """Whether the request is signed by a key that is known, in this region and just now.

    headers: names in lower case.

    Raises:
        RefusalError: as Log Service would refuse.
    """
    for name in ("x-log-apiversion", "x-log-date", "x-log-content-sha256", "host"):
        if not headers.get(name):
            raise RefusalError(
                400, f"Missing{name.title().replace('-', '')}", f"{name} does not exist in http header."
            )
    if body and not headers.get("x-log-bodyrawsize", "").isdecimal():
        raise RefusalError(400, "MissingBodyRawSize", "x-log-bodyrawsize does not exist in header.")
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if match is None:
        raise RefusalError(401, "Unauthorized", "The Authorization header is missing or malformed.")
    secret = secrets.get(match["key"])
    if secret is None:
        raise RefusalError(401, "Unauthorized", f"AccessKeyId not found: {match['key']}")
    try:
        signed_at = timegm(strptime(headers["x-log-date"], "%Y%m%dT%H%M%SZ"))
    except ValueError as error:
        raise RefusalError(400, "InvalidRequestTime", "x-log-date has another form.") from error
    if abs(now - signed_at) > _MAX_CLOCK_DIFFERENCE_SECONDS:
        raise RefusalError(400, "RequestTimeExpired", "Request time has been expired.")
    digest = hashlib.sha256(body).hexdigest()
    if headers["x-log-content-sha256"] != digest:
        raise RefusalError(401, "SignatureNotMatch", "x-log-content-sha256 is not the body's.")
    covered = sorted(
        name for name in headers if name in ("host", "content-type") or name.startswith(("x-log-", "x-acs-"))
    )
    asked = sorted(parse_qsl(query, keep_blank_values=True))
    canonical = (
        f"{method}\n{path}\n"
        + "&".join(f"{name}={quote(value, safe='~')}" if value else name for name, value in asked)
        + "\n"
        + "".join(f"{name}:{headers[name].strip()}\n" for name in covered)
        + f"\n{';'.join(covered)}\n{digest}"
    )
    scope = f"{match['date']}/{match['region']}/sls/aliyun_v4_request"
    text = "\n".join(
        ("SLS4-HMAC-SHA256", headers["x-log-date"], scope, hashlib.sha256(canonical.encode()).hexdigest())
    )
    key = _hmac(
        _hmac(_hmac(_hmac(b"aliyun_v4" + secret.encode(), match["date"]), match["region"]), "sls"),
        "aliyun_v4_request",
    )
    right = hmac.compare_digest(_hmac(key, text).hex(), match["signature"])
    if not right or match["region"] != region or not headers["x-log-date"].startswith(match["date"]):
        raise RefusalError(401, "SignatureNotMatch", "Signature not matched.")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
