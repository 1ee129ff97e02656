"""`examples/own_parts` adds a command, a stage and a backend; the pipeline then uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

import examples.own_parts
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.pipeline import STAGES
from rag_on_dingtalk.pipeline.stages.commands import COMMANDS
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Plugin
from rag_on_dingtalk.texts import Texts
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from collections.abc import Iterator

FAQ = Plugin(factory="examples.own_parts.faq:FaqBackend", settings={"entries": {"年假": "每年 12 天。"}})


@pytest.fixture
def _installed() -> Iterator[None]:
    before = (list(STAGES), dict(COMMANDS))
    examples.own_parts.install()
    yield
    examples.own_parts.uninstall()
    assert (list(STAGES), dict(COMMANDS)) == before


async def said_to(text: str) -> list[str]:
    """What a new person reads after one message, in messages or else on the card."""
    async with httpx.AsyncClient(verify=trust()) as http:
        worker = Worker(a_bot(backend=FAQ), own_backend=build_backend(FAQ, Secret("key"), http))
        async with worker.started():
            seen = await worker.answer(a_question(text=text, webhook=a_webhook()))
    assert seen.result == "answered"
    return seen.messages or (seen.card or [])[-1:]


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/hours", "人工服务时间：工作日 9:00–18:00。"),
        ("／服务时间。", "人工服务时间：工作日 9:00–18:00。"),
        ("谢谢！", "不客气。"),
        ("年假有几天？", "每年 12 天。"),
        ("谢谢，年假有几天？", "每年 12 天。"),
        ("报销要多久？", Texts("zh").say("nothing_found")),
    ],
    ids=["the command", "its other word", "the stage", "the backend", "more than thanks", "nothing found"],
)
def test_each_part_answers_what_is_its_own(text: str, said: str) -> None:
    @skipping
    async def _ask() -> None:
        assert await said_to(text) == [said]

    _ask()


@pytest.mark.usefixtures("_installed")
def test_installing_twice_adds_nothing_twice() -> None:
    stages = list(STAGES)

    examples.own_parts.install()

    assert stages == STAGES


@pytest.mark.usefixtures("_installed")
async def test_the_example_backend_reports_an_empty_list() -> None:
    async with httpx.AsyncClient(verify=trust()) as http:
        backend = build_backend(FAQ, Secret(""), http)
        empty = build_backend(msgspec.structs.replace(FAQ, settings={"entries": {}}), Secret(""), http)
        assert [finding.well for finding in await backend.probe()] == [True]
        assert [finding.well for finding in await empty.probe()] == [False]


def test_without_them_the_pipeline_is_as_it_was() -> None:
    assert "/hours" not in COMMANDS
