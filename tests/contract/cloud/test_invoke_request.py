"""Our InvokeFunction request against the official client's, and what comes back from a server."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from alibabacloud_fc20230330 import models
from alibabacloud_fc20230330.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from emulators.serving import hold_port
from rag_on_dingtalk.cloud.acs3 import Credentials, signed_headers
from rag_on_dingtalk.cloud.fc_invoke import (
    CONNECT_SECONDS,
    READ_SECONDS,
    TOTAL_SECONDS,
    AsyncInvoker,
    invoke_endpoint,
)
from rag_on_dingtalk.errors import ConfigurationError, QueueError

if TYPE_CHECKING:
    from collections.abc import Iterator

Request = tuple[str, dict[str, str], bytes]

PAYLOAD = '{"text":"你好"}'.encode()
USER = Credentials("AKID", "SECRET")
ROLE = Credentials("AKID", "SECRET", "STS")


class _Server(ThreadingHTTPServer):
    # The kernel drops connections above the queue's length, and the client tries again only after a second.
    request_queue_size = 128


class Recorder:
    """A server that keeps what it was sent."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.status = 202
        self.answer = b""
        self.hang_up_after_answer = False
        self.announce_hanging_up = False
        self.silent = threading.Event()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                recorder.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                recorder.requests.append((self.path, headers, body))
                recorder.silent.wait(5) if recorder.status == 0 else None
                head = f"HTTP/1.1 {recorder.status} X\r\nx-fc-request-id: r-1\r\n"
                head += "connection: close\r\n" if recorder.announce_hanging_up else ""
                head += f"content-length: {len(recorder.answer)}\r\n\r\n"
                self.wfile.write(head.encode() + recorder.answer)
                # An idle connection that the server closes without saying so.
                self.close_connection = recorder.hang_up_after_answer or recorder.announce_hanging_up

            def log_message(self, *_: object) -> None:
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.host = f"127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.silent.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.stop()


@contextmanager
def ours(host: str, credentials: Credentials = USER) -> Iterator[AsyncInvoker]:
    endpoint = f"http://{host}"
    with closing(
        AsyncInvoker(endpoint=endpoint, function="rag-answer", credentials=lambda: credentials)
    ) as it:
        yield it


def ask_official_client(recorder: Recorder, credentials: Credentials) -> None:
    client = Client(
        Config(
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            security_token=credentials.security_token or None,
            region_id="cn-hangzhou",
            endpoint=recorder.host,
            protocol="http",
        )
    )
    client.invoke_function_with_options(
        "rag-answer",
        models.InvokeFunctionRequest(body=PAYLOAD),
        models.InvokeFunctionHeaders(x_fc_invocation_type="Async"),
        RuntimeOptions(),
    )


@pytest.mark.parametrize("credentials", [USER, ROLE], ids=["user key", "role"])
def test_our_request_equals_the_official_clients_header_by_header(
    recorder: Recorder, credentials: Credentials
) -> None:
    ask_official_client(recorder, credentials)
    with ours(recorder.host, credentials) as invoker:
        invoker.enqueue(PAYLOAD)
    official, own = recorder.requests

    assert official[0] == own[0]
    assert official[2] == own[2]
    assert comparable(official[1]) == comparable(own[1])


def comparable(headers: dict[str, str]) -> dict[str, str]:
    """The headers without what is new in every request."""
    once = {"x-acs-date": "", "x-acs-signature-nonce": "", "user-agent": ""}
    authorization = re.sub(r"Signature=[0-9a-f]{64}$", "Signature=", headers["authorization"])
    return {**headers, **once, "authorization": authorization}


@pytest.mark.parametrize("credentials", [USER, ROLE], ids=["user key", "role"])
def test_our_signature_over_the_official_clients_headers_is_the_official_signature(
    recorder: Recorder, credentials: Credentials
) -> None:
    ask_official_client(recorder, credentials)
    ((path, sent, body),) = recorder.requests
    made_by_signing = re.compile(
        r"x-acs-|host|accept$|authorization|content-length|accept-encoding|connection"
    )

    headers = signed_headers(
        method="POST",
        host=sent["host"],
        path=path,
        query={},
        action="InvokeFunction",
        version="2023-03-30",
        headers={name: value for name, value in sent.items() if not made_by_signing.match(name)},
        body=body,
        credentials=credentials,
        now=_seconds(sent["x-acs-date"]),
        nonce=sent["x-acs-signature-nonce"],
    )

    assert sent["authorization"] == headers["authorization"]


def _seconds(date: str) -> float:
    import calendar
    import time

    return float(calendar.timegm(time.strptime(date, "%Y-%m-%dT%H:%M:%SZ")))


def test_one_connection_serves_many_questions(recorder: Recorder) -> None:
    with ours(recorder.host) as invoker:
        assert [invoker.enqueue(PAYLOAD) for _ in range(3)] == ["r-1"] * 3
    assert recorder.connections == 1


