"""Log Service's signature against what the official client makes; RAM's is `acs3`, tested with the queue."""

from __future__ import annotations

import json
from calendar import timegm
from pathlib import Path
from time import strptime
from typing import Any

import pytest

from emulators.cloud.refusals import RefusalError
from emulators.cloud.sls4 import verify
from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.setup.cloud.log_signature import signed_headers

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "sls-signature.json").read_text(encoding="utf-8")
)
NOW = timegm(strptime("20260102T030405Z", "%Y%m%dT%H%M%SZ"))
each_request = pytest.mark.parametrize("request_made", VECTORS["requests"], ids=lambda one: one["path"])


def secrets() -> dict[str, str]:
    return {VECTORS["access_key_id"]: VECTORS["access_key_secret"]}


@each_request
def test_we_sign_as_the_official_client_does(request_made: dict[str, Any]) -> None:
    official = request_made["headers"]
    token = official.get("x-acs-security-token", "")
    ours = signed_headers(
        method=request_made["method"],
        host=official["host"],
        path=request_made["path"],
        query=request_made["query"],
        body=request_made["body"].encode(),
        region=VECTORS["region"],
        credentials=Credentials(VECTORS["access_key_id"], VECTORS["access_key_secret"], token),
        now=NOW,
    )

    assert ours == {name: value for name, value in official.items() if name != "user-agent"}


def checked(request_made: dict[str, Any], **changed: Any) -> None:
    # The client sends its query percent-encoded; the verifier reads it from the wire.
    query = "&".join(f"{name}={value}" for name, value in request_made["query"].items())
    given: dict[str, Any] = {
        "method": request_made["method"],
        "path": request_made["path"],
        "query": query.replace(" ", "%20"),
        "headers": request_made["headers"],
        "body": request_made["body"].encode(),
        "secrets": secrets(),
        "region": VECTORS["region"],
        "now": NOW,
    }
    verify(**{**given, **changed})


@each_request
def test_the_emulator_takes_what_the_official_client_signed(request_made: dict[str, Any]) -> None:
    checked(request_made)


@each_request
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"method": "DELETE"}, "SignatureNotMatch"),
        ({"path": "/elsewhere"}, "SignatureNotMatch"),
        ({"query": "x=1"}, "SignatureNotMatch"),
        ({"body": b"another"}, "SignatureNotMatch"),
        ({"region": "cn-beijing"}, "SignatureNotMatch"),
        ({"secrets": {"AKID": "ANOTHER"}}, "SignatureNotMatch"),
        ({"secrets": {}}, "Unauthorized"),
        ({"now": NOW + 1_000}, "RequestTimeExpired"),
    ],
)
def test_the_emulator_refuses_what_was_changed_on_the_way(
    request_made: dict[str, Any], changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(RefusalError) as refused:
        checked(request_made, **changed)

    assert refused.value.code == code


@each_request
@pytest.mark.parametrize(
    "name", ["host", "content-type", "x-log-apiversion", "x-log-bodyrawsize", "x-log-date"]
)
def test_every_signed_header_counts(request_made: dict[str, Any], name: str) -> None:
    headers = request_made["headers"]

    with pytest.raises(RefusalError):
        checked(request_made, headers={**headers, name: f"{headers[name]}0"})
    with pytest.raises(RefusalError):
        checked(request_made, headers={key: value for key, value in headers.items() if key != name})
