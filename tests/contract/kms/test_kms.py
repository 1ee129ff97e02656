"""GetSecretValue: our request against the official client's, and against a server that checks signatures."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from local.function_compute.acs3 import SignatureRefusedError, SignedRequest, verify
from rag_on_dingtalk.acs3 import Credentials
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.kms import Kms
from rag_on_dingtalk.secrets import resolve_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = Credentials("AKID", "SECRET")
ROLE = Credentials("AKID", "SECRET", "STS")


class FakeKms:
    """Gives out what is in `secrets` to whoever signs as AKID; `lost` answers are not given first."""

    def __init__(self) -> None:
        self.secrets = {"bot/client-secret": "s3cret"}
        self.requests: list[SignedRequest] = []
        self.answer: tuple[int, bytes] | None = None
        self.lost = 0
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                target = urlsplit(self.path)
                request = SignedRequest("POST", target.path, target.query, tuple(self.headers.items()), body)
                fake.requests.append(request)
                if fake.lost:
                    fake.lost -= 1
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, answer = fake.answer or fake._answer(request)
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def _answer(self, request: SignedRequest) -> tuple[int, bytes]:
        try:
            verify(request, {"AKID": "SECRET"}, now=time.time())
        except SignatureRefusedError as error:
            return 400, json.dumps({"Code": "SignatureDoesNotMatch", "Message": str(error)}).encode()
        asked = (request.header("x-acs-action"), request.header("x-acs-version"))
        name = parse_qs(request.query).get("SecretName", [""])[0]
        if asked != ("GetSecretValue", "2016-01-20") or name not in self.secrets:
            return 404, json.dumps(
                {"Code": "Forbidden.ResourceNotFound", "Message": "Resource not found.", "RequestId": "r"}
            ).encode()
        answer = {
            "SecretName": name,
            "SecretData": self.secrets[name],
            "SecretDataType": "text",
            "VersionId": "v1",
            "VersionStages": {"VersionStage": ["ACSCurrent"]},
        }
        return 200, json.dumps(answer).encode()


@contextmanager
def _running(fake: FakeKms) -> Iterator[FakeKms]:
    thread = threading.Thread(target=fake.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        fake.server.shutdown()
        fake.server.server_close()
        thread.join()


@pytest.fixture
def fake() -> Iterator[FakeKms]:
    with _running(FakeKms()) as running:
        yield running


def ask(fake: FakeKms, name: str = "bot/client-secret", credentials: Credentials = USER) -> str:
    return Kms(endpoint=f"http://{fake.host}", credentials=credentials).secret(name)


@pytest.mark.parametrize("credentials", [USER, ROLE], ids=["user key", "role"])
def test_a_secret_is_given_to_whoever_signs(fake: FakeKms, credentials: Credentials) -> None:
    assert ask(fake, credentials=credentials) == "s3cret"


@pytest.mark.parametrize("credentials", [USER, ROLE], ids=["user key", "role"])
def test_our_request_equals_the_official_clients_header_by_header(
    fake: FakeKms, credentials: Credentials
) -> None:
    client = Client(
        Config(
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            security_token=credentials.security_token or None,
            endpoint=fake.host,
            protocol="http",
        )
    )
    operation = Params(
        action="GetSecretValue",
        version="2016-01-20",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    client.call_api(operation, OpenApiRequest(query={"SecretName": "bot/client-secret"}), RuntimeOptions())
    ask(fake, credentials=credentials)
    official, own = fake.requests

    assert (official.method, official.path, official.body) == (own.method, own.path, own.body)
    assert parse_qs(official.query) == parse_qs(own.query)
    assert _comparable(official) == _comparable(own)


def _comparable(request: SignedRequest) -> dict[str, str]:
    """The headers without what is new in every request, or the HTTP library's own."""
    headers = {name.lower(): value for name, value in request.headers}
    for name in ("x-acs-date", "x-acs-signature-nonce", "user-agent", "connection", "accept-encoding"):
        headers.pop(name, None)
    return {**headers, "authorization": re.sub(r"Signature=.*", "", headers["authorization"])}


def test_a_wrong_key_is_refused_and_the_error_says_what_to_check(fake: FakeKms) -> None:
    with pytest.raises(ConfigurationError, match=r"400 SignatureDoesNotMatch .*kms:GetSecretValue"):
        ask(fake, credentials=Credentials("AKID", "WRONG"))


def test_a_misspelt_name_is_named(fake: FakeKms) -> None:
    with pytest.raises(ConfigurationError, match=r"Forbidden.ResourceNotFound for the secret bot/cleint"):
        ask(fake, "bot/cleint")


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b"s3cret"),
        (200, b"\xff"),
        (502, b"<html>"),
        (200, b'{"SecretData": "s3cret", "SecretDataType": "binary"}'),
        (200, b'{"SecretData": " ", "SecretDataType": "text"}'),
        (200, b"{}"),
    ],
)
def test_an_answer_without_a_text_secret_is_an_error_that_does_not_show_it(
    fake: FakeKms, status: int, answer: bytes
) -> None:
    fake.answer = (status, answer)

    with pytest.raises(ConfigurationError) as refused:
        ask(fake)

    assert "s3cret" not in repr(refused.value)
    assert refused.value.__cause__ is None


def test_a_lost_answer_is_asked_for_once_more(fake: FakeKms) -> None:
    fake.lost = 1
    assert ask(fake) == "s3cret"

    fake.lost = 2
    with pytest.raises(ConfigurationError, match="did not answer for the secret bot/client-secret"):
        ask(fake)


def test_a_reference_is_resolved_with_the_functions_own_role(fake: FakeKms) -> None:
    environ = {
        "KMS_ENDPOINT": f"http://{fake.host}",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "AKID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "STS",
    }

    secret = resolve_secret("kms:bot/client-secret", environ)

    assert (secret.reveal(), "s3cret" in repr(secret)) == ("s3cret", False)


def test_the_endpoint_is_that_of_the_functions_region_unless_given() -> None:
    assert Kms.from_environ({"FC_REGION": "cn-hangzhou"}).endpoint == "https://kms.cn-hangzhou.aliyuncs.com"
    with pytest.raises(ConfigurationError, match="KMS_ENDPOINT"):
        Kms.from_environ({})
    with pytest.raises(ConfigurationError, match="must start with https://"):
        Kms.from_environ({"KMS_ENDPOINT": "kms.cn-hangzhou.aliyuncs.com"})
