"""A bot with an answering function of its own: its jobs go there, every other bot's do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import pytest

from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.fc_invoke import AsyncInvoker
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.models.jobs import CardAction, Notice
from rag_on_dingtalk.settings.bot_base import AnswerFunction
from rag_on_dingtalk.settings.bots_document import convert_bots
from rag_on_dingtalk.webhook.submit import JobQueue
from tests.builders import NOW_MS, a_bot, a_question

SHARED = "rag-on-dingtalk-async-answer"


@dataclass
class Queues:
    """What FC's queues took, by function."""

    taken: list[tuple[str, str]] = field(default_factory=list)

    def take(self, function: str, payload: bytes) -> str:
        self.taken.append((function, payload.decode()))
        return "request"


@pytest.mark.parametrize("bot", ["handbook", "legal"])
def test_every_job_of_a_bot_goes_to_the_function_that_answers_it(bot: str) -> None:
    queues = Queues()
    jobs = JobQueue(
        enqueue=partial(queues.take, SHARED),
        own={"legal": partial(queues.take, f"{SHARED}-legal")},
        log=lambda *_, **__: None,
    )

    for job in (
        a_question(bot=bot),
        CardAction(bot, "t" * 32, "like", "user0001", NOW_MS),
        Notice(bot=bot, kind="push_quota", noticed_ms=NOW_MS),
    ):
        assert jobs.submit(job)

    expected = f"{SHARED}-legal" if bot == "legal" else SHARED
    assert [function for function, _ in queues.taken] == [expected] * 3


def test_a_function_of_its_own_is_named_after_the_bot() -> None:
    assert a_bot().answered_by(SHARED, "legal") == SHARED
    assert a_bot(answer_function=AnswerFunction()).answered_by(SHARED, "legal") == f"{SHARED}-legal"


def test_the_function_is_asked_for_by_its_path() -> None:
    invoker = AsyncInvoker(
        endpoint="http://127.0.0.1:9", function=SHARED, credentials=lambda: Credentials("id", "secret")
    )
    asked: list[str] = []

    def _post(path: str, _payload: bytes, _delay_seconds: int) -> tuple[int, str, str]:
        asked.append(path)
        return 202, "request", ""

    invoker._post = _post  # type: ignore[method-assign,assignment]
    invoker.enqueue(b"job")
    invoker.enqueue(b"job", 60, f"{SHARED}-legal")

    assert [path.split("/")[3] for path in asked] == [SHARED, f"{SHARED}-legal"]


def test_a_bot_whose_function_would_have_too_long_a_name_is_refused() -> None:
    settings = {
        "dingtalk": {"client_id": "ding1", "client_secret": "env:SECRET"},
        "backend": {
            "kind": "anythingllm",
            "base_url": "https://kb.example",
            "api_key": "env:KEY",
            "workspace": "w",
        },
    }
    name = "a-bot-of-many-letters-in-it"

    convert_bots({"bots": {name: settings}})
    with pytest.raises(ConfigurationError, match="20 characters"):
        convert_bots({"bots": {name: {**settings, "answer_function": {}}}})
