"""Every backend against the local knowledge server, as every version of every product that it can be.

The scripted server of the other tests says what a test writes down; this one what the product says.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from devserver.wiring.backends import backend_here
from emulators.faults import FaultBoard
from emulators.rag_server import PRODUCTS, KnowledgeServer
from emulators.rag_server.http.damage import WAYS
from emulators.tests.contract.rag_server.clients import FOLLOW_UP, TRAVEL_QUESTION, Naps
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import AnythingLLM, Dify
from rag_on_dingtalk.testing.outcome import ASK, Outcome, outcome, soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from rag_on_dingtalk.backends.base import Ask, Backend

    Serving = Callable[..., AbstractAsyncContextManager[Backend]]

KEY = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
THERE = AnythingLLM(base_url="http://knowledge", api_key="env:KEY", workspace="handbook")
TRAVEL = msgspec.structs.replace(ASK, text=TRAVEL_QUESTION)
ANSWER = "根据《差旅报销标准（2026 版）》"
CITED = "差旅报销标准（2026 版）"


@dataclass(frozen=True)
class Place:
    """A product as some kind of app, of some version. cites: its streams name sources."""

    kind: str
    app: str = ""
    version: str = ""

    @property
    def cites(self) -> bool:
        if self.app in {"plain", "n8n", "langflow"} or (self.kind, self.app) == ("dify", "workflow"):
            return False
        return (self.app, self.version) != ("chatflow", "0.6")

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.app, self.version)))


PLACES = [
    Place(kind, app, version)
    for kind, product in PRODUCTS.items()
    for app in product.apps or ("",)
    for version in product.versions.get(app, product.versions.get("", ("",)))
]


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
def serving(faults: FaultBoard) -> Serving:
    """Opens a server that is a product of some version and gives the backend of a bot that asks it."""
    for product in PRODUCTS.values():
        product.declare(faults)

    @asynccontextmanager
    async def serve(place: Place, **settings: Any) -> AsyncIterator[Backend]:
        server = KnowledgeServer(
            api_key=KEY,
            faults=faults,
            kind=place.kind,
            app=place.app,
            version=place.version,
            piece_delay=0,
            sleep=Naps(),
        )
        await server.start()
        try:
            there = backend_here(THERE, kind=place.kind, app=place.app, base_url=server.base_url)
            if isinstance(there, Dify):
                there = msgspec.structs.replace(there, suggestions=False)
            chosen = msgspec.structs.replace(there, **settings)
            async with httpx.AsyncClient(verify=trust(), trust_env=False) as http:
                yield build_backend(chosen, Secret(KEY), http)
        finally:
            await server.stop()

    return serve


async def heard(backend: Backend, ask: Ask = TRAVEL) -> Outcome:
    return await soon(outcome(backend, ask))


every_place = pytest.mark.parametrize("place", PLACES, ids=str)


@every_place
async def test_an_answer_is_said_once_without_marks_and_with_its_sources(
    serving: Serving, place: Place
) -> None:
    async with serving(place) as backend:
        seen = await heard(backend)
    assert seen.error is None
    assert seen.text.count(ANSWER) == 1
    assert not any(mark in seen.text for mark in ("[ID:", "##", "CITE", "<ref>"))
    titles = [citation.title for citation in seen.citations]
    assert any(title.startswith(CITED) for title in titles) is place.cites


@every_place
async def test_an_answer_whose_bytes_come_apart_is_the_same(
    serving: Serving, faults: FaultBoard, place: Place
) -> None:
    async with serving(place) as backend:
        whole = await heard(backend)
        faults.switch_on("knowledge.split", value="37")
        again = await heard(backend, msgspec.structs.replace(TRAVEL, session_key="another"))
    assert (again.error, again.text) == (None, whole.text)


@every_place
async def test_thoughts_are_not_part_of_the_answer(
    serving: Serving, faults: FaultBoard, place: Place
) -> None:
    faults.switch_on("knowledge.think")
    async with serving(place) as backend:
        seen = await heard(backend)
    assert seen.error is None
    assert ANSWER in seen.text
    assert not any(mark in seen.text for mark in ("think", "Thinking", "details", "先看手册里"))


@every_place
async def test_a_busy_model_is_busy(serving: Serving, faults: FaultBoard, place: Place) -> None:
    faults.switch_on("knowledge.busy")
    async with serving(place) as backend:
        seen = await heard(backend)
    assert (seen.kind, seen.text) == (FailureKind.BUSY, "")


@every_place
async def test_a_model_that_fails_midway_interrupts_and_nothing_of_its_error_is_shown(
    serving: Serving, faults: FaultBoard, place: Place
) -> None:
    faults.switch_on("knowledge.abort", value="4")
    async with serving(place) as backend:
        seen = await heard(backend)
    assert not any(word in seen.text for word in ("ERROR", "Premature", "http://10."))
    assert seen.kind is FailureKind.INTERRUPTED if seen.text else seen.kind is not None


@every_place
async def test_an_empty_answer_is_empty(serving: Serving, faults: FaultBoard, place: Place) -> None:
    faults.switch_on("knowledge.empty")
    async with serving(place) as backend:
        assert (await heard(backend)).kind is FailureKind.EMPTY


@every_place
async def test_a_refused_key_is_a_matter_of_configuration(
    serving: Serving, faults: FaultBoard, place: Place
) -> None:
    faults.switch_on("knowledge.unauthorized")
    async with serving(place) as backend:
        assert (await heard(backend)).kind is FailureKind.CONFIG_AUTH


@every_place
async def test_what_does_not_exist_is_a_matter_of_configuration(
    serving: Serving, faults: FaultBoard, place: Place
) -> None:
    faults.switch_on("knowledge.not_found")
    async with serving(place) as backend:
        assert (await heard(backend)).kind is FailureKind.CONFIG_TARGET


@every_place
async def test_the_next_question_goes_on(serving: Serving, place: Place) -> None:
    async with serving(place) as backend:
        first = await heard(backend)
        following = msgspec.structs.replace(
            TRAVEL,
            text=FOLLOW_UP,
            conversation_id=first.identifiers.conversation_id,
            history=(Exchange(TRAVEL_QUESTION, first.text),),
        )
        second = await heard(backend, following)
    assert second.error is None
    assert "员工为 600 元" in second.text


@every_place
async def test_a_check_finds_all_well(serving: Serving, place: Place) -> None:
    async with serving(place) as backend:
        findings = await soon(backend.probe())
    # Not every product can tell without being asked a question.
    assert all(finding.well for finding in findings)


#: A fault of one product → what it makes of an answer.
STRANGE = [
    (Place("anythingllm", version=version), "knowledge.anythingllm.agent", None)
    for version in PRODUCTS["anythingllm"].versions[""]
] + [
    (Place("dify", "chat", "0.6"), "knowledge.dify.crowded", FailureKind.BUSY),
    (Place("dify", "chat", "1.12"), "knowledge.dify.crowded", FailureKind.BUSY),
    (Place("dify", "chat", "1.12"), "knowledge.dify.quota", FailureKind.QUOTA),
    (Place("dify", "agent", "1.13"), "knowledge.dify.new_agent", None),
    (Place("openai", "plain", "openai"), "knowledge.openai.odd_chunks", None),
    (Place("openai", "plain", "new-api"), "knowledge.not_found", FailureKind.CONFIG_TARGET),
]


@pytest.mark.parametrize(("place", "fault", "kind"), STRANGE, ids=str)
async def test_what_only_one_product_does_is_understood(
    serving: Serving, faults: FaultBoard, place: Place, fault: str, kind: FailureKind | None
) -> None:
    faults.switch_on(fault)
    async with serving(place) as backend:
        seen = await heard(backend)
    assert seen.kind is kind
    assert kind or seen.text.count(ANSWER) == 1


#: A fault of one product → the failure it is.
VERDICTS = [
    (Place("dify", "chat", "1.12"), "knowledge.dify.plugin_error", FailureKind.BUSY),
    (Place("dify", "chatflow", "1.13"), "knowledge.dify.human_input", None),
    (Place("dify", "chat", "1.12"), "knowledge.dify.answer_in_file", None),
    (Place("openai", "plain", "openai"), "knowledge.openai.finish", FailureKind.CUT_SHORT),
    (Place("openai", "plain", "openai"), "knowledge.openai.whole", None),
    (Place("openai", "plain", "openai"), "knowledge.openai.refusal", None),
    (Place("openai", "plain", "openai"), "knowledge.openai.no_stream_options", None),
    (Place("openai", "fastgpt", "4.18"), "knowledge.openai.code", FailureKind.QUOTA),
    (Place("openai", "fastgpt", "4.18"), "knowledge.openai.nested_sources", None),
    (Place("bailian", "agent"), "knowledge.bailian.repeats", None),
]


@pytest.mark.parametrize(("place", "fault", "kind"), VERDICTS, ids=str)
async def test_a_products_verdict_has_its_own_kind(
    serving: Serving, faults: FaultBoard, place: Place, fault: str, kind: FailureKind | None
) -> None:
    faults.switch_on(fault)
    if fault == "knowledge.dify.plugin_error":
        faults.switch_on("knowledge.busy")
    async with serving(place) as backend:
        seen = await heard(backend)
    if kind is not None:
        assert seen.kind is kind
    elif "human_input" in fault:
        # Whatever it is called, it is no passing failure that is asked again.
        assert seen.kind not in {None, FailureKind.UPSTREAM}
    else:
        assert seen.error is None
        assert seen.text.count(ANSWER) == 1 or "refusal" in fault
        assert seen.citations or not place.cites


NEWEST = [place for place in PLACES if place.version in {"", "1.16", "1.13", "openai", "4.18", "0.26"}]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", NEWEST, ids=str)
async def test_a_damaged_stream_is_the_whole_answer_or_says_that_something_is_missing(
    serving: Serving, faults: FaultBoard, place: Place, way: str
) -> None:
    async with serving(place) as backend:
        whole = await heard(backend)
        faults.switch_on("knowledge.damage", value=way)
        seen = await heard(backend, msgspec.structs.replace(TRAVEL, session_key="another"))
    # The stray control character itself, which may stand in the text, is what the server sent.
    assert seen.error is not None or seen.text.replace("\t", "") == whole.text
