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

from emulators.function_compute.http.acs3 import SignatureRefusedError, SignedRequest, verify
from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.kms import HURRIED_SECONDS, PATIENT_SECONDS, Kms
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.errors import ConfigurationError, SecretUnavailableError
from tests.contract.cloud.official_client import call_officially

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = Credentials("AKID", "SECRET")
ROLE = Credentials("AKID", "SECRET", "STS")


class FakeKms:
    """Gives out what is in `secrets` to the caller that signs as AKID.

    first: statuses and bodies that come before that; None: the connection is closed without an answer.
    """

    def __init__(self) -> None:
        self.secrets = {"bot/client-secret": "s3cret"}
        self.requests: list[SignedRequest] = []
        self.answer: tuple[int, bytes] | None = None
        self.first: list[tuple[int, bytes] | None] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                target = urlsplit(self.path)
                request = SignedRequest("POST", target.path, target.query, tuple(self.headers.items()), body)
                fake.requests.append(request)
                first = fake.first.pop(0) if fake.first else fake.answer or fake._answer(request)
                if first is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, answer = first
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


class FakeClock:
    """A timer that only moves while the caller sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def timer(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def ask(
    fake: FakeKms,
    name: str = "bot/client-secret",
    credentials: Credentials = USER,
    clock: FakeClock | None = None,
) -> str:
    clock = clock or FakeClock()
    kms = Kms(
        endpoint=f"http://{fake.host}",
        credentials=credentials,
        patience=1.5,
        timer=clock.timer,
        sleep=clock.sleep,
    )
    return kms.secret(name)


@pytest.mark.parametrize("credentials", [USER, ROLE], ids=["user key", "role"])
def test_a_secret_is_given_to_whoever_signs(fake: FakeKms, credentials: Credentials) -> None:
    assert ask(fake, credentials=credentials) == "s3cret"


@pytest.mark.parametrize("credentials", [USER, ROLE], ids=["user key", "role"])
def test_our_request_equals_the_official_clients_header_by_header(
    fake: FakeKms, credentials: Credentials
) -> None:
    query = {"SecretName": "bot/client-secret"}
    call_officially(fake.host, credentials, "GetSecretValue", "2016-01-20", query=query)
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


def refusal(status: int, code: str) -> tuple[int, bytes]:
    return status, json.dumps(
        {"HttpStatus": status, "Code": code, "Message": "Later.", "RequestId": "r"}
    ).encode()


PASSING = [
    pytest.param(None, id="no answer"),
    pytest.param(refusal(503, "ServiceUnavailableTemporary"), id="503"),
    pytest.param(refusal(500, "InternalFailure"), id="500"),
    pytest.param(refusal(429, "Rejected.Throttling"), id="429"),
    pytest.param(refusal(400, "Throttling.User"), id="throttled with 400"),
    pytest.param(refusal(504, ""), id="504"),
    pytest.param((502, b"<html>"), id="a proxy's page"),
    pytest.param((503, b""), id="empty"),
]

FINAL = [
    pytest.param(refusal(400, "SignatureDoesNotMatch"), id="signature"),
    pytest.param(refusal(403, "Forbidden.NoPermission"), id="permission"),
    pytest.param(refusal(404, "Forbidden.ResourceNotFound"), id="name"),
    pytest.param((200, b"<html>"), id="no KMS"),
]


@pytest.mark.parametrize("failure", PASSING)
def test_what_passes_is_asked_again(fake: FakeKms, failure: tuple[int, bytes] | None) -> None:
    fake.first = [failure] * 3

    assert ask(fake) == "s3cret"
    assert len(fake.requests) == 4


@pytest.mark.parametrize("failure", PASSING)
def test_what_does_not_pass_in_time_is_unavailable_not_wrong(
    fake: FakeKms, failure: tuple[int, bytes] | None
) -> None:
    fake.first = [failure] * 100
    clock = FakeClock()

    with pytest.raises(SecretUnavailableError, match="the secret bot/client-secret"):
        ask(fake, clock=clock)

    assert sum(clock.pauses) < 1.5
    assert 3 <= len(fake.requests) <= 6


@pytest.mark.parametrize("failure", FINAL)
def test_what_will_not_pass_is_asked_once(fake: FakeKms, failure: tuple[int, bytes]) -> None:
    fake.first = [failure]

    with pytest.raises(ConfigurationError) as refused:
        ask(fake)

    assert not isinstance(refused.value, SecretUnavailableError)
    assert len(fake.requests) == 1


def test_the_pauses_grow_and_differ_from_instance_to_instance(fake: FakeKms) -> None:
    firsts = set()
    for _ in range(8):
        fake.first = [None] * 3
        clock = FakeClock()
        ask(fake, clock=clock)
        first, second, third = clock.pauses
        firsts.add(first)

        assert 0.05 <= first <= 0.15
        assert 0.1 <= second <= 0.3
        assert 0.2 <= third <= 0.6

    assert len(firsts) > 1


@pytest.mark.parametrize("seconds", [HURRIED_SECONDS, PATIENT_SECONDS])
def test_an_attempt_waits_no_longer_than_there_is_patience_left(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    clock = FakeClock()
    waited: list[float] = []

    def no_answer(_: Kms, __: str, timeout: float) -> tuple[int, bytes]:
        waited.append(timeout)
        clock.now += timeout
        raise TimeoutError

    monkeypatch.setattr(Kms, "_ask", no_answer)
    kms = Kms(
        endpoint="http://kms.test",
        credentials=USER,
        patience=seconds,
        timer=clock.timer,
        sleep=clock.sleep,
    )
    with pytest.raises(SecretUnavailableError, match="TimeoutError"):
        kms.secret("bot/client-secret")

    assert waited[0] == pytest.approx(seconds * 2 / 3)
    assert len(waited) == 2
    assert clock.now <= seconds + 1e-6


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
