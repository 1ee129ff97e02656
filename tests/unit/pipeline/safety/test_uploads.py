"""Files that are looked through before the backend gets them."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.backends.base import (
    Upload,
)
from rag_on_dingtalk.errors import FailureKind, UserVisibleError
from rag_on_dingtalk.pipeline.checks.uploads import safe_uploads
from rag_on_dingtalk.safety.text.normaliser import MASK
from tests.unit.pipeline.safety.looking import Service, looking, moderated


@pytest.mark.parametrize(
    ("media_type", "data", "on_error", "refused"),
    [
        ("text/plain", "勒索".encode(), "pass", FailureKind.BLOCKED),
        ("text/markdown", "天 狼 星计划".encode(), "pass", FailureKind.BLOCKED),
        ("text/plain", "年假".encode(), "block", None),
        ("image/png", b"\x89PNG", "block", FailureKind.UNCHECKED),
        ("image/png", b"\x89PNG", "local_only", None),
        ("application/pdf", b"%PDF", "pass", None),
        ("text/plain", b"\xff\xfe", "block", FailureKind.UNCHECKED),
    ],
)
async def test_files_are_judged_by_their_text_and_without_one_by_the_settings(
    media_type: str, data: bytes, on_error: str, refused: FailureKind | None
) -> None:
    safety = moderated(Service(), on_error=on_error)(lambda *_, **__: None)
    uploads = (Upload("天狼星计划.txt", media_type, data),)
    if refused is None:
        (safe,) = await safe_uploads(uploads, safety)
        assert (safe.name, safe.data) == (f"{MASK * 5}.txt", data)
        return
    with pytest.raises(UserVisibleError) as raised:
        await safe_uploads(uploads, safety)
    assert raised.value.kind is refused
    assert "天狼星" not in str(raised.value)


async def test_pictures_pass_where_only_words_are_looked_for() -> None:
    (safe,) = await safe_uploads((Upload("a.png", "image/png", b"x"),), looking(lambda *_, **__: None))

    assert safe.name == "a.png"
