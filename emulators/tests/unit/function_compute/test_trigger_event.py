"""HTTP request → event, response object → HTTP response."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.function_compute.http.event import (
    HttpRequest,
    HttpResponse,
    MalformedResponseError,
    build_event,
    canonical_header_name,
    read_response,
)

LATIN_1 = st.characters(max_codepoint=0xFF, exclude_categories=["Cc"])
TOKENS = st.from_regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def request(
    *,
    method: str = "POST",
    raw_path: str = "/",
    query: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> HttpRequest:
    return HttpRequest(
        method, raw_path, query, headers, body, source_ip="203.0.113.9", received=1767323045.678
    )


def event_of(http: HttpRequest) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(build_event(http, request_id="1-2-3", account_id="123"))
    return event


def test_the_event_has_the_documented_shape() -> None:
    http = request(
        raw_path="/dingtalk/callback",
        query="msg_signature=abc&nonce=n1",
        headers=(
            ("host", "kb-cb.cn-hangzhou.fcapp.run"),
            ("content-type", "application/json; charset=utf-8"),
            ("user-agent", "x"),
        ),
        body=b'{"msgtype":"text"}',
    )

    assert event_of(http) == {
        "version": "v1",
        "rawPath": "/dingtalk/callback",
        "headers": {
            "Host": "kb-cb.cn-hangzhou.fcapp.run",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "x",
        },
        "queryParameters": {"msg_signature": "abc", "nonce": "n1"},
        "body": '{"msgtype":"text"}',
        "isBase64Encoded": False,
        "requestContext": {
            "accountId": "123",
            "domainName": "kb-cb.cn-hangzhou.fcapp.run",
            "domainPrefix": "kb-cb",
            "requestId": "1-2-3",
            "time": "2026-01-02T03:04:05Z",
            "timeEpoch": "1767323045678",
            "http": {
                "method": "POST",
                "path": "/dingtalk/callback",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": "x",
            },
        },
    }


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("timestamp", "Timestamp"),
        ("accept-encoding", "Accept-Encoding"),
        ("X-ACS-Dingtalk-Access-Token", "X-Acs-Dingtalk-Access-Token"),
        ("x--y", "X--Y"),
        ("not a token", "not a token"),
        ("", ""),
    ],
)
def test_header_names_become_gos(name: str, canonical: str) -> None:
    assert canonical_header_name(name) == canonical


def test_repeated_headers_and_parameters_are_joined_with_a_comma() -> None:
    event = event_of(request(query="a=1&a=2&b=", headers=(("x-a", "1"), ("X-A", "2"))))

    assert event["headers"] == {"X-A": "1,2"}
    assert event["queryParameters"] == {"a": "1,2", "b": ""}


def test_the_raw_path_keeps_its_encoding() -> None:
    event = event_of(request(raw_path="/a%2Fb/%E4%BD%A0"))

    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == ("/a%2Fb/%E4%BD%A0", "/a/b/你")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json", "application/xml", "application/a+json"]
)
def test_text_arrives_as_text(content_type: str) -> None:
    event = event_of(request(headers=(("content-type", content_type),), body="你好".encode()))

    assert (event["body"], event["isBase64Encoded"]) == ("你好", False)


@pytest.mark.parametrize(
    "content_type", ["image/png", "application/octet-stream", "multipart/form-data; boundary=x"]
)
def test_other_types_arrive_as_base64(content_type: str) -> None:
    event = event_of(request(headers=(("content-type", content_type),), body=b"text"))

    assert (event["body"], event["isBase64Encoded"]) == ("dGV4dA==", True)


@given(
    st.text(LATIN_1),
    st.text(LATIN_1),
    st.lists(st.tuples(TOKENS, st.text(LATIN_1))),
    st.binary(),
)
def test_any_request_becomes_an_event_that_holds_its_body(
    path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    event = event_of(request(raw_path=path, query=query, headers=tuple(headers), body=body))

    held = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    assert held == body
    assert event["rawPath"] == path
    assert all(isinstance(value, str) for value in {**event["headers"], **event["queryParameters"]}.values())
    assert not any(name.lower().startswith("x-fc-") for name in event["headers"])


def test_a_response_object_becomes_a_response() -> None:
    returned = {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain", "Content-Length": "9"},
        "body": "好",
    }

    assert read_response(json.dumps(returned).encode()) == HttpResponse(
        200, (("Content-Type", "text/plain"),), "好".encode()
    )


@pytest.mark.parametrize("flag", [True, "true"])
def test_a_base64_body_is_decoded(flag: object) -> None:
    returned = {"statusCode": 200, "isBase64Encoded": flag, "body": "iVBORw=="}

    assert read_response(json.dumps(returned).encode()).body == b"\x89PNG"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"hello", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b'{"statusCode": 200, "body": "\\ud800"}', "it is not JSON"),
        (b'"text"', "it is not an object"),
        (b"{}", "statusCode is None"),
        (b'{"statusCode": "200"}', "statusCode is '200'"),
        (b'{"statusCode": true}', "statusCode is True"),
        (b'{"statusCode": 99}', "statusCode is 99"),
        (b'{"statusCode": 200, "headers": []}', ""),
        (b'{"statusCode": 200, "headers": ["a"]}', "headers is not an object"),
        (b'{"statusCode": 200, "headers": {"a": 1}}', "the header a is 1"),
        (b'{"statusCode": 200, "headers": {"a": "x\\r\\ny"}}', "not one line of text"),
        (b'{"statusCode": 200, "headers": {"a b": "x"}}', "'a b' is not a header name"),
        (b'{"statusCode": 200, "body": {}}', ""),
        (b'{"statusCode": 200, "body": {"a": 1}}', "body is not a string"),
        (b'{"statusCode": 200, "isBase64Encoded": true, "body": "?"}', "body is not base64"),
    ],
)
def test_anything_else_is_refused_with_the_reason(payload: bytes, reason: str) -> None:
    if not reason:
        # Empty values of the wrong kind are taken for absent ones.
        assert read_response(payload).status == 200
        return
    with pytest.raises(MalformedResponseError) as refused:
        read_response(payload)

    assert reason in str(refused.value)


@given(
    st.binary()
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries(
        {"statusCode": st.integers(0, 700)}, optional={"headers": JSON, "body": JSON, "isBase64Encoded": JSON}
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_a_function_returns_is_a_response_or_refused(payload: bytes) -> None:
    with suppress(MalformedResponseError):
        response = read_response(payload)
        assert 200 <= response.status <= 599
        assert all("\n" not in value for _, value in response.headers)