def test_a_connection_that_may_have_died_in_a_frozen_instance_is_not_used_again(recorder: Recorder) -> None:
    now = [1_000.0]
    endpoint = f"http://{recorder.host}"
    invoker = AsyncInvoker(
        endpoint=endpoint, function="rag-answer", credentials=lambda: USER, clock=lambda: now[0]
    )
    with closing(invoker):
        invoker.enqueue(PAYLOAD)
        now[0] += 9
        invoker.enqueue(PAYLOAD)
        now[0] += 11
        invoker.enqueue(PAYLOAD)

    assert recorder.connections == 2


def test_many_threads_queue_at_once_and_share_what_they_have_opened(recorder: Recorder) -> None:
    with ours(recorder.host) as invoker, ThreadPoolExecutor(20) as threads:
        assert list(threads.map(invoker.enqueue, [PAYLOAD] * 100)) == ["r-1"] * 100
        opened = recorder.connections
        assert [invoker.enqueue(PAYLOAD) for _ in range(3)] == ["r-1"] * 3

    assert opened <= 20
    assert recorder.connections == opened
    assert [body for _, _, body in recorder.requests] == [PAYLOAD] * 103


def test_every_attempt_is_signed_anew(recorder: Recorder) -> None:
    recorder.hang_up_after_answer = True
    with ours(recorder.host) as invoker:
        invoker.enqueue(PAYLOAD)
        invoker.enqueue(PAYLOAD)

    nonces = {headers["x-acs-signature-nonce"] for _, headers, _ in recorder.requests}
    assert len(nonces) == 2


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_again(recorder: Recorder) -> None:
    recorder.hang_up_after_answer = True

    with ours(recorder.host) as invoker:
        invoker.enqueue(PAYLOAD)
        invoker.enqueue(PAYLOAD)

    assert len(recorder.requests) == 2


def test_a_connection_that_was_announced_to_close_is_opened_again(recorder: Recorder) -> None:
    recorder.announce_hanging_up = True

    with ours(recorder.host) as invoker:
        invoker.enqueue(PAYLOAD)
        invoker.enqueue(PAYLOAD)

    assert (len(recorder.requests), recorder.connections) == (2, 2)


@pytest.mark.parametrize("status", [200, 400, 403, 404, 429, 500, 503])
def test_anything_but_accepted_is_an_error_that_says_what_to_check(recorder: Recorder, status: int) -> None:
    recorder.status, recorder.answer = status, b'{"Code":"X","Message":"y","RequestId":"r-1"}'

    sentence = rf"answered {status} to InvokeFunction \(request r-1\).*fc:InvokeFunction"
    with ours(recorder.host) as invoker, pytest.raises(QueueError, match=sentence):
        invoker.enqueue(PAYLOAD)


def test_nobody_listening_is_an_error() -> None:
    with (
        hold_port() as held,
        ours(f"127.0.0.1:{held.getsockname()[1]}") as invoker,
        pytest.raises(QueueError, match="did not answer"),
    ):
        invoker.enqueue(PAYLOAD)


def test_a_silent_server_is_given_up_before_dingtalk_gives_us_up(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_on_dingtalk.cloud.fc_invoke.READ_SECONDS", 0.05)
    recorder.status = 0

    with ours(recorder.host) as invoker, pytest.raises(QueueError, match="did not answer: TimeoutError"):
        invoker.enqueue(PAYLOAD)


def test_all_attempts_together_end_before_dingtalk_gives_us_up(recorder: Recorder) -> None:
    # A stopwatch on which everything takes two seconds.
    seconds = iter(range(0, 100, 2))
    endpoint = f"http://{recorder.host}"
    invoker = AsyncInvoker(
        endpoint=endpoint, function="rag-answer", credentials=lambda: USER, stopwatch=lambda: next(seconds)
    )

    with closing(invoker), pytest.raises(QueueError, match="the time for it is used up"):
        invoker.enqueue(PAYLOAD)

    assert recorder.requests == []


def test_the_limits_leave_room_within_dingtalks_two_and_a_half_seconds() -> None:
    assert max(CONNECT_SECONDS, READ_SECONDS) <= TOTAL_SECONDS <= 2.0


def test_the_endpoint_is_the_accounts_own_host_unless_given() -> None:
    fc = {"FC_ACCOUNT_ID": "123456", "FC_REGION": "cn-hangzhou"}

    assert invoke_endpoint(fc) == "https://123456.cn-hangzhou.fc.aliyuncs.com"
    assert invoke_endpoint({**fc, "INVOKE_ENDPOINT": "http://127.0.0.1:1"}) == "http://127.0.0.1:1"
    with pytest.raises(ConfigurationError, match="INVOKE_ENDPOINT"):
        invoke_endpoint({})


def test_credentials_do_not_print_themselves() -> None:
    assert "SECRET" not in repr(USER)
    assert "STS" not in repr(ROLE)
