"""What must hold whatever comes in. A target takes bytes and raises when something does not hold."""

from __future__ import annotations

import base64
import io
import json
import tracemalloc
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.cloud.fc_web import WebServer
from rag_on_dingtalk.cloud.job_codec import MAX_JOB_BYTES, decode_job, encode_job
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.dingtalk.envelope import EnvelopeError, decode_key, decrypt, encrypt
from rag_on_dingtalk.dingtalk.inbound.card_action import UnreadableClickError, read_click
from rag_on_dingtalk.dingtalk.inbound.org_event import UnreadableEventError, read_event
from rag_on_dingtalk.dingtalk.inbound.robot_message import UnreadableMessageError, push_error, read_question
from rag_on_dingtalk.observability.log_lines import line_logger
from rag_on_dingtalk.webhook.app import Callback
from rag_on_dingtalk.webhook.routes import RouteTable
from rag_on_dingtalk.webhook.submit import JobQueue, WebhookContext
from tests.fuzz import pushes
from tests.unit.webhook.edge import AES_KEY, BOTS, CLIENT_ID, CORP_ID, ENVIRON, NOW_MS, exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.models.jobs import Job

STATUSES = frozenset((200, 400, 401, 404, 405, 413))
HOST = "https://oapi.dingtalk.com"

#: Tracing every allocation of every input would be most of the time.
_TRACED = 256


class BrokenPromiseError(AssertionError):
    """Something that must never happen has happened."""


class Handler:
    """The whole callback between a connection and the queue, with its own log.

    traced: one input of this many has its memory measured.
    """

    def __init__(self, *, traced: int = _TRACED) -> None:
        self.statuses: Counter[int] = Counter()
        self.queued = 0
        self.most_memory = 0
        self._traced = traced
        self._payloads: list[bytes] = []
        self._lines = io.StringIO()
        log = line_logger("callback", clock=_clock, stream=self._lines)
        context = WebhookContext(
            queue=JobQueue(enqueue=self._enqueue, log=log),
            webhook_host=HOST,
            clock=_clock,
            random_bytes=lambda count: b"r" * count,
            log=log,
        )
        callback = Callback(
            RouteTable(BOTS, resolve=lambda ref: resolve_secret(ref, ENVIRON), log=log), context
        )
        callback.prepare()
        # Looked up at each push, so that a test can put another in its place.
        self._server = WebServer(lambda request: callback.answer(request), log=log, mark=len)  # noqa: PLW0108 - see above
        # What is imported with the first push of a kind is not the push's memory.
        for seed in pushes.SEEDS:
            exchange(self._server, pushes.authentic(seed))
        self._reset()

    def __call__(self, push: bytes) -> None:
        """Push it.

        Raises:
            BrokenPromiseError: see the conditions below.
            Exception: the callback let it out.
        """
        self._reset()
        measured = sum(self.statuses.values()) % self._traced == 0
        status, said = self._measured(push) if measured else exchange(self._server, push)
        self.statuses[status] += 1
        _demand(status in STATUSES, f"the answer is {status}")
        _demand(isinstance(said, dict), "the answer is no JSON object")
        if status != 200:
            _demand(not self._payloads, "refused and queued all the same")
        for payload in self._payloads:
            self.queued += 1
            _demand(pushes.is_authentic(push), "queued without a valid signature")
            _check_job(decode_job(payload), payload)
        shown = (
            json.dumps(said, ensure_ascii=False) + self._lines.getvalue() + "".join(map(repr, self._payloads))
        )
        # A secret that a stranger has sent in is the stranger's.
        leaked = [secret for secret in ENVIRON.values() if secret in shown and secret.encode() not in push]
        _demand(not leaked, "a secret left the callback")

    def __str__(self) -> str:
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return (
            f"Answers {statuses}; queued {self.queued}; most memory for one input {self.most_memory} bytes."
        )

    def _measured(self, push: bytes) -> tuple[int, Any]:
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            answer = exchange(self._server, push)
            peak = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
        self.most_memory = max(self.most_memory, peak)
        _demand(peak <= 2 * len(push) + 2**20, f"{peak} bytes for an input of {len(push)}")
        return answer

    def _enqueue(self, payload: bytes) -> str:
        self._payloads.append(payload)
        return "request-1"

    def _reset(self) -> None:
        self._payloads.clear()
        self._lines.seek(0)
        self._lines.truncate()


def inbound(body: bytes) -> None:
    """Any JSON is a message, a click and an event, or says why it is none."""
    jobs: list[Job] = []
    with suppress(UnreadableEventError):
        jobs.append(read_event(body, bot="handbook", fallback_id="f", now_ms=NOW_MS))
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        decoded = None
    if isinstance(decoded, dict):
        push_error(decoded).encode()
    with suppress(UnreadableMessageError):
        jobs.append(read_question(decoded, bot="handbook", webhook_host=HOST, now_ms=NOW_MS))
    with suppress(UnreadableClickError):
        click = read_click(decoded, bot="handbook", now_ms=NOW_MS)
        jobs += [click] if click is not None else []
    for job in jobs:
        payload = encode_job(job)
        _demand(decode_job(payload) == job, "the job is another after the queue")
        _check_job(job, payload)


def envelope(data: bytes) -> None:
    """Any bytes can be sealed and opened; opening any bytes gives an EnvelopeError at worst."""
    key, owners = decode_key(AES_KEY), (CLIENT_ID, CORP_ID)
    _demand(decrypt(encrypt(data, key, CLIENT_ID, b"r" * 16), key, owners).message == data, "another message")
    blocks = data[: len(data) // 16 * 16]
    for text in (data.decode("utf-8", "surrogateescape"), base64.b64encode(blocks).decode()):
        try:
            opened = decrypt(text, key, owners)
        except EnvelopeError:
            continue
        _demand(opened.owner in owners and len(opened.message) <= len(data), "more came out than went in")


def _check_job(job: Job, payload: bytes) -> None:
    _demand(job.bot in BOTS, "a job for a bot that is not there")
    _demand(len(payload) <= MAX_JOB_BYTES, f"the queue takes no {len(payload)} bytes")
    webhook = getattr(job, "webhook", None)
    _demand(webhook is None or webhook.url.startswith(HOST + "/robot/sendBySession"), "a stranger's webhook")


def _clock() -> float:
    return NOW_MS / 1000


def _demand(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion
    if not holds:
        raise BrokenPromiseError(otherwise)


def make(name: str) -> Callable[[bytes], None]:
    """The target of this name."""
    if name == "handler":
        return Handler()
    return inbound if name == "inbound" else envelope
