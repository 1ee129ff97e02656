"""Who sent a request, and the signature that proves an answer.

A request is signed over its operation and its `x-ots-*` headers, among them the MD5 of the body:

* V2: HMAC-SHA1 with the access key secret;
* V4: HMAC-SHA256 with a key derived from secret, day and region.

An answer is signed with HMAC-SHA1 in both, using the same key as its request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from emulators.tablestore.errors import auth_failed, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "x-ots-"
_SIGNATURE_V2 = "x-ots-signature"
_SIGNATURE_V4 = "x-ots-signaturev4"
_REQUIRED = (
    "x-ots-date",
    "x-ots-apiversion",
    "x-ots-accesskeyid",
    "x-ots-instancename",
    "x-ots-contentmd5",
)

#: The service does not publish its own window; this is the one its clients apply to answers.
_CLOCK_SKEW = timedelta(minutes=15)


@dataclass(frozen=True)
class Identity:
    """A caller whose signature was right, and the key to sign the answer with."""

    access_key_id: str
    signing_key: bytes


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def content_md5(body: bytes) -> str:
    """The `x-ots-contentmd5` of a body."""
    return _base64(hashlib.md5(body, usedforsecurity=False).digest())


def _signed_headers(headers: Mapping[str, str]) -> str:
    return "\n".join(
        sorted(
            f"{name}:{value.strip()}"
            for name, value in headers.items()
            if name.startswith(_PREFIX) and name not in (_SIGNATURE_V2, _SIGNATURE_V4)
        )
    )


@lru_cache(maxsize=128)
def _v4_key(secret: str, day: str, region: str) -> bytes:
    key = f"aliyun_v4{secret}".encode()
    for part in (day, region, "ots", "aliyun_v4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    # Not the digest but its base64 text is the key.
    return base64.b64encode(key)


def authenticate(
    operation: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    instance: str,
    credentials: Mapping[str, str],
) -> Identity:
    """The caller, or a ServiceError saying what is wrong.

    Args:
        operation: the last segment of the path; a path before it is not signed.
        headers: lower-case names.
        body: the request body.
        instance: the only instance there is.
        credentials: access key secrets by access key id. A security token is signed like any header
            and otherwise not looked at.
    """
    for name in _REQUIRED:
        if name not in headers:
            raise invalid(f"Missing header: {name}.")
    access_key_id = headers["x-ots-accesskeyid"]
    if access_key_id not in credentials:
        raise auth_failed("The AccessKeyID does not exist.")
    if headers["x-ots-instancename"] != instance:
        raise auth_failed("The instance is not found.")
    _check_date(headers["x-ots-date"])
    if headers["x-ots-contentmd5"] != content_md5(body):
        raise auth_failed("Mismatch between MD5 value of request body and x-ots-contentmd5 in header.")
    key, expected, given = _signatures(operation, headers, credentials[access_key_id])
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise auth_failed("Signature mismatch.")
    return Identity(access_key_id, key)


def _check_date(text: str) -> None:
    try:
        sent = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise invalid(f"Invalid date format: {text}.") from error
    if abs(datetime.now(timezone.utc) - sent) > _CLOCK_SKEW:
        raise auth_failed(f"Mismatch between system time and x-ots-date: {text}.")


def _signatures(operation: str, headers: Mapping[str, str], secret: str) -> tuple[bytes, str, str]:
    # The empty line stands for the query string, which no operation uses.
    canonical = f"/{operation}\nPOST\n\n{_signed_headers(headers)}\n"
    if _SIGNATURE_V4 in headers:
        day, region = headers.get("x-ots-signdate", ""), headers.get("x-ots-signregion", "")
        key = _v4_key(secret, day, region)
        expected = hmac.digest(key, f"{canonical}ots".encode(), "sha256")
        return key, _base64(expected), headers[_SIGNATURE_V4]
    if _SIGNATURE_V2 in headers:
        key = secret.encode()
        return key, _base64(hmac.digest(key, canonical.encode(), "sha1")), headers[_SIGNATURE_V2]
    raise invalid(f"Missing header: {_SIGNATURE_V2}.")


def response_headers(
    operation: str, body: bytes, identity: Identity | None, request_id: str
) -> dict[str, str]:
    """The headers of an answer, signed when the caller is known.

    The date is the real one whatever clock the data lives on: clients refuse an answer that is more
    than 15 minutes off.
    """
    headers = {
        "x-ots-contentmd5": content_md5(body),
        "x-ots-contenttype": "protocol buffer",
        "x-ots-date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "x-ots-requestid": request_id,
    }
    if identity is not None:
        text = f"{_signed_headers(headers)}\n/{operation}"
        signature = _base64(hmac.digest(identity.signing_key, text.encode(), "sha1"))
        headers["Authorization"] = f"OTS {identity.access_key_id}:{signature}"
    return headers
