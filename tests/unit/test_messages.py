from __future__ import annotations

from typing import get_args

import pytest

from rag_on_dingtalk import messages
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.messages import Language


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_a_sentence_in_every_language(kind: FailureKind, language: Language) -> None:
    assert messages.Texts(language).failure(kind).strip()


@pytest.mark.parametrize("kind", FailureKind)
def test_a_bot_may_put_it_in_other_words(kind: FailureKind) -> None:
    texts = messages.Texts("zh", {kind.value: "出错了。", "help": "问{title}"})
    assert texts.failure(kind) == "出错了。"
    assert texts.say("help", title="手册") == "问手册"


def test_a_sentence_says_what_it_is_given() -> None:
    assert messages.placeholders("waiting") == frozenset({"place"})
    assert messages.placeholders("busy") == frozenset()
    assert messages.placeholders("no_such_sentence") is None


def test_the_help_names_the_bot() -> None:
    assert "员工手册助手" in messages.Texts("zh").say("help", title="员工手册助手")
