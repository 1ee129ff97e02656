"""docs/guides/backends.md says of each backend what is seen when its emulated product is asked."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from devserver.settings import ROOT
from emulators.rag_server import PRODUCTS
from rag_on_dingtalk.backends.http.presets import PRESETS
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Http
from rag_on_dingtalk.testing import outcome
from tests.contract.backends.guide.observing import Abilities, observe

GUIDES = {name: ROOT / "docs" / "guides" / f"backends{name}.md" for name in ("", ".zh-CN")}
#: What is asked for a `kind` without a setting.
USUAL = {"anythingllm": ""}


def rows(name: str) -> dict[tuple[str, str], list[str]]:
    """The cells behind the second column, by kind and app."""
    found = {}
    for line in GUIDES[name].read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        place = re.fullmatch(r"`(\w+)`(?:, `\w+: ([\w-]+)`)?", cells[1].strip()) if len(cells) == 9 else None
        if place:
            found[place[1], place[2] or USUAL.get(place[1], "")] = cells[2:]
    return found


def written(seen: Abilities) -> list[str]:
    marks = {True: "✓", False: "–"}
    rest = (seen.pictures, seen.documents, seen.stop, seen.feedback, seen.suggestions)
    return [marks[seen.sources], seen.memory, *(marks[one] for one in rest)]


@pytest.mark.parametrize("place", rows(""), ids=" ".join)
async def test_a_row_says_what_is_seen(place: tuple[str, str]) -> None:
    assert rows("")[place] == written(await observe(*place))


def test_both_languages_have_the_same_table() -> None:
    assert rows("") == rows(".zh-CN")


def test_every_product_that_can_be_played_has_a_row() -> None:
    shared = {("anythingllm", "multi-user"), ("dify", "agent"), ("dify", "chatflow"), ("bailian", "workflow")}
    played = {(kind, app) for kind, product in PRODUCTS.items() for app in product.apps}
    played -= {*shared, ("bailian", "agent2"), ("anythingllm", "single-user")}
    assert played | {("anythingllm", "")} == set(rows(""))
    assert {app for kind, app in rows("") if kind == "http"} == set(PRESETS)


async def test_the_contract_for_ones_own_agent_is_read_as_it_is_shown() -> None:
    text = GUIDES[""].read_text(encoding="utf-8")
    sent, answered = re.findall(r"```json\n(.*?)```", text, re.DOTALL)[:2]
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(200, content=answered.encode())

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        seen = await outcome(build_backend(Http(base_url="http://agent"), Secret(""), http))

    assert (seen.error, seen.text) == (None, "每年 12 天。")
    assert seen.draft.suggestions == ("怎么申请？",)
    assert seen.identifiers_known.message_id == "m-1"
    assert set(asked[0]) <= set(json.loads(sent))


def test_the_shown_server_is_an_asgi_application() -> None:
    [code] = re.findall(r"```python\n(.*?)```", GUIDES[""].read_text(encoding="utf-8"), re.DOTALL)
    shown: dict[str, Any] = {}
    exec(code, shown)  # noqa: S102 - what the guide shows, to be asked below

    async def ask() -> None:
        transport = httpx.ASGITransport(shown["app"])
        async with httpx.AsyncClient(transport=transport) as http:
            backend = build_backend(Http(base_url="http://agent/ask"), Secret(""), http)
            seen = await outcome(backend)
        assert (seen.error, seen.text) == (None, "You asked: 怎么补卡？")

    import asyncio

    asyncio.run(ask())
