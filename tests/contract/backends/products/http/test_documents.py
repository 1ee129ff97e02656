"""Whole documents in place of a stream, refusals, and where the words were looked for."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.kinds.http import Read
from rag_on_dingtalk.testing.outcome import ASK
from tests.contract.backends.products.http.replaying import TELL, line, replay

DOCUMENTS: list[tuple[str, Any, str]] = [
    (
        "native",
        {"answer": "补卡", "citations": [{"title": "手册", "url": "https://a.example.com/1"}]},
        "补卡",
    ),
    ("n8n", {"output": "补卡"}, "补卡"),
    ("n8n", {"text": "补卡"}, "补卡"),
    ("n8n", [{"output": "补卡"}], "补卡"),
    ("langflow", {"outputs": [{"outputs": [{"results": {"message": {"text": "补卡"}}}]}]}, "补卡"),
    ("flowise", {"text": "补卡", "chatId": "c", "chatMessageId": "m"}, "补卡"),
    ("lightrag", {"response": "补卡", "references": [{"file_path": "/docs/手册.pdf"}]}, "补卡"),
    ("maxkb", {"code": 200, "message": "ok", "data": {"content": "补卡", "is_end": True}}, "补卡"),
]


@pytest.mark.parametrize(("preset", "document", "text"), DOCUMENTS)
@pytest.mark.parametrize("indent", [None, 2])
async def test_a_document_in_place_of_a_stream_is_the_answer(
    preset: str, document: Any, text: str, indent: int | None
) -> None:
    written = json.dumps(document, ensure_ascii=False, indent=indent).encode()
    started = msgspec.structs.replace(ASK, conversation_id="c" if preset == "maxkb" else "")

    for pieces in ([written], [written[at : at + 3] for at in range(0, len(written), 3)]):
        seen = await replay(*pieces, preset=preset, ask=started)
        assert (seen.error, seen.text) == (None, text)


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (401, {"message": "Unauthorized"}, FailureKind.CONFIG_AUTH),
        (
            404,
            {"code": 404, "message": "The requested webhook is not registered."},
            FailureKind.CONFIG_TARGET,
        ),
        (422, {"detail": [{"msg": "RAG query is too short."}]}, FailureKind.BAD_INPUT),
        (429, {"detail": "slow down"}, FailureKind.BUSY),
        (500, {"message": "insufficient_user_quota"}, FailureKind.QUOTA),
        (200, {"code": 500, "message": "model exploded", "data": None}, FailureKind.UPSTREAM),
        (200, {"success": False, "error": {"code": 1, "message": "rate limit reached"}}, FailureKind.BUSY),
    ],
)
async def test_a_refusal_is_told_by_its_words_or_its_status(
    status: int, document: Any, kind: FailureKind
) -> None:
    for preset in TELL:
        seen = await replay(json.dumps(document).encode(), status=status, preset=preset)
        assert (seen.kind, seen.text) == (kind, "")


async def test_places_that_are_wrong_name_what_is_there_and_nothing_of_the_answer() -> None:
    wrong = Read(delta=("token:data.text",), full=("nowhere",), end=())
    look: list[str] = []

    pieces = (line(event="token", data={"chunk": "秘密"}), line(event="stop", data={"why": "秘密"}))

    seen = await replay(*pieces, preset="langflow", read=wrong, look=look)

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert "its events are token, stop; they hold event, data" in str(seen.error)
    assert "backend.read" in str(seen.error)
    assert "秘密" not in str(seen.error) + "".join(look)
    assert any("delta: token:data.text nothing" in one for one in look)


async def test_what_was_found_at_each_place_is_shown() -> None:
    look: list[str] = []

    await replay(line(type="delta", text="补卡"), line(type="end"), look=look)

    assert "Events: delta (1), end (1)." in look
    assert "delta: delta:text 1 times, size 2." in look
