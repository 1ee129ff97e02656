from __future__ import annotations

from typing import get_args

import pytest

from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.texts import Language


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_a_sentence_in_every_language(kind: FailureKind, language: Language) -> None:
    assert texts.Texts(language).failure(kind).strip()


@pytest.mark.parametrize("kind", FailureKind)
def test_a_bot_may_put_it_in_other_words(kind: FailureKind) -> None:
    wording = texts.Texts("zh", {kind.value: "出错了。", "help": "问{title}"})
    assert wording.failure(kind) == "出错了。"
    assert wording.say("help", title="手册") == "问手册"


def test_a_sentence_says_what_it_is_given() -> None:
    assert texts.placeholders("waiting") == frozenset({"place"})
    assert texts.placeholders("busy") == frozenset()
    assert texts.placeholders("no_such_sentence") is None


def test_the_help_names_the_bot() -> None:
    assert "员工手册助手" in texts.Texts("zh").say("help", title="员工手册助手")
