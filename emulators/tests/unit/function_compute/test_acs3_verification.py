"""ACS3-HMAC-SHA256 from the server's side."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.function_compute.http.acs3 import (
    SignatureRefusedError,
    SignedRequest,
    canonical_request,
    signature,
    verify,
)

SIGNED_AT = 1767323045  # 2026-01-02T03:04:05Z
SECRETS = {"AKID": "SECRET"}

# Computed with alibabacloud-tea-openapi 0.4.6.
EXPECTED_CANONICAL_HASH = "4b51cb89d5fcee04f46c0241199203cf025cdf9e7da05326eba470ee81783568"
EXPECTED_SIGNATURE = "1d016f21540e76ec1f3073b70410d220199533cea7e21e87a48e52b0f5ac1880"
HEADERS = {
    "host": "123456.cn-hangzhou.fc.aliyuncs.com",
    "x-acs-version": "2023-03-30",
    "x-acs-action": "InvokeFunction",
    "x-acs-date": "2026-01-02T03:04:05Z",
    "x-acs-signature-nonce": "nonce-1",
    "accept": "application/json",
    "content-type": "application/octet-stream",
    "x-fc-invocation-type": "Async",
    "x-fc-async-task-id": "q_1",
    "x-acs-accesskey-id": "AKID",
    "x-acs-security-token": "STS",
    "x-acs-content-sha256": "fca03ff443ac59e006e72573c15a72b8eed50b10ba49bd6ed62938a2cf8967a0",
}
NAMES = sorted(HEADERS)
AUTHORIZATION = (
    f"ACS3-HMAC-SHA256 Credential=AKID,SignedHeaders={';'.join(NAMES)},Signature={EXPECTED_SIGNATURE}"
)
REQUEST = SignedRequest(
    "POST",
    "/2023-03-30/functions/async_answer/invocations",
    "qualifier=LATEST",
    (*HEADERS.items(), ("authorization", AUTHORIZATION)),
    b'{"q":"hi"}',
)


def changed(**headers: str) -> SignedRequest:
    replaced = {name.replace("_", "-"): value for name, value in headers.items()}
    pairs = tuple((name, replaced.pop(name, value)) for name, value in REQUEST.headers)
    return msgspec.structs.replace(REQUEST, headers=pairs + tuple(replaced.items()))


def test_the_published_vector_is_reproduced() -> None:
    canonical = canonical_request(REQUEST, NAMES)

    assert hashlib.sha256(canonical.encode()).hexdigest() == EXPECTED_CANONICAL_HASH
    assert signature(canonical, "SECRET") == EXPECTED_SIGNATURE
    assert verify(REQUEST, SECRETS, now=SIGNED_AT) == "AKID"


def test_header_names_may_be_written_in_any_case() -> None:
    shouted = tuple((name.upper(), value) for name, value in REQUEST.headers)

    assert verify(msgspec.structs.replace(REQUEST, headers=shouted), SECRETS, now=SIGNED_AT) == "AKID"


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (msgspec.structs.replace(REQUEST, body=b'{"q":"ho"}'), "not the hash of the body"),
        (msgspec.structs.replace(REQUEST, method="PUT"), "does not match"),
        (msgspec.structs.replace(REQUEST, path="/2023-03-30/functions/other/invocations"), "does not match"),
        (msgspec.structs.replace(REQUEST, query="qualifier=other"), "does not match"),
        (changed(x_fc_invocation_type="Sync"), "does not match"),
        (changed(x_fc_async_delay="30"), "must be signed: x-fc-async-delay"),
        (changed(x_acs_extra="1"), "must be signed: x-acs-extra"),
        (changed(authorization=""), "no ACS3-HMAC-SHA256 Authorization"),
        (changed(authorization=AUTHORIZATION.replace("HMAC-SHA256", "RSA-SHA256")), "no ACS3-HMAC-SHA256"),
        (changed(authorization=AUTHORIZATION.replace("host;", "")), "must be signed: host"),
        (changed(authorization=AUTHORIZATION.replace("=AKID", "=OTHER")), "OTHER is unknown"),
        (changed(x_acs_date="yesterday"), "is not like 2026-01-02T03:04:05Z"),
    ],
)
def test_a_changed_request_is_refused(request_: SignedRequest, complaint: str) -> None:
    with pytest.raises(SignatureRefusedError) as refused:
        verify(request_, SECRETS, now=SIGNED_AT)

    assert complaint in str(refused.value)


@pytest.mark.parametrize("seconds", [-901, 901])
def test_a_date_far_from_the_clock_is_refused(seconds: int) -> None:
    with pytest.raises(SignatureRefusedError, match="clock"):
        verify(REQUEST, SECRETS, now=SIGNED_AT + seconds)


@given(st.text(), st.text(), st.text(), st.binary())
def test_no_stranger_gets_in_and_nothing_breaks(
    method: str, query: str, authorization: str, body: bytes
) -> None:
    forged = SignedRequest(method, "/", query, (("authorization", authorization),), body)

    with pytest.raises(SignatureRefusedError):
        verify(forged, SECRETS, now=SIGNED_AT)


@given(st.sampled_from(range(64)), st.sampled_from("0123456789abcdef"))
def test_every_digit_of_the_signature_counts(position: int, digit: str) -> None:
    forged = EXPECTED_SIGNATURE[:position] + digit + EXPECTED_SIGNATURE[position + 1 :]
    request = changed(authorization=AUTHORIZATION.replace(EXPECTED_SIGNATURE, forged))

    if forged == EXPECTED_SIGNATURE:
        assert verify(request, SECRETS, now=SIGNED_AT) == "AKID"
    else:
        with pytest.raises(SignatureRefusedError):
            verify(request, SECRETS, now=SIGNED_AT)
