from __future__ import annotations

from typing import get_args

import pytest

from rag_on_dingtalk import messages
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.messages import Language, TextKey


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_a_sentence_in_every_language(kind: FailureKind, language: Language) -> None:
    assert messages.failure(kind, language).strip()


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("key", get_args(TextKey))
def test_every_text_exists_in_every_language(key: TextKey, language: Language) -> None:
    assert messages.text(key, language, title="Bot", question="?", place="2").strip()


def test_the_help_names_the_bot() -> None:
    assert "员工手册助手" in messages.text("help", "zh", title="员工手册助手")
